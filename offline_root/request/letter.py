"""What goes to the ceremony beside a CSR: `request.json` on the stick, and the paper slip, which goes another way.

Nothing in request.json is trusted: it says what the requester meant, so that a mix-up is noticed.
"""

import json
from dataclasses import asdict, fields
from pathlib import PurePath
from textwrap import fill

from offline_root.fingerprints import groups
from offline_root.model import Letter
from offline_root.words import words

FILE = "request.json"
FORMAT = "offline-root request 1"

_CONFIRMED = 32
"""Hex digits of the fingerprint that are typed from the slip."""


def beside(file: str) -> str:
    """Return the name of the letter that may go with a CSR."""
    return str(PurePath(file).parent / FILE)


def letter_json(letter: Letter) -> bytes:
    """Return request.json."""
    return (json.dumps({"format": FORMAT, **asdict(letter)}, indent=2, sort_keys=True) + "\n").encode()


def read_letter(data: bytes) -> Letter | None:
    """Return the letter that a file is; None where it is something else, such as an online CA's answer in JSON."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.pop("format", None) != FORMAT:
        return None
    known = {each.name for each in fields(Letter)}
    if found.keys() != known or not all(isinstance(value, str) for value in found.values()):
        return None
    return Letter(**found)


def paper_slip(letter: Letter, subject: str) -> str:
    """Return the paper slip. `asked_by` and `subject` are safe to print."""
    digits = groups(letter.key_sha256[:_CONFIRMED])
    aloud = " ".join(words(bytes.fromhex(letter.key_sha256[:_CONFIRMED])))
    return (
        "PAPER SLIP: for the witness of the ceremony, by another way than the stick\n\n"
        f"    Environment   {letter.environment}\n"
        f"    Fingerprint   {digits}\n\n"
        + fill(aloud, 80, initial_indent="    Read aloud    ", subsequent_indent=" " * 18)
        + f"\n\n    Subject       {subject}\n    Asked by      {letter.asked_by}, as stated\n"
        f"    Asked at      {letter.asked_at}\n\n    Signature     ______________________________\n\n"
        "The fingerprint is the first half of SHA-256 over the key in the request.\n"
    )
