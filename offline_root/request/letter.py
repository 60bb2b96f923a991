"""What goes to the ceremony beside a CSR: `request.json` on the stick, and the paper slip, which goes another way.

Nothing in request.json is trusted: it says what the requester meant, so that a mix-up is noticed.
"""

import json
from dataclasses import asdict, dataclass
from textwrap import fill

from offline_root.fingerprints import groups
from offline_root.model import Fingerprint
from offline_root.words import words

FILE = "request.json"
FORMAT = "offline-root request 1"

_CONFIRMED = 32
"""Hex digits of the fingerprint that are typed from the slip."""


@dataclass(frozen=True, slots=True)
class Letter:
    """Who asks for what.

    `csr_sha256` is of the CSR's DER, `key_sha256` of its SubjectPublicKeyInfo, `asked_at` is UTC text. `checkpoint` is
    the newest signed note of the authority's log that the requester has seen, whole, or empty.
    """

    environment: str
    csr_sha256: Fingerprint
    key_sha256: Fingerprint
    asked_by: str
    asked_at: str
    checkpoint: str = ""


def letter_json(letter: Letter) -> bytes:
    """Return request.json."""
    return (json.dumps({"format": FORMAT, **asdict(letter)}, indent=2, sort_keys=True) + "\n").encode()


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
