"""The end of a root key on a FAKE token: with consent alone, when it is really gone, and whatever comes in between."""

from dataclasses import replace
from pathlib import Path

import pytest

from offline_root import destruction
from offline_root.audit.state import RootKey
from offline_root.errors import CeremonyError, TokenError, TokenTrouble
from offline_root.keys import fingerprint
from offline_root.statement import statements
from offline_root.station import Station
from offline_root.wire import WiredFolder
from tests.fakes.token import PIN, FakeStranger, trouble
from tests.offline_root.station.rooms import BACKED, PEOPLE, Room, agreed, fake_room, signed, slip


def confirmed(station: Station) -> tuple[str, str]:
    return fingerprint(station.state.root)[:32].upper(), "root"


def destroyed(room: Room) -> None:
    with room.ceremony("destroy") as station:
        agreed(station)
        station.destroy(*confirmed(station))
        room.close(station)


def test_it_is_gone_and_the_log_says_how_that_was_seen(fake: Room) -> None:
    destroyed(fake)
    assert fake.events()[-3:] == ["key-destruction-begun", "key-destroyed", "ceremony-closed"]
    with fake.station() as station:
        assert station.state.root_key is RootKey.DESTROYED
        told = next(each.facts for each in station.entries if each.event == "key-destroyed")
        assert (told["search"], told["signature"]) == ("There is no such key.",) * 2


@pytest.mark.parametrize("kind", ["sign", "crl", "revoke", "backup", "policy adopt", "note", "log settle", "destroy"])
def test_afterwards_every_ceremony_is_refused_in_words(fake: Room, kind: str) -> None:
    destroyed(fake)
    with fake.station() as station, pytest.raises(CeremonyError, match="root key of this authority was destroyed"):
        station.open(fake.opening(kind))


def test_afterwards_the_log_can_still_be_exported_and_nothing_signed(fake: Room, tmp_path: Path) -> None:
    destroyed(fake)
    with fake.ceremony("export") as station:
        with pytest.raises(TokenError, match="root key was destroyed"):
            signed(station, slip())
        agreed(station)
        assert station.export(WiredFolder(tmp_path / "stick")).path.exists()
        fake.close(station)


def test_nobody_destroys_without_everybodys_consent(fake: Room) -> None:
    for said, match in ((statements(PEOPLE, ("Wanda Witness: no",)), "did not agree"), ((), "has not said anything")):
        with fake.ceremony("destroy") as station:
            station.state_all(said)
            with pytest.raises(CeremonyError, match=match):
                station.destroy(*confirmed(station))
            fake.close(station)
    assert "key-destruction-begun" not in fake.events()


@pytest.mark.parametrize(
    ("certificate", "authority", "match"),
    [
        ("", "root", r"\(nothing\) is not this root"),
        ("RIGHT-SHORT", "root", "is not this root"),
        ("0" * 64, "root", "is not this root"),
        ("RIGHT", "", r"\(nothing\) is not the name"),
        ("RIGHT", "Root", "is not the name of this authority"),
    ],
)
def test_both_names_have_to_be_right(fake: Room, certificate: str, authority: str, match: str) -> None:
    with fake.ceremony("destroy") as station:
        agreed(station)
        right, _ = confirmed(station)
        typed = {"RIGHT": right, "RIGHT-SHORT": right[:-1]}.get(certificate, certificate)
        with pytest.raises(CeremonyError, match=match):
            station.destroy(typed, authority)
        fake.close(station)
    assert "key-destruction-begun" not in fake.events()


def test_nothing_goes_with_it_that_only_bears_its_label(fake: Room) -> None:
    assert fake.tokens
    fake.tokens.strangers = [FakeStranger("0123456789abcdef", "root"), FakeStranger("fedcba9876543210", "roots")]
    with fake.ceremony("destroy") as station:
        agreed(station)
        with pytest.raises(CeremonyError, match="0123456789abcdef secret key, label 'root'") as refused:
            station.destroy(*confirmed(station))
        assert "fedcba9876543210" not in refused.value.what
        assert "key-destruction-begun" not in fake.events()
        station.clean({"0123456789abcdef"}, 1)
        station.destroy(*confirmed(station))
        fake.close(station)
    assert fake.events()[-2] == "key-destroyed"


def test_a_token_that_only_says_so_is_found_out_and_it_can_be_tried_again(fake: Room) -> None:
    assert fake.tokens
    fake.tokens.faults = {("destroy", 1): lambda _: b""}
    with pytest.raises(TokenError, match="still has the root key"):
        destroyed(fake)
    fake.tokens.faults = {}
    with fake.ceremony("destroy") as station:
        with pytest.raises(TokenError, match="its destruction was begun"):
            signed(station, slip())
        fake.close(station)
    for kind in ("sign", "export"):
        with fake.station() as station, pytest.raises(CeremonyError, match="was begun, and its end is not in the log"):
            station.open(fake.opening(kind, accepted_tail=len(station.tail)))
    destroyed(fake)
    assert fake.events()[-2] == "key-destroyed"


def test_a_destruction_that_lost_its_end_is_finished_although_the_key_is_gone(fake: Room) -> None:
    assert fake.tokens
    find = ("find", fake.tokens.calls.count("find") + 3)
    fake.tokens.faults = {find: trouble(TokenTrouble.WORKER, "the worker died")}
    with pytest.raises(TokenError, match="worker died"):
        destroyed(fake)
    assert "root" not in fake.tokens.keys["root"]
    destroyed(fake)
    with fake.station() as station:
        told = next(each.facts for each in station.entries if each.event == "key-destroyed")
    assert told["signature"] == "not asked for: the key was gone before"


def test_a_key_that_is_missing_without_that_is_an_error(fake: Room) -> None:
    assert fake.tokens
    del fake.tokens.keys["root"]["root"]
    with fake.station() as station:
        station.open(fake.opening())
        with pytest.raises(TokenError, match="no such key"):
            station.unlock(PIN)


def test_the_consequences_name_the_backups_that_still_hold_the_key(fake: Room, tmp_path: Path) -> None:
    with fake.station() as station:
        assert "There is no backup in the log." in destruction.consequences(station.state, station.entries)
    backed = fake_room(tmp_path / "backed", text=BACKED)
    with backed.ceremony("backup") as station:
        drawn = station.draw_backup()
        kept = station.keep_backup(drawn, drawn.splitting.shares, WiredFolder(tmp_path / "vault"))
        backed.close(station)
        said = " ".join(destruction.consequences(station.state, station.entries))
    assert f"The backups of set {kept.backup.shares.number} still hold the key" in said


def test_so_they_do_where_the_log_only_tells_that_the_key_came_back_from_one(fake: Room) -> None:
    with fake.station() as station:
        restored = replace(station.entries[-1], event="key-restored", facts={"set": "1235"})
        said = destruction.consequences(station.state, (*station.entries, restored, restored))
    assert "The backups of set 1235 still hold the key" in " ".join(said)
