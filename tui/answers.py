"""What became of each file on the stick, as a row of a list."""

from collections.abc import Iterator, Mapping, Sequence

from offline_root.display import visible
from offline_root.findings import Finding, refusals
from offline_root.keys import fingerprint
from offline_root.model import Der, Issued, Refused, SigningRequest, Unreadable, serial_text
from tui.screens.requests import Row

Answer = Issued | Refused
Subject = SigningRequest | Unreadable


def rows(subjects: Sequence[Subject], answers: Mapping[str, Answer], issued: Sequence[Issued]) -> tuple[Row, ...]:
    """Return the list of files: what became of each, or what can be said of it before its paper slip is compared."""
    first: dict[Der, str] = {}
    found = []
    for each in subjects:
        if answer := answers.get(each.file):
            found.append(answered(each.file, answer))
        elif isinstance(each, Unreadable):
            found.append(Row(each.file, "REFUSE", _codes(each.findings)))
        else:
            said = (each.form, *_asked(each), *_again(each, first), *_before(each, issued))
            found.append(Row(each.file, "request", "; ".join(said)))
        if isinstance(each, SigningRequest):
            first.setdefault(each.der, each.file)
    return tuple(found)


def _asked(request: SigningRequest) -> Iterator[str]:
    """Say what request.json says beside it: who asks, and when."""
    if letter := request.letter:
        yield visible(f"asked by {letter.asked_by}, {letter.asked_at}")


def _again(request: SigningRequest, first: Mapping[Der, str]) -> Iterator[str]:
    if request.der in first:
        yield f"the same request as {visible(first[request.der])}"


def _before(request: SigningRequest, issued: Sequence[Issued]) -> Iterator[str]:
    digest = fingerprint(request.der)
    for each in issued:
        if each.request_sha256 == digest:
            yield f"answered already on {each.time} with serial {serial_text(each.serial)}"


def answered(file: str, answer: Answer) -> Row:
    """Return the row of a file that has its answer."""
    if isinstance(answer, Issued):
        return Row(file, "ISSUED", f"{answer.environment}, serial {serial_text(answer.serial)}")
    return Row(file, "REFUSED", f"{answer.environment}: {_codes(answer.findings)}")


def _codes(findings: Sequence[Finding]) -> str:
    return ", ".join(dict.fromkeys(each.code for each in refusals(findings)))
