"""What became of each file on the stick, as a row of a list."""

from collections.abc import Sequence

from offline_root.findings import Finding, refusals
from offline_root.model import Issued, Refused, SigningRequest, Unreadable, serial_text
from tui.screens.requests import Row

Answer = Issued | Refused
Subject = SigningRequest | Unreadable


def row(subject: Subject, answer: Answer | None) -> Row:
    """Return the row of a file in the list of requests."""
    if answer is not None:
        return answered(subject.file, answer)
    if isinstance(subject, Unreadable):
        return Row(subject.file, "REFUSE", _codes(subject.findings))
    return Row(subject.file, "request", subject.form)


def answered(file: str, answer: Answer) -> Row:
    """Return the row of a file that has its answer."""
    if isinstance(answer, Issued):
        return Row(file, "ISSUED", f"{answer.environment}, serial {serial_text(answer.serial)}")
    return Row(file, "REFUSED", f"{answer.environment}: {_codes(answer.findings)}")


def _codes(findings: Sequence[Finding]) -> str:
    return ", ".join(dict.fromkeys(each.code for each in refusals(findings)))
