"""Another policy, and a token with strangers in it, on screen: whole, and with people who change their minds."""

from dataclasses import replace
from pathlib import Path

import pytest

from offline_root import wire
from tests.fakes.token import FakeStranger
from tests.offline_root.station.rooms import POLICY
from tests.tui import acts
from tests.tui.catalogue import GOOD_STICK
from tests.tui.desks import FakeDesk, Sticks, fake_desk
from tests.tui.showing import Person, held, text
from tests.tui.test_keeping import chooses, opens
from tui.screens.keeping import Keep

pytestmark = pytest.mark.no_cover

WIDER = POLICY.replace('["test.privsec.ch"]', '["test.privsec.ch", "localhost"]')
OTHER_STICK = replace(GOOD_STICK, label="OTHER", serial="4C530001230812")
OTHER_ROOT = POLICY.replace('organization = "PrivSec"', 'organization = "Other"')
STAYS = "The policy that was in force stays in force."


@pytest.fixture
def desk(tmp_path: Path) -> FakeDesk:
    """Return a FAKE desk with a policy on the stick."""
    made = fake_desk(tmp_path)
    (made.stick / "policy.toml").write_text(WIDER)
    return made


async def reads_what_changes(person: Person) -> None:
    """Read the difference to its end, and go on."""
    await person.sees("adopt")
    await person.reads()
    await person.press("a")


async def adopts(person: Person, desk: FakeDesk) -> None:
    """Read what changes, and open the ceremony and its token."""
    await chooses(person, Keep.ADOPT)
    await reads_what_changes(person)
    await opens(person, desk)


class TestAdopting:
    def test_shows_what_changes_and_puts_it_in_force(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await adopts(person, desk)
            await person.sees("statements")
            await person.press("enter", "enter")
            await person.sees("delivery")
            assert "IN FORCE" in text(person.app)
            await person.press("w")
            await acts.quits(person)

        held(desk, script)
        assert wire.read_state(desk.room.place).policy == WIDER
        assert acts.events(desk)[-4:-1] == ["statement-made", "statement-made", "policy-adopted"]
        assert acts.is_whole(desk)

    def test_leaves_no_trace_where_people_go_back_from_what_changes(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await chooses(person, Keep.ADOPT)
            await person.sees("adopt")
            await person.press("escape")
            await acts.quits(person)

        held(desk, script)
        assert acts.events(desk) == []

    def test_is_stopped_by_whoever_does_not_agree(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await adopts(person, desk)
            await person.sees("statements")
            await person.types("I agree", "no")
            await person.sees("problem")
            await person.press("enter")
            await acts.ends(person)

        held(desk, script)
        assert wire.read_state(desk.room.place).policy == POLICY
        assert acts.outcome(desk).startswith("failed")

    @pytest.mark.parametrize(
        ("policy", "said"),
        [
            ("format = 2", "policy.toml:"),
            (OTHER_ROOT, "changes [root]"),
            (None, "policy.toml"),
        ],
    )
    def test_takes_another_stick_where_one_is_wrong(self, policy: str | None, said: str, desk: FakeDesk) -> None:
        file = desk.stick / "policy.toml"
        file.unlink()
        if policy is not None:
            file.write_text(policy)
        desk.tray = Sticks(GOOD_STICK, OTHER_STICK)

        async def script(person: Person) -> None:
            await chooses(person, Keep.ADOPT)
            await person.sees("stick")
            await person.press("enter")
            await person.sees("problem")
            assert said in text(person.app)
            file.write_text(WIDER)
            await person.press("enter")
            await person.sees("stick")
            await person.press("down", "enter")
            await reads_what_changes(person)
            await opens(person, desk)
            await person.sees("statements")
            await acts.gives_up(person, STAYS)
            await acts.ends(person)

        held(desk, script)
        assert wire.read_state(desk.room.place).policy == POLICY
        seen = [each.facts["stick"] for each in desk.entries() if each.event == "stick-seen"]
        assert seen == [GOOD_STICK.label, OTHER_STICK.label]

    def test_without_a_stick_leaves_no_trace(self, desk: FakeDesk) -> None:
        desk.tray = Sticks()

        async def script(person: Person) -> None:
            await chooses(person, Keep.ADOPT)
            await person.sees("stick")
            await acts.gives_up(person, STAYS)
            await acts.quits(person)

        held(desk, script)
        assert acts.events(desk) == []


ONE, OTHER, STUBBORN = FakeStranger("1" * 16), FakeStranger("2" * 16), FakeStranger("3" * 16, stubborn=True)


@pytest.fixture
def strange(desk: FakeDesk) -> FakeDesk:
    """Return a FAKE desk whose token holds three strangers, as an opening has seen."""
    assert desk.room.tokens
    desk.room.tokens.strangers = [ONE, OTHER, STUBBORN]
    with desk.room.ceremony() as station:
        desk.room.close(station)
    return desk


class TestCleaning:
    def test_removes_what_is_marked_and_counted(self, strange: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await chooses(person, Keep.CLEAN)
            await opens(person, strange)
            await person.sees("strangers")
            await person.press("d")  # nothing is marked
            for keys in (["enter"], ["enter"], ["enter"], ["down", "down", "enter"]):
                await person.press(*keys)
                await person.sees("strangers")
            assert text(person.app).count("REMOVE") == 2
            await person.press("d")
            await person.sees("count")
            await person.press("escape")
            await person.sees("strangers")
            await person.press("d")
            for typed in ("two", "3", "2"):
                await person.sees("count")
                await person.types(typed)
            await person.sees("statements")
            assert ("REMOVED" in text(person.app), "LEFT" in text(person.app)) == (True, True)
            await person.press("enter", "enter")
            await acts.ends(person)

        held(strange, script)
        left = [each.partition(" ")[0] for each in wire.read_state(strange.room.place).strangers]
        assert left == [OTHER.mark, STUBBORN.mark]
        assert acts.is_whole(strange)

    def test_says_how_many_were_counted_wrongly(self, strange: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await chooses(person, Keep.CLEAN)
            await opens(person, strange)
            await person.sees("strangers")
            await person.press("enter")
            await person.sees("strangers")
            await person.press("d")
            await person.sees("count")
            await person.types("3")
            await person.sees("count")
            assert "1 objects would be removed; 3 were confirmed" in text(person.app)
            await person.press("escape")
            await person.sees("strangers")
            await acts.gives_up(person, "What was not removed yet stays in the token.")
            await acts.ends(person)

        held(strange, script)
        assert len(wire.read_state(strange.room.place).strangers) == 3
        assert acts.outcome(strange) == "ended by the people"

    def test_of_a_token_without_strangers_is_not_begun(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await chooses(person, Keep.CLEAN)
            await person.sees("problem")
            assert "nothing in the token but this authority's own" in " ".join(text(person.app).split())
            await person.press("enter")
            await acts.quits(person)

        held(desk, script)
        assert acts.events(desk) == []
