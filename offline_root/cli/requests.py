"""The other verbs that answer requests: abandon and export."""

import re
from argparse import Namespace
from pathlib import Path
from typing import Any

from offline_root import intents, wire
from offline_root.cli.answers import certificate_text, delivered_facts
from offline_root.cli.ceremony import ceremony, check_out, closing_text, state_all
from offline_root.cli.layout import wrapped
from offline_root.cli.outcome import DONE, Outcome
from offline_root.display import visible
from offline_root.errors import CeremonyError
from offline_root.model import CRL_LABEL, Serial, serial_text

EXPORT_SKELETON: dict[str, Any] = {"response": None, "issued": []}


def abandon(arguments: Namespace) -> Outcome:
    """Give up an open intent."""
    label = _label(arguments.serial)
    with ceremony(arguments, "abandon", lambda station: intents.find(station.state, label)) as station:
        station.abandon(label, arguments.reason)
        state_all(station, arguments)
        sheet = station.close("done")
    facts = {"abandoned": label, "closing": sheet and sheet.head}
    listed = "" if label.startswith(CRL_LABEL) else ", and goes on the next CRL"
    text = wrapped(f"ABANDONED {label}: it will never be used{listed}.")
    return Outcome(DONE, facts, text, closing_text(sheet))


def _label(typed: str) -> str:
    """Return what an open intent is called by, as `status` shows it."""
    number = re.fullmatch(rf"{CRL_LABEL}[0-9]{{1,48}}", typed.strip().upper())
    return number[0] if number else serial_text(typed_serial(typed))


def typed_serial(typed: str) -> Serial:
    """Return the serial number that a person typed, with or without colons and spaces (CeremonyError)."""
    digits = re.sub(r"[\s:]", "", typed)
    if not re.fullmatch(r"[0-9A-Fa-f]{1,40}", digits):
        raise CeremonyError(
            f"'{visible(typed)}' is not a serial number.",
            meaning="Nothing was done.",
            mend="Give the hex digits that `offline-root status` shows.",
            retry=True,
        )
    return Serial(int(digits, 16))


def export(arguments: Namespace) -> Outcome:
    """Deliver every intermediate ever issued once more."""
    with ceremony(arguments, "export", lambda _: check_out(arguments)) as station:
        state_all(station, arguments)
        delivered = station.export(wire.WiredFolder(Path(arguments.out)))
        sheet = station.close("done")
    facts = {
        "response": str(delivered.path),
        "issued": [delivered_facts(each, delivered) for each in delivered.answers],
        "closing": sheet and sheet.head,
    }
    revoked = {each.serial: ", REVOKED: do not import it" for each in station.state.revocations}
    lines = "".join(
        f"EXPORTED{revoked.get(each.issued.serial, '')}\n{certificate_text(each.issued)}" for each in delivered.answers
    )
    if not delivered.answers:
        lines = "Nothing was issued so far: this response holds the root and the log alone.\n"
    return Outcome(DONE, facts, f"{lines}RESPONSE\n    {delivered.path}\n", closing_text(sheet))
