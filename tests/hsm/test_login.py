"""Opening and closing a token with its PIN."""

import pytest

from hsm import KeyAbsent, NotLoggedIn, Token, WrongPin
from tests.hsm.softhsm import PIN, SO_PIN, Stored


@pytest.fixture
def closed(furnished: Stored) -> Token:
    return furnished.attach()


def test_the_right_pin_opens_after_twelve_wrong_ones(furnished: Stored) -> None:
    with furnished.attach() as token:
        for number in range(12):
            with pytest.raises(WrongPin, match="Wrong PIN or damaged token") as caught:
                token.login(f"wrong pin {number}")
            assert (caught.value.code, caught.value.retry) == ("PinIncorrect", True)
        token.login(PIN)
        assert token.sign(token.find("ec-p384"), "ecdsa-sha384", b"message")


@pytest.mark.parametrize("pin", ["", "x", SO_PIN, PIN + " ", PIN.upper(), "long" * 300, "ü", "\udcff", "\0"], ids=repr)
def test_any_other_pin_is_wrong(furnished: Stored, pin: str) -> None:
    with furnished.attach() as token:
        with pytest.raises(WrongPin):
            token.login(pin)
        with pytest.raises(NotLoggedIn):
            token.find("ec-p384")
        token.login(PIN)


def test_a_wrong_pin_closes_an_open_token(furnished: Stored) -> None:
    with furnished.open() as token:
        with pytest.raises(WrongPin):
            token.login("wrong pin")
        with pytest.raises(NotLoggedIn):
            token.find("ec-p384")


def test_logging_in_twice_is_logging_in_anew(keys: Token) -> None:
    keys.login(PIN)
    assert keys.find("ec-p384").label == "ec-p384"


def test_log_in_and_out_as_often_as_wanted(keys: Token) -> None:
    for _ in range(30):
        keys.logout()
        keys.logout()
        keys.login(PIN)
        with pytest.raises(KeyAbsent):
            keys.find("absent")
    assert keys.find("ec-p384").label == "ec-p384"


def test_a_key_found_before_a_new_login_still_signs(keys: Token) -> None:
    key = keys.find("ec-p384")
    assert keys.sign(key, "ecdsa-sha384", b"message")
    keys.logout()
    keys.login(PIN)
    assert keys.sign(key, "ecdsa-sha384", b"message")
