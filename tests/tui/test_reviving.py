"""An authority comes back from its backup on screen, on real SoftHSM tokens; and what is refused on the way."""

from pathlib import Path

import pytest

from offline_root import wire
from offline_root.audit.chain import check, closing_head
from offline_root.config import Appliance
from offline_root.desk import Ground
from offline_root.home import Home
from offline_root.keys import fingerprint
from offline_root.plugged import FolderStick
from tests.fakes.token import PIN
from tests.offline_root.station.rooms import BACKED, PEOPLE, Room, agreed, softhsm_room
from tests.tui import acts
from tests.tui.catalogue import GOOD_STICK
from tests.tui.desks import Sticks
from tests.tui.showing import Person, held, scrolled, text
from tests.tui.test_creating import chooses_pin, compares, now
from tests.tui.test_keeping import types_card

pytestmark = [pytest.mark.e2e, pytest.mark.no_cover]


class Lost:
    """An authority that is gone but for its backup, its cards, a response, and what is on paper."""

    def __init__(self, base: Path) -> None:
        self.stick, self.room = base / "stick", softhsm_room(base / "old", text=BACKED)
        with self.room.ceremony("backup") as station:
            drawn = station.draw_backup()
            self.cards = [each.words for each in drawn.splitting.shares]
            station.keep_backup(drawn, drawn.splitting.shares, wire.WiredFolder(self.stick))
            agreed(station)
            station.export(wire.WiredFolder(self.stick))
            self.room.close(station)
        state = wire.read_state(self.room.place)
        self.root = fingerprint(state.root)


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Lost:
    return Lost(tmp_path_factory.mktemp("lost"))


def anchor_of(room: Room) -> tuple[str, str]:
    """Return what the paper says."""
    anchor = wire.read_anchor_of(room.place)
    return anchor.root_sha256, anchor.audit_sha256


def fresh(lost: Lost, base: Path) -> Ground:
    return Ground(Home(base / "home"), Appliance(), FolderStick(lost.stick))


async def begins(person: Person) -> None:
    """Choose the backup and the response."""
    await person.sees("begin")
    await person.press("r")
    await person.sees("backups")
    await person.press("enter")
    await person.sees("copies")
    await person.press("enter")
    await person.sees("compare")


def test_it_comes_back_with_new_pin_and_new_anchor(lost: Lost, tmp_path: Path) -> None:
    at = fresh(lost, tmp_path)
    root, audit = anchor_of(lost.room)
    (at.home.path / ".creating-root").mkdir(parents=True)  # an attempt before it was cut short

    async def script(person: Person) -> None:
        await begins(person)
        await person.types(root[:32], "0" * 32)
        assert "[0000]" in text(person.app)
        await person.types(audit[:32])
        await person.sees("opening")
        await person.types(PEOPLE.operator, *PEOPLE.witnesses, now(), "99:0123456789abcdef")
        await person.sees("problem")
        await person.press("enter")
        await person.sees("opening")
        assert person.app.focused is person.app.screen.query_one("Entry#head")
        await person.types(lost.room.head)
        await person.sees("share")
        await types_card(person, lost.cards[2])
        await person.sees("share")
        await types_card(person, lost.cards[2])
        await person.sees("share")
        assert "entered already" in text(person.app)
        await types_card(person, lost.cards[0])
        await chooses_pin(person)
        await compares(person)
        await person.sees("delivery")
        told = "\n".join(await scrolled(person.app, person.pilot))
        assert all(each in told for each in ("RESTORED", "LEFT OVER", ".interrupted-root-1"))
        await person.press("w")
        await acts.quits(person)

    assert held(at, script).return_code == 0
    place = at.home.choose("root")
    events = [each.event for each in wire.read_log(place.audit).entries]
    assert {"key-restored", "audit-key-replaced"} <= set(events)
    anchor = wire.read_anchor_of(place)
    assert (anchor.root_sha256, anchor.audit_sha256 == audit) == (root, False)
    assert wire.verify_log(place.audit, anchor).ok
    with wire.station(at.home, place, Appliance()) as station:
        station.open(lost.room.opening(accepted_tail=len(station.tail), head=head_of(at), because="so it is"))
        station.unlock(PIN)
        assert station.close("done")


