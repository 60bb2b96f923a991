"""The small values of the stages: serials, names, owners, histories, errors."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_root.errors import CeremonyError, StationError, TokenError, TokenTrouble
from offline_root.history import History
from offline_root.keys import KeyKind
from offline_root.model import NAME, Fingerprint, Serial, serial_text
from tests.authorities import csr, issued, key, read, root, root_entry

REQUEST = read(csr())


@pytest.mark.parametrize(
    ("serial", "text"),
    [(0, "00"), (5, "05"), (0xF, "0F"), (0x10, "10"), (0xABC, "0ABC"), ((1 << 159) - 1, "7F" + "FF" * 19)],
)
def test_a_serial_is_written_in_whole_octets(serial: int, text: str) -> None:
    assert serial_text(Serial(serial)) == text


@given(st.integers(0, (1 << 160) - 1))
def test_a_serial_comes_back(serial: int) -> None:
    text = serial_text(Serial(serial))
    assert int(text, 16) == serial
    assert len(bytes.fromhex(text)) * 2 == len(text)


@pytest.mark.parametrize("name", ["a", "test", "test-eu-2", "a" * 31])
def test_names_are_safe_words(name: str) -> None:
    assert NAME.fullmatch(name)


@pytest.mark.parametrize("name", ["", "A", "-a", "1a", "a_b", "a.b", "a/b", "a b", "ä", "a" * 32, "test\n"])
def test_other_names_are_not(name: str) -> None:
    assert not NAME.fullmatch(name)


def test_a_certificate_says_what_it_is() -> None:
    assert issued(REQUEST).owner == "test of demo"
    assert root_entry(root()).owner == "the root of demo"


def test_a_history_is_asked_by_key_and_by_request() -> None:
    first = issued(REQUEST)
    second = replace(first, environment="prod", request_sha256="0" * 64)
    other = issued(read(csr(private=key(KeyKind.EC_P256))))
    history = History((first, other, second))
    assert history.with_key(REQUEST.fingerprint) == (first, second)
    assert history.with_key(Fingerprint("0" * 64)) == ()
    assert history.answers("0" * 64) == (second,)
    assert History().answers("0" * 64) == ()


def test_an_error_says_what_it_means_and_what_to_do() -> None:
    error = CeremonyError("It broke.", meaning="Nothing was done.", mend="Try again.", retry=True)
    assert str(error) == "It broke."
    assert isinstance(error, StationError)
    assert error.facts() == {
        "kind": "CeremonyError",
        "what": "It broke.",
        "meaning": "Nothing was done.",
        "next": "Try again.",
        "retry_safe": True,
    }


def test_an_error_of_the_token_says_in_which_way() -> None:
    error = TokenError("No.", trouble=TokenTrouble.WRONG_PIN, meaning="m", mend="n", retry=False)
    assert (error.trouble, error.retry) == (TokenTrouble.WRONG_PIN, False)
    assert error.facts()["kind"] == "TokenError"
