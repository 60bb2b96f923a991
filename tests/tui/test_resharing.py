"""New custodians on screen: of the PIN, of a backup, after a crash in between; and people who take the wrong card."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from offline_root import resharing
from offline_root.shares import Splitting
from tests.offline_root.station.rooms import BACKED, shared_room
from tests.offline_root.station.test_resharing import stopped
from tests.tui import acts
from tests.tui.acts import TIME
from tests.tui.desks import FakeDesk, fake_desk
from tests.tui.showing import Person, held, text
from tests.tui.test_keeping import Card, chooses, opens, takes_card, takes_cards, types_card
from tui.screens.keeping import Keep

pytestmark = pytest.mark.no_cover


@pytest.fixture
def shared(tmp_path: Path) -> tuple[FakeDesk, Splitting]:
    """Return a FAKE desk whose PIN two of three custodians hold, and their cards."""
    room, splitting = shared_room(tmp_path / "home")
    return FakeDesk(room, tmp_path / "stick"), splitting


async def opens_with(person: Person, desk: FakeDesk, *cards: Sequence[str]) -> None:
    """Open the ceremony and the token with cards; the desk's closing sheet is the newest."""
    await person.sees("opening")
    await person.types("Olga", "Wanda", TIME, acts.head(desk))
    for each in cards:
        await person.sees("share")
        await types_card(person, each)


def test_other_custodians_hold_the_pin(shared: tuple[FakeDesk, Splitting]) -> None:
    desk, old = shared
    new: list[Card] = []

    async def script(person: Person) -> None:
        await chooses(person, Keep.CHANGE_PIN)
        await opens_with(person, desk, old.shares[0].words, old.shares[2].words)
        await acts.guards(person)
        new.extend(await takes_cards(person, "PIN"))
        await person.sees("statements")
        assert "destroy these cards" in " ".join(text(person.app).split())
        await person.press("enter", "enter")
        await acts.writes_down(person)
        await person.sees("home")
        await person.press("c")
        await opens_with(person, desk, new[1], old.shares[0].words)
        await person.sees("share")
        assert "the set in use is" in " ".join(text(person.app).split())
        await types_card(person, new[0])
        await acts.guards(person)
        await person.sees("crl")
        await acts.leaves(person)
        await acts.quits(person)

    held(desk, script)
    assert [each for each in acts.events(desk) if each.startswith("shares-")] == [
        *("shares-entered", "shares-offered", "shares-changed", "shares-entered")
    ]
    assert acts.is_whole(desk)


@pytest.mark.parametrize("at", ["card", "share"])
def test_custodians_who_leave_change_nothing(shared: tuple[FakeDesk, Splitting], at: str) -> None:
    desk, old = shared

    async def script(person: Person) -> None:
        await chooses(person, Keep.CHANGE_PIN)
        await opens_with(person, desk, old.shares[0].words, old.shares[2].words)
        await acts.guards(person)
        if at == "card":
            await person.sees("card")
        else:
            await takes_card(person, "PIN SHARE 1 of 3")
        await acts.gives_up(person, "the old cards open the token")
        await acts.ends(person)

    held(desk, script)
    assert "shares-offered" not in acts.events(desk)


@pytest.mark.parametrize(("fault", "opens_it"), [("refuse-pin", 0), ("change-pin", 1)])
def test_after_a_crash_either_set_is_taken(shared: tuple[FakeDesk, Splitting], fault: str, opens_it: int) -> None:
    desk, old = shared
    new = stopped((desk.room, old), fault)
    assert desk.room.tokens
    desk.room.tokens.faults = {}
    right = (old, new)[opens_it]

    async def script(person: Person) -> None:
        await person.sees("home")
        await person.press("c")
        await person.sees("opening")
        await person.types("Olga", "Wanda", TIME, desk.room.head, "1")
        await person.sees("share")
        assert f"set {new.kept.number} or {old.kept.number}" in text(person.app)
        await types_card(person, right.shares[0].words)
        await person.sees("share")
        assert f"set {right.kept.number}, custodian 2 of 2" in text(person.app)
        await types_card(person, right.shares[1].words)
        await acts.guards(person)
        await person.sees("crl")
        await acts.leaves(person)
        await acts.quits(person)

    held(desk, script)
    settled = ("shares-withdrawn", "shares-changed")[opens_it]
    assert settled in acts.events(desk)


def test_a_pin_that_one_person_knows_is_told_before_anybody_is_asked(desk: FakeDesk) -> None:
    async def script(person: Person) -> None:
        for keep, said in ((Keep.CHANGE_PIN, "not in shares"), (Keep.CHANGE_BACKUP, "no backup whose custodians")):
            await chooses(person, keep)
            await person.sees("problem")
            assert said in text(person.app)
            await person.press("enter")
        await acts.quits(person)

    held(desk, script)
    assert acts.events(desk) == []


def test_other_custodians_hold_the_backup(tmp_path: Path) -> None:
    desk = fake_desk(tmp_path, text=BACKED)

    async def script(person: Person) -> None:
        await chooses(person, Keep.BACK_UP)
        await opens(person, desk)
        await takes_cards(person)
        await acts.agrees(person)
        desk.room.head = acts.head(desk)
        await chooses(person, Keep.CHANGE_BACKUP)
        await opens(person, desk)
        await takes_cards(person)
        await person.sees("statements")
        assert "together they still open" in " ".join(text(person.app).split())
        await person.press("enter", "enter")
        await acts.ends(person)

    held(desk, script)
    sets = [str(each.facts["set"]) for each in desk.entries() if each.event == "key-backed-up"]
    assert resharing.check_backups(desk.entries()) == (sets[1],)
    assert len(list(desk.stick.glob("root-backup-*"))) == 2
