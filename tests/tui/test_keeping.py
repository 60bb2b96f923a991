"""Backup, drill and destruction on screen: whole, and with people who take the wrong card or leave."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from offline_root import wire
from offline_root.keys import fingerprint
from offline_root.shares import Purpose, split
from tests.offline_root.station.rooms import BACKED, fake_room
from tests.tui import acts
from tests.tui.acts import TIME
from tests.tui.catalogue import GOOD_STICK
from tests.tui.desks import Counting, FakeDesk, SeededTokens, Sticks, fake_desk
from tests.tui.showing import Person, held, text
from tui.screens.card import CardScreen
from tui.screens.keeping import Keep

pytestmark = pytest.mark.no_cover

Card = tuple[str, ...]


@pytest.fixture
def backed(tmp_path: Path) -> FakeDesk:
    """Return a FAKE desk whose policy has a backup that two of three open."""
    return fake_desk(tmp_path, text=BACKED)


async def chooses(person: Person, keep: Keep) -> None:
    """Choose from the page about keeping the key."""
    await person.sees("home")
    await person.press("k")
    await person.sees("keeping")
    await person.press(*["down"] * keep, "enter")


async def opens(person: Person, desk: FakeDesk) -> None:
    """Open the ceremony and its token."""
    await person.sees("opening")
    await person.types("Olga", "Wanda", TIME, desk.room.head)
    await acts.unlocks(person)


async def takes_card(person: Person, label: str) -> Card:
    """Let a custodian write a card; return its words."""
    page = await person.sees("card")
    assert isinstance(page, CardScreen)
    assert label in text(person.app)
    columns = [row.split()[1::2] for row in page._secret]
    await person.press("enter", "w")
    await person.sees("share")
    return tuple(row[place] for place in range(3) for row in columns if place < len(row))


async def types_card(person: Person, words: Sequence[str]) -> None:
    """Type a card, four letters of each word."""
    await person.types(" ".join(each[:4] for each in words))


async def takes_cards(person: Person, kind: str = "BACKUP") -> list[Card]:
    """Let three custodians write their cards and type them back."""
    cards = []
    for number in (1, 2, 3):
        cards.append(await takes_card(person, f"{kind} SHARE {number} of 3 (2 needed)"))
        await types_card(person, cards[-1])
    return cards


def test_a_backup_is_made_and_opens_in_a_drill(backed: FakeDesk) -> None:
    other = split(bytes(32), Purpose.BACKUP, needed=2, made=3, randomness=Counting()).shares[0]
    pin = split(bytes(32), Purpose.PIN, needed=2, made=3, randomness=Counting()).shares[0]

    async def drills(person: Person, cards: list[Card]) -> None:
        wrong = ((other.words, "the set in use is"), (pin.words, "This is a PIN share"), (cards[2], "entered already"))
        await chooses(person, Keep.DRILL)
        await person.sees("backups")
        await person.press("enter")
        await person.sees("share")
        await types_card(person, cards[2])
        for words, said in wrong:
            await person.sees("share")
            await types_card(person, words)
            await person.settle()
            assert said in " ".join(text(person.app).split())
        await person.sees("share")
        await types_card(person, cards[0])
        await person.sees("drill")
        assert "custodians 1, 3 of set" in text(person.app)
        await person.press("enter")

    async def script(person: Person) -> None:
        await chooses(person, Keep.BACK_UP)
        await opens(person, backed)
        cards = await takes_cards(person)
        await person.sees("statements")
        assert "BACKED UP" in text(person.app)
        await person.press("enter", "enter")
        await acts.writes_down(person)
        await drills(person, cards)
        await acts.quits(person)

    held(backed, script)
    (folder,) = backed.stick.glob("root-backup-*")
    assert sorted(each.name for each in folder.iterdir()) == ["OPEN.txt", "root-key.backup"]
    made = [each for each in acts.events(backed) if "share" in each or "backed" in each]
    assert made == ["shares-made", "key-backed-up"]
    assert acts.is_whole(backed)


def test_a_backup_that_custodians_leave_does_not_count(backed: FakeDesk) -> None:
    async def script(person: Person) -> None:
        await chooses(person, Keep.BACK_UP)
        await opens(person, backed)
        await takes_card(person, "BACKUP SHARE 1 of 3")
        await acts.gives_up(person, "This backup does not count. Destroy all cards of its set.")
        await acts.ends(person)

    held(backed, script)
    assert "key-backed-up" not in acts.events(backed)
    assert acts.outcome(backed) == "ended by the people"
    assert list(backed.stick.iterdir()) == []


def test_a_stick_that_fails_costs_no_cards(backed: FakeDesk) -> None:
    sticks = Sticks(GOOD_STICK)
    sticks.broken = [GOOD_STICK]
    backed.tray = sticks

    async def script(person: Person) -> None:
        await chooses(person, Keep.BACK_UP)
        await opens(person, backed)
        await takes_cards(person)
        await person.sees("stick")
        assert "STICK FOR THE BACKUP" in text(person.app)
        await person.press("enter")
        await person.sees("problem")
        await person.press("enter")
        await person.sees("stick")
        await person.press("enter")
        await acts.agrees(person)
        await acts.quits(person)

    held(backed, script)
    assert "key-backed-up" in acts.events(backed)


def test_a_policy_without_a_backup_is_told_before_anybody_is_asked(desk: FakeDesk) -> None:
    async def script(person: Person) -> None:
        await chooses(person, Keep.BACK_UP)
        await person.sees("problem")
        assert "The policy has no backup" in text(person.app)
        await person.press("enter")
        await acts.quits(person)

    held(desk, script)
    assert acts.events(desk) == []


def test_a_drill_without_a_backup_ends_where_people_leave(desk: FakeDesk) -> None:
    async def script(person: Person) -> None:
        await chooses(person, Keep.DRILL)
        await person.sees("backups")
        assert "no folder with root-key.backup" in text(person.app)
        await acts.gives_up(person, "nothing is kept")
        await person.sees("home")
        await person.press("k")
        await person.sees("keeping")
        await person.press("escape")
        await acts.quits(person)

    held(desk, script)


def test_a_key_is_destroyed_after_two_confirmations_and_everybodys_consent(desk: FakeDesk) -> None:
    root = fingerprint(wire.read_state(desk.room.place).root)

    async def script(person: Person) -> None:
        await chooses(person, Keep.DESTROY)
        await person.sees("destroy")
        await person.types(root[:31], "root")
        await person.sees("destroy")
        assert "is not this root" in text(person.app)
        await person.types(root[:32], "")
        await person.sees("destroy")
        assert "is not the name of this authority" in text(person.app)
        await person.types("root")
        await opens(person, desk)
        await person.sees("statements")
        assert "for good, as soon as everybody has agreed" in text(person.app)
        assert "key-destruction-begun" not in acts.events(desk)
        await person.press("enter", "enter")
        await person.sees("delivery")
        assert "DESTROYED" in text(person.app)
        await person.press("w")
        await person.sees("home")
        await person.press("enter")
        await person.sees("opening")
        await person.types("Olga", "Wanda", TIME, acts.head(desk))
        await person.sees("opening")
        assert "was destroyed" in text(person.app)
        await person.press("escape")
        await delivers_again(person)
        await acts.quits(person)

    async def delivers_again(person: Person) -> None:
        await person.sees("home")
        await person.press("e")
        await person.sees("opening")
        await person.types("Olga", "Wanda", TIME, acts.head(desk))
        await acts.unlocks(person)
        await person.sees("statements")
        assert "no intermediate was issued so far" in text(person.app)
        await person.press("escape")
        await person.sees("leave")
        await person.press("escape")
        await acts.agrees(person)

    held(desk, script)
    written = ["response-written", "ceremony-closed"]
    assert acts.events(desk)[-12:-8] == ["key-destruction-begun", "key-destroyed", *written]
    assert acts.events(desk)[-2:] == written
    assert len(list(desk.stick.rglob("COMPLETE"))) == 2
    assert acts.is_whole(desk)


def test_a_device_that_was_set_up_says_what_ends_its_keys_before_anybody_confirms(tmp_path: Path) -> None:
    tokens = SeededTokens(left=("authentication key 0042",))
    desk = FakeDesk(fake_room(tmp_path / "home", tokens=tokens), tmp_path / "stick")

    async def script(person: Person) -> None:
        for keep, said in ((Keep.DESTROY, "then reset the device"), (Keep.BACK_UP, "can export nothing")):
            await chooses(person, keep)
            await person.sees("problem")
            assert said in " ".join(text(person.app).split())
            await person.press("enter")
        await acts.quits(person)

    held(desk, script)
    assert acts.events(desk) == []


@pytest.mark.parametrize("where", ["destroy", "opening", "statements"])
def test_whoever_leaves_before_all_agreed_destroys_nothing(desk: FakeDesk, where: str) -> None:
    root = fingerprint(wire.read_state(desk.room.place).root)

    async def script(person: Person) -> None:
        await chooses(person, Keep.DESTROY)
        await person.sees("destroy")
        if where != "destroy":
            await person.types(root, "root")
            if where == "opening":
                await person.sees("opening")
            else:
                await opens(person, desk)
                await person.sees("statements")
        await person.press("escape")
        if where == "statements":
            await person.sees("leave")
            await person.press("e")
            await acts.ends(person)

    held(desk, script)
    assert "key-destruction-begun" not in acts.events(desk)


def test_one_who_does_not_agree_stops_the_destruction(desk: FakeDesk) -> None:
    root = fingerprint(wire.read_state(desk.room.place).root)

    async def script(person: Person) -> None:
        await chooses(person, Keep.DESTROY)
        await person.sees("destroy")
        await person.types(root, "root")
        await opens(person, desk)
        await person.sees("statements")
        await person.types("agree", "I do not agree")
        await person.sees("problem")
        await person.press("enter")
        await acts.ends(person)

    held(desk, script)
    assert "key-destruction-begun" not in acts.events(desk)


def test_the_anchor_and_a_first_closing_sheet_that_nobody_wrote_down_are_shown_again(desk: FakeDesk) -> None:
    """Power failed before they were on paper; once a ceremony was held the sheet is not given again."""

    async def compares_again(person: Person) -> None:
        await chooses(person, Keep.ANCHOR)
        await person.sees("anchor")
        await person.press("w")
        await person.sees("compare")
        await person.press("escape")
        await person.sees("anchor")
        assert "Esc home" in text(person.app)
        await person.press("escape")

    async def script(person: Person) -> None:
        await compares_again(person)
        await person.sees("delivery")
        assert desk.room.head in text(person.app)
        await person.press("w")
        await chooses(person, Keep.DESTROY)
        await person.sees("destroy")
        await person.press("escape")
        with desk.room.ceremony() as station:
            desk.room.close(station)
        await compares_again(person)
        await acts.quits(person)

    held(desk, script)
