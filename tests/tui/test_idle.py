"""Nobody at the keyboard: the screen hides itself, the operator's code brings it back, and the token closes."""

import math
from pathlib import Path

import pytest
from textual.app import App

from tests.tui import acts
from tests.tui.acts import CODE
from tests.tui.desks import FakeDesk, fake_desk
from tests.tui.showing import Person, held, text
from tui.app import CeremonyApp
from tui.idle import SHORTEST, WRONG_CODES, Due, Watch
from tui.screens.lock import LockScreen

LOCK, END = 300, 1800


class Wall:
    """A clock that is moved by hand, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def desk(tmp_path: Path) -> FakeDesk:
    return fake_desk(tmp_path)


class TestWatch:
    def test_locks_at_the_second_and_once(self) -> None:
        wall = Wall()
        watch = Watch(CODE, LOCK, END, wall)
        wall.now += LOCK - 1
        assert watch.due() is Due.NOTHING
        wall.now += 1
        assert [watch.due(), watch.due()] == [Due.LOCK, Due.NOTHING]

    def test_a_key_begins_anew(self) -> None:
        wall = Wall()
        watch = Watch(CODE, LOCK, END, wall)
        wall.now += LOCK - 1
        watch.touch()
        wall.now += LOCK - 1
        assert watch.due() is Due.NOTHING

    def test_keys_on_a_locked_screen_do_not_keep_the_token_open(self) -> None:
        wall = Wall()
        watch = Watch(CODE, LOCK, END, wall)
        wall.now += LOCK
        assert watch.due() is Due.LOCK
        wall.now += END - LOCK
        watch.touch()
        assert watch.due() is Due.END

    def test_only_the_code_unlocks(self) -> None:
        wall = Wall()
        watch = Watch(CODE, LOCK, END, wall)
        wall.now += LOCK
        assert watch.due() is Due.LOCK
        assert not watch.try_code("")
        assert not watch.try_code(CODE + " ")
        assert watch.try_code(CODE)
        wall.now += LOCK - 1
        assert watch.due() is Due.NOTHING

    def test_too_many_wrong_codes_end_it(self) -> None:
        watch = Watch(CODE, LOCK, END, Wall())
        for _ in range(WRONG_CODES - 1):
            watch.try_code("red")
        assert watch.due() is Due.NOTHING
        watch.try_code("red")
        assert watch.due() is Due.END
        assert "wrong lock code" in watch.ended().what

    def test_shows_its_code_to_nobody(self) -> None:
        assert CODE not in repr(Watch(CODE, LOCK, END, Wall()))


def waits(person: Person, seconds: float) -> None:
    """Let the time pass in which nobody presses a key."""
    watch = person.app.guard
    assert watch is not None
    now = math.ceil(watch.last) + seconds  # a whole number: a sum of fractions can come out a hair too early
    watch.clock = lambda: now
    person.app.look_up()


class TestCeremony:
    def test_hides_the_screen_and_brings_it_back(self, desk: FakeDesk) -> None:
        slips = acts.lay(desk)

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await acts.compares(person, acts.GOOD, slips[acts.GOOD])
            await person.sees("review")
            waits(person, LOCK)
            await person.settle()
            assert isinstance(person.app.screen, LockScreen)
            assert "PrivSec Intermediate" not in text(person.app)
            await person.press("escape", "a", "q")
            await person.types("red 7")
            assert "That is not the code" in text(person.app)
            await person.types(CODE)
            await person.settle()
            assert "PrivSec Intermediate" in text(person.app)
            await person.press("escape")
            await person.sees("requests")
            await acts.leaves(person)
            await acts.quits(person)

        held(desk, script)
        assert acts.outcome(desk) == "ended by the people"

    @pytest.mark.parametrize("locked", [False, True])
    def test_closes_the_token_before_anybody_comes_back(self, desk: FakeDesk, locked: bool) -> None:
        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            if locked:
                waits(person, LOCK)
                await person.settle()
            waits(person, END)
            await person.sees("problem")
            assert "Nobody has pressed a key" in text(person.app)
            assert acts.outcome(desk).startswith("failed: Nobody has pressed a key")
            assert person.app.guard is None
            await person.press("enter")
            await acts.ends_here(person)

        held(desk, script)
        assert acts.is_whole(desk)

    def test_ends_after_too_many_wrong_codes(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            waits(person, LOCK)
            await person.settle()
            for _ in range(WRONG_CODES):
                await person.types("red 7")
            person.app.look_up()
            await person.sees("problem")
            await person.press("enter")
            await acts.ends_here(person)

        held(desk, script)
        assert "wrong lock code" in acts.outcome(desk)

    def test_leaves_the_token_alone_while_it_works(self, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        slips = acts.lay(desk)
        looked: list[bool] = []

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            push = App.push_screen

            def pushed(app: App[None], screen: object, *rest: object, **named: object) -> object:
                waiting = push(app, screen, *rest, **named)  # type: ignore[call-overload]
                if type(screen).__name__ == "WorkingScreen" and person.app.guard:
                    waits(person, END)
                    looked.append(True)
                return waiting

            monkeypatch.setattr(App, "push_screen", pushed)
            await acts.signs(person, acts.GOOD, slips[acts.GOOD])
            monkeypatch.undo()
            await acts.leaves(person)
            await acts.quits(person)

        held(desk, script)
        assert looked
        assert acts.outcome(desk) == "ended by the people"

    def test_asks_for_a_code_that_can_be_remembered(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await acts.opens(person, desk)
            await person.sees("pin")
            await acts.unlocks_here(person)
            await person.sees("code")
            await person.types(CODE, CODE[::-1])
            assert "not the same" in text(person.app)
            await person.types("x" * (SHORTEST - 1), "x" * (SHORTEST - 1))
            assert f"At least {SHORTEST}" in text(person.app)
            await person.press("escape")
            await person.sees("leave")
            await person.press("escape")
            await person.sees("code")
            await acts.gives_up(person)
            await acts.ends(person)

        held(desk, script)
        assert CODE not in (desk.room.place.audit / "log.jsonl").read_text()

    def test_looks_at_nothing_once_the_app_has_closed_its_screens(self, desk: FakeDesk) -> None:
        apps: list[CeremonyApp] = []

        async def script(person: Person) -> None:
            apps.append(person.app)
            await acts.begins(person, desk)
            await acts.leaves(person)
            await acts.quits(person)

        held(desk, script)
        assert not apps[0].screen_stack
        apps[0].look_up()  # its timer outlives its screens
