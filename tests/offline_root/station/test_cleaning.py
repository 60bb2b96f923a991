"""Strangers in the token: logged at each opening, a finding of `status`, and removed in a ceremony that says so."""

import pytest

from offline_root import wire
from offline_root.cleaning import check_any
from offline_root.errors import CeremonyError, TokenError
from offline_root.status import status_of
from tests.fakes.token import FakeStranger, lost
from tests.offline_root.station.rooms import Room

ONE, OTHER = FakeStranger("1" * 16), FakeStranger("2" * 16, label="\x1b[31m")
STUBBORN = FakeStranger("3" * 16, stubborn=True)
TOLD = f"{ONE.mark} secret key, label 'x', id none"


@pytest.fixture
def strange(fake: Room) -> Room:
    """Return a room whose token holds three strangers."""
    assert fake.tokens
    fake.tokens.strangers = [ONE, OTHER, STUBBORN]
    return fake


def test_an_opening_records_them_and_status_tells_until_they_are_gone(strange: Room) -> None:
    with strange.ceremony("clean") as station:
        assert station.entries[-1].facts["strangers"] == station.state.strangers
        assert station.state.strangers[0] == TOLD
        assert "\x1b" not in station.state.strangers[1]
        assert station.clean({ONE.mark, OTHER.mark}, 2) == (TOLD, _told(OTHER))
        strange.close(station)
    state = wire.read_state(strange.place)
    assert state.strangers == (_told(STUBBORN),)
    (found,) = [each for each in status_of(state, strange.clock.now()).findings if each.code == "hierarchy.stranger"]
    assert STUBBORN.mark in found.message


def _told(stranger: FakeStranger) -> str:
    return f"{stranger.mark} secret key, label '{'<U+001B>[31m' if stranger is OTHER else 'x'}', id none"


def test_the_decision_is_in_the_log_before_the_token_is_asked(strange: Room) -> None:
    assert strange.tokens
    strange.tokens.faults = {("remove", 1): lost()}
    with strange.ceremony("clean") as station:
        with pytest.raises(TokenError):
            station.clean({ONE.mark}, 1)
        strange.close(station, "failed")
    assert strange.events()[-2:] == ["removal-approved", "ceremony-closed"]


def test_one_that_does_not_go_is_not_called_removed(strange: Room) -> None:
    with strange.ceremony("clean") as station:
        assert station.clean({STUBBORN.mark}, 1) == ()
        assert len(station.state.strangers) == 3
        strange.close(station)


@pytest.mark.parametrize(
    ("marks", "count", "said"),
    [({"9" * 16}, 1, "no stranger with the mark 9999"), ({ONE.mark}, 2, "1 objects would be removed; 2 were")],
)
def test_nothing_is_removed_that_was_not_counted_or_is_not_there(
    strange: Room, marks: set[str], count: int, said: str
) -> None:
    assert strange.tokens
    with strange.ceremony("clean") as station:
        with pytest.raises(CeremonyError, match=said):
            station.clean(marks, count)
        strange.close(station)
    assert "removal-approved" not in strange.events()
    assert "remove" not in strange.tokens.calls


def test_where_there_is_nothing_to_remove_nothing_is_begun(strange: Room) -> None:
    with strange.ceremony("clean") as station:
        check_any(station.state)
        assert strange.tokens
        strange.tokens.strangers = []
        station.clean({ONE.mark}, 1)
        with pytest.raises(CeremonyError, match="nothing in the token but this authority's own"):
            check_any(station.state)
        strange.close(station)


def test_a_token_without_strangers_says_so_when_one_is_to_be_removed(fake: Room) -> None:
    with fake.ceremony("clean") as station:
        with pytest.raises(CeremonyError) as caught:
            station.clean({"0" * 16}, 1)
        assert caught.value.meaning.endswith("\nnothing")
        fake.close(station)
