"""What is out of the ordinary at an opening: refused without a word that explains it, and recorded with it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from offline_root import wire
from offline_root.deviations import Unexplained, clock_deviations, read_seals
from offline_root.errors import CeremonyError
from offline_root.findings import Severity
from offline_root.model import People, serial_text
from offline_root.moments import utc_text
from offline_root.response.report import line
from offline_root.status import status_of
from tests.fakes.token import FakeTokens
from tests.offline_root.station.rooms import PEOPLE, SOLO, Room, fake_room, later, refuses, signed, slip

WHY = "compared with two radio clocks"


def explained(room: Room, event: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401  # fields of Opening
    """Hold a ceremony with an explanation, and return what the log keeps of it."""
    with room.ceremony(because=WHY, **changes) as station:
        entry = next(each for each in reversed(station.entries) if each.event == event)
        room.close(station)
    assert entry.facts["because"] == WHY
    return dict(entry.facts)


class TestClock:
    def test_that_went_back_names_the_certificates_of_the_false_time(self, fake: Room) -> None:
        later(fake, days=100)
        with fake.ceremony() as station:
            serial = f"{signed(station, slip()).serial:X}"
            fake.close(station)
        later(fake, days=-99)

        error = refuses(fake, Unexplained, f"and to be revoked if wrong: 0?{serial}")
        assert "--because" in error.mend
        facts = explained(fake, "clock-corrected")
        assert [str(each).lstrip("0") for each in facts["certificates"]] == [serial.lstrip("0")]
        assert facts["to"] == "2026-11-24T11:30:00Z"
        assert fake.events()[-1] == "ceremony-closed"

    def test_counts_from_the_correction_on(self, fake: Room) -> None:
        later(fake, days=2)
        with fake.ceremony() as station:
            fake.close(station)
        later(fake, days=-1)
        explained(fake, "clock-corrected")
        with fake.ceremony() as station:
            fake.close(station)

    def test_that_goes_back_after_the_opening_stops_everything_until_it_is_right(self, fake: Room) -> None:
        later(fake, seconds=61)
        with fake.ceremony() as station:
            before = len(fake.events())
            later(fake, seconds=-61)
            with pytest.raises(CeremonyError, match=r"went back during the ceremony: it says 2026-11-23T11:30:00Z"):
                signed(station, slip())
            assert len(fake.events()) == before
            later(fake, seconds=61)
            signed(station, slip())
            later(fake, seconds=-61)
            with pytest.raises(CeremonyError, match="went back during the ceremony"):
                fake.close(station)
        refuses(fake, Unexplained, "the log's last line is of 2026-11-23T11:31:01Z", accepted_tail=len(station.tail))

    def test_that_is_set_by_a_minute_at_most_goes_on_and_no_line_is_before_another(self, fake: Room) -> None:
        later(fake, seconds=60)
        with fake.ceremony() as station:
            later(fake, seconds=-60)
            signed(station, slip())
            later(fake, seconds=61)
            fake.close(station)
        times = [each.time for each in wire.read_log(fake.place.audit).entries]
        assert times == sorted(times)
        assert times[-1] == "2026-11-23T11:31:01Z"

    def test_is_compared_with_the_newest_crl_too(self, fake: Room) -> None:
        """One that was taken in from outside, after an alarm, may be newer than every line."""
        with fake.station() as station:
            state, now = station.state, fake.clock.now()
        assert state.crl is not None
        newer = replace(state, crl=replace(state.crl, this_update=utc_text(now + timedelta(minutes=1))))
        (found,) = clock_deviations(now, newer)
        assert "but the newest CRL is of" in found.what
        assert found.facts["from"] == utc_text(now + timedelta(minutes=1))
        assert list(clock_deviations(now, state)) == list(clock_deviations(now, replace(state, crl=None))) == []

    def test_that_one_person_alone_put_back_is_told_for_ever(self, tmp_path: Path) -> None:
        room, alone = fake_room(tmp_path, text=SOLO), People("Olga Operator", ())
        later(room, days=100)
        with room.ceremony(people=alone) as station:
            serial = serial_text(signed(station, slip()).serial)
            room.close(station)
        later(room, days=-99)
        refuses(room, Unexplained, "the log's last line is of", people=alone)
        facts = explained(room, "clock-corrected", people=alone)
        assert (facts["by"], facts["witnesses"]) == ("Olga Operator", ())

        with room.ceremony() as station:
            corrected = next(each for each in station.entries if each.event == "clock-corrected")
            assert "ON THE WORD OF ONE PERSON ALONE, Olga Operator: from" in line(corrected)
            (found,) = status_of(station.state, room.clock.now()).findings
            room.close(station)
        assert (found.code, found.severity) == ("hierarchy.clock", Severity.WARN)
        assert found.message.startswith(f"Line {corrected.seq + 1} of the log: Olga Operator, one person alone, put")
        assert found.message.endswith(f"Dated in between: {serial}.")

    def test_that_was_put_back_before_a_witness_is_not(self, fake: Room) -> None:
        later(fake, days=2)
        with fake.ceremony() as station:
            fake.close(station)
        later(fake, days=-1)
        facts = explained(fake, "clock-corrected")
        assert (facts["by"], facts["witnesses"]) == (PEOPLE.operator, PEOPLE.witnesses)
        with fake.station() as station:
            corrected = next(each for each in station.entries if each.event == "clock-corrected")
            assert "as said by Olga Operator, witnesses Wanda Witness; dated in between: none" in line(corrected)
            assert status_of(station.state, fake.clock.now()).findings == ()

    @pytest.mark.parametrize("days", [366, 367])
    def test_may_run_ahead_a_year_without_a_word(self, fake: Room, days: int) -> None:
        later(fake, days=days)
        if days > 366:
            refuses(fake, Unexplained, "more than a year after the log's last line")
            assert explained(fake, "clock-corrected")["certificates"] == ()
        with fake.ceremony() as station:
            fake.close(station)


class TestClosingSheet:
    def test_that_is_not_the_newest_one_is_asked_about(self, fake: Room) -> None:
        old = fake.head
        with fake.ceremony() as station:
            fake.close(station)
        newest = int(fake.head.partition(":")[0])

        refuses(fake, Unexplained, f"but a later ceremony ended with a sheet of {newest}", head=old)
        facts = explained(fake, "older-sheet-explained", head=old)
        assert (facts["size"], facts["newest"]) == (int(old.partition(":")[0]), newest)

    def test_of_the_last_ceremony_whose_token_was_open_is_the_newest(self, fake: Room) -> None:
        with fake.station() as station:
            station.open(fake.opening())
            assert station.close("no token today") is None
        with fake.ceremony() as station:
            fake.close(station)


class TestSeals:
    def test_are_compared_with_those_put_on_last(self, fake: Room) -> None:
        with fake.ceremony() as station:
            station.seal(("token=A001@safe-1", "share-2=B7"))
            fake.close(station)
        with fake.ceremony(seals=("token=A001@safe-1",)) as station:
            fake.close(station)

        refuses(fake, Unexplained, "The seal of token is A002; on record is A001@safe-1", seals=("token=A002",))
        facts = explained(fake, "seal-explained", seals=("token=A002", "share-2=B7"))
        assert (facts["seal"], facts["found"], facts["recorded"]) == ("token", "A002", "A001@safe-1")
        with fake.ceremony(seals=("token=A002",)) as station:
            assert dict(station.state.seals) == {"token": "A002", "share-2": "B7"}

    @pytest.mark.parametrize(
        "typed", [("token",), ("token=",), ("Token=1",), ("token=1@",), ("a=1", "a=2"), ("a=1@b@c",)]
    )
    def test_that_cannot_be_understood_are_refused(self, typed: tuple[str, ...]) -> None:
        with pytest.raises(CeremonyError, match="is not a seal"):
            read_seals(typed)


class TestNotes:
    def test_are_recorded_in_the_words_of_the_people(self, fake: Room) -> None:
        with fake.ceremony() as station:
            station.note(expected="bag A", happened="bag B\x1b", decided="go on")
            entry = station.entries[-1]
            fake.close(station)
        assert dict(entry.facts) == {
            "expected": "bag A",
            "happened": "bag B<U+001B>",
            "decided": "go on",
            "by": "Olga Operator",
        }

    def test_say_all_three(self, fake: Room) -> None:
        with fake.ceremony() as station, pytest.raises(CeremonyError, match="A note says three things"):
            station.note(expected="bag A", happened=" ", decided="go on")


def test_several_deviations_are_told_together(tmp_path: Path) -> None:
    room = fake_room(tmp_path / "home", tokens=FakeTokens())
    with room.ceremony(seals=("token=1",)) as station:
        room.close(station)
    later(room, days=400)
    error = refuses(
        room, Unexplained, "more than a year", seals=("token=2",), clock=room.clock.now() + timedelta(minutes=1)
    )
    assert "The seal of token is 2" in error.what
