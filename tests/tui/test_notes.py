"""Notes and explanations on screen: typed at the moment, and in the log."""

from tests.fakes.token import PIN
from tests.tui import acts
from tests.tui.acts import TIME
from tests.tui.desks import FakeDesk
from tests.tui.showing import Person, held, text


def test_a_note_is_written_in_the_middle_of_a_ceremony(desk: FakeDesk) -> None:
    async def script(person: Person) -> None:
        await acts.begins(person, desk)
        await person.press("n")
        await person.sees("note")
        await person.press("escape")
        await person.sees("requests")
        await person.press("n")
        await person.sees("note")
        await person.types("bag A1", "bag A2", "go on")
        await person.sees("requests")
        await acts.leaves(person)
        await acts.quits(person)

    held(desk, script)
    noted = next(each for each in desk.entries() if each.event == "note-made")
    assert dict(noted.facts) == {"expected": "bag A1", "happened": "bag A2", "decided": "go on", "by": "Olga"}


def test_an_older_closing_sheet_is_explained_before_the_ceremony_begins(desk: FakeDesk) -> None:
    old = desk.room.head
    with desk.room.ceremony() as station:
        desk.room.close(station)

    async def script(person: Person) -> None:
        await person.sees("home")
        await person.press("enter")
        await person.sees("opening")
        await person.types("Olga", "Wanda", TIME, old)
        await person.sees("opening")
        assert "a later ceremony ended with a sheet" in " ".join(text(person.app).split())
        assert person.app.focused is person.app.screen.query_one("#because")
        await person.types("the newest one burnt")
        await person.sees("pin")
        await person.types(PIN)
        await acts.guards(person)
        await person.sees("requests")
        await acts.leaves(person)
        await acts.quits(person)

    held(desk, script)
    explained = next(each for each in desk.entries() if each.event == "older-sheet-explained")
    assert explained.facts["because"] == "the newest one burnt"


def test_seals_and_a_note_at_the_end_are_recorded_and_what_was_typed_stays(desk: FakeDesk) -> None:
    async def script(person: Person) -> None:
        await person.sees("home")
        await person.press("c")
        await person.sees("opening")
        await person.types("Olga", "Wanda", TIME, desk.room.head)
        await acts.unlocks(person)
        await person.sees("crl")
        await person.reads()
        await person.press("a")
        await person.sees("statements")
        await person.press(*["backspace"] * len("agree"))
        await person.types("seen by me")
        await person.press("f2")
        await person.sees("seals")
        await person.press("escape")
        await person.sees("statements")
        await person.press("f2")
        await person.sees("seals")
        await person.types("A 1", "", "")
        await person.settle()
        assert "NUMBER or NUMBER@PLACE, without" in text(person.app)
        await person.press("shift+tab", "shift+tab")
        await person.types("A1@safe-2", "", "")
        await person.sees("statements")
        await person.press("f3")
        await person.sees("note")
        await person.types("bag A1", "bag A2", "go on")
        await person.sees("statements")
        assert "seen by me" in text(person.app)
        await person.press("enter", "enter")
        await acts.ends(person)

    held(desk, script)
    entries = desk.entries()
    (put_on,) = [each.facts for each in entries if each.event == "seals-put-on"]
    assert put_on["seals"] == {"token": "A1@safe-2"}
    assert [each.event for each in entries].count("note-made") == 1
    said = [each.facts["statement"] for each in entries if each.event == "statement-made"]
    assert said == ["seen by me", "agree"]


def test_seals_on_record_are_asked_for_at_the_opening_and_another_one_has_to_be_explained(desk: FakeDesk) -> None:
    with desk.room.ceremony() as station:
        station.seal(("token=A1@safe-2", "shares=B7"))
        desk.room.close(station)

    async def script(person: Person) -> None:
        await person.sees("home")
        await person.press("enter")
        await person.sees("opening")
        assert "Seal of token" in text(person.app)
        await person.types("Olga", "Wanda", TIME, desk.room.head, "", "A2")
        await person.sees("opening")
        assert "The seal of token is A2; on record is A1@safe-2." in " ".join(text(person.app).split())
        await person.types("the bag tore")
        await person.sees("pin")
        await person.types(PIN)
        await acts.guards(person)
        await person.sees("requests")
        await acts.leaves(person)
        await acts.quits(person)

    held(desk, script)
    opened = [each for each in desk.entries() if each.event == "ceremony-opened"][-1]
    assert opened.facts["seals"] == {"token": "A2"}
    explained = next(each for each in desk.entries() if each.event == "seal-explained")
    assert explained.facts["because"] == "the bag tore"
