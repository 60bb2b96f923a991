"""Open intents: a signature that was begun and never came to an end is finished unchanged, or given up for good."""

from pathlib import Path

import pytest

from offline_root import wire
from offline_root.errors import CeremonyError
from offline_root.intents import explain
from offline_root.issue import load
from offline_root.model import Approval, serial_text
from tests.offline_root.station.rooms import POLICY, Room, Slip, agreed, approved, later, signed, slip

WIDER = POLICY.replace('"test.privsec.ch"', '"test.privsec.ch", "localhost"')
FIRST = slip()


@pytest.fixture
def begun(fake: Room) -> Approval:
    """Return the approval whose signature was begun in `fake`, after which the power failed."""
    assert fake.tokens
    fake.tokens.faults = {("sign-root", 1): KeyboardInterrupt()}
    with fake.ceremony() as station:
        approval = approved(station, FIRST)
        with pytest.raises(KeyboardInterrupt):
            station.sign(approval)
    fake.tokens.faults = {}
    return approval


class TestOpenIntent:
    def test_is_explained(self, fake: Room, begun: Approval) -> None:
        with fake.station() as station:
            (intent,) = station.state.intents
        assert intent.serial == begun.review.draft.serial
        assert explain(intent).startswith("The signing of test, serial ")
        assert explain(intent).endswith("has no outcome in the log.")

    def test_is_finished_by_the_same_request_with_the_identical_tbs(
        self, fake: Room, begun: Approval, tmp_path: Path
    ) -> None:
        later(fake, hours=23, minutes=59)
        with fake.ceremony() as station:
            approval = approved(station, FIRST)
            assert (approval.tbs, approval.review.draft) == (begun.tbs, begun.review.draft)
            issued = station.sign(approval)
            agreed(station)
            delivered = station.deliver(wire.WiredFolder(tmp_path / "stick"))
            fake.close(station)
        assert load(issued.certificate).tbs_certificate_bytes == begun.tbs
        assert [each.issued for each in delivered.answers] == [issued]
        with fake.station() as station:
            assert station.state.intents == ()
            started = [each.facts["tbs"] for each in station.entries if each.event == "signing-started"]
        assert len(started) == 4  # root, first CRL, and the same twice
        assert started[2] == started[3]

    def test_must_be_settled_before_another_request_is_signed(self, fake: Room, begun: Approval) -> None:
        with fake.ceremony() as station:
            before = list(fake.events())
            approval = approved(station, slip("prod"))
            with pytest.raises(CeremonyError, match="has no outcome in the log") as error:
                station.sign(approval)
            assert "It must be settled first" in error.value.meaning
            assert "offline-root abandon" in error.value.mend
            assert fake.events() == [*before, "request-read", "request-approved"]
            # As soon as it is, the other one is signed: in the same ceremony, after the same approval.
            assert signed(station, FIRST).serial == begun.review.draft.serial
            station.sign(approval)

    def test_for_another_environment_is_not_finished(self, fake: Room, begun: Approval) -> None:
        prod = Slip(FIRST.data, "prod", FIRST.fingerprint, FIRST.file)
        with fake.ceremony() as station:
            request = station.read(prod.file, prod.data)
            reviewed = station.review(request, "prod")  # type: ignore[arg-type]
            assert reviewed.draft.serial == begun.review.draft.serial
            assert not isinstance(station.approve(reviewed, prod.typed, ()), Approval)

    def test_cannot_be_finished_after_a_day(self, fake: Room, begun: Approval) -> None:
        later(fake, hours=24, seconds=1)
        self.can_only_be_abandoned(fake, begun, "more than 24 hours have passed")

    def test_cannot_be_finished_under_another_policy(self, fake: Room, begun: Approval) -> None:
        fake.adopt(WIDER)
        self.can_only_be_abandoned(fake, begun, "the policy or the content is another one now")

    def test_cannot_be_finished_under_another_policy_that_gives_the_same_certificate(
        self, fake: Room, begun: Approval
    ) -> None:
        same = POLICY + "# a remark\n"
        fake.adopt(same)
        self.can_only_be_abandoned(fake, begun, "the policy or the content is another one now")

    def can_only_be_abandoned(self, room: Room, begun: Approval, because: str) -> None:
        dead = begun.review.draft.serial
        with room.ceremony() as station:
            approval = approved(station, FIRST)
            with pytest.raises(CeremonyError, match="has no outcome in the log") as error:
                station.sign(approval)
            assert because in error.value.meaning
            station.abandon(serial_text(dead), "it was \x1b[1mlate")
            room.close(station)
        with room.ceremony() as station:
            assert station.state.abandoned == (dead,)
            issued = signed(station, FIRST)
            assert issued.serial != dead
            room.close(station)
        assert b"it was <U+001B>[1mlate" in room.log

    def test_given_up_in_a_ceremony_is_not_finished_in_it(self, fake: Room, begun: Approval) -> None:
        with fake.ceremony() as station:
            approval = approved(station, FIRST)
            station.abandon(serial_text(begun.review.draft.serial), "changed my mind")
            with pytest.raises(CeremonyError, match="is dead"):
                station.sign(approval)
            assert signed(station, FIRST).serial != begun.review.draft.serial

    def test_does_not_keep_issued_certificates_from_being_exported(
        self, fake: Room, begun: Approval, tmp_path: Path
    ) -> None:
        with fake.ceremony("export") as station:
            agreed(station)
            delivered = station.export(wire.WiredFolder(tmp_path / "stick"))
            fake.close(station)
        assert delivered.answers == ()
        with fake.station() as station:
            assert [each.serial for each in station.state.intents] == [begun.review.draft.serial]
