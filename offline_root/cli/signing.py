"""`sign`: each FILE through all stages, as far as it gets; then one response for all of them."""

import os
from argparse import Namespace
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from offline_root import wire
from offline_root.alarm import Stick, Use
from offline_root.checks.approval import DIGITS, confirm, digits, wrong_groups
from offline_root.cli import ask, interrupts
from offline_root.cli.answers import (
    certificate_facts,
    certificate_text,
    delivered_facts,
    difference_facts,
    refused_text,
    review_text,
)
from offline_root.cli.ceremony import ceremony, check_out, closing_text, nearest_to, state_all
from offline_root.cli.layout import wrapped
from offline_root.cli.outcome import DONE, REFUSED, Outcome, failed, findings_facts
from offline_root.cli.streams import tell
from offline_root.delivery import Delivered
from offline_root.display import visible
from offline_root.errors import StationError
from offline_root.findings import refusals, warnings
from offline_root.model import Difference, Fingerprint, Issued, Refused, Review, Serial, SigningRequest, Unreadable
from offline_root.request.letter import beside
from offline_root.review import declined
from offline_root.station import Station

SKELETON: dict[str, Any] = {"response": None, "issued": [], "refused": []}
_TRIES = 3
"""How often the digits of the paper slip may be typed: a slip of the finger is no forgery."""


