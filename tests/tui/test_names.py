"""The name test in the middle of a review: asked as often as people like, and nothing of the review is lost by it."""

from textual.pilot import Pilot

from tests.tui.acts import GOOD, begins, compares, events, hands_over, lay, quits
from tests.tui.catalogue import SCREENS
from tests.tui.desks import FakeDesk
from tests.tui.showing import Person, Showing, alone, held, rows, text
from tui.screens.names import NamesScreen
from tui.screens.review import ReviewScreen
from tui.widgets import Entry


def test_it_is_asked_in_a_ceremony_and_leaves_the_review_as_it_was(desk: FakeDesk) -> None:
    slips = lay(desk)

    async def script(person: Person) -> None:
        await begins(person, desk)
        await compares(person, GOOD, slips[GOOD])
        page = await person.sees("review")
        await person.reads()
        await person.press("n")
        await person.settle()
        assert isinstance(person.app.screen, NamesScreen)
        for name, answer in (("www.test.privsec.ch", "YES"), ("www.privsec.ch", "NO"), ("olga@privsec.ch", "YES")):
            await person.types(name)
            await person.settle()
            assert any(row.startswith(f"  {answer}") and name in row for row in rows(person.app)), text(person.app)
            assert person.app.screen.query_one(Entry).value == ""
        await person.press("escape")
        await person.settle()
        assert person.app.screen is page
        assert "A approve" in rows(person.app)[-1]
        await person.press("a")
        await person.sees("requests")
        await hands_over(person)
        await quits(person)

    held(desk, script)
    assert "certificate-issued" in events(desk)
    assert "www.privsec.ch" not in desk.room.place.audit.joinpath("log.jsonl").read_text()


def test_a_review_that_refuses_has_none() -> None:
    async def press(app: Showing, pilot: Pilot[None]) -> None:
        await pilot.press("n")
        await pilot.pause()
        assert isinstance(app.screen, ReviewScreen)

    for name in ("review-refused", "review-unreadable"):
        assert "N test" not in alone(SCREENS[name](), press).page.NEXT.plain


def test_what_is_typed_is_only_text() -> None:
    async def ask(app: Showing, pilot: Pilot[None]) -> None:
        app.screen.query_one(Entry).value = "[red]x[/red]\u202e [@click=app.bell]y[/]"
        await pilot.press("enter")
        await pilot.pause()
        assert any("UNCLEAR [red]x[/red]" in row for row in rows(app))
        assert "\u202e" not in text(app)

    alone(SCREENS["names"](), ask)


def test_a_long_answer_stands_right_below_the_entry() -> None:
    async def ask(app: Showing, pilot: Pilot[None]) -> None:
        app.screen.query_one(Entry).value = "x" * 400
        await pilot.press("enter")
        await pilot.pause()
        assert any(row.startswith("  UNCLEAR") for row in rows(app)[:9])

    alone(SCREENS["names"](), ask)
