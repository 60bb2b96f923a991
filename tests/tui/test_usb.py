"""Devices on USB that are not used: told over any screen, once; a second keyboard is let in by F9 alone."""

from pathlib import Path

import pytest

from tests.tui import acts
from tests.tui.catalogue import DISGUISED, SECOND
from tests.tui.desks import FakeDesk, fake_desk
from tests.tui.showing import Person, held, text
from tui.screens.barred import BarredScreen
from tui.widgets import Entry


@pytest.fixture
def desk(tmp_path: Path) -> FakeDesk:
    return fake_desk(tmp_path)


async def told(person: Person) -> bool:
    """Let the program look what is plugged in; say whether it tells of something."""
    person.app.look_up()
    await person.settle()
    return isinstance(person.app.screen, BarredScreen)


def test_a_second_keyboard_is_let_in_by_f9_and_by_no_key_that_is_typed_anyway(desk: FakeDesk) -> None:
    async def script(person: Person) -> None:
        await person.sees("home")
        await person.press("enter")
        await person.sees("opening")
        desk.machine.out.append(SECOND)
        assert await told(person)
        assert "Keys Ltd USB Keyboard (1234:5678) is a keyboard besides" in text(person.app)
        await person.press("y", "enter", "space", "u", "f2", "f3")
        assert isinstance(person.app.screen, BarredScreen)
        assert desk.machine.let_in == []
        await person.press("f9")
        while person.app.screen is not person.page:
            await person.settle()
        assert desk.machine.let_in == [SECOND]
        assert {each.value for each in person.app.screen.query(Entry)} == {""}
        await person.press("escape")
        await acts.quits(person)

    held(desk, script)


def test_what_is_left_off_is_told_once_each_time_that_it_is_plugged_in(desk: FakeDesk) -> None:
    async def script(person: Person) -> None:
        await person.sees("home")
        desk.machine.out.append(SECOND)
        assert await told(person)
        await person.press("escape")
        await person.settle()
        assert not await told(person)
        assert desk.machine.let_in == []
        await person.press("q")

    held(desk, script)


def test_what_is_refused_cannot_be_let_in(desk: FakeDesk) -> None:
    async def script(person: Person) -> None:
        await person.sees("home")
        desk.machine.out.append(DISGUISED)
        assert await told(person)
        assert "NOT USED" in text(person.app)
        assert "says that it is a keyboard and storage" in " ".join(text(person.app).split())
        await person.press("f9")
        assert isinstance(person.app.screen, BarredScreen)
        await person.press("escape")
        await person.press("q")

    held(desk, script)
    assert desk.machine.let_in == []
