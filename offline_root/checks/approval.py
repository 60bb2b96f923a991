"""What people typed from the paper slip, against the request."""

import re

from offline_root.findings import Finding, Severity, declare
from offline_root.model import Fingerprint

DIGITS = 32
"""The hex digits of the fingerprint that are typed: 128 bits. Eight could be forged in minutes."""

FINGERPRINT_MISMATCH = declare(
    "approval.fingerprint-mismatch",
    Severity.REFUSE,
    "The fingerprint on the paper slip must be that of the key in the file",
    rule="RFC 5280 4.1.2.7 (SHA-256 of the SubjectPublicKeyInfo)",
    mend="Do not sign. Call the requester by another way than the one the file came by, and compare again.",
)


def digits(typed: str) -> str:
    """Return what was typed without spaces, colons and dashes, in lower case."""
    return re.sub(r"[\s:-]", "", typed).lower()


def wrong_groups(typed: str, fingerprint: Fingerprint) -> tuple[int, ...]:
    """Return the 1-based numbers of the groups of four hex digits that differ from the fingerprint or are missing."""
    given = digits(typed)
    wrong = []
    for start in range(0, max(len(given), DIGITS), 4):
        group = given[start : start + 4]
        short = len(group) < 4 and start < DIGITS
        if short or not fingerprint[start : start + 4].startswith(group):
            wrong.append(start // 4 + 1)
    return tuple(wrong)


def confirm(typed: str, fingerprint: Fingerprint) -> tuple[Finding, ...]:
    """Compare at least the first 32 typed hex digits with a fingerprint; findings where they differ."""
    given = digits(typed)
    if len(given) >= DIGITS and fingerprint.startswith(given):
        return ()
    if not re.fullmatch(r"[0-9a-f]*", given) or len(given) < DIGITS:
        said = f"At least {DIGITS} hex digits are needed; {len(given)} characters were typed."
    else:
        wrong = ", ".join(map(str, wrong_groups(typed, fingerprint)))
        said = f"The digits from the paper differ from the file's key in these groups of four: {wrong}."
    return (FINGERPRINT_MISMATCH.finding(said, "fingerprint"),)
