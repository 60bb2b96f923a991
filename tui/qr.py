"""QR codes of digests, for phones in the room: plain text, two modules a character.

A scanner expects dark modules on a light ground (ISO/IEC 18004), and not every phone reads the inverse. So the ink of
the terminal is the light: a light module is drawn, a dark one is left empty, and the quiet zone is a drawn frame.
Whoever shows the lines gives them light ink on a dark ground, whatever the theme says; tests/tui/test_qr.py reads them
that way, with a decoder that may not invert.

The quiet zone is 2 modules where the standard asks for 4: with 4, a SHA-256 in hex would take 21 rows of the 24.
"""

from typing import Any, NamedTuple

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET = 2
"""Light modules around the code, on each side."""

ALPHABET = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
"""What a code holds in 11 bits for two characters (ISO/IEC 18004, alphanumeric mode). Lower case needs 8 for one."""

LONGEST = 3391
"""Characters of that alphabet that the largest code holds, version 40 at level M (ISO/IEC 18004, table 7)."""

_HALVES = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
"""The character for an upper and a lower module, each dark or not."""


class Size(NamedTuple):
    """Room that the lines take, in characters of the terminal."""

    rows: int
    columns: int


def _code(payload: str) -> QRCode[Any]:
    """Return the smallest code at level M (15 % of it may be unreadable) that holds the payload, not yet drawn."""
    if not 0 < len(payload) <= LONGEST or not ALPHABET.issuperset(payload):
        raise ValueError(f"a QR code takes 1 to {LONGEST} characters: upper-case letters, digits, space and $%*+-./:")
    code: QRCode[Any] = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET)
    code.add_data(payload, optimize=0)
    return code


def qr_size(payload: str) -> Size:
    """Return the room that `qr_lines` of this payload takes. 64 hex digits take 19 rows of 37 columns."""
    modules = 17 + 4 * _code(payload).version + 2 * QUIET
    return Size(rows=(modules + 1) // 2, columns=modules)


def qr_lines(payload: str) -> tuple[str, ...]:
    """Return the rows of a QR code: half blocks, full blocks and spaces, all of one width.

    The number of modules is odd, so the quiet zone below is one module higher than the others. Raises ValueError for a
    payload that is empty, too long or not of `ALPHABET`; hex digits are upper case.
    """
    rows = _code(payload).get_matrix()
    rows.append([False] * len(rows))
    pairs = zip(rows[0::2], rows[1::2], strict=True)
    return tuple("".join(_HALVES[both] for both in zip(upper, lower, strict=True)) for upper, lower in pairs)
