"""Texts that look alike have one skeleton, whatever letters, spaces and cases they are made of."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from offline_root.lookalike import _FOLD, scripts, skeleton

ANYTHING = st.text(max_size=20)
TRICKY = st.text(st.sampled_from("aAiIlL1|0OoMmWw *-\u0430\u0420\u03a1\u0131\u1e9e\u0345\ufb03\uff21\u200b\u0301"))
NAME = "PrivSec OFFLINE Root CA"


@pytest.mark.parametrize(
    "alike",
    [
        "privsec offline root ca",
        " PrivSec  OFFLINE Root CA ",
        "PrivSecOFFLINERootCA",
        "PrivSec OFFLINE R00t CA",
        "Pr1vSec 0FFLlNE Root CA",
        "\u0420rivSe\u0441 OFFLINE R\u043e\u043et \u0421\u0410",
        "\u03a1rivSec \u039fFFLI\u039dE Ro\u03bft C\u0391",
        "\uff30rivSec \U0001d40eFFLINE Root CA",
        "PrivSec OFFLINE Ro\u00f6t C\u0301A",
        "Priv\u200bSec OFFLINE Root CA\u202e\x1b",
        "Pr\u0131vSec OFFLINE R\u0585\u0585t CA",
    ],
)
def test_what_people_overlook_does_not_count(alike: str) -> None:
    assert skeleton(alike) == skeleton(NAME)


@pytest.mark.parametrize("other", ["PrivSec Root CA", "PrivSec OFFLINE Root CA 2", "PrivSec OFFLINE Root C", ""])
def test_another_word_is_another_skeleton(other: str) -> None:
    assert skeleton(other) != skeleton(NAME)


@pytest.mark.parametrize(("one", "other"), [("modern", "rnodern"), ("West", "VVest"), ("A\u2013B", "A-B")])
def test_letters_that_two_others_look_like(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@given(st.one_of(ANYTHING, TRICKY))
@example("\u1e9e")
@example("\u0130\u03f4\u2126")
def test_a_skeleton_is_its_own(text: str) -> None:
    assert skeleton(skeleton(text)) == skeleton(text)


@given(st.one_of(ANYTHING, TRICKY), st.one_of(ANYTHING, TRICKY))
def test_of_two_texts_together_it_is_theirs_together(one: str, other: str) -> None:
    """So a pattern's star stands for the same in the skeleton: what fits the pattern fits its skeleton."""
    marks = unicodedata.normalize("NFKD", one + other)
    assert skeleton(marks) == skeleton(one + other) == skeleton(one) + skeleton(other)


@given(st.text(st.characters(codec="ascii"), max_size=20), st.randoms())
def test_a_text_dressed_up_looks_like_itself(text: str, chance: object) -> None:
    alike: dict[str, list[str]] = {}
    for foreign, latin in _FOLD.items():
        alike.setdefault(latin, []).append(chr(foreign))
    dressed = "".join(
        chance.choice(alike.get(skeleton(each), [each]))  # type: ignore[attr-defined]
        for each in text
    )
    assert skeleton(dressed) == skeleton(text)
    assert skeleton(text.upper()) == skeleton(text.lower()) == skeleton(text.replace(" ", ""))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("PrivSec (1)", ("LATIN",)),
        ("\u0420rivSec", ("CYRILLIC", "LATIN")),
        ("\u0391B\u0412", ("GREEK", "LATIN", "CYRILLIC")),
        ("\U0001d400\uff21\u00aa", ("LATIN",)),
        ("\u65e5\u672c 1 \x00 \u0301", ()),
    ],
)
def test_scripts_that_are_drawn_alike_are_named(text: str, found: tuple[str, ...]) -> None:
    assert scripts(text) == found
