"""Making keys and finding them again."""

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from hsm import (
    KINDS,
    KeyAbsent,
    KeyAmbiguous,
    KeyExists,
    KeyObject,
    Misuse,
    NotLoggedIn,
    Token,
    TokenRefused,
)
from tests.hsm.softhsm import FAULTY, Stored, in_the_module, program

PORTABLE_CORE = {
    "CKA_TOKEN": "true",
    "CKA_PRIVATE": "true",
    "CKA_SENSITIVE": "true",
    "CKA_EXTRACTABLE": "false",
    "CKA_ALWAYS_SENSITIVE": "true",
    "CKA_NEVER_EXTRACTABLE": "true",
    "CKA_LOCAL": "true",
    "CKA_SIGN": "true",
    "CKA_DECRYPT": "false",
    "CKA_UNWRAP": "false",
    "CKA_DERIVE": "false",
    "CKA_ALWAYS_AUTHENTICATE": "false",
}


@pytest.mark.parametrize("kind", KINDS)
def test_attributes_are_those_asked_for(keys: Token, kind: str) -> None:
    assert dict(keys.find(kind).attributes).items() >= PORTABLE_CORE.items()


def test_an_extractable_key_says_so(token: Token) -> None:
    key = token.generate("ec-p384", label="root", key_id=b"\1", extractable=True)

    attributes = dict(key.attributes)
    assert (attributes["CKA_EXTRACTABLE"], attributes["CKA_NEVER_EXTRACTABLE"]) == ("true", "false")
    assert (attributes["CKA_SENSITIVE"], attributes["CKA_LOCAL"]) == ("true", "true")


def test_an_attribute_that_the_module_does_not_tell_is_unavailable(furnished: Stored) -> None:
    """A module that knows no CKA_ALWAYS_SENSITIVE, and one that answers nothing where true or false is due."""
    with furnished.open(_program=program(FAULTY, "C_GetAttributeValue=unknown:0x165")) as token:
        assert dict(token.find("ec-p384").attributes)["CKA_ALWAYS_SENSITIVE"] == "unavailable"
    with furnished.open(_program=program(FAULTY, "C_GetAttributeValue=empty:0x165")) as token:
        assert dict(token.find("ec-p384").attributes)["CKA_ALWAYS_SENSITIVE"] == "unavailable"


def test_a_generated_key_is_the_one_found_later(stored: Stored) -> None:
    with stored.open() as token:
        made = token.generate("ec-p256", label="Würzel-schlüssel " + "é" * 10, key_id=b"\x00\xff", extractable=False)
    with stored.open() as token:
        assert token.find(made.label) == made
    load_der_public_key(made.public_key)


def test_a_generated_key_stays_in_the_token_alone(token: Token) -> None:
    token.generate("ec-p256", label="root", key_id=b"\1", extractable=False)
    assert token.keys() == (KeyObject("root", b"\1", "private"), KeyObject("root", b"\1", "public"))


@pytest.mark.parametrize(("label", "key_id"), [("root", b"\2"), ("other", b"\1")], ids=["label", "id"])
def test_a_second_key_of_that_name_is_refused(token: Token, label: str, key_id: bytes) -> None:
    made = token.generate("ec-p256", label="root", key_id=b"\1", extractable=False)

    with pytest.raises(KeyExists, match=r"label .* or the id"):
        token.generate("ec-p256", label=label, key_id=key_id, extractable=False)
    assert len(token.keys()) == 2
    assert token.find("root") == made  # still logged in


def test_an_orphan_is_seen_and_keeps_its_name(stored: Stored) -> None:
    in_the_module(stored, "public, private = ec('secp384r1', label='root', id=b'1')\nprivate.destroy()")
    with stored.open() as token:
        assert token.keys() == (KeyObject("root", b"1", "public"),)
        with pytest.raises(KeyAbsent, match="0 private and 1 public"):
            token.find("root")
        with pytest.raises(KeyExists):
            token.generate("ec-p256", label="root", key_id=b"\2", extractable=False)


def test_halves_with_different_ids_are_no_pair(stored: Stored) -> None:
    in_the_module(stored, "public, private = ec('secp384r1', label='root', id=b'1')\npublic[Attribute.ID] = b'2'")
    with stored.open() as token, pytest.raises(KeyAbsent, match="belong together"):
        token.find("root")


def test_two_keys_of_one_label_are_ambiguous(stored: Stored) -> None:
    in_the_module(stored, "for number in b'1', b'2': ec('secp384r1', label='root', id=number)")
    with stored.open() as token, pytest.raises(KeyAmbiguous, match="2 private and 2 public"):
        token.find("root")


@pytest.mark.parametrize("label", ["", "ec-p38", "ec-p384 ", "EC-P384"])
def test_no_key_of_that_label(keys: Token, label: str) -> None:
    with pytest.raises(KeyAbsent):
        keys.find(label)


def test_a_curve_that_we_do_not_use_is_refused(stored: Stored) -> None:
    in_the_module(stored, "ec('secp256k1', label='root', id=b'1')")
    with stored.open() as token, pytest.raises(TokenRefused, match="curve") as caught:
        token.find("root")
    assert caught.value.code == "malformed"


def test_a_label_that_is_no_text_is_shown_anyway(stored: Stored) -> None:
    code = """
class NoText(str):
    def encode(self, *how): return b'bad\\xff'
public, private = ec('secp384r1', label='root', id=b'1')
public[Attribute.LABEL] = NoText()
"""
    in_the_module(stored, code)
    with stored.open() as token:
        assert token.keys()[-1] == KeyObject("bad\N{REPLACEMENT CHARACTER}", b"1", "public")


@pytest.mark.parametrize("kind", ["ec-p224", "", "rsa-1024", "EC-P384"])
def test_an_unknown_kind_is_refused(token: Token, kind: str) -> None:
    with pytest.raises(Misuse, match="kind"):
        token.generate(kind, label="root", key_id=b"\1", extractable=False)


@pytest.mark.parametrize("label", ["", " root", "root ", "ro\not", "ro\0ot", "é" * 21])
def test_a_label_that_could_not_be_read_back_is_refused(token: Token, label: str) -> None:
    with pytest.raises(Misuse, match="label"):
        token.generate("ec-p256", label=label, key_id=b"\1", extractable=False)


@pytest.mark.parametrize("key_id", [b"", bytes(65)])
def test_an_id_of_an_impossible_length_is_refused(token: Token, key_id: bytes) -> None:
    with pytest.raises(Misuse, match="id"):
        token.generate("ec-p256", label="root", key_id=key_id, extractable=False)


def test_a_closed_token_shows_and_does_nothing(furnished: Stored) -> None:
    with furnished.open() as token:
        key = token.find("ec-p384")
        assert token.sign(key, "ecdsa-sha384", b"message")
        token.logout()
        with pytest.raises(NotLoggedIn):
            token.find("ec-p384")
        with pytest.raises(NotLoggedIn):
            token.keys()
        with pytest.raises(NotLoggedIn):
            token.sign(key, "ecdsa-sha384", b"message")
        with pytest.raises(NotLoggedIn):
            token.generate("ec-p256", label="new", key_id=b"\x77", extractable=False)
