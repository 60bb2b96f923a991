"""What a verb ends with, and how it is printed."""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from offline_root.errors import StationError
from offline_root.findings import Finding
from offline_root.response.refusal import finding_text

DONE, REFUSED = 0, 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """`facts` for programs, `text` for people (stdout), `aside` for people beside the result (stderr)."""

    code: int
    facts: Mapping[str, Any]
    text: str
    aside: str = ""


def failed(error: StationError, skeleton: Mapping[str, Any]) -> Outcome:
    """Return the outcome of an action that could not be done. `skeleton` are the keys that the verb always prints."""
    again = "It is safe to try again." if error.retry else "Do not simply try again."
    aside = f"FAILED: {error.what}\n{error.meaning}\nNext: {error.mend}\n{again}"
    return Outcome(REFUSED, {**skeleton, "error": error.facts()}, "", aside)


def findings_facts(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Return findings as JSON prints them."""
    return [each.facts() for each in findings]


def findings_text(findings: Iterable[Finding]) -> str:
    """Return findings as people read them."""
    return "\n".join(finding_text(each) for each in findings) or "OK: nothing found.\n"


def show(outcome: Outcome, *, as_json: bool) -> int:
    """Print an outcome and return its exit code."""
    if outcome.aside:
        print(outcome.aside, file=sys.stderr)
    if as_json:
        print(json.dumps(outcome.facts, indent=2))
    elif outcome.text:
        print(outcome.text.rstrip("\n"))
    return outcome.code
