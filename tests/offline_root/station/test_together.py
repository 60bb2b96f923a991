"""Activation by shares: custodians open the token together, and the log says who they were, by number."""

from pathlib import Path

import pytest

from offline_root import wire
from offline_root.adoption import check_adoption
from offline_root.audit.entry import Value
from offline_root.creation import check_custody
from offline_root.errors import CeremonyError, PolicyError
from offline_root.opening import ADOPT
from offline_root.shares import BadShare, Purpose, ShareSet
from tests.fakes.token import PIN
from tests.offline_root.station.rooms import POLICY, SHARED, Room, fake_room, policy_of, shared_room


def entered(room: Room) -> list[Value]:
    """Return the custodians whose shares were entered, time by time."""
    entries = wire.read_log(room.place.audit).entries
    return [each.facts["custodians"] for each in entries if each.event == "shares-entered"]


def test_custodians_open_the_token_together(tmp_path: Path) -> None:
    room, splitting = shared_room(tmp_path / "home")
    with room.station() as station:
        kept = station.state.shared(Purpose.PIN)
        assert kept == splitting.kept == ShareSet(Purpose.PIN, splitting.kept.number, 2, 3)
        assert station.state.shared(Purpose.BACKUP) is None
        station.open(room.opening())
        with pytest.raises(BadShare, match="too few"):
            station.unlock_together(splitting.shares[:1])
        station.unlock_together((splitting.shares[2], splitting.shares[0]))
        room.close(station)
    assert entered(room) == [(1,), (1, 3)]
    assert room.events()[-4:] == ["shares-entered", "token-open-attempted", "token-opened", "ceremony-closed"]


def test_shares_are_for_an_open_ceremony(tmp_path: Path) -> None:
    room, splitting = shared_room(tmp_path / "home")
    with room.station() as station, pytest.raises(CeremonyError, match="No ceremony is open"):
        station.unlock_together(splitting.shares[:2])
    assert entered(room) == []


def test_a_pin_that_the_vendors_tool_set_is_not_split() -> None:
    shared, alone = policy_of(SHARED).ceremony, policy_of(POLICY).ceremony
    check_custody(shared, makes_tokens=True)
    check_custody(alone, makes_tokens=False)
    with pytest.raises(CeremonyError, match="set by its vendor's tool"):
        check_custody(shared, makes_tokens=False)


def test_what_opens_the_token_is_not_adopted_away(tmp_path: Path) -> None:
    more = SHARED.replace("2 of 3", "3 of 5")
    for old, new in ((POLICY, SHARED), (SHARED, POLICY), (SHARED, more), (more, SHARED)):
        with pytest.raises(PolicyError, match="activation"):
            check_adoption(policy_of(old), policy_of(new))
    room = fake_room(tmp_path / "home")
    with room.station() as station:
        station.open(room.opening(ADOPT))
        station.unlock(PIN)
        with pytest.raises(PolicyError, match="activation"):
            station.adopt(SHARED)
