"""New custodians: new cards open the token and the old ones no more; what a crash in between leaves; a new backup."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from offline_root import resharing, wire
from offline_root.audit.entry import Value
from offline_root.errors import CeremonyError, TokenError, TokenTrouble
from offline_root.shares import BadShare, Purpose, Share, ShareSet, Splitting, all_entered, card_asked, read, read_of
from offline_root.station import Station
from offline_root.wire import WiredFolder
from tests.fakes.token import trouble
from tests.offline_root.station.rooms import BACKED, Room, fake_room, shared_room

Shared = tuple[Room, Splitting]


@pytest.fixture
def shared(tmp_path: Path) -> Shared:
    """Return an authority whose PIN two of three custodians hold, and their cards."""
    return shared_room(tmp_path / "home")


def opened(room: Room, station: Station, shares: Sequence[Share]) -> None:
    """Open a change of custodians, and the token with these shares."""
    usual = {"accepted_tail": len(station.tail), "because": "so it is in this test"}
    station.open(room.opening(resharing.CHANGE, **usual))
    station.unlock_together(shares)


def changed(shared: Shared) -> Splitting:
    """Change the custodians; return the new cards."""
    room, old = shared
    with room.station() as station:
        opened(room, station, old.shares[:2])
        new = station.draw_shares()
        station.change_shares(new, new.shares)
        room.close(station)
    return new


def stopped(shared: Shared, fault: str) -> Splitting:
    """Change the custodians on a machine that stops at a point; return the new cards."""
    room, old = shared
    assert room.tokens
    room.tokens.faults = {(fault, 1): KeyboardInterrupt()}
    with room.station() as station:
        opened(room, station, old.shares[:2])
        new = station.draw_shares()
        with pytest.raises(KeyboardInterrupt):
            station.change_shares(new, new.shares)
    return new


def changes(room: Room) -> list[tuple[Value, ...]]:
    """Return purpose, set and former sets of each change of custodians."""
    entries = wire.read_log(room.place.audit).entries
    found = (each.facts for each in entries if each.event == "shares-changed")
    return [(each["purpose"], each["set"], each["former"]) for each in found]


def test_the_new_cards_open_the_token_and_the_old_ones_no_more(shared: Shared) -> None:
    room, old = shared
    new = changed(shared)
    tail = ["shares-offered", "token-open-attempted", "token-opened", "shares-changed", "ceremony-closed"]
    assert room.events()[-5:] == tail
    assert changes(room) == [("pin", str(new.kept.number), (str(old.kept.number),))]
    with room.station() as station:
        assert station.state.openers == (new.kept,)
        with pytest.raises(BadShare, match=f"the set in use is {new.kept.number}"):
            read(" ".join(old.shares[0].words), new.kept)
        station.open(room.opening())
        with pytest.raises(TokenError) as refused:
            station.unlock_together(old.shares[:2])
        assert refused.value.trouble is TokenTrouble.WRONG_PIN
        station.unlock_together((new.shares[2], new.shares[0]))
        room.close(station)


def test_nothing_is_changed_before_all_cards_came_back(shared: Shared) -> None:
    room, old = shared
    with room.station() as station:
        opened(room, station, old.shares[:2])
        new = station.draw_shares()
        with pytest.raises(BadShare, match="Not every custodian"):
            station.change_shares(new, new.shares[:2])
        room.close(station)
    assert "shares-offered" not in room.events()


@pytest.mark.parametrize(
    ("fault", "opens", "settled"), [("refuse-pin", 0, "shares-withdrawn"), ("change-pin", 1, "shares-changed")]
)
def test_after_a_crash_either_set_may_open_it_and_that_settles_it(
    shared: Shared, fault: str, opens: int, settled: str
) -> None:
    room, old = shared
    new = stopped(shared, fault)
    sets = (old, new)
    with room.station() as station:
        assert station.state.openers == (new.kept, old.kept)
        station.open(room.opening(accepted_tail=len(station.tail), because="so it is in this test"))
        with pytest.raises(TokenError, match="PIN is wrong"):
            station.unlock_together(sets[not opens].shares[:2])
        assert station.state.openers == (new.kept, old.kept)
        station.unlock_together(sets[opens].shares[:2])
        room.close(station)
    with room.station() as station:
        assert station.state.openers == (sets[opens].kept,)
    assert room.events()[-2] == settled


def test_a_token_that_takes_no_other_pin_leaves_both_sets_open(shared: Shared) -> None:
    room, old = shared
    assert room.tokens
    room.tokens.faults = {("refuse-pin", 1): trouble(TokenTrouble.REFUSED, "no")}
    with room.station() as station:
        opened(room, station, old.shares[:2])
        new = station.draw_shares()
        with pytest.raises(TokenError, match="no"):
            station.change_shares(new, new.shares)
        assert station.state.openers == (new.kept, old.kept)
        room.close(station, "failed")


def test_the_pin_is_kept_only_in_the_ceremony_that_changes_it(shared: Shared) -> None:
    room, old = shared
    with room.station() as station:
        station.open(room.opening())
        station.unlock_together(old.shares[:2])
        new = station.draw_shares()
        with pytest.raises(CeremonyError, match="something else"):
            station.change_shares(new, new.shares)
        room.close(station)
    assert "shares-offered" not in room.events()


def test_a_pin_that_one_person_knows_has_no_custodians(tmp_path: Path) -> None:
    room = fake_room(tmp_path / "home")
    with room.ceremony(resharing.CHANGE) as station:
        with pytest.raises(CeremonyError, match="not in shares"):
            station.draw_shares()
        room.close(station)


def test_a_token_whose_set_up_has_ended_takes_no_other_pin(shared: Shared) -> None:
    state = replace(wire.read_state(shared[0].place), set_up_ended=True)

    with pytest.raises(CeremonyError, match="set-up of this token has ended"):
        resharing.check_pin_shares(state)


def test_shares_of_two_sets_are_not_mixed(shared: Shared) -> None:
    _, old = shared
    new = stopped(shared, "refuse-pin")
    sets = (new.kept, old.kept)
    assert card_asked(sets, ()).startswith(f"PIN SHARE of set {new.kept.number} or {old.kept.number}, custodian 1")
    first = read_of(" ".join(old.shares[1].words), sets)
    assert card_asked(sets, (first,)) == f"PIN SHARE of set {old.kept.number}, custodian 2 of 2"
    with pytest.raises(BadShare, match=f"the set in use is {old.kept.number}"):
        read_of(" ".join(new.shares[0].words), sets, (first,))
    second = read_of(" ".join(old.shares[0].words), sets, (first,))
    assert [all_entered(sets, each) for each in ((), (first,), (first, second))] == [False, False, True]
    with pytest.raises(BadShare, match="Word 1"):
        read_of("zzzz " * 33, sets)


def backed_up(room: Room, volume: WiredFolder, *, replacing: bool) -> ShareSet:
    """Make a backup, in the place of the one before or beside it; return its set."""
    with room.ceremony(resharing.CHANGE if replacing else "backup") as station:
        drawn = station.draw_backup()
        keep = station.replace_backup if replacing else station.keep_backup
        kept = keep(drawn, drawn.splitting.shares, volume)
        room.close(station)
    return kept.backup.shares


def test_another_backup_takes_the_place_of_those_before_it(tmp_path: Path) -> None:
    room = fake_room(tmp_path / "home", text=BACKED)
    with room.station() as station, pytest.raises(CeremonyError, match="no backup whose custodians"):
        resharing.check_backups(station.entries)
    volume = WiredFolder(tmp_path / "vault")
    made = [backed_up(room, volume, replacing=each) for each in (False, False, True, True)]
    numbers = [str(each.number) for each in made]
    assert changes(room) == [
        ("backup", numbers[2], (numbers[0], numbers[1])),
        ("backup", numbers[3], (numbers[2],)),
    ]
    with room.station() as station:
        assert resharing.check_backups(station.entries) == (numbers[3],)
        assert station.state.shared(Purpose.BACKUP) == made[3]
