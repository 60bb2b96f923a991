"""Texts that look the same to people although they are different (Unicode TR 36, TR 39).

A short rule of our own: the letters of Greek, Cyrillic and Armenian that are drawn like Latin ones, and the ASCII
characters that people confuse. One side of every comparison is ASCII, because policies are.
"""

import unicodedata
from functools import lru_cache

from offline_root.display import dangerous

_SCRIPTS = frozenset(("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "COPTIC", "CHEROKEE", "LISU"))
"""The scripts that have letters which are drawn like those of another one here."""

_ASCII = {"0": "o", "1": "l", "i": "l", "|": "l", "m": "rn", "w": "vv"}
_DRAWN_ALIKE = (
    # Greek: capital and small letter may look like different ones.
    ("\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u037f", "abezhikmnoptyxj"),
    ("\u03b1\u03b3\u03b7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c5\u03c7\u03f3", "aynikvopuxj"),
    # Cyrillic
    ("\u0430\u0432\u0435\u04bb\u043d\u0456\u0458\u043a\u043c\u043e\u0440", "abehhijkmop"),
    ("\u0441\u0455\u0442\u0443\u04af\u0475\u0445\u0501\u051b\u051d\u04cf", "cstyyvxdqwl"),
    # Armenian
    ("\u053c\u054d\u054f\u0555\u0570\u0578\u057d\u0581\u0585", "lusohnugo"),
    # Latin of phonetics and of Turkish; dashes and apostrophes
    ("\u0251\u0261\u0131\u0237", "agij"),
    ("\u2010\u2012\u2013\u2014\u2212\u2018\u2019", "-----''"),
)
_FOLD = str.maketrans(
    _ASCII
    | {
        foreign: _ASCII.get(latin, latin)
        for letters, alike in _DRAWN_ALIKE
        for foreign, latin in zip(letters, alike, strict=True)
    }
)


@lru_cache
def skeleton(text: str) -> str:
    """Return what is left of a text when nothing counts that people overlook: two texts with the same look alike.

    Case, spaces, accents, invisible characters, styles of letters (NFKD) and letters drawn alike do not count. The
    skeleton of two texts put together is their skeletons put together, so a pattern's `*` keeps its meaning.
    """
    seen = (each for each in unicodedata.normalize("NFKD", text) if unicodedata.category(each)[0] in "LNPS")
    letters = "".join(each for each in seen if not dangerous(each))
    return letters.translate(_FOLD).casefold().translate(_FOLD)


def scripts(text: str) -> tuple[str, ...]:
    """Return the scripts of a text's letters, of those that have letters drawn alike: `LATIN`, `CYRILLIC`."""
    words = (unicodedata.name(each, "").partition(" ")[0] for each in unicodedata.normalize("NFKD", text))
    return tuple(dict.fromkeys(each for each in words if each in _SCRIPTS))
