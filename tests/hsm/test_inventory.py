"""Strangers in a token: told, told apart from what is ours even under our own label and id, and removed alone."""

import pytest

from hsm import KeyAbsent, KeyAmbiguous, NotLoggedIn, Token, TokenKey
from tests.hsm.softhsm import Stored, in_the_module
from tests.hsm.test_signatures import verify

RECORD, MESSAGE = "offline-root/root", b"message"
FOREIGN = "ec('secp384r1', label={label!r}, id={id!r})"


@pytest.fixture
def ours(stored: Stored) -> tuple[TokenKey, TokenKey]:
    """Return root and audit key of a token that holds our record too."""
    with stored.open() as token:
        root = token.generate("ec-p384", label="root", key_id=b"\0\1", extractable=False)
        audit = token.generate("ed25519", label="audit", key_id=b"\0\2", extractable=False)
        token.record(RECORD, b"ours")
    return root, audit


def told(token: Token, ours: tuple[TokenKey, ...]) -> list[tuple[str, str, bytes]]:
    return [(each.kind, each.label, each.object_id) for each in token.strangers(ours, RECORD)]


def assert_ours_is_whole(token: Token, ours: tuple[TokenKey, ...]) -> None:
    for key, algorithm in zip(ours, ("ecdsa-sha384", "ed25519"), strict=True):
        assert token.find(key.label, key.public_key) == key
        verify(key, algorithm, token.sign(key, algorithm, MESSAGE), MESSAGE)
    assert token.records(RECORD) == (b"ours",)


def test_what_is_ours_is_no_stranger(stored: Stored, ours: tuple[TokenKey, TokenKey]) -> None:
    with stored.open() as token:
        assert told(token, ours) == []


STRANGERS: dict[str, tuple[str, list[tuple[str, str, bytes]]]] = {
    "another pair": (
        FOREIGN.format(label="other", id=b"9"),
        [("private key", "other", b"9"), ("public key", "other", b"9")],
    ),
    "a public half alone": (
        f"public, private = {FOREIGN.format(label='other', id=b'9')}\nprivate.destroy()",
        [("public key without its other half", "other", b"9")],
    ),
    "a private half alone": (
        f"public, private = {FOREIGN.format(label='other', id=b'9')}\npublic.destroy()",
        [("private key without its other half", "other", b"9")],
    ),
    "our label": (
        FOREIGN.format(label="root", id=b"9"),
        [("private key", "root", b"9"), ("public key", "root", b"9")],
    ),
    "our label and id": (
        FOREIGN.format(label="root", id=b"\0\1"),
        [("private key", "root", b"\0\1"), ("public key", "root", b"\0\1")],
    ),
    "our id": (
        FOREIGN.format(label="other", id=b"\0\2"),
        [("private key", "other", b"\0\2"), ("public key", "other", b"\0\2")],
    ),
    "another's record": (
        "session.create_object({Attribute.CLASS: ObjectClass.DATA, Attribute.TOKEN: True, Attribute.LABEL: 'other'})",
        [("data object", "other", b"")],
    ),
    "a secret key": (
        "session.generate_key(KeyType.AES, 256, store=True, label='wrap', id=b'7')",
        [("secret key", "wrap", b"7")],
    ),
    "a key of a kind that is none of ours": (
        "ec('secp256k1', label='root', id=b'9')",
        [("private key", "root", b"9"), ("public key", "root", b"9")],
    ),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_is_told_and_removed_alone(stored: Stored, ours: tuple[TokenKey, TokenKey], name: str) -> None:
    code, expected = STRANGERS[name]
    in_the_module(stored, code)
    in_the_module(stored, "session.generate_key(KeyType.AES, 256, store=True, label='stays', id=b'8')")
    with stored.open() as token:
        assert sorted(told(token, ours)) == sorted([*expected, ("secret key", "stays", b"8")])
        assert_ours_is_whole(token, ours)
        marks = {each.mark for each in token.strangers(ours, RECORD) if each.label != "stays"}
        assert [each.label for each in token.remove(marks, ours, RECORD)] == ["stays"]
        assert_ours_is_whole(token, ours)


def test_ours_is_told_from_five_others_under_its_own_label_and_id(
    stored: Stored, ours: tuple[TokenKey, TokenKey]
) -> None:
    """The module gives them in an order of its own, so that a guess is right once in six times."""
    in_the_module(stored, f"for _ in range(5): {FOREIGN.format(label='root', id=bytes((0, 1)))}")
    with stored.open() as token:
        assert_ours_is_whole(token, ours)
        found = token.strangers(ours, RECORD)
        assert len(found) == 10
        assert token.remove({each.mark for each in found}, ours, RECORD) == ()
        assert_ours_is_whole(token, ours)


def test_two_that_look_the_same_have_one_mark_and_go_together(stored: Stored, ours: tuple[TokenKey, TokenKey]) -> None:
    in_the_module(stored, "for _ in range(2): session.generate_key(KeyType.AES, 256, store=True, label='x', id=b'7')")
    with stored.open() as token:
        one, other = token.strangers(ours, RECORD)
        assert one.mark == other.mark
        assert token.remove({one.mark}, ours, RECORD) == ()


def test_marks_tell_public_keys_apart(stored: Stored, ours: tuple[TokenKey, TokenKey]) -> None:
    in_the_module(stored, "for _ in range(2): ec('secp384r1', label='x', id=b'7')[1].destroy()")
    with stored.open() as token:
        one, other = token.strangers(ours, RECORD)
        assert one.mark != other.mark
        assert token.remove({one.mark, "0" * 16}, ours, RECORD) == (other,)


def test_nothing_is_removed_where_ours_cannot_be_told(stored: Stored, ours: tuple[TokenKey, TokenKey]) -> None:
    missing = TokenKey("root", b"\0\1", ours[1].public_key, ())
    in_the_module(stored, FOREIGN.format(label="root", id=b"9"))
    with stored.open() as token:
        marks = {each.mark for each in token.strangers((), RECORD)}
        with pytest.raises(KeyAmbiguous):
            token.remove(marks, (missing,), RECORD)
        gone = TokenKey("gone", b"\0\1", ours[0].public_key, ())
        with pytest.raises(KeyAbsent):
            token.remove(marks, (gone,), RECORD)
        assert len(token.keys()) == 6


def test_a_closed_token_tells_and_removes_nothing(stored: Stored, ours: tuple[TokenKey, TokenKey]) -> None:
    with stored.attach() as token:
        with pytest.raises(NotLoggedIn):
            token.strangers(ours, RECORD)
        with pytest.raises(NotLoggedIn):
            token.remove({"0"}, ours, RECORD)
