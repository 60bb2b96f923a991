"""What a module's return values become, from C to the operator's words."""

import pytest

from hsm import NotLoggedIn, PinLocked, TokenAbsent, TokenError, TokenRefused, WrongPin
from hsm.errors import ERRORS
from hsm.refusals import refusal
from tests.hsm.softhsm import FAULTY, PIN, Stored, program

LOGIN = [
    ("0xa0", WrongPin, "PinIncorrect", True),  # CKR_PIN_INCORRECT
    ("0xa1", WrongPin, "PinInvalid", True),
    ("0xa2", WrongPin, "PinLenRange", True),
    ("0xa4", PinLocked, "PinLocked", False),
    ("0xe0", TokenAbsent, "TokenNotPresent", True),
    ("0xe1", TokenAbsent, "TokenNotRecognised", True),
    ("0x32", TokenAbsent, "DeviceRemoved", True),
    ("0x5", TokenRefused, "GeneralError", False),
    ("0x103", TokenRefused, "User type invalid", False),  # python-pkcs11 has no class for it
    ("0x80000001", TokenRefused, "CKR 0x80000001", False),
]


@pytest.mark.parametrize(("value", "error", "code", "retry"), LOGIN)
def test_a_login_that_is_refused(
    furnished: Stored, value: str, error: type[TokenError], code: str, retry: bool
) -> None:
    with furnished.attach(_program=program(FAULTY, f"C_Login={value}")) as token:
        for _ in range(2):  # the worker is usable again each time
            with pytest.raises(error) as caught:
                token.login(PIN)
            assert type(caught.value) is error
            assert (caught.value.code, caught.value.retry) == (code, retry)


@pytest.mark.parametrize("function", ["C_SignInit", "C_Sign"])
def test_a_signature_that_is_refused_closes_the_token(furnished: Stored, function: str) -> None:
    with furnished.open(_program=program(FAULTY, f"{function}=0x1b")) as token:
        key = token.find("ec-p384")
        for _ in range(2):
            with pytest.raises(TokenRefused, match=r"refused: CKR 0x1b\.") as caught:
                token.sign(key, "ecdsa-sha384", b"message")
            assert caught.value.code == "CKR 0x1b"
            with pytest.raises(NotLoggedIn):
                token.sign(key, "ecdsa-sha384", b"message")
            token.login(PIN)
        assert token.find("ec-p384") == key


@pytest.mark.parametrize(("kind", "algorithm"), [("ec-p384", "ecdsa-sha384"), ("rsa-2048", "rsa-pss-sha256")])
def test_a_signature_of_a_wrong_length_is_refused(furnished: Stored, kind: str, algorithm: str) -> None:
    with furnished.open(_program=program(FAULTY, "C_Sign=short")) as token:
        with pytest.raises(TokenRefused, match=f"no signature of a key of kind {kind}") as caught:
            token.sign(token.find(kind), algorithm, b"message")
        assert caught.value.code == "malformed"


def test_a_search_that_is_refused(furnished: Stored) -> None:
    with furnished.open(_program=program(FAULTY, "C_FindObjectsInit=0x90")) as token:
        with pytest.raises(TokenRefused) as caught:
            token.keys()
        assert caught.value.code == "OperationActive"


def test_a_generation_that_is_refused(stored: Stored) -> None:
    with stored.open(_program=program(FAULTY, "C_GenerateKeyPair=0x31")) as token:
        with pytest.raises(TokenRefused) as caught:
            token.generate("ec-p384", label="root", key_id=b"\1", extractable=False)
        assert caught.value.code == "DeviceMemory"
        token.login(PIN)
        assert token.keys() == ()


def test_a_logout_that_is_refused(furnished: Stored) -> None:
    with furnished.open(_program=program(FAULTY, "C_Logout=0x5")) as token:
        with pytest.raises(TokenRefused):
            token.logout()
        with pytest.raises(NotLoggedIn):
            token.keys()


def test_a_module_that_cannot_be_ended_is_not_opened_again(furnished: Stored) -> None:
    """A login starts the module anew, which is to forget every session that another failure left."""
    with furnished.attach(_program=program(FAULTY, "C_Finalize=0x5")) as token:
        for code in ("GeneralError", "Initialisation error (already initialized)"):
            with pytest.raises(TokenRefused) as caught:
                token.login(PIN)
            assert caught.value.code == code


@pytest.mark.parametrize("error", ERRORS.values())
def test_every_error_says_what_it_means_and_how_to_mend_it(error: type[TokenError]) -> None:
    made = error("Something happened.", "CODE")
    assert (made.what, made.code) == ("Something happened.", "CODE")
    assert str(made) == f"Something happened. {made.meaning} {made.mend}"
    for sentences in (made.meaning, made.mend):
        assert sentences.endswith(".")
        assert sentences[0].isupper()


def test_every_error_can_be_reported_by_a_worker() -> None:
    assert set(ERRORS.values()) == set(TokenError.__subclasses__())


def test_an_exception_without_a_row_of_its_own() -> None:
    made = refusal("FunctionFailed", "")
    assert (type(made), made.code) == (TokenRefused, "FunctionFailed")
