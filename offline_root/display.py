"""The one way that text from outside reaches a screen, a report or a terminal.

Subjects, file names and labels may hold control characters, escape sequences, bidirectional overrides and characters
without width. `visible` shows each of those as `<U+202E>`; `dangerous` lists them, for the finding that goes with it.
"""

import unicodedata
from itertools import chain

_PLAIN_MARKS = 2
"""More combining marks than this on one character are not language but an attack on the screen."""

_UNSEEN = frozenset(
    chain(
        # Default_Ignorable_Code_Point (Unicode, DerivedCoreProperties): letters and marks that are drawn as nothing.
        (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0),
        range(0x180B, 0x1810),
        range(0xFE00, 0xFE10),
        range(0xE0100, 0xE01F0),
        # Drawn as nothing all the same: a Braille cell without dots, a note without a head, a filler.
        (0x2800, 0x1D159, 0x16FE4),
    )
)
"""Code points that nobody sees although their category says letter, mark or symbol."""

_MARKS_OF_DIRECTION = "\u061c\u200e\u200f"


def _positions(text: str) -> list[bool]:
    """Return for each character whether it may be shown as it is."""
    if text.isascii() and text.isprintable():
        return [True] * len(text)
    shown, marks = [], 0
    for character in text:
        category = unicodedata.category(character)[0]
        marks = marks + 1 if category == "M" else 0
        seen = category in "LMNPS" and ord(character) not in _UNSEEN
        shown.append(character == " " or (seen and marks <= _PLAIN_MARKS))
    return shown


def visible(text: str) -> str:
    """Return `text` with every character that could deceive a reader or a terminal replaced by its code point.

    Two different texts never give the same: a `<` that could pass for one of ours is replaced too. (Letters that only
    look alike, Latin and Cyrillic `a`, stay what they are.)
    """
    return "".join(
        f"<U+{ord(character):04X}>" if not shown or text.startswith("<U+", place) else character
        for place, (character, shown) in enumerate(zip(text, _positions(text), strict=True))
    )


def spaced(shown: str) -> str:
    """Return a line with each space made visible that nobody would see: after another one, and at either end."""
    ends = {0, len(shown) - 1}
    return "".join(
        "<U+0020>" if character == " " and (place in ends or shown[place - 1] == " ") else character
        for place, character in enumerate(shown)
    )


def visible_lines(text: str) -> str:
    """Return a text of several lines with each line made visible."""
    return "\n".join(visible(line) for line in text.split("\n"))


def _replaced(text: str) -> tuple[str, ...]:
    """Return the characters that `visible` replaces, each once, in order of appearance."""
    return tuple(dict.fromkeys(each for each, shown in zip(text, _positions(text), strict=True) if not shown))


def dangerous(text: str) -> tuple[str, ...]:
    """Return the code points that `visible` replaces, as `U+202E`, each once, in order of appearance."""
    return tuple(f"U+{ord(each):04X}" for each in _replaced(text))


def explained(text: str) -> tuple[str, ...]:
    """Return the same, each with what it does: `U+202E (bidirectional)`."""
    return tuple(f"U+{ord(each):04X} ({_effect(each)})" for each in _replaced(text))


def _effect(character: str) -> str:
    category = unicodedata.category(character)
    if character in "\x1b\x9b":
        return "escape"
    if character in _MARKS_OF_DIRECTION or unicodedata.bidirectional(character)[:2] in {"LR", "RL", "PD", "FS"}:
        return "bidirectional"
    if category == "Cf" or ord(character) in _UNSEEN:
        return "zero-width"
    words = {"Cc": "control", "Z": "odd space", "M": "mark upon marks"}
    return words.get(category, words.get(category[0], "no letter of any language"))
