"""A policy that replaces another: what differs is shown, what is fixed stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_root.adoption import check_adoption, difference
from offline_root.errors import PolicyError
from tests.authorities import TEXT, policy

TEXTS = st.lists(st.sampled_from(["a = 1", "b = 2", "", "c\r", "d\u2028e"]), max_size=5).map("\n".join)


def test_equal_texts_do_not_differ() -> None:
    assert difference(TEXT, TEXT) == ""


def test_a_difference_is_shown_with_one_line_around_it() -> None:
    changed = TEXT.replace("pin_attempts = 3", "pin_attempts = 4")
    assert difference(TEXT, changed).split("\n") == [
        "--- in force",
        "+++ new",
        "@@ -17,3 +17,3 @@",
        ' activation = "pin"             # or "shares", with shares = "3 of 5"',
        "-pin_attempts = 3",
        "+pin_attempts = 4",
        ' idle_lock = "5min"             # hides the screen; the operator\'s short code brings it back',
    ]


@given(TEXTS, TEXTS)
def test_only_equal_texts_show_no_difference(old: str, new: str) -> None:
    assert (difference(old, new) == "") == (old == new)


def test_what_is_not_the_root_may_change() -> None:
    new = policy(("witnesses = 1", "witnesses = 2"), ('validity = "3650d"', 'validity = "365d"'))
    check_adoption(policy(), new)


@pytest.mark.parametrize(
    "change",
    [
        ("PrivSec OFFLINE Root CA", "Other Root CA"),
        ('country = "CH"', 'country = "DE"'),
        ("root-ca.crl", "root.crl"),
        ('validity = "20y"', 'validity = "21y"'),
        ('key = "ec-p384"', 'key = "ec-p256"'),
        ('crl_validity = "180d"', 'crl_validity = "180d"\npath_length = 3'),
    ],
)
def test_the_root_is_fixed(change: tuple[str, str]) -> None:
    with pytest.raises(PolicyError, match=r"changes \[root\]") as caught:
        check_adoption(policy(), policy(change))
    assert caught.value.retry
