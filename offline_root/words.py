"""Octets as words to read aloud: the PGP word list.

Octets in even positions, the first among them, are two-syllable words; those in odd positions are three-syllable words.
So a word left out, said twice or swapped with its neighbour is noticed. Words left out at the very end are not: the
caller knows how many octets there should be.

`pgp_words.txt` has one line for each octet, 00 to FF: its two-syllable and its three-syllable word. It is the list of
https://philzimmermann.com/docs/PGP_word_list.pdf (P. Juola and P. Zimmermann, as refined for PGP), in which the key
ceremonies of the DNS root zone read out their digests. The PGPfone manual of January 1996 prints an earlier list, with
other words.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from offline_root.display import visible

_SYLLABLES = ("two", "three")


@cache
def _lists() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of even and of odd positions, 256 each, in the order of their octets."""
    listed = files("offline_root").joinpath("pgp_words.txt").read_text("ascii").split()
    return tuple(listed[0::2]), tuple(listed[1::2])


@cache
def _places() -> dict[str, tuple[int, int]]:
    """Return for each word, in lower case, its list (0 even, 1 odd) and its octet."""
    return {
        word.lower(): (parity, octet) for parity, listed in enumerate(_lists()) for octet, word in enumerate(listed)
    }


def words(data: bytes) -> tuple[str, ...]:
    """Return one word for each octet, in the capitals of the published list."""
    return tuple(_lists()[position % 2][octet] for position, octet in enumerate(data))


def octets(spoken: Sequence[str]) -> bytes:
    """Return the octets that these words stand for; capitals do not matter.

    Raises ValueError about the first word that is not in the list or not of the kind that its position asks for. Words
    are counted from 1.
    """
    lowered = [word.lower() for word in spoken]
    for position, word in enumerate(lowered):
        if word not in _places():
            raise ValueError(f"word {position + 1}, '{visible(spoken[position])}', is not in the PGP word list")
        if _misplaced(lowered, position):
            raise ValueError(_why_misplaced(lowered, position))
    return bytes(_places()[word][1] for word in lowered)


def _misplaced(lowered: Sequence[str], position: int) -> bool:
    """Return whether there is a word of the list in this position, but of the kind for the other positions."""
    place = _places().get(lowered[position]) if position < len(lowered) else None
    return place is not None and place[0] != position % 2


def _why_misplaced(lowered: Sequence[str], position: int) -> str:
    """Return what most likely happened at the first misplaced word."""
    number, word = position + 1, lowered[position]
    if position > 0 and word == lowered[position - 1]:
        return f"word {number}, '{word}', is the one before it once more, or a word between them is missing"
    if _misplaced(lowered, position + 1) and position + 2 < len(lowered) and not _misplaced(lowered, position + 2):
        return f"words {number} and {number + 1}, '{word}' and '{lowered[position + 1]}', are swapped"
    wanted = _SYLLABLES[position % 2]
    return f"word {number}, '{word}', is not one of {wanted} syllables: a word before it is missing, or two are swapped"
