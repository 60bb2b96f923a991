"""Revoking and making CRLs on screen: the whole way, and every way back."""

from pathlib import Path

import pytest

from offline_root import crl, wire
from offline_root.audit.state import State
from offline_root.model import Issued, Reason, serial_text
from tests.offline_root.station.rooms import slip, whole
from tests.tui import acts
from tests.tui.desks import FakeDesk, fake_desk
from tests.tui.showing import Person, held, text


@pytest.fixture
def desk(tmp_path: Path) -> FakeDesk:
    return fake_desk(tmp_path)


@pytest.fixture
def issued(desk: FakeDesk, tmp_path: Path) -> Issued:
    (answer,) = whole(desk.room, tmp_path / "first", slip()).answers
    return answer.issued


async def opens(person: Person, desk: FakeDesk, key: str) -> None:
    await person.sees("home")
    await person.press(key)
    await person.sees("opening")
    await person.types("Olga", "Wanda", acts.TIME, desk.room.head)
    await acts.unlocks(person)


async def agrees(person: Person) -> None:
    await acts.agrees(person)
    await acts.quits(person)


def state(desk: FakeDesk) -> State:
    return wire.read_state(desk.room.place)


class TestRevoke:
    @pytest.mark.parametrize("by", ["serial", "sha256"])
    def test_the_whole_way(self, desk: FakeDesk, issued: Issued, by: str) -> None:
        typed = serial_text(issued.serial) if by == "serial" else issued.sha256[:32]

        async def script(person: Person) -> None:
            await opens(person, desk, "v")
            await acts.revokes(person, Reason.CA_COMPROMISE, typed)
            await person.sees("statements")
            assert "REVOKED" in text(person.app)
            assert "1 revoked" in text(person.app)
            await person.press("enter", "enter")
            await acts.writes_down(person)
            await person.sees("home")
            assert "revoked · until" in text(person.app)
            await person.press("q")

        held(desk, script)
        assert [(each.serial, each.reason) for each in state(desk).revoked] == [(issued.serial, Reason.CA_COMPROMISE)]
        assert state(desk).unlisted == ()
        assert acts.outcome(desk) == "done"
        (folder,) = (desk.stick / "offline-root" / "root").iterdir()
        assert (folder / "root-ca.crl").read_bytes() == getattr(state(desk).crl, "der", b"")

    def test_a_wrong_confirmation_is_told_and_typed_again(self, desk: FakeDesk, issued: Issued) -> None:
        async def script(person: Person) -> None:
            await opens(person, desk, "v")
            await acts.revokes(person, Reason.SUPERSEDED, "0" * 32)
            await person.sees("confirm")
            assert "What was typed (00000000" in text(person.app)
            await person.types(issued.sha256)
            await agrees(person)

        held(desk, script)
        assert len(state(desk).revoked) == 1

    def test_esc_goes_back_step_by_step_and_leaves_no_trace(self, desk: FakeDesk, issued: Issued) -> None:
        async def script(person: Person) -> None:
            await opens(person, desk, "v")
            for back in ("confirm", "crl", "reason"):
                await person.sees("intermediates")
                await person.press("enter")
                await person.sees("reason")
                if back != "reason":
                    await person.press("enter")
                    await person.sees("crl")
                if back == "confirm":
                    await person.reads()
                    await person.press("a")
                    await person.sees("confirm")
                    await person.press("escape")
                    await person.sees("crl")
                await person.press("escape")
            await person.sees("intermediates")
            await person.press("escape")
            await person.sees("leave")
            await person.press("escape")
            await person.sees("intermediates")
            await acts.leaves(person)
            await acts.quits(person)

        held(desk, script)
        assert state(desk).revocations == ()
        assert acts.outcome(desk) == "ended by the people"
        assert "certificate-revoked" not in acts.events(desk)
        assert acts.is_whole(desk)

    def test_esc_at_the_statements_asks_before_it_ends_and_nothing_is_undone(
        self, desk: FakeDesk, issued: Issued
    ) -> None:
        async def script(person: Person) -> None:
            await opens(person, desk, "v")
            await acts.revokes(person, Reason.SUPERSEDED, serial_text(issued.serial))
            await person.sees("statements")
            await person.press("escape")
            await person.sees("leave")
            await person.press("escape")
            await person.sees("statements")
            await acts.leaves(person)
            await acts.quits(person)

        held(desk, script)
        assert len(state(desk).revoked) == 1
        assert state(desk).unlisted == ()
        assert "response-written" not in acts.events(desk)[-6:]

    def test_there_may_be_nothing_to_revoke(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await opens(person, desk, "v")
            await person.sees("intermediates")
            assert "There is no intermediate that could be revoked." in text(person.app)
            await acts.leaves(person)
            await acts.quits(person)

        held(desk, script)


class TestCrl:
    def test_the_whole_way(self, desk: FakeDesk) -> None:
        before = state(desk).crl

        async def script(person: Person) -> None:
            await opens(person, desk, "c")
            await person.sees("crl")
            await person.reads()
            await person.press("a")
            await agrees(person)

        held(desk, script)
        after = state(desk).crl
        assert before
        assert after
        assert after.number > before.number
        assert acts.is_whole(desk)

    def test_esc_signs_nothing(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await opens(person, desk, "c")
            await person.sees("crl")
            await acts.leaves(person)
            await acts.quits(person)

        held(desk, script)
        assert acts.events(desk).count("crl-issued") == 0
        assert acts.outcome(desk) == "ended by the people"

    def test_one_that_was_begun_is_finished(self, desk: FakeDesk) -> None:
        assert desk.room.tokens
        desk.room.tokens.calls.clear()
        desk.room.tokens.faults = {("sign-root", 1): KeyboardInterrupt()}
        with desk.room.ceremony("crl", interface="tui") as station, pytest.raises(KeyboardInterrupt):
            station.issue_crl(crl.approve(station.review_crl()))
        desk.room.tokens.faults = {}
        (intent,) = state(desk).intents

        async def script(person: Person) -> None:
            await person.sees("home")
            assert f"The signing of {intent.label}, begun" in text(person.app)
            await person.press("c")
            await person.sees("opening")
            await person.types("Olga", "Wanda", acts.TIME, desk.room.head, "1")
            await acts.unlocks(person)
            await person.sees("crl")
            assert str(intent.crl) in text(person.app)
            await person.reads()
            await person.press("a")
            await agrees(person)

        held(desk, script)
        assert state(desk).intents == ()
        assert getattr(state(desk).crl, "number", 0) == intent.crl

    def test_or_given_up(self, desk: FakeDesk) -> None:
        assert desk.room.tokens
        desk.room.tokens.calls.clear()
        desk.room.tokens.faults = {("sign-root", 1): KeyboardInterrupt()}
        with desk.room.ceremony("crl", interface="tui") as station, pytest.raises(KeyboardInterrupt):
            station.issue_crl(crl.approve(station.review_crl()))
        desk.room.tokens.faults = {}
        (intent,) = state(desk).intents

        async def script(person: Person) -> None:
            await person.sees("home")
            for last in ("leaves", "goes on"):
                await person.press("g")
                await person.sees("opening")
                await person.types("Olga", "Wanda", acts.TIME, desk.room.head, *(["1"] if last == "leaves" else []))
                await acts.unlocks(person)
                await person.sees("because")
                assert f"The signing of {intent.label}, begun" in text(person.app)
                if last == "leaves":
                    await acts.leaves(person)
                    desk.room.head = acts.head(desk)
                    await person.sees("home")
            await person.types("the machine stopped")
            await person.sees("statements")
            await person.press("escape")
            await person.sees("leave")
            await person.press("escape")
            await person.sees("statements")
            assert "ABANDONED" in text(person.app)
            await person.press("enter", "enter")
            await acts.writes_down(person)
            await person.sees("home")
            await person.press("g", "r")
            await acts.quits(person)

        held(desk, script)
        assert state(desk).intents == ()
        (given_up,) = [each.facts for each in desk.entries() if each.event == "crl-abandoned"]
        assert given_up["reason"] == "the machine stopped"
        assert acts.outcome(desk) == "done"
        assert acts.is_whole(desk)
