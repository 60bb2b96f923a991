"""The first virtual console as a person has it: read from its picture by the console's font, typed on by USB keys."""

import gzip
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.guest.line import GUARD
from tests.image.machine import BUILT, Booted

FONT = BUILT / "root/usr/share/consolefonts/CyrKoi-Terminus16.psf.gz"
_HEAD, _GLYPHS, _HEIGHT, _WIDTH = 4, 256, 16, 8
_NEXT = 0xFFFF
_UNKNOWN = "\ufffd"
_KEYS = {"\r": "ret", " ": "spc", "-": "minus", ".": "dot", ",": "comma"}
_SHIFTED = {":": "semicolon"}


def font(path: Path = FONT) -> dict[bytes, str]:
    """Return the character of each glyph of a console font (PSF 1 with its table of Unicode)."""
    octets = gzip.decompress(path.read_bytes())
    assert octets[:2] == b"\x36\x04"
    assert octets[2:4] == bytes((2, _HEIGHT))
    at = _HEAD + _GLYPHS * _HEIGHT
    glyphs = (octets[start : start + _HEIGHT] for start in range(_HEAD, at, _HEIGHT))
    table = [int.from_bytes(octets[place : place + 2], "little") for place in range(at, len(octets), 2)]
    characters = []
    while table:
        end = table.index(_NEXT)
        characters.append(min((each for each in table[:end] if each < _NEXT - 1), default=0))
        table = table[end + 1 :]
    # Where two characters look the same, the one of ASCII is meant.
    both = sorted(zip(glyphs, characters, strict=True), key=lambda each: -each[1])
    return {glyph: chr(character) for glyph, character in both}


def read(picture: bytes, glyphs: dict[bytes, str]) -> list[str]:
    """Return what stands on a screen, row by row, by its picture (PPM)."""
    _, size, _, pixels = picture.split(b"\n", 3)
    width, height = map(int, size.split())
    cells = ((left, top) for top in range(0, height - _HEIGHT + 1, _HEIGHT) for left in range(0, width, _WIDTH))
    text = "".join(_character(pixels, width, *each, glyphs) for each in cells)
    columns = width // _WIDTH
    return [text[start : start + columns].rstrip() for start in range(0, len(text), columns)]


def _character(pixels: bytes, width: int, left: int, top: int, glyphs: dict[bytes, str]) -> str:
    """Return the character in a cell, whichever of its two colours is the letter's."""
    rows = [pixels[3 * (width * row + left) : 3 * (width * row + left + _WIDTH)] for row in range(top, top + _HEIGHT)]
    first = rows[0][:3]
    bits = [sum((row[3 * place : 3 * place + 3] != first) << 7 - place for place in range(_WIDTH)) for row in rows]
    if not any(bits):
        return " "
    inverted = bytes(255 - each for each in bits)
    return glyphs.get(bytes(bits)) or glyphs.get(inverted) or _UNKNOWN


class Console:
    """A person before the screen, with a keyboard on USB."""

    def __init__(self, machine: Booted) -> None:
        self._machine, self._glyphs = machine, font()
        self.picture = machine.base / "screen.ppm"

    @property
    def rows(self) -> list[str]:
        """Return what is on the screen now; where the cursor is, nothing can be read."""
        self._machine.qmp("screendump", filename=str(self.picture))
        return [row.replace(_UNKNOWN, "").rstrip() for row in read(self.picture.read_bytes(), self._glyphs)]

    @property
    def text(self) -> str:
        """Return it in one string."""
        return "\n".join(self.rows)

    def press(self, *keys: str) -> None:
        """Press keys: names as QEMU has them, or characters."""
        for each in keys:
            self._machine.qmp("send-key", keys=[{"type": "qcode", "data": key} for key in _key(each)])
            time.sleep(0.2)  # QEMU holds a key for 0.1 s, and takes no other one meanwhile

    def type(self, *texts: str) -> None:
        """Type, with Enter after each."""
        for each in texts:
            self.press(*each, "ret")

    def waits(self, there: Callable[[str], bool], what: str) -> str:
        """Look until something stands there; return all of it."""
        until = time.monotonic() + GUARD
        while not there(text := self.text):
            assert time.monotonic() < until, f"waited in vain for {what}:\n{text}"
            time.sleep(1)  # reading a picture takes as much of the processor as the machine that draws it
        return text


def _key(key: str) -> Iterator[str]:
    """Yield the keys that are held down together for a character, or the one with a name."""
    if len(key) == 1 and (key in _SHIFTED or key.isupper()):
        yield "shift"
    yield _SHIFTED.get(key) or _KEYS.get(key) or key.lower()
