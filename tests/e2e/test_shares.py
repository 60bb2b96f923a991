"""Activation by shares, on SoftHSM: several custodians open the token together, and nothing that is left does alone."""

import base64
import os
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from hsm import Token, WrongPin
from offline_root import shares
from offline_root.config import Appliance as Settings
from offline_root.shares import Purpose, ShareSet, pin_of, read
from tests.appliance import Appliance, example_policy
from tests.custodians import Custodians
from tests.requests import request, written
from tests.spellings import spellings

pytestmark = pytest.mark.e2e

POLICY = example_policy().replace('activation = "pin" ', 'activation = "shares"\nshares = "2 of 3" ')
NO_PIN = {"pin_file": None}


@pytest.fixture(scope="module")
def drawn() -> list[bytes]:
    """Return what is drawn at random in the create ceremony: the secret, the number of the set, the SO PIN, others."""
    return []


@pytest.fixture(scope="module")
def people() -> Custodians:
    return Custodians(mistyped=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, drawn: list[bytes], people: Custodians) -> Appliance:
    """Return an authority whose PIN two of three custodians hold."""

    class Watched:
        def octets(self, count: int) -> bytes:
            drawn.append(os.urandom(count))
            return drawn[-1]

    appliance = Appliance(tmp_path_factory.mktemp("shared"))
    with pytest.MonkeyPatch.context() as patched, people.present():
        patched.setattr("offline_root.wire.SystemRandomness", Watched)
        done = appliance.create(POLICY, **NO_PIN)
    assert done.code == 0, done.err
    return appliance


def test_each_share_is_shown_typed_back_and_shown_again_where_it_was_mistyped(people: Custodians, made: object) -> None:
    assert sorted(people.cards) == [1, 2, 3]
    assert people.labels[2].startswith("PIN SHARE 2 of 3 (2 needed), set ")
    backs = [each for each in people.asked if "from the card" in each and each.startswith("PIN SHARE")]
    assert [each[:11] for each in backs] == ["PIN SHARE 1", "PIN SHARE 1", "PIN SHARE 2", "PIN SHARE 3"]
    assert any("Word 1 is not a word of the list" in each for each in people.said)


def test_the_log_knows_the_set_and_the_custodians_by_number_and_nothing_secret(
    made: Appliance, people: Custodians, tmp_path: Path
) -> None:
    (kept,) = [each for each in made.entries() if each["event"] == "shares-made"]
    assert (kept["purpose"], kept["needed"], kept["made"]) == ("pin", "2", "3")
    assert f"set {kept['set']}" in people.labels[1]
    spoilt = made.copy(tmp_path / "copy")
    options = spoilt.ceremony(**NO_PIN)
    done = spoilt.call(
        "note", "--expected", "a", "--happened", "b", "--decided", "c", *options, *people.files(tmp_path, 3, 1)
    )
    assert done.code == 0, done.err
    (entered,) = [each for each in spoilt.entries() if each["event"] == "shares-entered"]
    assert entered["custodians"] == [1, 3]


@pytest.mark.parametrize("pair", list(combinations((1, 2, 3), 2)), ids=str)
def test_any_two_custodians_open_it(made: Appliance, people: Custodians, pair: tuple[int, int]) -> None:
    done = made.call(
        "note",
        *("--expected", "a", "--happened", "b", "--decided", "c"),
        *made.ceremony(**NO_PIN),
        *people.files(made.base, *pair),
    )
    assert done.code == 0, done.err


def test_they_sign_an_intermediate_at_a_terminal_and_a_repeated_share_is_named(
    made: Appliance, people: Custodians, tmp_path: Path
) -> None:
    spoilt = made.copy(tmp_path / "copy")
    people.entering, people.said = [2, 2, 3], []
    with people.present():
        done = spoilt.call("note", "--expected", "a", "--happened", "b", "--decided", "c", *spoilt.ceremony(**NO_PIN))
    assert done.code == 0, done.err
    assert any("custodian 2 was entered already" in each for each in people.said)
    assert any(each.startswith("PIN SHARE of set") and "custodian 2 of 2" in each for each in people.asked)


def refused(made: Appliance, *options: str) -> str:
    done = made.call("note", "--expected", "a", "--happened", "b", "--decided", "c", *made.ceremony(**NO_PIN), *options)
    assert done.code == 1
    return str(done.error["what"])


def test_too_few_too_many_and_repeated_shares_are_refused_before_the_ceremony_begins(
    made: Appliance, people: Custodians, tmp_path: Path
) -> None:
    before = made.events()
    assert "2 shares of set" in refused(made)
    assert "1 were given" in refused(made, *people.files(tmp_path, 1))
    assert "entered already" in refused(made, *people.files(tmp_path, 1, 1))
    assert "3 were given" in refused(made, *people.files(tmp_path, 1, 2, 3))
    assert "0 were given" in refused(made, "--pin-file", str(made.pin_file))
    (tmp_path / "share-2").write_text("academic acid\n")
    assert "2 were typed" in refused(made, "--share-file", str(tmp_path / "share-2"))
    assert made.events() == before


