"""A YubiHSM 2 on screen, from the policy on the stick to the root key in another device. Yubico's own module."""

from pathlib import Path

import pytest

from offline_root import wire
from offline_root.config import read_appliance
from offline_root.desk import Ground
from offline_root.home import Home
from offline_root.plugged import FolderStick
from tests.modules.stands import STANDS, Stand
from tests.modules.test_backup import held as objects
from tests.modules.test_backup import policy_with_backup, written_in
from tests.modules.test_ceremony import prefix, settings
from tests.offline_root.station.rooms import PEOPLE
from tests.tui import acts
from tests.tui.showing import Person, held, text
from tests.tui.test_creating import asks_for_one, compares, now, states
from tests.tui.test_keeping import Card, takes_cards, types_card
from tests.tui.test_reviving import begins as looks_for_backup
from tests.yubihsm.words import Kind
from tui.screens.delivery import DeliveryScreen

pytestmark = [pytest.mark.e2e, pytest.mark.no_cover, pytest.mark.long]


def machine(base: Path, own: Stand, scratch: Stand) -> Ground:
    """Return a machine with a device, and one in which backups are tried."""
    (base / "home").mkdir(parents=True)
    (base / "home" / "appliance.toml").write_text(f'{settings(own)}scratch = "{scratch.profile.config}"\n')
    return Ground(Home(base / "home"), read_appliance(base / "home"), FolderStick(base.parent / "stick"))


async def looks_at_device(person: Person) -> None:
    """Take the device as its maker delivers it."""
    await person.sees("setup")
    await person.press("enter")


async def ends(person: Person) -> str:
    """Write down anchor and closing sheet; return that."""
    await compares(person)
    page = await person.sees("delivery")
    assert isinstance(page, DeliveryScreen)
    await person.press("w")
    return page._sheet.head


async def makes_a_crl(person: Person, head: str, pin: list[Card]) -> str:
    """Hold a ceremony whose response has the log; return its closing sheet."""
    await person.sees("home")
    await person.press("c")
    await person.sees("opening")
    await person.types(PEOPLE.operator, *PEOPLE.witnesses, now(), head)
    for each in pin:
        await person.sees("share")
        await types_card(person, each)
    await acts.guards(person)
    await person.sees("crl")
    await person.reads()
    await person.press("a")
    await person.sees("statements")
    await person.press("enter", "enter")
    page = await person.sees("delivery")
    assert isinstance(page, DeliveryScreen)
    await person.press("w")
    return page._sheet.head


def test_set_up_backed_up_reset_and_restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("own", "scratch", "stick"):
        (tmp_path / name).mkdir()
    policy = policy_with_backup().replace('activation = "pin"', 'activation = "shares"\nshares = "2 of 3"')
    (tmp_path / "stick" / "policy.toml").write_text(policy)
    with STANDS["yubihsm"](tmp_path / "own") as own, STANDS["yubihsm"](tmp_path / "scratch") as scratch:
        prefix(monkeypatch, own)
        at = machine(tmp_path / "first", own, scratch)
        assert own.device
        kept: list[tuple[str, list[Card]]] = []

        async def begins(person: Person) -> None:
            await asks_for_one(person)
            await states(person)
            await looks_at_device(person)
            pin = await takes_cards(person, "PIN")
            cards = await takes_cards(person)
            head = await ends(person)
            kept.append((await makes_a_crl(person, head, pin[1:]), cards))
            await acts.quits(person)

        assert held(at, begins).return_code == 0
        assert len(objects(own, Kind.AUTHENTICATION_KEY)) == 1
        root, audit = fingerprints(at)
        own.device.reset()
        again = machine(tmp_path / "second", own, scratch)
        ((sheet, cards),) = kept

        async def comes_back(person: Person) -> None:
            await looks_for_backup(person)
            await person.types(root, audit)
            await person.sees("opening")
            await person.types(PEOPLE.operator, *PEOPLE.witnesses, now(), sheet)
            for each in (cards[2], cards[0]):
                await person.sees("share")
                await types_card(person, each)
            await looks_at_device(person)
            pin = await takes_cards(person, "PIN")
            head = await ends(person)
            await makes_a_crl(person, head, pin[:2])
            await person.sees("home")
            assert "present" in text(person.app)
            await person.press("q")
            await person.pilot.pause()

        assert held(again, comes_back).return_code == 0
        assert fingerprints(again)[0] == root
        assert not any(objects(each, Kind.WRAP_KEY) for each in (own, scratch))
        assert not objects(scratch, Kind.ASYMMETRIC_KEY)
        assert len(cards) == 3
        assert not [each for each in cards if written_in(tmp_path, " ".join(each[4:8]))]


def fingerprints(at: Ground) -> tuple[str, str]:
    """Return what is on the paper with the anchor."""
    anchor = wire.read_anchor_of(at.home.choose("root"))
    return anchor.root_sha256, anchor.audit_sha256
