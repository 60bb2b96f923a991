"""What people say at the end, and when it stops the delivery."""

import pytest

from offline_root.model import People
from offline_root.statement import Statement, statements

PEOPLE = People("Anna", ("Bob", "Zoë Ä"))


def said(*typed: str) -> list[tuple[str, str]]:
    return [(each.person, each.text) for each in statements(PEOPLE, typed)]


def test_whoever_says_nothing_agrees() -> None:
    assert said() == [("Anna", "agree"), ("Bob", "agree"), ("Zoë Ä", "agree")]
    assert statements(People("Anna", ()), ()) == (Statement("Anna", "agree"),)


def test_words_belong_to_who_is_named() -> None:
    assert said("Bob: I saw the fingerprint") == [
        ("Bob", "I saw the fingerprint"),
        ("Anna", "agree"),
        ("Zoë Ä", "agree"),
    ]
    assert said(" zoë ä : fine ", "BOB:fine")[:2] == [("Zoë Ä", "fine"), ("Bob", "fine")]


def test_words_without_a_name_are_the_operators() -> None:
    assert said("The room was cold") == [("Anna", "The room was cold"), ("Bob", "agree"), ("Zoë Ä", "agree")]
    assert said("Note: cold")[0] == ("Anna", "Note: cold")
    assert said("Bob")[0] == ("Anna", "Bob")


def test_one_person_may_say_several_things() -> None:
    assert said("Bob: one", "Bob: two", "three") == [
        ("Bob", "one"),
        ("Bob", "two"),
        ("Anna", "three"),
        ("Zoë Ä", "agree"),
    ]


def test_words_are_made_visible() -> None:
    assert said("Bob: \u202eeerga", "\x1b[2J")[:2] == [("Bob", "<U+202E>eerga"), ("Anna", "<U+001B>[2J")]


@pytest.mark.parametrize(
    "text",
    [
        "do not agree",
        "I do not agree",
        "  Do  Not  Agree: the clock was wrong",
        "don't agree",
        "I DON'T AGREE",
        "I don\u2019t agree",
        "dont agree",
        "cannot agree",
        "I can't agree",
        "I disagree",
        "Bob, who is not here, does not agree",
        "Bobby: do not agree",
        "I agree with one and do not agree with two",
    ],
)
def test_disagreement_stops_the_delivery(text: str) -> None:
    assert not Statement("Anna", text).agrees
    assert not all(each.agrees for each in statements(PEOPLE, (text,)))


@pytest.mark.parametrize("text", ["agree", "I agree", "fine", "", "nothing to add", "I was present", "at any moment"])
def test_anything_else_does_not(text: str) -> None:
    assert Statement("Anna", text).agrees
