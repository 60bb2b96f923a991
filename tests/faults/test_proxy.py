"""A module that goes wrong at one call: the client hears an error in words, never a wrong signature, and goes on.

docs/token-faults.md is the table of all cases.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature

from hsm import DEADLINES, SOFTHSM, PinLocked, Token, TokenAbsent, TokenError, TokenKey, TokenRefused, WorkerLost
from tests.faults.proxied import CALLED, REFUSALS, Fault, program
from tests.hsm.softhsm import LABEL, PIN, SHORT, Stored, make_token
from tests.hsm.test_signatures import verify

MESSAGE = b"what is to be signed"
ALGORITHM = "ecdsa-sha384"
LATE = 3
"""A call that is not the first."""


@pytest.fixture(scope="session")
def held(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stored, TokenKey]:
    """Return a token with a root key; whatever happens to it, it must be well again."""
    stored = make_token(tmp_path_factory.mktemp("held") / "token")
    with stored.open() as token:
        return stored, token.generate("ec-p384", label="root", key_id=b"\0\1", extractable=False)


def attached(proxy: Path, stored: Stored, fault: Fault, **deadlines: float) -> Token:
    return Token.attach(
        proxy, stored.directory, label=LABEL, serial=stored.serial, profile=SOFTHSM, deadlines=deadlines,
        _program=program(fault),
    )  # fmt: skip


def a_whole_use(proxy: Path, held: tuple[Stored, TokenKey], fault: Fault, **deadlines: float) -> Iterator[TokenError]:
    """Open, find, sign twice, record, log out; yield each error. A signature that comes is the right one."""
    stored, key = held
    try:
        with attached(proxy, stored, fault, **deadlines) as token:
            acts: tuple[Callable[[], object], ...] = (
                lambda: token.login(PIN),
                lambda: token.find("root"),
                lambda: verify(key, ALGORITHM, token.sign(key, ALGORITHM, MESSAGE), MESSAGE),
                lambda: verify(key, ALGORITHM, token.sign(key, ALGORITHM, MESSAGE), MESSAGE),
                lambda: token.record("offline-root/x", b"value"),
                lambda: token.records("offline-root/x"),
                token.keys,
                token.logout,
            )
            for act in acts:
                try:
                    act()
                except TokenError as error:
                    yield error
    except TokenError as error:
        yield error


def assert_well(held: tuple[Stored, TokenKey]) -> None:
    stored, key = held
    with stored.open() as token:
        assert token.find("root") == key
        verify(key, ALGORITHM, token.sign(key, ALGORITHM, MESSAGE), MESSAGE)


def said(proxy: Path, held: tuple[Stored, TokenKey], fault: Fault, **deadlines: float) -> list[TokenError]:
    """Let a fault happen and return what was said of it: in words, and without the PIN."""
    errors = list(a_whole_use(proxy, held, fault, **deadlines))
    for each in errors:
        assert each.what.endswith("."), fault
        assert each.meaning, fault
        assert each.mend, fault
        assert PIN not in str(each), fault
        assert "worker failed" not in each.what, (fault, each.what)  # an exception that nobody thought of
    return errors


CLASSES: dict[str, tuple[Fault, type[TokenError], str]] = {
    "refused at the first call": (
        Fault("C_SignInit", 1, "refuse", 0x30),
        TokenRefused,
        "refused: DeviceError",
    ),
    "refused at a later call": (Fault("C_Sign", 3, "refuse", 0x05), TokenRefused, "The token refused: GeneralError"),
    "done, and said to be refused": (Fault("C_Sign", 2, "report", 0x06), TokenRefused, "refused: FunctionFailed"),
    "a code of the vendor's own": (Fault("C_Sign", 1, "refuse", 0x80000001), TokenRefused, "CKR 0x80000001"),
    "device removed": (Fault("C_SignInit", 1, "refuse", 0x32), TokenAbsent, "The token was removed."),
    "PIN locked": (Fault("C_Login", 1, "refuse", 0xA4), PinLocked, "The token has locked its PIN."),
    "short signature": (Fault("C_Sign", 0, "short"), TokenRefused, "95 bytes are no signature"),
    "exit()": (Fault("C_Sign", 2, "exit"), WorkerLost, "ended during sign (exit code 5)"),
    "SIGSEGV": (Fault("C_FindObjects", 1, "segv"), WorkerLost, "ended during find (signal 11)"),
    "killed before": (Fault("C_Sign", 2, "kill"), WorkerLost, "ended during sign (signal 9)"),
    "killed after": (Fault("C_Sign", 2, "kill-after"), WorkerLost, "ended during sign (signal 9)"),
}
"""One of each class of faults: what the client hears first."""


@pytest.mark.parametrize("name", CLASSES)
def test_one_of_each_class(proxy: Path, held: tuple[Stored, TokenKey], name: str) -> None:
    fault, kind, words = CLASSES[name]
    first = said(proxy, held, fault)[0]
    assert type(first) is kind
    assert words in first.what
    assert_well(held)


def test_a_call_that_hangs_meets_its_deadline(proxy: Path, held: tuple[Stored, TokenKey]) -> None:
    first = said(proxy, held, Fault("C_SignInit", 1, "hang"), sign=SHORT)[0]
    assert type(first) is WorkerLost
    assert "did not answer to sign within 0.3 seconds (now killed)" in first.what
    assert_well(held)


@pytest.mark.parametrize("deed", ["flip", "foreign"])
def test_a_wrong_signature_of_the_right_form_is_the_callers_to_find(
    proxy: Path, held: tuple[Stored, TokenKey], deed: str
) -> None:
    with pytest.raises(InvalidSignature):
        said(proxy, held, Fault("C_Sign", 0, deed, 77))
    assert_well(held)


@pytest.mark.long
@pytest.mark.parametrize("function", CALLED)
def test_every_refusal_of_every_function(proxy: Path, held: tuple[Stored, TokenKey], function: str) -> None:
    for deed in ("refuse", "report"):
        for number in REFUSALS:
            for nth in (1, LATE):
                said(proxy, held, Fault(function, nth, deed, number))
    assert_well(held)


@pytest.mark.long
@pytest.mark.parametrize("function", CALLED)
@pytest.mark.parametrize("deed", ["exit", "segv", "kill", "kill-after", "hang"])
def test_every_end_in_every_function(proxy: Path, held: tuple[Stored, TokenKey], function: str, deed: str) -> None:
    deadlines = dict.fromkeys(DEADLINES, 3.0) if deed == "hang" else {}
    for nth in (1, LATE):
        errors = said(proxy, held, Fault(function, nth, deed), **deadlines)
        assert not errors or type(errors[0]) is WorkerLost, (nth, errors)
    assert_well(held)


def test_there_is_never_a_second_session(proxy: Path, held: tuple[Stored, TokenKey]) -> None:
    """A second C_OpenSession would kill the worker: a whole use does without, and another login closes the first."""
    assert said(proxy, held, Fault("C_OpenSession", 2, "kill")) == []
    stored, _ = held
    with attached(proxy, stored, Fault("C_CloseSession", 1, "kill")) as token:
        token.login(PIN)
        token.keys()
        with pytest.raises(WorkerLost):  # the first session is closed before the second is opened
            token.login(PIN)
