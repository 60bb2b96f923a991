"""An alarm on screen: at the opening, after the PIN, at home until it is settled; and the ways out."""

from pathlib import Path

import pytest

from offline_root import wire
from offline_root.anchor import Anchor, write_anchor
from tests.offline_root.station.rooms import POLICY, slip, whole
from tests.tui import acts
from tests.tui.acts import head
from tests.tui.catalogue import GOOD_STICK
from tests.tui.desks import FakeDesk, Sticks, fake_desk
from tests.tui.showing import Person, held, text

TEXT = POLICY.replace('opening_head = "required"', 'opening_head = "optional"')


@pytest.fixture
def desk(tmp_path: Path) -> FakeDesk:
    """Return a desk whose log was put back, the token's record and the stick remembering what it was."""
    desk = fake_desk(tmp_path, text=TEXT)
    anchored(desk)
    before = {path: path.read_bytes() for path in desk.room.place.audit.iterdir()}
    whole(desk.room, desk.stick, slip())
    for path, data in before.items():
        path.write_bytes(data)
    (tmp_path / "paper").write_text(desk.room.head)
    desk.room.head = ""
    return desk


async def sees_it_and_it_stays(person: Person, match: str) -> None:
    """Read the alarm, go home, and find no way into a ceremony there."""
    await person.sees("alarm")
    assert "*** ALARM ***" in text(person.app)
    assert match in text(person.app)
    await person.press("enter")
    await person.sees("home")
    assert "*** ALARM ***" in text(person.app)
    assert "A ways out of the alarm" in text(person.app)
    await person.press("enter", "v", "c", "r")
    await acts.quits(person)


def test_a_stick_raises_it_before_the_token_is_asked(desk: FakeDesk) -> None:
    async def script(person: Person) -> None:
        await acts.opens(person, desk)
        await sees_it_and_it_stays(person, "on the")

    held(desk, script)
    raised = ["alarm-raised", "alarm-raised"]
    assert acts.events(desk) == ["ceremony-opened", "stick-seen", *raised, "ceremony-closed"]


def test_the_token_raises_it_before_anything_is_signed(desk: FakeDesk, tmp_path: Path) -> None:
    desk.stick.rename(tmp_path / "away")
    desk.stick.mkdir()

    async def script(person: Person) -> None:
        await acts.opens(person, desk)
        await person.sees("pin")
        await acts.unlocks_here(person)
        await sees_it_and_it_stays(person, "token's")

    held(desk, script)
    assert acts.events(desk)[-3:] == ["token-opened", "alarm-raised", "ceremony-closed"]


def anchored(desk: FakeDesk) -> None:
    """Lay the anchor beside the log, as `create` does."""
    state = wire.read_state(desk.room.place)
    desk.room.place.publish({"anchor.json": write_anchor(Anchor.of(state))})


def forgets(desk: FakeDesk) -> None:
    """Let the token forget its record."""
    assert desk.room.tokens
    desk.room.tokens.kept.clear()


def paper(desk: FakeDesk) -> str:
    """Return the closing sheet of the longer log."""
    return (desk.room.home.path.parent / "paper").read_text()


def tail(desk: FakeDesk) -> int:
    """Return how many lines no checkpoint covers."""
    return wire.verify_log(desk.room.place.audit, None).unsigned


async def raises_it(person: Person, desk: FakeDesk) -> None:
    """Let the stick raise the alarm, and go for the ways out."""
    await acts.opens(person, desk)
    await person.sees("alarm")
    await person.press("enter")
    await person.sees("home")
    await person.press("a")
    await person.sees("ways")


async def opens_here(person: Person, desk: FakeDesk, head: str, *accepted: str) -> None:
    await person.sees("opening")
    await person.types("Olga", "Wanda", acts.TIME, head, *accepted)


async def says_why(person: Person) -> None:
    await person.sees("because")
    await person.press("enter")
    assert "type why, please" in text(person.app)
    await person.types("the disk was put back")


async def ends(person: Person, *shown: str) -> None:
    """Open the token, agree, write down the closing sheet, and sign something at last."""
    await acts.unlocks(person)
    await person.sees("statements")
    for each in ("THIS WAS DONE", "at the end it is over", *shown):
        assert each in text(person.app)
    await person.press("enter", "enter")
    await person.sees("delivery")
    assert "NOTHING WAS HANDED OUT" not in text(person.app)
    await person.press("w")
    await person.sees("home")
    assert "ALARM" not in text(person.app)