def test_a_backup_of_another_kind_of_token_is_refused_before_custodians_type(lost: Lost, tmp_path: Path) -> None:
    at = Ground(Home(tmp_path / "home"), Appliance("yubihsm"), FolderStick(lost.stick))

    async def script(person: Person) -> None:
        await begins(person)
        await person.types(*anchor_of(lost.room))
        await person.sees("opening")
        await person.types(PEOPLE.operator, *PEOPLE.witnesses, now(), lost.room.head)
        await person.sees("opening")
        assert "takes no backup by AES-KWP" in " ".join(text(person.app).split())
        await person.press("escape")
        await acts.quits(person, "begin")

    held(at, script)


def head_of(at: Ground) -> str:
    """Return the closing sheet of the log as it is."""
    found = check((at.home.choose("root").audit / "log.jsonl").read_bytes())
    return closing_head(found.size, found.root)


@pytest.mark.parametrize("where", ["backups", "copies", "compare", "opening", "share", "card"])
def test_whoever_leaves_before_the_end_restores_nothing(lost: Lost, tmp_path: Path, where: str) -> None:
    at = fresh(lost, tmp_path)
    root, audit = anchor_of(lost.room)
    answers = {
        "compare": (root, audit),
        "opening": (PEOPLE.operator, *PEOPLE.witnesses, now(), lost.room.head),
    }

    async def script(person: Person) -> None:
        await person.sees("begin")
        await person.press("r")
        for number, page in enumerate(("backups", "copies", "compare", "opening", "share", "share", "card")):
            await person.sees(page)
            if page == where:
                break
            if page == "share":
                await types_card(person, lost.cards[number - 4])
            else:
                await (person.types(*answers[page]) if page in answers else person.press("enter"))
        await person.press("escape")
        if where != "opening":
            await person.sees("leave")
            assert "Nothing was restored" in text(person.app)
            await person.press("e")
        await acts.quits(person, "begin")

    held(at, script)
    assert not at.home.path.exists()


def test_sticks_are_chosen_one_after_the_other_and_a_drill_needs_no_authority(lost: Lost, tmp_path: Path) -> None:
    at = fresh(lost, tmp_path)
    at.stick.tray = Sticks(GOOD_STICK)

    async def script(person: Person) -> None:
        await person.sees("begin")
        await person.press("r")
        await person.sees("stick")
        assert "STICK WITH THE BACKUP" in text(person.app)
        await person.press("enter")
        await person.sees("backups")
        await person.press("enter")
        await person.sees("stick")
        assert "NEWEST RESPONSE" in text(person.app)
        await acts.gives_up(person)
        await person.sees("begin")
        await person.press("d")
        await person.sees("stick")
        await person.press("enter")
        await person.sees("backups")
        await person.press("enter")
        for card in lost.cards[:2]:
            await person.sees("share")
            await types_card(person, card)
        await person.sees("drill")
        await person.press("enter")
        await acts.quits(person, "begin")

    held(at, script)


def test_a_damaged_backup_is_told(lost: Lost, tmp_path: Path) -> None:
    folder = tmp_path / "stick" / "root-backup"
    folder.mkdir(parents=True)
    (folder / "root-key.backup").write_bytes(b"{}")
    at = Ground(Home(tmp_path / "home"), Appliance(), FolderStick(tmp_path / "stick"))

    async def script(person: Person) -> None:
        await person.sees("begin")
        await person.press("r")
        await person.sees("backups")
        await person.press("enter")
        await person.sees("problem")
        assert "damaged" in text(person.app)
        await person.press("enter")
        await acts.quits(person, "begin")

    held(at, script)
