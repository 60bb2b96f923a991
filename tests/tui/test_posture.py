"""This machine, before anything is opened on it: shown first, measured by others, logged at each opening."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.offline_root.test_posture import CLOSED, OPEN
from tests.tui import acts
from tests.tui.desks import FakeDesk, FakeMachine, fake_desk
from tests.tui.showing import Person, held, text

DIGITS = "9f86d081884c7d659a2feaa0c55ad015"


@pytest.fixture
def desk(tmp_path: Path) -> FakeDesk:
    return fake_desk(tmp_path)


def logged(desk: FakeDesk) -> object:
    """Return what the last opening recorded of the machine."""
    return [each.facts["machine"] for each in desk.entries() if each.event == "ceremony-opened"][-1]


@pytest.mark.parametrize("measured", [True, False])
def test_what_it_reports_and_what_was_measured_are_logged_at_the_opening(desk: FakeDesk, *, measured: bool) -> None:
    async def script(person: Person) -> None:
        await person.sees("posture")
        await person.types(*((DIGITS, "Ada Auditor") if measured else ("", "")))
        await acts.begins(person, desk)
        await acts.leaves(person)
        await acts.quits(person)

    held(desk, script, looks=True)
    said = {"measured": DIGITS, "measured_by": "Ada Auditor"} if measured else {}
    assert logged(desk) == {**CLOSED.facts(), **said}


def test_half_a_measurement_is_asked_for_again(desk: FakeDesk) -> None:
    async def script(person: Person) -> None:
        await person.sees("posture")
        await person.types(DIGITS, "")
        await person.sees("posture")
        assert "no SHA-256 with a name" in text(person.app)
        assert DIGITS in text(person.app)
        await person.types("Ada Auditor")  # the cursor stands where something is missing; the digits are kept
        await acts.begins(person, desk)
        await acts.leaves(person)
        await acts.quits(person)

    held(desk, script, looks=True)
    assert logged(desk) == {**CLOSED.facts(), "measured": DIGITS, "measured_by": "Ada Auditor"}


def test_what_changed_since_the_start_is_what_is_logged(desk: FakeDesk) -> None:
    async def script(person: Person) -> None:
        await person.sees("posture")
        await person.types("", "")
        desk.machine = FakeMachine(stands=replace(CLOSED, barred=("Net is a network",)))
        await acts.begins(person, desk)
        await acts.leaves(person)
        await acts.quits(person)

    held(desk, script, looks=True)
    assert logged(desk) == {**CLOSED.facts(), "not_used": ("Net is a network",)}


def test_nothing_is_opened_on_an_image_that_is_open(desk: FakeDesk) -> None:
    desk.machine = FakeMachine(stands=replace(CLOSED, interfaces=("eth0",)))

    async def script(person: Person) -> None:
        await person.sees("posture")
        await person.press("enter", "escape")
        assert person.app.screen is person.page
        await person.press("q")
        await person.pilot.pause()

    assert held(desk, script, looks=True).pages.empty()


def test_a_desktop_is_worked_on(desk: FakeDesk) -> None:
    desk.machine = FakeMachine(stands=OPEN)

    async def script(person: Person) -> None:
        await person.sees("posture")
        assert "NOT THE BOOTABLE IMAGE" in text(person.app)
        await person.types("", "")
        await acts.quits(person)

    held(desk, script, looks=True)
