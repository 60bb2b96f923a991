"""What keeps a ceremony from opening. Nothing is written then: not one byte of the log changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from offline_root import wire
from offline_root.creation import check_creation, draw_pins
from offline_root.errors import AuditError, CeremonyError, PolicyError, StationError, TokenError
from offline_root.home import Home
from offline_root.model import People
from offline_root.opening import ADOPT, check_clock, opened, typed_clock
from offline_root.statement import statements
from tests.fakes.token import PIN, FakeToken, FakeTokens
from tests.offline_root.station.rooms import (
    NOW,
    PEOPLE,
    POLICY,
    SHARED,
    Room,
    creation_of,
    fake_room,
    later,
    policy_of,
    refuses,
    signed,
    slip,
    softhsm_room,
)

Change = Callable[[Room], dict[str, object]]


def people(*names: str) -> Change:
    return lambda _: {"people": People(names[0], names[1:])}


def head(of: Callable[[str], str]) -> Change:
    return lambda room: {"head": of(room.head)}


def clock(**off: float) -> Change:
    return lambda room: {"clock": room.clock.now() + timedelta(**off)}


def other_digit(typed: str) -> str:
    return typed[:-1] + ("0" if typed[-1] != "0" else "1")


REFUSED: dict[str, tuple[Change, type[StationError], str]] = {
    "interface": (lambda _: {"interface": "web"}, PolicyError, "does not allow the web"),
    "no witness": (people("Olga"), CeremonyError, r"1 witness\(es\) must be present by the policy; 0 named"),
    "same name": (people("Olga", "Olga"), CeremonyError, "same person is named twice"),
    "same name in capitals": (people("Olga", "OLGA"), CeremonyError, "same person is named twice"),
    "same name with spaces": (people("Olga O", " Olga  O "), CeremonyError, "same person is named twice"),
    "same name composed otherwise": (people("Zo\u00eb", "Zoe\u0308"), CeremonyError, "same person is named twice"),
    "same witness": (people("Olga", "Bo", "Wanda", "Bo"), CeremonyError, "same person is named twice"),
    "empty operator": (people("", "Wanda"), CeremonyError, "empty or holds characters"),
    "blank witness": (people("Olga", " "), CeremonyError, "empty or holds characters"),
    "control character": (people("Olga\x1b[31m", "Wanda"), CeremonyError, "empty or holds characters"),
    "turned around": (people("Olga", "Wanda\u202e"), CeremonyError, "empty or holds characters"),
    "no width": (people("Olga\u200b", "Olga"), CeremonyError, "empty or holds characters"),
    "clock ahead": (clock(minutes=5, seconds=1), CeremonyError, "a second person says 2026-11-23T11:35:01Z"),
    "clock behind": (clock(minutes=-5, seconds=-1), CeremonyError, "a second person says 2026-11-23T11:24:59Z"),
    "no head": (lambda _: {"head": ""}, CeremonyError, "closing sheet of the last ceremony is missing"),
    "head without size": (head(lambda typed: typed.partition(":")[2]), CeremonyError, "not typed as SIZE:HEX16"),
    "head too short": (head(lambda typed: typed[:-1]), CeremonyError, "not typed as SIZE:HEX16"),
    "head too long": (head(lambda typed: typed + "0"), CeremonyError, "not typed as SIZE:HEX16"),
    "head of size 0": (lambda _: {"head": "0:" + 16 * "0"}, CeremonyError, "not typed as SIZE:HEX16"),
    "head with digits of another script": (
        head(lambda typed: typed.replace(":", "\u0661:")),
        CeremonyError,
        "not typed as SIZE:HEX16",
    ),
    "head of a longer log": (
        head(lambda typed: f"{int(typed.partition(':')[0]) + 1}:" + typed.partition(":")[2]),
        AuditError,
        "the log has fewer",
    ),
    "head of another log": (head(other_digit), AuditError, "as it was typed, does not fit. FORK: .* closing sheet"),
    "tail accepted that is not there": (lambda _: {"accepted_tail": 1}, CeremonyError, "0 lines of the log are not"),
}


class TestWhatPeopleState:
    @pytest.mark.parametrize("name", REFUSED)
    def test_is_refused(self, fake: Room, name: str) -> None:
        change, kind, match = REFUSED[name]
        assert refuses(fake, kind, match, **change(fake)).retry

    def test_may_be_corrected_at_once(self, fake: Room) -> None:
        with fake.station() as station:
            with pytest.raises(CeremonyError):
                station.open(fake.opening(head="x"))
            station.open(fake.opening())
            station.unlock(PIN)

    @pytest.mark.parametrize("off", [{"minutes": 5}, {"minutes": -5}, {"seconds": 0}])
    def test_may_be_five_minutes_off(self, fake: Room, off: dict[str, float]) -> None:
        with fake.station() as station:
            station.open(fake.opening(clock=fake.clock.now() + timedelta(**off)))

    def test_may_be_the_head_in_capitals(self, fake: Room) -> None:
        with fake.ceremony(head=f" {fake.head.upper()} ") as station:
            fake.close(station)

    def test_may_leave_out_the_head_where_the_policy_says_so(self, tmp_path: Path) -> None:
        room = fake_room(tmp_path / "home", text=POLICY.replace('"required"', '"optional"'))
        with room.ceremony(head="") as station:
            room.close(station)

    def test_is_recorded_without_what_could_deceive(self, fake: Room) -> None:
        facts = opened(fake.opening(head="1:\x1b[31m\udcff"), "root", ("hash",))
        assert facts["head"] == "1:<U+001B>[31m<U+DCFF>"
        assert facts["witnesses"] == PEOPLE.witnesses


class TestClock:
    def test_before_the_last_line_of_the_log_is_refused(self, fake: Room) -> None:
        later(fake, seconds=-1)
        refuses(fake, CeremonyError, r"but the log's last line is of 2026-11-23T11:30:00Z")

    def test_before_the_root_is_refused(self) -> None:
        with pytest.raises(CeremonyError, match="but the root begins 2026-11-23T11:30:01Z"):
            check_clock(NOW, NOW, root_begins=NOW + timedelta(seconds=1))

    def test_before_the_program_was_made_is_refused(self) -> None:
        early = NOW.replace(year=2020)
        with pytest.raises(CeremonyError, match="but this program was made"):
            check_clock(early, early, root_begins=None)

    def test_may_stand_still(self, fake: Room) -> None:
        for _ in range(2):
            with fake.ceremony() as station:
                fake.close(station)


class TestTypedClock:
    @pytest.mark.parametrize("text", ["2026-11-23 11:30", "2026-11-23T11:30:00Z", " 2026-11-23 11:30 UTC "])
    def test_may_be_written_in_several_ways(self, text: str) -> None:
        assert typed_clock(text) == NOW

    @pytest.mark.parametrize("text", ["", "11:30", "23.11.2026 11:30", "2026-13-23 11:30", "2026-11-23 11:30 CET"])
    def test_that_is_no_time_is_refused(self, text: str) -> None:
        with pytest.raises(CeremonyError, match="The clock cannot be read") as error:
            typed_clock(text)
        assert error.value.retry


class TestPolicyCopy:
    @pytest.mark.parametrize("text", ["", POLICY + "\n", POLICY.replace("test.privsec.ch", "evil.example")])
    def test_that_was_edited_opens_nothing_but_an_adoption(self, fake: Room, text: str) -> None:
        (fake.place.path / "policy.toml").write_text(text)
        refuses(fake, PolicyError, "not the policy in force")
        with fake.ceremony(ADOPT) as station:
            fake.close(station)

    def test_with_other_line_ends_is_the_policy_it_is(self, tmp_path: Path) -> None:
        room = fake_room(tmp_path / "home", text=POLICY.replace("\n", "\r\n"))
        with room.ceremony() as station:
            room.close(station)

    @pytest.mark.parametrize("data", [None, b"\xff"])
    def test_that_cannot_be_read_is_not_the_policy(self, fake: Room, data: bytes | None) -> None:
        (fake.place.path / "policy.toml").unlink()
        if data:
            (fake.place.path / "policy.toml").write_bytes(data)
        refuses(fake, PolicyError, "not the policy in force")


class TestCreation:
    @pytest.mark.parametrize("name", ["no witness", "same name", "control character", "clock ahead"])
    def test_is_refused_for_the_same_reasons(self, fake: Room, name: str) -> None:
        change, kind, match = REFUSED[name]
        creation = creation_of("second", POLICY, NOW)
        creation = replace(creation, opening=replace(creation.opening, **change(fake)))  # type: ignore[arg-type]
        with pytest.raises(kind, match=match):
            check_creation(creation, NOW)

    def test_needs_no_interface_because_it_has_no_screen_yet(self) -> None:
        creation = creation_of("second", POLICY.replace('["tui", "cli"]', '["tui"]'), NOW)
        assert creation.policy.ceremony.interfaces == ("tui",)
        check_creation(creation, NOW)

    @pytest.mark.parametrize(("name", "value"), [("CKA_EXTRACTABLE", "true"), ("CKA_SENSITIVE", "false")])
    def test_refuses_a_key_that_is_not_what_was_asked_for(self, tmp_path: Path, name: str, value: str) -> None:
        class Careless(FakeTokens):
            def attach(self, label: str, serial: str) -> FakeToken:
                token = super().attach(label, serial)
                made = token.generate
                token.generate = lambda *a, **k: replace(made(*a, **k), attributes=((name, value),))  # type: ignore[method-assign]
                return token

        with pytest.raises(TokenError, match=f"The root key is not what was asked for: {name} is {value}"):
            fake_room(tmp_path / "home", tokens=Careless())
        assert Home(tmp_path / "home").authorities() == ()

    def test_pretends_nothing_about_shares(self, tmp_path: Path) -> None:
        with pytest.raises(PolicyError, match="not split as the policy says"):
            fake_room(tmp_path / "home", text=SHARED)
        pins, _ = draw_pins(3, 3, wire.SystemRandomness())
        with pytest.raises(PolicyError, match="not split as the policy says"):
            fake_room(tmp_path / "home", text=SHARED, pins=pins)
        with pytest.raises(PolicyError, match="not split as the policy says"):
            fake_room(tmp_path / "home", pins=pins)
        assert Home(tmp_path / "home").authorities() == ()

    def test_rehearses_a_policy_with_shares_by_a_pin(self, tmp_path: Path) -> None:
        assert softhsm_room(tmp_path / "home", text=SHARED, rehearsal=True).events()[-1] == "ceremony-closed"

    def test_asks_for_no_witness_where_the_policy_asks_for_none(self) -> None:
        creation = creation_of("second", POLICY.replace("witnesses = 1", "witnesses = 0"), NOW)
        alone = replace(creation.opening, people=People("Olga", ()))
        check_creation(replace(creation, opening=alone, policy=policy_of(creation.policy.text)), NOW)


def test_a_whole_solo_ceremony_needs_nobody_else(tmp_path: Path) -> None:
    room = fake_room(tmp_path / "home", text=POLICY.replace("witnesses = 1", "witnesses = 0"), tokens=FakeTokens())
    alone = People("Olga Operator", ())
    with room.ceremony(people=alone) as station:
        signed(station, slip())
        station.state_all(statements(alone, ()))
        station.deliver(wire.WiredFolder(tmp_path / "stick"))
        room.close(station)
