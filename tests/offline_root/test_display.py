"""The escaper: everything that could deceive is replaced, and two texts never come out as the same."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from offline_root.display import dangerous, explained, visible, visible_lines

ANYTHING = st.text(st.characters(), max_size=30)
TRICKY = st.text(st.sampled_from("<U+0A3C>41 \u202e\u0301\x1b\n"), max_size=20)
CODE_POINTS = [chr(point) for point in range(0x110000)]

# Characters that are drawn as nothing or that turn, move or join what stands around them.
INVISIBLE = [
    *"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180e\u180f\u200b\u200c\u200d\u200e\u200f",
    *"\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2064\u2066\u2067\u2068\u2069\u206a\u206f\u2800\u3164",
    *"\ufe00\ufe0f\ufeff\uffa0\ufff9\ufffb\U00016fe4\U0001d159\U0001d173\U000e0001\U000e0041\U000e007f\U000e0100\U000e01ef",
    *"\x00\x07\x08\t\n\r\x1b\x7f\x80\x85\x9b\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000",
    *"\ud800\udfff\ue000\uffff\U0010ffff\u0378",
]


@pytest.mark.parametrize("character", INVISIBLE, ids=ascii)
def test_what_nobody_can_see_is_shown_as_its_code_point(character: str) -> None:
    assert visible(f"a{character}b") == f"a<U+{ord(character):04X}>b"
    assert dangerous(f"a{character}b") == (f"U+{ord(character):04X}",)


@pytest.mark.parametrize(
    "text",
    ["PrivSec Intermediate CA (test) G*", "Zürich", "Łódź", "日本", "Ελλάδα", "€5 + ½", "<b>", "\u180a\u1810 \ufe10"],
)
def test_plain_text_of_any_language_stays(text: str) -> None:
    assert visible(text) == text
    assert dangerous(text) == ()


@pytest.mark.parametrize(
    ("character", "effect"),
    [
        *((each, "escape") for each in "\x1b\x9b"),
        *(
            (each, "bidirectional")
            for each in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
        ),
        *((each, "zero-width") for each in "\u200b\u200d\u2060\ufeff\u00ad\u3164\u2800\ufe0f\U000e0041"),
        *((each, "control") for each in "\x00\n\r\t\x7f\x85"),
        *((each, "odd space") for each in "\u00a0\u2028\u3000"),
        *((each, "no letter of any language") for each in "\ue000\uffff\ud800\u0378"),
    ],
    ids=ascii,
)
def test_what_a_hidden_character_does_is_said(character: str, effect: str) -> None:
    assert explained(f"a{character}b{character}") == (f"U+{ord(character):04X} ({effect})",)


def test_a_heap_of_marks_is_said() -> None:
    assert explained("e\u0301\u0301\u0302") == ("U+0302 (mark upon marks)",)
    assert explained("plain") == ()


def test_accents_stay_and_heaps_of_them_do_not() -> None:
    assert visible("e\u0301\u0323") == "e\u0301\u0323"
    assert visible("e" + "\u0301" * 4) == "e\u0301\u0301<U+0301><U+0301>"
    assert visible("\u0301\u0301\u0301e") == "\u0301\u0301<U+0301>e"
    assert visible("e\u0301\u0301e\u0301\u0301") == "e\u0301\u0301e\u0301\u0301"


def test_our_own_form_cannot_be_forged() -> None:
    assert visible("<U+202E>") == "<U+003C>U+202E>"
    assert dangerous("<U+202E>") == ()
    assert visible("<u+202E> < U+") == "<u+202E> < U+"


def test_every_character_by_itself() -> None:
    outcomes = [visible(character) for character in CODE_POINTS]
    assert len(set(outcomes)) == len(CODE_POINTS)
    kept = {outcome for outcome in outcomes if len(outcome) == 1}
    assert {unicodedata.category(each)[0] for each in kept - {" "}} == {"L", "M", "N", "P", "S"}
    assert all(outcome.isascii() for outcome in outcomes if outcome not in kept)
    assert kept.isdisjoint(INVISIBLE)


@given(st.one_of(ANYTHING, TRICKY), st.one_of(ANYTHING, TRICKY))
@example("<", "<U+003C>")
@example("<U+003C>", "<U+003C>U+003C>")
@example("\x3cU+41>", "A")
def test_two_texts_never_give_the_same(one: str, other: str) -> None:
    assert (visible(one) == visible(other)) == (one == other)


def _read_back(shown: str) -> str:
    """Return the text that gives `shown`: what stands in <U+…> is one character, everything else is itself."""
    text, place = "", 0
    while place < len(shown):
        if shown.startswith("<U+", place):
            end = shown.index(">", place)
            text += chr(int(shown[place + 3 : end], 16))
            place = end + 1
        else:
            text += shown[place]
            place += 1
    return text


@given(st.one_of(ANYTHING, TRICKY))
def test_the_text_can_be_read_back(text: str) -> None:
    assert _read_back(visible(text)) == text


@given(st.one_of(ANYTHING, TRICKY))
def test_nothing_dangerous_comes_out(text: str) -> None:
    assert dangerous(visible(text)) == ()


@given(ANYTHING)
def test_what_is_listed_is_what_is_replaced(text: str) -> None:
    listed = dangerous(text)
    assert len(set(listed)) == len(listed)
    for each in listed:
        assert f"<{each}>" in visible(text)
    if not listed and "<U+" not in text:
        assert visible(text) == text


def test_each_is_listed_once_in_order() -> None:
    assert dangerous("\u202eab\x1b\u202e") == ("U+202E", "U+001B")


def test_lines_stay_lines() -> None:
    assert visible_lines("one\u2028\ntwo\x1b[m\r\n") == "one<U+2028>\ntwo<U+001B>[m<U+000D>\n"