def test_new_custodians_take_the_place_of_the_old_ones(made: Appliance, people: Custodians, tmp_path: Path) -> None:
    changed, newer = made.copy(tmp_path / "copy"), Custodians(mistyped=1)
    old = people.files(tmp_path, 1, 2)
    with newer.present():
        done = changed.call("shares", "change", "pin", *changed.ceremony(**NO_PIN), *old)
    assert done.code == 0, done.err
    assert done.json["former"] == [people.labels[1].rpartition(" ")[2]]
    assert newer.labels[3].startswith(f"PIN SHARE 3 of 3 (2 needed), set {done.json['set']}")
    before = changed.events()
    assert f"the set in use is {done.json['set']}" in refused(changed, *old)
    assert changed.events() == before
    note = ("note", "--expected", "a", "--happened", "b", "--decided", "c")
    done = changed.call(*note, *changed.ceremony(**NO_PIN), *newer.files(tmp_path, 3, 1))
    assert done.code == 0, done.err
    assert changed.log_is_whole()


def found(folder: Path, secret: str) -> list[Path]:
    """Return the files in which a secret is, in any encoding."""
    files = [each for each in folder.rglob("*") if each.is_file()]
    assert files
    return [each for each in files if any(form in each.read_bytes() for form in spellings(secret))]


def words_in_a_row(words: str) -> Iterator[str]:
    """Give every three words of a share in a row, after those that name the set and the custodian."""
    each = words.split()[4:]
    return (" ".join(each[start : start + 3]) for start in range(len(each) - 2))


def test_no_secret_or_file_that_is_left_opens_the_token(
    made: Appliance, people: Custodians, drawn: list[bytes], tmp_path: Path
) -> None:
    """Nor does the SO PIN, which would set another PIN: it was drawn, used, and is nowhere."""
    secret, _, so_pin, *_ = drawn
    assert len(secret) == len(so_pin) == 32
    for each in (secret.hex(), so_pin.hex()):
        assert found(made.home, each) == []
    for raw in (secret, so_pin):
        assert not [each for each in made.home.rglob("*") if each.is_file() and raw in each.read_bytes()]
    for card in people.cards.values():
        assert all(found(made.home, three) == [] for three in words_in_a_row(card))
    (made.home / "planted").write_bytes(b"x" + base64.b64encode(b"a" + so_pin.hex().encode() + b"end"))
    assert found(made.home, so_pin.hex()) == [made.home / "planted"]  # the search does find
    (made.home / "planted").unlink()


def test_no_single_share_is_a_pin(made: Appliance, people: Custodians, drawn: list[bytes]) -> None:
    (kept,) = [each for each in made.entries() if each["event"] == "shares-made"]
    (token,) = [each for each in made.entries() if each["event"] == "token-initialized"]
    expected = ShareSet(Purpose.PIN, int(kept["set"]), 2, 3)
    parts = [read(each, expected) for each in people.cards.values()]
    with Token.attach(Settings().module, made.place / "token", label="root", serial=token["serial"]) as opened:
        for part in parts:
            with pytest.raises(shares.BadShare):
                pin_of([part])
            with pytest.raises(WrongPin):
                opened.login(" ".join(part.words)[:255])
        opened.login(pin_of(parts[:2]))


@pytest.mark.parametrize("option", ["pin", "so-pin"])
def test_a_pin_or_an_so_pin_in_a_file_is_refused_at_create(tmp_path: Path, option: str) -> None:
    appliance = Appliance(tmp_path)
    (tmp_path / "secret").write_text("12345678\n")
    instead = {"pin_file": None, f"{option.replace('-', '_')}_file": str(tmp_path / "secret")}
    done = appliance.create(POLICY, **instead)
    assert "would open the token alone" in done.error["what"]
    assert not appliance.place.exists()


def test_shares_are_not_made_where_nobody_could_read_them(tmp_path: Path) -> None:
    done = Appliance(tmp_path).create(POLICY, **NO_PIN)
    assert done.error["what"] == "There is nobody to hand shares to."


def test_shares_are_not_handed_out_for_a_name_that_is_taken(made: Appliance, tmp_path: Path) -> None:
    people = Custodians()
    with people.present():
        done = made.create(POLICY, **NO_PIN)
    assert "already" in done.error["what"]
    assert people.cards == {}


def test_a_ceremony_signs(made: Appliance, people: Custodians, tmp_path: Path) -> None:
    spoilt = made.copy(tmp_path / "copy")
    file = written(tmp_path, "ca.csr", request())
    slip = ["--environment", "test", "--confirm", spoilt.fingerprint(file)[:32], "--out", str(spoilt.out)]
    done = spoilt.call("sign", file, *slip, *spoilt.ceremony(**NO_PIN), *people.files(tmp_path, 2, 3))
    assert done.code == 0, done.err
    assert not [each for card in people.cards.values() for each in words_in_a_row(card) if found(spoilt.out, each)]
