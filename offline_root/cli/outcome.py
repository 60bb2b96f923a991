"""What a verb ends with, and how it is printed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from offline_root.cli.layout import shown
from offline_root.cli.streams import put, tell
from offline_root.errors import StationError
from offline_root.findings import Finding, by_weight
from offline_root.response.refusal import finding_text

DONE, REFUSED, USAGE = 0, 1, 2


class UsageError(Exception):
    """The command line is not one that this program understands, or not one for where it was typed."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Outcome:
    """`facts` for programs, `text` for people (stdout), `aside` for people beside the result (stderr).

    `exact`: the text is a file, and is written byte for byte.
    """

    code: int
    facts: Mapping[str, Any]
    text: str
    aside: str = ""
    exact: bool = False


def failed(error: StationError, facts: Mapping[str, Any], aside: str = "") -> Outcome:
    """Return the outcome of an action that could not be done. `facts` are the keys that the verb always prints."""
    again = "It is safe to try again." if error.retry else "Do not simply try again."
    paragraphs = (f"FAILED: {error.what}", error.meaning, f"Next: {error.mend}", again)
    said = "\n".join(shown(each) for each in paragraphs if each)
    return Outcome(REFUSED, {**facts, "error": error.facts()}, "", aside + said)


def findings_facts(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Return findings as JSON prints them."""
    return [each.facts() for each in findings]


def findings_text(findings: Iterable[Finding]) -> str:
    """Return findings as people read them, the worst first."""
    return "\n".join(map(finding_text, by_weight(findings))) or "OK: nothing found.\n"


def show(outcome: Outcome, *, as_json: bool) -> int:
    """Print an outcome and return its exit code."""
    if outcome.aside:
        tell(outcome.aside.rstrip("\n"))
    if as_json:
        return put(json.dumps(outcome.facts, indent=2), outcome.code)
    if outcome.exact:
        return put(outcome.text, outcome.code, exact=True)
    if outcome.text:
        return put(outcome.text.rstrip("\n"), outcome.code)
    return outcome.code
