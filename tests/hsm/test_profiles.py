"""What is particular to a vendor's module, before any module is asked."""

import pytest

from hsm import PROFILES, Misuse, WrongPin
from hsm.mechanisms import kinds
from hsm.profiles import Profile
from tests.hsm.softhsm import FACTS, Fake, Stored, frame


@pytest.mark.parametrize(
    ("pin", "fits"),
    [
        ("0001password", True),
        ("ffFF" + "x" * 64, True),
        ("0001passwor", False),
        ("001password", False),
        ("password", False),
        ("0001password\n", True),
        ("\n0001password", False),
        ("", False),
    ],
)
def test_a_pin_of_a_yubihsm(pin: str, fits: bool) -> None:
    assert PROFILES["yubihsm"].takes(pin) is fits
    assert PROFILES["softhsm"].takes(pin)


def test_a_pin_that_cannot_be_one_never_reaches_the_token(furnished: Stored, fake: Fake) -> None:
    """The program that takes the worker's place would answer nothing to a login, which would be a lost worker."""
    program = fake(frame({"number": 1, "ok": FACTS}))
    token = furnished.attach(_program=program, profile=PROFILES["yubihsm"])
    with token, pytest.raises(WrongPin, match=r"four hex digits .* The token was not asked\.") as caught:
        token.login("secret pin")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("listed", "can"),
    [
        ({"ECDSA", "EDDSA"}, ("ec-p256", "ec-p384", "ec-p521", "ed25519")),
        ({"ECDSA_SHA384", "RSA_PKCS_KEY_PAIR_GEN"}, ("rsa-2048", "rsa-3072", "rsa-4096")),
        (set(), ()),
    ],
)
def test_kinds_are_those_whose_mechanism_is_listed(listed: set[str], can: tuple[str, ...]) -> None:
    assert kinds(listed) == can


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_templates_hold_what_python_pkcs11_can_take(profile: Profile) -> None:
    private = profile.private_template(extractable=False)
    assert (private["SENSITIVE"], private["EXTRACTABLE"], private["DERIVE"]) == (True, False, False)
    assert profile.public_template()["VERIFY"]
    assert set(profile.record_template()) <= {"PRIVATE"}


def test_a_value_that_it_would_crash_on_is_found_before() -> None:
    wrong = Profile("wrong", record=(("LABEL", True),), private=(("SIGN", 1),))  # type: ignore[arg-type]
    with pytest.raises(Misuse, match="attribute LABEL cannot be True"):
        wrong.record_template()
    with pytest.raises(Misuse, match="attribute SIGN cannot be 1"):
        wrong.private_template(extractable=False)