async def signs_again(person: Person, desk: FakeDesk, head: str) -> None:
    """Hold an ordinary ceremony: the stick that raised the alarm raises none any more."""
    desk.room.head = head
    await person.press("r")
    await acts.opens(person, desk)
    await acts.unlocks(person)
    await person.sees("requests")
    await acts.leaves(person)


class TestWaysOut:
    def test_this_log_goes_on_and_says_why(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await raises_it(person, desk)
            await person.press("down", "enter")
            await opens_here(person, desk, "", str(tail(desk)))
            await says_why(person)
            await ends(person, "SETTLED")
            await signs_again(person, desk, head(desk))
            await acts.quits(person)

        forgets(desk)
        held(desk, script)
        (settled,) = [each.facts for each in desk.entries() if each.event == "alarm-settled"]
        assert (settled["because"], settled["by"]) == ("the disk was put back", "Olga")
        assert settled["witnesses"] == ("Wanda",)
        assert acts.is_whole(desk)

    def test_the_longer_log_is_put_back(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await raises_it(person, desk)
            await person.press("enter")
            await person.sees("copies")
            await person.press("enter")
            await opens_here(person, desk, "99:0123456789abcdef")
            await person.sees("problem")
            assert "The copy is not the log that is looked for" in text(person.app)
            await person.press("enter")
            await person.sees("opening")
            await person.types(longer)  # the cursor stands where the wrong one was
            await ends(person, "RESTORED", "2 lines that came later are lost")
            await signs_again(person, desk, head(desk))
            await acts.quits(person)

        longer = paper(desk)
        held(desk, script)
        assert "certificate-issued" in acts.events(desk)
        (restored,) = [each.facts for each in desk.entries() if each.event == "log-restored"]
        assert (restored["by"], restored["witnesses"], restored["lost"]) == ("Olga", ("Wanda",), 2)
        assert acts.is_whole(desk)

    def test_a_log_that_cannot_be_read_is_put_back(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await person.sees("home")
            assert "A puts back the log" in text(person.app)
            await person.press("a")
            await person.sees("ways")
            await person.press("enter")
            await person.sees("copies")
            await person.press("enter")
            await opens_here(person, desk, longer)
            await ends(person, "RESTORED")
            await person.press("r")
            await acts.quits(person)

        longer = paper(desk)
        (desk.room.place.audit / "log.jsonl").write_bytes(b"rubbish\n")
        held(desk, script)
        assert "certificate-issued" in acts.events(desk)
        assert acts.is_whole(desk)

    def test_what_another_log_issued_is_taken_in(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await person.sees("home")
            await person.press("a")
            await person.sees("ways")
            await person.press("down", "down", "enter")
            await person.sees("stick")
            assert "NEWEST RESPONSE" in text(person.app)
            await person.press("enter")
            await person.sees("copies")
            await person.press("enter")
            await opens_here(person, desk, "")
            await says_why(person)
            await ends(person, "SETTLED", "TAKEN IN")
            await person.press("r")
            await acts.quits(person)

        forgets(desk)
        (left,) = desk.sticks()
        desk.tray = tray = Sticks(GOOD_STICK)
        tray.left = dict(left.files)
        held(desk, script)
        events = acts.events(desk)
        assert events.index("stick-seen") < events.index("certificate-imported") < events.index("alarm-settled")
        assert acts.is_whole(desk)

    def test_people_may_leave_at_every_step(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await raises_it(person, desk)
            await person.press("escape")
            for names in (("copies",), ("copies", "opening")):
                await person.sees("home")
                await person.press("a")
                await person.sees("ways")
                for name in names:
                    await person.press("enter")
                    await person.sees(name)
                await person.press("escape")
            await person.sees("home")
            await person.press("a")
            await person.sees("ways")
            await person.press("down", "enter")
            await opens_here(person, desk, "", str(tail(desk)))
            await person.sees("because")
            await person.press("escape")
            await person.sees("leave")
            await person.press("escape")
            await person.sees("because")
            await acts.gives_up(person)
            await acts.quits(person)

        held(desk, script)
        assert "alarm-settled" not in acts.events(desk)
        assert wire.read_state(desk.room.place).alarms