@dataclass
class _Batch:
    """What became of each file so far. It is told even if the ceremony fails half way."""

    issued: list[tuple[str, Issued]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    changes: dict[Serial, Difference | None] = field(default_factory=dict)

    def add(self, file: str, answer: Issued | Refused) -> None:
        if isinstance(answer, Issued):
            self.issued.append((file, answer))
        else:
            self.refused.append(answer)

    def refused_facts(self) -> list[dict[str, Any]]:
        return [
            {"file": each.file, "environment": each.environment, "findings": findings_facts(each.findings)}
            for each in self.refused
        ]

    def text(self) -> str:
        issued = (f"ISSUED  {visible(file)}\n{certificate_text(each)}\n" for file, each in self.issued)
        return "".join((*issued, *(refused_text(each) for each in self.refused)))


def sign(arguments: Namespace) -> Outcome:
    """Sign each FILE that passes and is confirmed; refuse the others with every reason; deliver both."""

    def check(station: Station) -> None:
        station.environment(arguments.environment)
        check_out(arguments)

    batch = _Batch()
    try:
        with ceremony(arguments, "sign", check) as station:
            typed = (*arguments.confirm, *[""] * len(arguments.files))
            if stick := _one_stick(arguments):
                for use in (Use.REQUESTS, Use.RESPONSE):
                    station.see(stick, use)
            # All files first, as on screen: what lies there is known before anything is signed.
            there = wire.request_files((*arguments.files, *map(beside, arguments.files)))
            subjects = station.read_all(arguments.files, there.read)
            for subject, given in zip(subjects, typed, strict=False):
                interrupts.check()
                batch.add(subject.file, _answer(station, arguments, subject, given, batch.changes))
            state_all(station, arguments)
            delivered = station.deliver(wire.WiredFolder(Path(arguments.out)))
            sheet = station.close("done")
    except StationError as error:
        return _failed(batch, error)
    facts = {**_facts(batch, delivered), "closing": sheet and sheet.head}
    return Outcome(REFUSED if batch.refused else DONE, facts, batch.text() + _next(delivered), closing_text(sheet))


def _one_stick(arguments: Namespace) -> Stick | None:
    """Return the stick that requests come from and the response goes to, if it is one: another disk than HOME's."""
    out = nearest_to(arguments.out)
    device = out.stat().st_dev
    came = {Path(each).stat().st_dev for each in arguments.files if os.path.exists(each)}  # noqa: PTH110 (never raises)
    if device not in came or device == nearest_to(arguments.home).stat().st_dev:
        return None
    top = next(each for each in (out, *out.parents) if each.is_mount())
    return Stick(top.name, (("mounted at", str(top)),))


def _answer(
    station: Station,
    arguments: Namespace,
    request: SigningRequest | Unreadable,
    typed: str,
    changes: dict[Serial, Difference | None],
) -> Issued | Refused:
    """Take one file through the stages, as far as it gets; keep what a certificate changes in `changes`."""
    environment, file = arguments.environment, request.file
    if isinstance(request, Unreadable):
        return station.refuse(file, environment, request.findings)
    reviewed = station.review(request, environment)
    changes[reviewed.draft.serial] = reviewed.difference
    if refusals(reviewed.findings):
        return station.refuse(file, environment, reviewed.findings)
    asking = not typed and ask.somebody()
    if asking:
        typed = _from_paper(file, environment, request.fingerprint)
    acknowledged = list(arguments.acknowledge)
    if not confirm(typed, request.fingerprint):
        # Paper first: only now may anything be seen that comes from the request.
        tell(review_text(reviewed))
        acknowledged += _acknowledged(reviewed, acknowledged)
        if asking and not ask.yes(f"Sign this for {environment}?"):
            return station.refuse(file, environment, declined(reviewed))
    approved = station.approve(reviewed, typed, tuple(acknowledged))
    if isinstance(approved, Refused):
        return approved
    interrupts.check()
    return station.sign(approved)


def _from_paper(file: str, environment: str, fingerprint: Fingerprint) -> str:
    """Return the digits that a person types from the paper slip; what is mistyped is marked and may be typed again."""
    question = (
        f"{visible(file)}: type the first {DIGITS} hex digits of the fingerprint on the paper slip of {environment}"
        " (eight groups of four). Enter alone refuses the request."
    )
    typed = ""
    for _ in range(_TRIES):
        typed = ask.text(question, "--confirm HEX")
        if not typed or not confirm(typed, fingerprint):
            return typed
        tell(_marked(typed, fingerprint))
    return typed


def _marked(typed: str, fingerprint: Fingerprint) -> str:
    """Return what was typed in groups of four, each wrong one in brackets, and what that may mean."""
    given, wrong = digits(typed), set(wrong_groups(typed, fingerprint))
    groups = [given[start : start + 4] for start in range(0, max(len(given), DIGITS), 4)]
    shown = " ".join(f"[{visible(each)}]" if place in wrong else each for place, each in enumerate(groups, start=1))
    return wrapped(
        f"\n    {shown}\n\nThe groups in brackets are not those of the key in this file. If they were mistyped, type"
        " all of it again. If the paper really says so, the file is not the one that was sent: do not sign it."
    )


def _acknowledged(reviewed: Review, already: list[str]) -> list[str]:
    """Return the codes of the open warnings that a person accepts, one by one, by typing them."""
    if not ask.somebody():
        return []
    codes = dict.fromkeys(each.code for each in warnings(reviewed.findings) if each.code not in already)
    typed = (
        ask.text(
            f"WARN {code}: to sign all the same, type this code in full; it is logged. Enter alone refuses.",
            "--acknowledge CODE",
        )
        for code in codes
    )
    return list(typed)


def _facts(batch: _Batch, delivered: Delivered) -> dict[str, Any]:
    given = {each.serial: file for file, each in batch.issued}
    return {
        "response": str(delivered.path),
        "issued": [
            {
                "file": given[each.issued.serial],
                **delivered_facts(each, delivered),
                "changes": difference_facts(batch.changes[each.issued.serial]),
            }
            for each in delivered.answers
        ],
        "refused": batch.refused_facts(),
    }


def _failed(batch: _Batch, error: StationError) -> Outcome:
    """Return the outcome of a ceremony that ended early: what was signed is not lost, and people must know of it."""
    undelivered = [{"file": file, **certificate_facts(each)} for file, each in batch.issued]
    facts = {**SKELETON, "refused": batch.refused_facts(), "undelivered": undelivered}
    aside = batch.text()
    if batch.issued:
        said = "What was ISSUED is safe in the audit log, but not delivered. Deliver it with `offline-root export`."
        aside += f"{wrapped(said)}\n\n"
    return failed(error, facts, aside)


def _next(delivered: Delivered) -> str:
    steps = "take this folder to the online CA" if delivered.answers else "send this folder back"
    file = "NEXT-STEPS.txt in it says what to do there." if delivered.answers else "It says how to mend each finding."
    return f"RESPONSE\n    {delivered.path}\n" + wrapped(f"NEXT: {steps}. {file}") + "\n"
