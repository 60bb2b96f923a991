"""The order of a ceremony is kept by the station, whoever calls it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from offline_root import wire
from offline_root.audit.file import LogFile
from offline_root.errors import AuditError, CeremonyError
from offline_root.findings import refusals
from offline_root.model import Approval, Der, Refused, Serial, SigningRequest
from offline_root.station import Station
from tests.fakes.token import PIN, flipped
from tests.offline_root.station.rooms import Room, agreed, approve, approved, later, signed, slip

SLIP = slip()


def review(station: Station) -> object:
    request = station.read(SLIP.file, SLIP.data)
    assert isinstance(request, SigningRequest)
    return station.approve(station.review(request, "test"), SLIP.typed, ())


VERBS: dict[str, Callable[[Station, Path], object]] = {
    "unlock": lambda station, _: station.unlock(PIN),
    "read": lambda station, _: station.read(SLIP.file, SLIP.data),
    "refuse": lambda station, _: station.refuse(SLIP.file, "test", ()),
    "state": lambda station, _: agreed(station),
    "abandon": lambda station, _: station.abandon("01", ""),
    "adopt": lambda station, _: station.adopt(station.state.policy),
    "deliver": lambda station, path: station.deliver(wire.WiredFolder(path)),
    "export": lambda station, path: station.export(wire.WiredFolder(path)),
}


@pytest.fixture
def approval(fake: Room) -> Approval:
    """Return a good approval of an earlier ceremony."""
    with fake.ceremony() as station:
        found = approved(station, slip())
        fake.close(station)
    return found


class TestBeforeOpening:
    @pytest.mark.parametrize("verb", VERBS)
    def test_nothing_is_done(self, fake: Room, tmp_path: Path, verb: str) -> None:
        before = fake.log
        with fake.station() as station:
            with pytest.raises(CeremonyError, match=r"No ceremony is open|The token is not open"):
                VERBS[verb](station, tmp_path / "stick")
            assert station.close("done") is None
        assert fake.log == before
        assert not (tmp_path / "stick").exists()
        assert fake.tokens
        assert fake.tokens.calls == []

    def test_nothing_is_approved(self, fake: Room, approval: Approval) -> None:
        with fake.station() as station:
            before = fake.log
            with pytest.raises(CeremonyError, match="No ceremony is open"):
                station.approve(approval.review, SLIP.typed, ())
            assert fake.log == before


class TestBeforeUnlocking:
    @pytest.mark.parametrize("verb", ["abandon", "adopt", "deliver", "export"])
    def test_nothing_is_changed_or_handed_out(self, fake: Room, tmp_path: Path, verb: str) -> None:
        with fake.station() as station:
            station.open(fake.opening())
            agreed(station)
            before = fake.log
            with pytest.raises(CeremonyError, match="The token is not open"):
                VERBS[verb](station, tmp_path / "stick")
            assert fake.log == before

    def test_nothing_is_signed(self, fake: Room) -> None:
        with fake.station() as station:
            station.open(fake.opening())
            approval = approved(station, slip())
            with pytest.raises(CeremonyError, match="The token is not open"):
                station.sign(approval)
            assert station.close("failed") is None
        assert "signing-started" not in fake.events()[-4:]
        assert fake.events()[-1] == "ceremony-closed"


class TestAfterClosing:
    @pytest.mark.parametrize("verb", VERBS)
    def test_nothing_more_is_done(self, fake: Room, tmp_path: Path, verb: str) -> None:
        with fake.ceremony() as station:
            fake.close(station)
            before = fake.log
            with pytest.raises(CeremonyError, match=r"No ceremony is open|The token is not open"):
                VERBS[verb](station, tmp_path / "stick")
            with pytest.raises(CeremonyError, match="was opened here before"):
                station.open(fake.opening())
            assert station.close("again") is None
            assert fake.log == before

    def test_a_second_opening_of_an_open_ceremony_is_refused(self, fake: Room) -> None:
        with fake.ceremony() as station:
            before = fake.log
            with pytest.raises(CeremonyError, match="was opened here before"):
                station.open(fake.opening(accepted_tail=0))
            assert fake.log == before


class TestApproval:
    def refused(self, room: Room, station: Station, approval: Approval, match: str) -> None:
        before, calls = room.log, list(room.tokens.calls) if room.tokens else []
        with pytest.raises(CeremonyError, match=match):
            station.sign(approval)
        assert room.log == before
        assert room.tokens
        assert room.tokens.calls == calls

    def test_of_another_tbs_is_refused(self, fake: Room) -> None:
        with fake.ceremony() as station:
            approval = approved(station, slip())
            other = approved(station, slip("prod"))
            self.refused(fake, station, replace(approval, tbs=other.tbs), "not what would be signed now")
            forged = replace(approval, tbs=Der(approval.tbs[:-1] + b"\0"))
            self.refused(fake, station, forged, "not what would be signed now")

    def test_that_nobody_gave_is_refused(self, fake: Room) -> None:
        with fake.ceremony() as station:
            request = station.read(SLIP.file, SLIP.data)
            assert isinstance(request, SigningRequest)
            reviewed = station.review(request, "test")
            assert reviewed.tbs
            self.refused(fake, station, Approval(reviewed, reviewed.tbs, SLIP.typed, ()), "not what would be signed")

    def test_of_an_earlier_ceremony_is_refused(self, fake: Room, approval: Approval) -> None:
        with fake.ceremony() as station:
            self.refused(fake, station, approval, "not what would be signed now")

    def test_whose_review_was_changed_is_refused(self, fake: Room) -> None:
        with fake.ceremony() as station:
            approval = approved(station, slip())
            draft = replace(approval.review.draft, serial=Serial(approval.review.draft.serial + 1))
            forged = replace(approval, review=replace(approval.review, draft=draft))
            self.refused(fake, station, forged, "not what would be signed now")

    def test_does_not_outlive_its_signature(self, fake: Room) -> None:
        with fake.ceremony() as station:
            approval = approved(station, slip())
            station.sign(approval)
            self.refused(fake, station, approval, "not what would be signed now")

    def test_does_not_survive_a_failed_signature(self, fake: Room) -> None:
        assert fake.tokens
        fake.tokens.faults = {("sign-root", 1): flipped}
        with fake.ceremony() as station:
            approval = approved(station, slip())
            with pytest.raises(CeremonyError, match="does not verify"):
                station.sign(approval)
            self.refused(fake, station, approval, "is dead")
            again = station.approve(approval.review, approval.confirmation, approval.acknowledged)
            assert again == approval
            self.refused(fake, station, approval, "is dead")


class Repeating:
    """Randomness that gives the same octets each time, as that of a machine put back to a snapshot."""

    def octets(self, count: int) -> bytes:
        return bytes([7]) * count


class TestSerial:
    def test_that_comes_again_is_refused_before_anybody_signs(self, fake: Room) -> None:
        assert fake.tokens
        with LogFile.open(fake.place.audit) as log:
            copy, clock = fake.place.policy_copy(), fake.clock
            station = Station(log, policy_copy=copy, tokens=fake.tokens, clock=clock, randomness=Repeating())
            station.open(fake.opening())
            station.unlock(PIN)
            first = signed(station, slip())
            refused = approve(station, slip("prod"))
            assert isinstance(refused, Refused)
            assert [each.code for each in refusals(refused.findings)] == ["review.serial-used"]
            assert station.state.issued[-1] == first
            fake.close(station)


class TestFailedWriting:
    def test_ends_everything(self, fake: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with fake.ceremony() as station:
            approval = approved(station, slip())
            agreed(station)
            with monkeypatch.context() as patch:
                patch.setattr("os.fsync", fail)
                with pytest.raises(AuditError):
                    station.sign(approval)
            assert fake.tokens
            assert "sign-root" not in fake.tokens.calls
            for act in (
                lambda: station.sign(approval),
                lambda: station.deliver(wire.WiredFolder(tmp_path / "stick")),
                lambda: station.close("failed"),
            ):
                with pytest.raises(AuditError, match="not written to any more"):
                    act()
            assert fake.tokens.closed == 1
        assert not (tmp_path / "stick").exists()

    def test_of_the_outcome_leaves_an_open_intent(self, fake: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = slip()
        with fake.ceremony() as station, monkeypatch.context() as patch:
            approval = approved(station, asked)
            sign = fake.tokens.happen  # type: ignore[union-attr]

            def happen(verb: str, signature: bytes = b"") -> bytes:
                if verb == "sign-root":
                    patch.setattr("os.fsync", fail)
                return sign(verb, signature)

            patch.setattr(fake.tokens, "happen", happen)
            with pytest.raises(AuditError):
                station.sign(approval)
            assert station.state.issued[1:] == ()
        # What was written but not flushed may be there at the next opening, and then it counts.
        later(fake, minutes=1)
        with fake.ceremony() as station:
            if station.state.intents:
                signed(station, asked)
            assert station.state.issued[-1].certificate[4:].startswith(approval.tbs)
            fake.close(station)


def fail(*_: object) -> None:
    raise OSError(5, "Input/output error")


def test_a_verb_that_only_looks_needs_no_ceremony(fake: Room) -> None:
    with fake.station() as station:
        assert station.tail == ()
        assert station.environment("test").file_name == "test-ca"
        assert station.machine_time == "2026-11-23T11:30:00Z"
        assert len(station.entries) == station.state.size
