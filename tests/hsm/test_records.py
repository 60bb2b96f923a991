"""Small values that the token keeps for us: data objects (CKO_DATA)."""

import dataclasses
from collections.abc import Callable

import pytest

from hsm import SOFTHSM, KeyObject, Misuse, NotLoggedIn, Token
from tests.hsm.softhsm import Stored, in_the_module

LABEL = "offline-root/root"
DATA = "session.create_object({Attribute.CLASS: ObjectClass.DATA, Attribute.TOKEN: True, Attribute.PRIVATE: True,"


def test_a_record_is_read_back_by_a_later_client_byte_for_byte(stored: Stored) -> None:
    value = bytes(range(256)) * 4
    with stored.open() as token:
        assert token.keeps_records
        assert token.records(LABEL) == ()
        token.record(LABEL, value)
    with stored.open() as token:
        assert token.records(LABEL) == (value,)


def test_a_record_replaces_the_one_before_and_no_other(token: Token) -> None:
    token.generate("ec-p256", label=LABEL, key_id=b"\1", extractable=False)
    token.record("offline-root/other", b"of another authority")
    for value in (b"first", b"second", b"third"):
        token.record(LABEL, value)

    assert token.records(LABEL) == (b"third",)
    assert token.records("offline-root/other") == (b"of another authority",)
    assert token.keys() == (KeyObject(LABEL, b"\1", "private"), KeyObject(LABEL, b"\1", "public"))


def test_both_are_read_where_a_crash_left_two_and_the_next_one_clears_them_away(stored: Stored) -> None:
    """The new one is made before the old one goes."""
    for value in (b"old", b"new"):
        in_the_module(stored, f"{DATA} Attribute.LABEL: {LABEL!r}, Attribute.VALUE: {value!r}}})")
    with stored.open() as token:
        assert sorted(token.records(LABEL)) == [b"new", b"old"]
        token.record(LABEL, b"newest")
        assert token.records(LABEL) == (b"newest",)


def test_a_record_is_private_to_the_tokens_user(stored: Stored) -> None:
    with stored.open() as token:
        token.record(LABEL, b"value")
        token.logout()
        with pytest.raises(NotLoggedIn):
            token.records(LABEL)
        with pytest.raises(NotLoggedIn):
            token.record(LABEL, b"value")
    in_the_module(
        stored, "(found,) = session.get_objects({Attribute.CLASS: ObjectClass.DATA})\nassert found[Attribute.PRIVATE]"
    )


@pytest.mark.parametrize("left", [0, 0.5], ids=["empty", "half"])
def test_a_record_that_was_destroyed_on_the_disk_is_none(stored: Stored, left: float) -> None:
    folder = stored.directory / "tokens"
    before = set(folder.rglob("*.object"))
    with stored.open() as token:
        token.record(LABEL, b"value")
    (record,) = set(folder.rglob("*.object")) - before
    whole = record.read_bytes()
    record.write_bytes(whole[: int(len(whole) * left)])
    with stored.open() as token:
        assert token.records(LABEL) == ()
        token.record(LABEL, b"again")
        assert token.records(LABEL) == (b"again",)


@pytest.mark.parametrize(
    "misuse",
    [
        lambda token: token.record(LABEL, b""),
        lambda token: token.record(LABEL, bytes(1025)),
        lambda token: token.record("a" * 45, b"value"),
        lambda token: token.records("two\nlines"),
    ],
    ids=["empty", "long", "label", "control"],
)
def test_an_impossible_record_never_reaches_the_module(keys: Token, misuse: Callable[[Token], object]) -> None:
    with pytest.raises(Misuse):
        misuse(keys)


def test_a_module_without_data_objects_says_so(stored: Stored) -> None:
    with stored.open(profile=dataclasses.replace(SOFTHSM, records=False)) as token:
        assert not token.keeps_records
        with pytest.raises(Misuse, match="no data objects"):
            token.records(LABEL)
        with pytest.raises(Misuse, match="no data objects"):
            token.record(LABEL, b"value")
