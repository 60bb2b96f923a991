"""The digits from the paper slip against the key in the file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_root.checks.approval import DIGITS, confirm, digits, wrong_groups
from offline_root.model import Fingerprint

KEY = Fingerprint("0123456789abcdef00112233445566778899aabbccddeeff0123456789abcdef")


def said(typed: str) -> str:
    (finding,) = confirm(typed, KEY)
    assert (finding.code, finding.field) == ("approval.fingerprint-mismatch", "fingerprint")
    return finding.message


@pytest.mark.parametrize(
    "typed",
    [
        KEY,
        KEY[:DIGITS],
        KEY[:45],
        KEY.upper(),
        "0123 4567 89ab cdef 0011 2233 4455 6677",
        "01:23:45:67:89:AB:CD:EF:00:11:22:33:44:55:66:77",
        "0123-4567-89ab-cdef\n0011-2233-4455-6677\t",
    ],
)
def test_the_right_digits_pass_however_they_are_grouped(typed: str) -> None:
    assert confirm(typed, KEY) == ()
    assert wrong_groups(typed, KEY) == ()


@pytest.mark.parametrize("count", [0, 8, 16, 31])
def test_too_few_digits_are_refused_though_they_are_right(count: int) -> None:
    assert said(KEY[:count]) == f"At least 32 hex digits are needed; {count} characters were typed."


@pytest.mark.parametrize("typed", ["g" * 32, "0123456789abcdef001122334455667\u0667", "0x" + KEY[:40], KEY[:31] + "."])
def test_what_is_no_hex_is_refused(typed: str) -> None:
    assert said(typed).startswith("At least 32 hex digits are needed")


@pytest.mark.parametrize(
    ("typed", "groups"),
    [
        ("0123 4567 89ab cdef 0011 2233 4455 6676", "8"),
        ("1123 4567 89ab cdef 0011 2234 4455 6677", "1, 6"),
        (KEY[:32] + "0", "9"),
        (KEY + "0", "17"),
        (KEY[4:], "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15"),
    ],
)
def test_every_wrong_group_is_named(typed: str, groups: str) -> None:
    assert said(typed) == f"The digits from the paper differ from the file's key in these groups of four: {groups}."


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("", (1, 2, 3, 4, 5, 6, 7, 8)),
        ("0123", (2, 3, 4, 5, 6, 7, 8)),
        ("0123 45", (2, 3, 4, 5, 6, 7, 8)),
        (KEY[:31], (8,)),
        (KEY[:34], ()),
        (KEY[:33] + "f", (9,)),
    ],
)
def test_groups_that_are_missing_or_short_are_wrong_too(typed: str, wrong: tuple[int, ...]) -> None:
    assert wrong_groups(typed, KEY) == wrong


@given(st.integers(0, 63), st.sampled_from("0123456789abcdef"), st.integers(DIGITS, 64))
def test_one_wrong_digit_is_always_found(place: int, digit: str, count: int) -> None:
    typed = (KEY[:place] + digit + KEY[place + 1 :])[:count]
    right = typed == KEY[:count]
    assert (confirm(typed, KEY) == ()) == right
    assert wrong_groups(typed, KEY) == (() if right else (place // 4 + 1,))


@given(st.text())
def test_no_other_text_passes(typed: str) -> None:
    passes = len(digits(typed)) >= DIGITS and KEY.startswith(digits(typed))
    assert (confirm(typed, KEY) == ()) == passes
    if confirm(typed, KEY):
        assert wrong_groups(typed, KEY) != ()
