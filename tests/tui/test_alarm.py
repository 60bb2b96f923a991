"""An alarm on screen: at the opening, after the PIN, and at home until it is settled."""

from pathlib import Path

import pytest

from tests.offline_root.station.rooms import POLICY, slip, whole
from tests.tui import acts
from tests.tui.desks import FakeDesk, fake_desk
from tests.tui.showing import Person, held, text

TEXT = POLICY.replace('opening_head = "required"', 'opening_head = "optional"')


@pytest.fixture
def desk(tmp_path: Path) -> FakeDesk:
    """Return a desk whose log was put back, the token's record and the stick remembering what it was."""
    desk = fake_desk(tmp_path, text=TEXT)
    before = {path: path.read_bytes() for path in desk.room.place.audit.iterdir()}
    whole(desk.room, desk.stick, slip())
    for path, data in before.items():
        path.write_bytes(data)
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
    assert "settle the alarm first" in text(person.app)
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
