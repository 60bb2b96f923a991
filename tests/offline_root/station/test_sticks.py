"""Sticks that people chose, as the log has them."""

from pathlib import Path

import pytest

from offline_root.alarm import Stick, Use
from offline_root.errors import CeremonyError
from tests.offline_root.station.rooms import PEOPLE, Room, fake_room


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return fake_room(tmp_path)


def test_are_recorded_and_used_twice_only_with_a_word_in_the_log(room: Room) -> None:
    one, other = (Stick(name, (("label", name), ("serial", "\x1b7"))) for name in "AB")
    with room.ceremony() as station:
        before = len(station.entries)
        for stick, use in ((one, Use.REQUESTS), (other, Use.RESPONSE), (one, Use.RESPONSE)):
            station.see(stick, use)
        events = [each.event for each in station.entries[before:]]
        about = station.entries[-1].facts
    assert events == ["stick-seen", "stick-seen", "stick-seen", "request-stick-reused"]
    assert about == {"about": {"label": "A", "serial": "<U+001B>7"}, "by": PEOPLE.operator}


def test_tell_what_earlier_ceremonies_left_on_them(room: Room) -> None:
    """Our own checkpoint, older than the log; files of a stranger; both; nothing."""
    ours = {"closing-checkpoint": (room.place.audit / "checkpoint").read_bytes()}
    size = len(room.events())
    others = {"x/audit/checkpoint": b"a stranger's", "x/root-ca.crl": b"no CRL"}
    with room.ceremony() as station:
        said = [station.see(Stick("A", files=each), Use.REQUESTS) for each in ({}, ours, others, ours | others)]
        grown = [f"it has {size + more} now" for more in range(20)]
    older, foreign = f"1 checkpoints of this log, the newest of {size} lines", "2 files that no key of this authority"
    assert not said[0]
    assert older in said[1]
    assert any(each in said[1] for each in grown[1:])
    assert foreign not in said[1]
    assert older not in said[2]
    assert foreign in said[2]
    assert older in said[3]
    assert foreign in said[3]


def test_need_a_ceremony(room: Room) -> None:
    with room.station() as station, pytest.raises(CeremonyError):
        station.see(Stick("A"), Use.REQUESTS)
