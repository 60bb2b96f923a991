"""A module that goes wrong while a token is made, or while a key is made, wrapped, destroyed, put back.

Whatever it says: an error in words and without a PIN; what came without an error is right; and one can begin again.
"""

from pathlib import Path

import pytest

from hsm import Token, TokenAbsent, TokenError, TokenRefused, WorkerLost
from tests.faults.proxied import REFUSALS, Fault, program
from tests.faults.test_proxy import ALGORITHM, MESSAGE
from tests.hsm.softhsm import LABEL, MODULE, PIN, SO_PIN
from tests.hsm.test_signatures import verify

CALLED = (
    "C_InitToken",
    "C_InitPIN",
    "C_SetPIN",
    "C_GenerateKeyPair",
    "C_CreateObject",
    "C_WrapKey",
    "C_UnwrapKey",
    "C_DestroyObject",
    "C_GetSlotInfo",
    "C_GetInfo",
)
"""What a life calls besides what `test_proxy` goes through."""

NEW_PIN, KEK = "another horse 4712", bytes(range(32))


def a_life(proxy: Path, directory: Path, fault: Fault) -> TokenError | None:
    """Make a token and a key, wrap, destroy and put it back, change the PIN; return what ended it before."""
    try:
        with Token.initialize(proxy, directory, label=LABEL, so_pin=SO_PIN, pin=PIN, _program=program(fault)) as token:
            token.login(PIN)
            key = token.generate("ec-p384", label="root", key_id=b"\0\1", extractable=True)
            verify(key, ALGORITHM, token.sign(key, ALGORITHM, MESSAGE), MESSAGE)
            blob = token.wrap("root", KEK)
            token.destroy("root")
            back = token.unwrap(key, blob, KEK, extractable=True)
            assert back.public_key == key.public_key
            verify(key, ALGORITHM, token.sign(back, ALGORITHM, MESSAGE), MESSAGE)
            token.change_pin(PIN, NEW_PIN)
    except TokenError as error:
        return error
    return None


def said(proxy: Path, directory: Path, fault: Fault) -> TokenError | None:
    """Let a fault happen and return what was said of it: in words, and without a secret; then begin again."""
    error = a_life(proxy, directory, fault)
    if error:
        text = f"{error.what} {error.meaning} {error.mend}"
        assert all((error.what.endswith("."), error.meaning, error.mend)), fault
        assert not [each for each in (PIN, NEW_PIN, SO_PIN, KEK.hex()) if each in text], fault
        assert "worker failed" not in error.what, (fault, error.what)  # an exception that nobody thought of
    assert_found_as_it_is(directory, fault)
    assert a_life(MODULE, directory.with_name("again"), Fault("none", 1, "none")) is None
    return error


def assert_found_as_it_is(directory: Path, fault: Fault) -> None:
    """Open what was left with the right module: a token with a PIN, and a whole key in it signs; or none."""
    errors = [opened(directory, pin) for pin in (PIN, NEW_PIN)]
    if None not in errors:
        assert fault.function in {"C_InitToken", "C_InitPIN", "C_GetSlotInfo", "C_GetInfo"}, (fault, errors)
        assert {type(each) for each in errors} <= {TokenAbsent, TokenRefused}, (fault, errors)


def opened(directory: Path, pin: str) -> TokenError | None:
    """Open a token and let a whole key in it sign; return what is against it."""
    try:
        with Token.attach(MODULE, directory, label=LABEL, serial=None) as token:
            token.login(pin)
            if {each.half for each in token.keys()} == {"private", "public"}:  # noqa: SIM118  # a Token is no mapping
                key = token.find("root")
                verify(key, ALGORITHM, token.sign(key, ALGORITHM, MESSAGE), MESSAGE)
    except TokenError as error:
        return error
    return None


CLASSES: dict[str, tuple[Fault, type[TokenError], str]] = {
    "no token is made": (Fault("C_InitToken", 1, "refuse", 0x30), TokenRefused, "refused: CKR 0x30"),
    "a key is made, and said to be refused": (
        Fault("C_GenerateKeyPair", 1, "report", 0x31),
        TokenRefused,
        "DeviceMemory",
    ),
    "the worker ends after a key was wrapped": (Fault("C_WrapKey", 2, "kill-after"), WorkerLost, "during wrap"),
    "a key does not come back": (Fault("C_UnwrapKey", 1, "refuse", 0x05), TokenRefused, "GeneralError"),
}


@pytest.mark.parametrize("name", CLASSES)
def test_one_of_each_class(proxy: Path, tmp_path: Path, name: str) -> None:
    fault, kind, words = CLASSES[name]
    error = said(proxy, tmp_path / "token", fault)
    assert type(error) is kind, error
    assert words in error.what


@pytest.mark.long
@pytest.mark.parametrize("function", CALLED)
def test_every_refusal_of_every_function_that_makes_something(proxy: Path, tmp_path: Path, function: str) -> None:
    faults = [Fault(function, nth, deed, ckr) for deed in ("refuse", "report") for ckr in REFUSALS for nth in (1, 2)]
    heard = [said(proxy, tmp_path / str(number) / "token", fault) for number, fault in enumerate(faults)]
    print(f"{function}: {len(faults)} refusals, {len(list(filter(None, heard)))} of them told")  # noqa: T201


@pytest.mark.long
@pytest.mark.parametrize("function", CALLED)
@pytest.mark.parametrize("deed", ["exit", "segv", "kill", "kill-after"])
def test_every_end_in_every_function_that_makes_something(
    proxy: Path, tmp_path: Path, function: str, deed: str
) -> None:
    for nth in (1, 2):
        error = said(proxy, tmp_path / str(nth) / "token", Fault(function, nth, deed))
        assert error is None or type(error) is WorkerLost, (nth, error)
