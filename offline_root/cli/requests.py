"""The verbs that answer requests: sign, abandon, export."""

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from offline_root import wire
from offline_root.cli import ask
from offline_root.cli.ceremony import ceremony, closing_text, state_all
from offline_root.cli.outcome import DONE, REFUSED, Outcome, findings_facts, findings_text
from offline_root.delivery import Delivered
from offline_root.display import visible
from offline_root.errors import CeremonyError, VolumeError
from offline_root.findings import refusals
from offline_root.model import Issued, Refused, Review, Serial, Unreadable, serial_text
from offline_root.request.source import UNREADABLE
from offline_root.response.next_steps import Answer
from offline_root.station import Station

SIGN_SKELETON: dict[str, Any] = {"response": None, "issued": [], "refused": []}
EXPORT_SKELETON: dict[str, Any] = {"response": None, "issued": []}


def sign(arguments: Namespace) -> Outcome:
    """Sign each FILE that passes and is confirmed; refuse the others with every reason; deliver both."""
    with ceremony(arguments, "sign") as station:
        station.environment(arguments.environment)
        typed = (*arguments.confirm, *[""] * len(arguments.files))
        answers = [
            (file, _answer(station, arguments, file, digits))
            for file, digits in zip(arguments.files, typed, strict=False)
        ]
        state_all(station, arguments)
        delivered = station.deliver(wire.WiredFolder(Path(arguments.out)))
        sheet = station.close("done")
    issued = [(file, each) for file, each in answers if isinstance(each, Issued)]
    refused = [each for _, each in answers if isinstance(each, Refused)]
    given = {each.serial: file for file, each in issued}
    facts = {
        "response": str(delivered.path),
        "issued": [{"file": given[each.issued.serial], **_issued_facts(each, delivered)} for each in delivered.answers],
        "refused": [_refused_facts(each) for each in refused],
        "closing": sheet and sheet.head,
    }
    text = "".join(
        (
            *(f"ISSUED  {visible(file)}: {issued_text(each)}\n" for file, each in issued),
            *(_refused_text(each) for each in refused),
            f"RESPONSE {delivered.path}\n",
        )
    )
    return Outcome(REFUSED if refused else DONE, facts, text, closing_text(sheet))


def _answer(station: Station, arguments: Namespace, file: str, typed: str) -> Issued | Refused:
    """Take one file through the stages, as far as it gets."""
    environment = arguments.environment
    try:
        data = wire.read_request_file(Path(file))
    except VolumeError as error:
        return station.refuse(file, environment, (UNREADABLE.finding(f"{error.what} {error.meaning}", "file"),))
    request = station.read(file, data)
    if isinstance(request, Unreadable):
        return station.refuse(file, environment, request.findings)
    reviewed = station.review(request, environment)
    if refusals(reviewed.findings):
        return station.refuse(file, environment, reviewed.findings)
    if not typed and sys.stdin.isatty():
        typed = ask.text(
            f"{visible(file)}: the first 32 hex digits on the paper slip of {environment}:", "--confirm HEX"
        )
    approved = station.approve(reviewed, typed, tuple(arguments.acknowledge))
    if isinstance(approved, Refused):
        return approved
    print(review_text(reviewed), file=sys.stderr)
    return station.sign(approved)


def abandon(arguments: Namespace) -> Outcome:
    """Give up an open intent."""
    try:
        serial = Serial(int(arguments.serial, 16))
    except ValueError as error:
        raise CeremonyError(
            f"'{visible(arguments.serial)}' is not a serial number.",
            meaning="Nothing was done.",
            mend="Give the hex digits that `offline-root status` shows under open intents.",
            retry=True,
        ) from error
    with ceremony(arguments, "abandon") as station:
        station.abandon(serial, arguments.reason)
        state_all(station, arguments)
        sheet = station.close("done")
    facts = {"abandoned": serial_text(serial), "closing": sheet and sheet.head}
    text = f"ABANDONED {serial_text(serial)}: it will never be used, and goes on the next CRL.\n"
    return Outcome(DONE, facts, text, closing_text(sheet))


def export(arguments: Namespace) -> Outcome:
    """Deliver every intermediate ever issued once more."""
    with ceremony(arguments, "export") as station:
        state_all(station, arguments)
        delivered = station.export(wire.WiredFolder(Path(arguments.out)))
        sheet = station.close("done")
    facts = {
        "response": str(delivered.path),
        "issued": [_issued_facts(each, delivered) for each in delivered.answers],
        "closing": sheet and sheet.head,
    }
    lines = "".join(f"EXPORTED {issued_text(each.issued)}\n" for each in delivered.answers)
    return Outcome(DONE, facts, f"{lines}RESPONSE {delivered.path}\n", closing_text(sheet))


def _issued_facts(answer: Answer, delivered: Delivered) -> dict[str, Any]:
    """Return a delivered certificate as JSON prints it, with the absolute paths of its files."""
    issued, stem = answer.issued, delivered.path / answer.stem
    return {
        "environment": issued.environment,
        "serial": serial_text(issued.serial),
        "sha256": issued.sha256,
        "files": {
            "certificate": f"{stem}.pem",
            "chain": f"{stem}-chain.pem",
            "root": str(delivered.path / "root-ca.pem"),
        },
    }


def issued_text(issued: Issued) -> str:
    """Return a certificate in one line."""
    return f"{issued.environment}, serial {serial_text(issued.serial)}, SHA-256 {issued.sha256}"


def review_text(reviewed: Review) -> str:
    """Return a review as text: what was requested, and what will be issued."""
    rows = (
        f"{row.label:>24}  requested  {row.requested or '-'}\n{'':>24}  will be    {row.issued or '-'}"
        for row in reviewed.rows
    )
    return "\n".join((f"REVIEW {visible(reviewed.request.file)} for {reviewed.environment}", *rows)) + "\n"


def _refused_facts(refused: Refused) -> dict[str, Any]:
    return {
        "file": refused.file,
        "environment": refused.environment,
        "findings": findings_facts(refused.findings),
    }


def _refused_text(refused: Refused) -> str:
    head = f"REFUSED {visible(refused.file)} for {refused.environment}"
    return f"{head}\n\n{findings_text(refused.findings)}\n"
