"""A FAKE device is set up on screen: its backup is handed out in the middle, with people who err, and who leave."""

from collections.abc import Callable
from pathlib import Path

import pytest

from offline_root import wire
from offline_root.config import Appliance
from offline_root.desk import Ground
from offline_root.errors import StationError, TokenTrouble, VolumeError
from offline_root.home import Home
from offline_root.plugged import FolderStick
from tests.fakes.token import PIN, SET_UP_KEY, FakeTokens, Fault, trouble
from tests.offline_root.station.rooms import BACKED
from tests.tui import acts
from tests.tui.catalogue import GOOD_STICK
from tests.tui.desks import Sticks
from tests.tui.showing import Person, held, scrolled, text
from tests.tui.test_creating import asks_for_one, compares, states
from tests.tui.test_keeping import takes_card, takes_cards, types_card

pytestmark = pytest.mark.no_cover

OLD = trouble(TokenTrouble.ABSENT, "The token has firmware 2.32; 2.40 or newer is needed.")


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Ground, FakeTokens]:
    """Return a machine with a FAKE device, and a stick with a policy that has a backup."""
    tokens = FakeTokens(left=("asymmetric key 0001", "authentication key 0042"))
    monkeypatch.setattr(wire, "WiredTokens", lambda *_: tokens)
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "policy.toml").write_text(BACKED)
    return Ground(Home(tmp_path / "home"), Appliance("yubihsm"), FolderStick(tmp_path / "stick")), tokens


async def begins(person: Person, *typed: str) -> None:
    """Go as far as the cards; `typed` are the set-up keys that are tried, the right one last."""
    await asks_for_one(person)
    await states(person)
    for each in typed or ("",):
        await person.sees("setup")
        await person.types(each)
    await person.sees("newpin")
    await person.types(PIN, PIN)


async def ends(person: Person, *said: str) -> None:
    """Compare the anchor, and write down the closing sheet of what was made."""
    await compares(person)
    await person.sees("delivery")
    whole = " ".join(await scrolled(person.app, person.pilot))
    for each in ("CREATED", "BACKED UP", "E at home makes one", *said):
        assert each in whole
    await person.press("w")
    await acts.quits(person)


def test_cards_and_stick_of_the_backup_come_in_the_middle(device: tuple[Ground, FakeTokens], tmp_path: Path) -> None:
    at, tokens = device

    async def script(person: Person) -> None:
        await begins(person, "0009wrong key", SET_UP_KEY)
        first = await takes_card(person, "BACKUP SHARE 1 of 3 (2 needed)")
        await person.press("escape")
        await person.sees("leave")
        assert "it is half set up" in " ".join(text(person.app).split())
        await person.press("escape")
        assert await takes_card(person, "BACKUP SHARE 1 of 3 (2 needed)") == first
        await types_card(person, first)
        for number in (2, 3):
            await types_card(person, await takes_card(person, f"BACKUP SHARE {number} of 3 (2 needed)"))
        await ends(person)

    assert held(at, script).return_code == 0
    events = [each.event for each in wire.read_log(at.home.choose("root").audit).entries]
    assert events[-4:] == ["shares-made", "key-backed-up", "set-up-ended", "ceremony-closed"]
    assert tokens.calls.count("check-unused") == 2
    (folder,) = (tmp_path / "stick").glob("root-backup-*")
    assert (folder / "root-key.backup").is_file()


def full(times: int) -> Callable[..., Path]:
    """Return how a stick is written that is full so many times."""
    write, left = wire.WiredFolder.write, [times]

    def written(self: wire.WiredFolder, folder: str, files: dict[str, bytes]) -> Path:
        if "backup" in folder and left[0]:
            left[0] -= 1
            raise VolumeError("The stick is full.", meaning="-", mend="-", retry=True)
        return write(self, folder, files)

    return written


def test_a_full_stick_costs_neither_cards_nor_device(
    device: tuple[Ground, FakeTokens], monkeypatch: pytest.MonkeyPatch
) -> None:
    at, _ = device
    monkeypatch.setattr(wire.WiredFolder, "write", full(1))
    at.stick.tray = Sticks(GOOD_STICK)

    async def script(person: Person) -> None:
        await person.sees("begin")
        await person.press("c")
        await person.sees("stick")
        await person.press("enter")
        await person.sees("policy")
        await person.types("root")
        await states(person)
        await person.sees("setup")
        await person.press("enter")
        await person.sees("newpin")
        await person.types(PIN, PIN)
        await takes_cards(person)
        await person.sees("stick")
        assert "STICK FOR THE BACKUP" in text(person.app)
        await person.press("enter")
        await person.sees("problem")
        assert "The stick is full." in text(person.app)
        await person.press("enter")
        for use in ("BACKUP", "ANCHOR"):
            await person.sees("stick")
            assert f"STICK FOR THE {use}" in text(person.app)
            await person.press("enter")
        await ends(person)

    assert held(at, script).return_code == 0


async def leaves_a_card(person: Person) -> None:
    await takes_card(person, "BACKUP SHARE 1 of 3")
    await acts.gives_up(person)


async def leaves_the_stick(person: Person) -> None:
    await takes_cards(person)
    await person.sees("problem")
    await acts.gives_up(person)


@pytest.mark.parametrize("leaves", [leaves_a_card, leaves_the_stick])
def test_whoever_leaves_in_the_middle_is_told_and_the_next_attempt_tells_what_is_left(
    device: tuple[Ground, FakeTokens],
    monkeypatch: pytest.MonkeyPatch,
    leaves: Callable[[Person], object],
) -> None:
    at, tokens = device
    monkeypatch.setattr(wire.WiredFolder, "write", full(1 if leaves is leaves_the_stick else 0))

    async def script(person: Person) -> None:
        await begins(person)
        await leaves(person)  # type: ignore[misc]
        await person.sees("problem")
        assert "People left before the backup was made." in text(person.app)
        assert "hold its contact for ten seconds" in " ".join(text(person.app).split())
        assert (at.home.authorities(), tokens.calls[-1]) == ((), "close")
        await person.press("enter")
        await begins(person)
        await takes_cards(person)
        await ends(person, ".interrupted-root-1", "LEFT OVER")

    assert held(at, script).return_code == 0


@pytest.mark.parametrize("fault", [OLD, trouble(TokenTrouble.ABSENT, "There is no token.")])
def test_a_device_that_cannot_be_set_up_is_told_before_anybody_is_bothered(
    device: tuple[Ground, FakeTokens], fault: StationError
) -> None:
    at, tokens = device
    faults: dict[tuple[str, int], Fault] = {("check-unused", 1): fault}
    tokens.faults = faults

    async def script(person: Person) -> None:
        await asks_for_one(person)
        await states(person)
        await person.sees("setup")
        await person.press("enter")
        await person.sees("setup")
        assert fault.what in text(person.app)
        await acts.gives_up(person)
        await acts.quits(person, "begin")

    assert held(at, script).return_code == 0
    assert not at.home.path.exists()


def test_a_program_that_fails_while_cards_are_shown_ends(
    device: tuple[Ground, FakeTokens], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits beside the screens does not wait for ever."""
    at, _ = device

    async def script(person: Person) -> None:
        await begins(person)
        await person.sees("card")
        person.app.exit(return_code=3)

    assert held(at, script).return_code == 3
    assert at.home.authorities() == ()
