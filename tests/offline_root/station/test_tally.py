"""A FAKE device's own log: drained into ours in time, and its signatures held against those that this log asked for."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from offline_root import tally
from offline_root.alarm import AlarmStands
from offline_root.errors import StationError, TokenError
from offline_root.signer import AUDIT_KEY, KEY_IDS, ROOT_KEY
from offline_root.station import Station
from offline_root.wire import WiredFolder
from tests.fakes.token import PIN, FakeDevice, FakeTokens, lost
from tests.offline_root.station.rooms import Room, agreed, fake_room, signed, slip

ROOT, AUDIT = KEY_IDS[ROOT_KEY], KEY_IDS[AUDIT_KEY]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return fake_room(tmp_path / "home", tokens=FakeTokens(device=FakeDevice()))


def device(room: Room) -> FakeDevice:
    assert room.tokens
    assert room.tokens.device
    return room.tokens.device


def drained(room: Room) -> list[tuple[str, Mapping[str, int], str]]:
    """Return when the log was drained, the signatures in it, and whether they were compared."""
    with room.station() as station:
        told = [each.facts for each in station.entries if each.event == tally.DRAINED]
    return [(str(each["at"]), _numbers(each["signatures"]), str(each["compared"])[:3]) for each in told]


def _numbers(value: object) -> dict[str, int]:
    assert isinstance(value, Mapping)
    return dict(value)


def counts(root: int, audit: int) -> dict[str, int]:
    return {"root": root, "audit": audit, "other": 0}


def test_a_token_without_a_log_of_its_own_is_not_asked(tmp_path: Path) -> None:
    room = fake_room(tmp_path / "home")
    ceremony(room, tmp_path / "stick")
    assert drained(room) == []


def test_every_signature_is_found_in_the_devices_log_and_none_besides(room: Room, tmp_path: Path) -> None:
    ceremony(room, tmp_path / "stick")
    assert drained(room) == [
        ("set-up", counts(0, 0), "no:"),
        ("closing", counts(2, 0), "yes"),  # root, CRL
        ("opening", counts(0, 1), "yes"),  # the checkpoint that closed the ceremony before
        ("closing", counts(2, 4), "yes"),  # proof, certificate; checkpoints: opening, batch, A; SHA256SUMS
    ]
    with room.station() as station:
        assert not station.state.alarms


def alarmed(room: Room, match: str) -> None:
    """Show that an opening raises an alarm, that it stands, and that people can settle it."""
    with room.station() as station:
        station.open(room.opening(accepted_tail=len(station.tail)))
        with pytest.raises(AlarmStands, match=match):
            station.unlock(PIN)
    with room.station() as station, pytest.raises(AlarmStands, match=match):
        station.open(room.opening(accepted_tail=len(station.tail)))
    with room.station() as station:
        station.open(room.opening("log settle", accepted_tail=len(station.tail), because="we know who it was"))
        station.settle("we know who it was")
        station.unlock(PIN)
        room.close(station)
    with room.ceremony() as station:
        signed(station, slip())
        room.close(station)


@pytest.mark.parametrize(
    ("key", "times", "match"),
    [
        (ROOT, 1, "its root key signed 1 times .* it was 0"),
        (AUDIT, 1, "its audit key signed 2 times .* it was 0 to 1"),
        (b"\0\7", 1, "its other key signed 1 times .* it was 0"),
    ],
)
def test_a_signature_that_this_log_did_not_ask_for_is_an_alarm_at_the_next_opening(
    room: Room, key: bytes, times: int, match: str
) -> None:
    for _ in range(times):
        device(room).log(key)
    alarmed(room, match)


def test_entries_that_are_missing_are_an_alarm(room: Room) -> None:
    device(room).lost = 1
    device(room).log(ROOT)
    device(room).log(b"")
    alarmed(room, "GAP: entries are missing")


def test_one_in_the_middle_of_a_ceremony_is_told_at_its_end(room: Room) -> None:
    with room.ceremony() as station:
        signed(station, slip())
        device(room).log(ROOT)
        with pytest.raises(AlarmStands, match=r"its root key signed 3 times .* it was 2"):
            station.close("done")
    assert room.events()[-3:] == [tally.DRAINED, "alarm-raised", "ceremony-closed"]


def test_a_signature_that_the_device_does_not_know_is_an_alarm_too(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    with room.ceremony() as station:
        signed(station, slip())
        device(room).entries.pop()
        device(room).last -= 1
        with pytest.raises(AlarmStands, match=r"signed . times .* it was"):
            station.close("done")


def test_it_is_drained_before_it_is_full_and_what_was_drained_is_compared(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "ROOM", 3)
    with room.ceremony() as station:
        for number in range(4):
            signed(station, slip(name=f"PrivSec Intermediate CA (test) G{number}"))
        room.close(station)
    told = drained(room)[3:]
    assert [at for at, _, _ in told] == ["work", "work", "closing"]
    assert sum(signatures["root"] for _, signatures, _ in told) == 5
    assert {compared for *_, compared in told} == {"yes"}


@pytest.mark.parametrize("verb", ["prove-root", "sign-root", "sign-audit", "drain"])
@pytest.mark.parametrize("ended", [KeyboardInterrupt(), lost()], ids=["power cut", "worker lost"])
def test_a_ceremony_that_ended_early_is_no_alarm(tmp_path: Path, verb: str, ended: BaseException) -> None:
    """The device may have signed what was asked last, or not: both are in order."""
    for call in (1, 2, 3):
        tokens = FakeTokens(device=FakeDevice())
        room = fake_room(tmp_path / str(call), tokens=tokens)
        tokens.faults = {(verb, tokens.calls.count(verb) + call): ended}
        for attempt in range(4):
            with suppress(TokenError, KeyboardInterrupt):
                ceremony(room, tmp_path / f"stick-{call}-{attempt}")
        assert tokens.calls.count(verb) > call
        with room.station() as station:
            assert not station.state.alarms
            assert station.state.issued[1:]
        assert {compared for _, _, compared in drained(room)[1:]} == {"yes"}


def ceremony(room: Room, stick: Path) -> None:
    with room.ceremony() as station, closed_in_any_case(station):
        for intent in station.state.intents:
            station.abandon(intent.label, "the power was cut")
        signed(station, slip())
        agreed(station)
        station.deliver(WiredFolder(stick))
        room.close(station)


@contextmanager
def closed_in_any_case(station: Station) -> Iterator[None]:
    """As the command line does; a power cut leaves no time for it."""
    try:
        yield
    except StationError:
        with suppress(StationError):
            station.close("failed")
        raise


def test_a_device_of_which_nothing_is_known_is_taken_as_it_is(room: Room) -> None:
    with room.station() as station:
        entries = list(station.entries)
    made = next(each for each in entries if each.event == "token-initialized")
    for event in ("log-restored", "token-initialized"):
        before = [*entries, replace(made, event=event)]
        assert tally._since_drained(entries)
        assert tally._since_drained(before) == ()
    assert tally.last_entry(entries)
    assert tally.last_entry([*entries, made]) == tally.last_entry([]) == b""
    assert tally._since_drained([]) == ()
