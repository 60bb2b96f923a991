"""`revoke` and `crl`: the two verbs that sign a CRL."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from offline_root import crl, revocation, wire
from offline_root.cli import ask, interrupts
from offline_root.cli.answers import crl_facts, crl_pairs
from offline_root.cli.ceremony import ceremony, check_out, closing_text, state_all
from offline_root.cli.layout import digest, rows, wrapped
from offline_root.cli.outcome import DONE, Outcome, failed
from offline_root.cli.requests import typed_serial
from offline_root.cli.streams import tell
from offline_root.errors import StationError
from offline_root.model import Crl, Reason, serial_text
from offline_root.revocation import RevocationReview
from offline_root.station import Station

SKELETON: dict[str, Any] = {"response": None, "crl": None}


def revoke(arguments: Namespace) -> Outcome:
    """Revoke an intermediate for good, and deliver the CRL that says so."""
    serial, reason = typed_serial(arguments.serial), Reason(arguments.reason)

    def check(station: Station) -> None:
        issued = revocation.revocable(station.state, serial)
        if arguments.certificate is not None:
            revocation.check_confirmation(issued, arguments.certificate)
        check_out(arguments)

    made: list[Crl | None] = []
    try:
        with ceremony(arguments, "revoke", check) as station:
            reviewed = station.review_revocation(serial, reason)
            tell(_revocation_text(station, reviewed))
            approval = revocation.approve(reviewed, _confirmation(arguments))
            interrupts.check()
            station.revoke(approval)
            made.append(station.state.crl)
            return _delivered(station, arguments, f"REVOKED {serial_text(serial)} ({reason.value})\n")
    except StationError as error:
        return _failed(error, made)


def make_crl(arguments: Namespace) -> Outcome:
    """Make a fresh CRL, or finish the one that was begun, and deliver it."""
    made: list[Crl | None] = []
    try:
        with ceremony(arguments, "crl", lambda _: check_out(arguments)) as station:
            reviewed = station.review_crl()
            interrupts.check()
            station.issue_crl(crl.approve(reviewed))
            made.append(station.state.crl)
            return _delivered(station, arguments)
    except StationError as error:
        return _failed(error, made)


def _confirmation(arguments: Namespace) -> str:
    """Return what names the certificate once more, now that the consequences were shown."""
    if arguments.certificate is not None:
        return str(arguments.certificate)
    question = "To revoke it, type its serial, or the first 32 hex digits of its SHA-256, from its paper or its file."
    return ask.text(question, "--confirm HEX")


def _revocation_text(station: Station, reviewed: RevocationReview) -> str:
    issued = reviewed.issued
    lines = (wrapped(f"- {each}", "    ", "      ") for each in revocation.consequences(station.policy, issued))
    head = rows((("serial", serial_text(issued.serial)), ("reason", reviewed.revocation.reason.value)), "    ")
    meaning = rows((("which means", revocation.MEANINGS[reviewed.revocation.reason]),), "    ")
    listed = "\n".join(lines)
    return f"\nREVOKE {issued.owner}\n{head}{meaning}{digest('SHA-256', issued.sha256)}\n{listed}\n"


def _delivered(station: Station, arguments: Namespace, head: str = "") -> Outcome:
    state_all(station, arguments)
    delivered = station.deliver(wire.WiredFolder(Path(arguments.out)))
    sheet = station.close("done")
    issued = crl.newest(station.state)
    facts = {"response": str(delivered.path), "crl": crl_facts(issued), "closing": sheet and sheet.head}
    steps = wrapped(
        f"NEXT: publish root-ca.crl from this folder at {station.policy.root.crl_url}, now. NEXT-STEPS.txt in it says"
        " how, and where else it has to be imported."
    )
    text = f"{head}{rows(crl_pairs(issued))}RESPONSE\n    {delivered.path}\n{steps}\n"
    return Outcome(DONE, facts, text, closing_text(sheet))


def _failed(error: StationError, made: list[Crl | None]) -> Outcome:
    """Return the outcome of a ceremony that ended early: a CRL that was signed is not lost."""
    if not made:
        return failed(error, SKELETON)
    said = "The CRL was SIGNED and is safe in the audit log, but not delivered. Deliver it with `offline-root export`."
    return failed(error, {**SKELETON, "undelivered": crl_facts(made[0])}, f"{wrapped(said)}\n\n")
