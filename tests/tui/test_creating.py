"""A new authority on screen, on real SoftHSM tokens: PIN or shares, people who change their mind, wrong papers."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from offline_root import wire
from offline_root.anchor import read_anchor
from offline_root.config import Appliance
from offline_root.desk import Ground
from offline_root.home import Home
from offline_root.moments import utc_text
from offline_root.plugged import FolderStick
from tests.appliance import call
from tests.fakes.token import PIN
from tests.offline_root.station.rooms import PEOPLE, POLICY, SHARED
from tests.tui import acts
from tests.tui.catalogue import GOOD_STICK
from tests.tui.desks import Sticks
from tests.tui.showing import Person, held, text
from tui.screens.anchor import AnchorScreen
from tui.screens.card import CardScreen
from tui.screens.delivery import DeliveryScreen

pytestmark = [pytest.mark.e2e, pytest.mark.no_cover]

FREE = {
    "ceremony-opened": {"clock", "interface"},
    "token-initialized": {"serial"},
    "key-generated": {"key"},
    "signing-started": {"serial", "tbs", "crl_number", "this_update", "next_update", "key"},
    "certificate-issued": {"certificate", "serial", "sha256", "key"},
    "authority-created": {"root_sha256", "audit_verifier"},
    "crl-issued": {"crl", "crl_number", "sha256", "this_update", "next_update"},
}
"""What is random, or a time; everything else must be the same by command line and on screen."""


def ground(base: Path, policy: str = POLICY) -> Ground:
    """Return a machine without an authority, and a stick with a policy."""
    (base / "stick").mkdir()
    (base / "stick" / "policy.toml").write_text(policy)
    return Ground(Home(base / "home"), Appliance(), FolderStick(base / "stick"))


async def thinks_again(person: Person) -> None:
    """Press Esc, read what that means, and go on."""
    page = person.page
    await person.press("escape")
    await person.sees("leave")
    assert "No authority was made" in text(person.app)
    await person.press("escape")
    await person.next()
    assert type(person.page) is type(page)


async def asks_for_one(person: Person, name: str = "root") -> None:
    """Go as far as the people."""
    await person.sees("begin")
    await person.press("c")
    await person.sees("policy")
    assert "PrivSec OFFLINE Root CA" in text(person.app)
    await person.types(name)


async def states(person: Person) -> None:
    """State people and clock."""
    await person.sees("opening")
    assert "Closing sheet" not in text(person.app)
    await person.types(PEOPLE.operator, *PEOPLE.witnesses, now())


async def compares(person: Person) -> None:
    """Write both fingerprints down, and type them back."""
    page = await person.sees("anchor")
    assert isinstance(page, AnchorScreen)
    anchor = page._anchor
    await person.press("w")
    await person.sees("compare")
    await person.types(anchor.root_sha256[:32], anchor.audit_sha256[:32])


async def chooses_pin(person: Person) -> None:
    """Write down the SO PIN, and choose a PIN."""
    await person.sees("card")
    await person.press("enter", "w")
    await person.sees("newpin")
    await person.types(PIN, PIN)


async def makes(person: Person) -> None:
    """Make an authority with a PIN, as somebody does who knows how."""
    await asks_for_one(person)
    await states(person)
    await chooses_pin(person)
    await compares(person)
    await acts.ends(person)


def log_of(at: Ground) -> list[dict[str, object]]:
    """Return the lines of the authority, without what may differ."""
    entries = wire.read_log(at.home.choose("root").audit).entries
    return [
        {"event": each.event}
        | {name: value for name, value in each.facts.items() if name not in FREE.get(each.event, set())}
        for each in entries
    ]


async def mistakes_the_opening(person: Person) -> None:
    """Name one person twice, and read a calendar for a clock: the cursor stands where it was wrong."""
    await person.sees("opening")
    await person.types("Olga", "Olga", "yesterday")
    await person.sees("opening")
    assert begins_at(person, "clock")
    await person.types("2026-11-23 11:30")
    await person.sees("opening")
    assert begins_at(person, "witness-0")
    await person.types("Wanda", now())


def begins_at(person: Person, entry: str) -> bool:
    """Say in which entry the cursor is."""
    return person.app.focused is person.app.screen.query_one(f"#{entry}")


def now() -> str:
    """Return the time as another clock says it."""
    return utc_text(wire.SystemClock().now())[:16].replace("T", " ")


async def mistakes_the_pins(person: Person) -> None:
    """Look away from the SO PIN, mistype a PIN, choose one that is too short."""
    page = await person.sees("card")
    assert isinstance(page, CardScreen)
    (so_pin,) = page._secret
    await person.press("w")
    await person.settle()
    assert person.app.screen is page
    assert so_pin not in text(person.app)
    await thinks_again(person)
    assert isinstance(person.page, CardScreen)
    assert person.page._secret == (so_pin,)
    await person.press("enter")
    await person.settle()
    assert so_pin in text(person.app)
    await person.press("w")
    await person.sees("newpin")
    await person.types(PIN, f"{PIN} ")
    assert "not the same" in text(person.app)
    await thinks_again(person)
    await person.types("12", "12")
    await person.sees("newpin")
    assert "A new PIN has 4 to 255" in " ".join(text(person.app).split())
    await person.types(PIN, PIN)


async def mistakes_the_anchor(person: Person) -> None:
    """Type one of the two wrong, and look at them again."""
    page = await person.sees("anchor")
    await person.press("escape")
    await person.settle()
    assert person.app.screen is page
    assert isinstance(page, AnchorScreen)
    await person.press("w")
    await person.sees("compare")
    await person.types(page._anchor.root_sha256[:32], "0" * 32)
    assert "[0000]" in text(person.app)
    assert begins_at(person, "audit")
    await person.press("escape")


def test_an_authority_is_made_by_people_who_err_at_every_screen(tmp_path: Path) -> None:
    at = ground(tmp_path)

    async def script(person: Person) -> None:
        await person.sees("begin")
        assert "THERE IS NO AUTHORITY HERE" in text(person.app)
        await person.press("c")
        await person.sees("policy")
        await thinks_again(person)
        await person.types("Root")
        await person.sees("policy")
        assert "cannot be the name of an authority" in text(person.app)
        await person.types("root")
        await mistakes_the_opening(person)
        await mistakes_the_pins(person)
        await mistakes_the_anchor(person)
        await compares(person)
        await person.sees("delivery")
        assert "CREATED" in text(person.app)
        await person.press("w")
        await acts.quits(person)

    assert held(at, script).return_code == 0
    place = at.home.choose(None)
    (handed_out,) = (tmp_path / "stick" / "offline-root" / "root").iterdir()
    anchor = read_anchor((handed_out / "anchor.json").read_bytes())
    assert wire.read_anchor_of(place) == anchor
    verdict = wire.verify_log(place.audit, anchor)
    assert (verdict.ok, verdict.unsigned) == (True, 0)
    opened = wire.read_log(place.audit).entries[0].facts
    assert (opened["operator"], opened["witnesses"], opened["interface"]) == ("Olga", ("Wanda",), "tui")
    assert (handed_out / "root-ca.crl").is_file()


def test_both_ways_leave_the_same_log(tmp_path: Path) -> None:
    (tmp_path / "typed").mkdir()
    (tmp_path / "shown").mkdir()
    typed, shown = ground(tmp_path / "typed"), ground(tmp_path / "shown")
    held(shown, makes)
    (tmp_path / "pin").write_text(PIN)
    options: list[str | Path] = ["--policy", tmp_path / "typed" / "stick" / "policy.toml", "--home", typed.home.path]
    options += ["--operator", PEOPLE.operator, *(f"--witness={each}" for each in PEOPLE.witnesses)]
    options += ["--clock", utc_text(wire.SystemClock().now()), "--pin-file", tmp_path / "pin"]
    done = call("create", *options)
    assert done.code == 0, done.err
    assert log_of(typed) == log_of(shown)


async def takes_card(person: Person, number: int) -> tuple[str, ...]:
    """Let a custodian write down a card; return its words, which are gone from the screen."""
    page = await person.sees("card")
    assert isinstance(page, CardScreen)
    assert f"PIN SHARE {number} of 3 (2 needed)" in text(person.app)
    rows = page._secret
    assert not any(row in text(person.app) for row in rows)
    await person.press("enter")
    await person.settle()
    assert all(row in text(person.app) for row in rows)
    await person.press("w")
    await person.sees("share")
    assert not any(row in text(person.app) for row in rows)
    assert page._secret == ()
    columns = [row.split()[1::2] for row in rows]
    return tuple(row[place] for place in range(3) for row in columns)


async def types_back(person: Person, words: Sequence[str]) -> None:
    """Type a card, four letters of each word."""
    await person.types(" ".join(each[:4] for each in words))


def test_a_pin_in_shares_is_handed_out_card_by_card(tmp_path: Path) -> None:
    at = ground(tmp_path, SHARED)
    cards: list[tuple[str, ...]] = []

    async def script(person: Person) -> None:
        await asks_for_one(person)
        await states(person)
        for number in (1, 2, 3):
            cards.append(await takes_card(person, number))
            if number == 2:
                await types_back(person, cards[0])
                await person.sees("share")
                assert "the share of another custodian than 2" in " ".join(text(person.app).split())
                await thinks_again_over_the_card(person)
            await types_back(person, cards[-1])
        await compares(person)
        page = await person.sees("delivery")
        assert isinstance(page, DeliveryScreen)
        await person.press("w")
        await person.sees("home")
        await person.press("enter")
        await person.sees("opening")
        await person.types(PEOPLE.operator, *PEOPLE.witnesses, now(), page._sheet.head)
        for each in cards[1:]:
            await person.sees("share")
            await types_back(person, each)
        await acts.guards(person)
        await person.sees("requests")
        await acts.leaves(person)
        await acts.quits(person)

    async def thinks_again_over_the_card(person: Person) -> None:
        await person.press("escape")
        await person.sees("leave")
        await person.press("escape")
        assert await takes_card(person, 2) == cards[1]

    held(at, script)
    events = [each.event for each in wire.read_log(at.home.choose("root").audit).entries]
    assert "shares-made" in events
    assert events[-2:] == ["token-opened", "ceremony-closed"]


@pytest.mark.parametrize("stops", ["policy", "opening", "card", "newpin"])
def test_whoever_leaves_before_it_is_made_leaves_nothing(tmp_path: Path, stops: str) -> None:
    at = ground(tmp_path)
    answers = {"policy": ("root",), "opening": ("Olga", "Wanda", now())}

    async def script(person: Person) -> None:
        await person.sees("begin")
        await person.press("c")
        for page in ("policy", "opening", "card", "newpin"):
            await person.sees(page)
            if page == stops:
                break
            await (person.types(*answers[page]) if page in answers else person.press("enter", "w"))
        await person.press("escape")
        if stops != "opening":
            await person.sees("leave")
            await person.press("e")
        await person.sees("begin")
        await person.press("escape", "q")
        await person.pilot.pause()

    assert held(at, script).return_code == 0
    assert not at.home.path.exists()


@pytest.mark.parametrize(("policy", "said"), [(None, "could not be read"), ("format = 2", "policy.toml: ")])
def test_a_stick_without_a_good_policy_can_be_put_right(tmp_path: Path, policy: str | None, said: str) -> None:
    at = ground(tmp_path, policy or "")
    if policy is None:
        (tmp_path / "stick" / "policy.toml").unlink()

    async def script(person: Person) -> None:
        await person.sees("begin")
        await person.press("c")
        await person.sees("problem")
        assert said in text(person.app)
        (tmp_path / "stick" / "policy.toml").write_text(POLICY)
        await person.press("enter")
        await person.sees("policy")
        await acts.gives_up(person)
        await acts.quits(person, "begin")

    held(at, script)


def test_sticks_are_chosen_and_a_failing_one_costs_no_authority(tmp_path: Path) -> None:
    at = ground(tmp_path)
    at.stick.tray = Sticks(GOOD_STICK)
    (tmp_path / "stick" / "offline-root").write_text("in the way")

    async def script(person: Person) -> None:
        await person.sees("begin")
        await person.press("c")
        await person.sees("stick")
        assert "policy.toml" in text(person.app)
        await person.press("enter")
        await person.sees("policy")
        await person.types("root")
        await states(person)
        await chooses_pin(person)
        await person.sees("stick")
        assert "STICK FOR THE ANCHOR" in text(person.app)
        await person.press("enter")
        await person.sees("problem")
        await acts.gives_up(person, "made and whole")
        await compares(person)
        await person.sees("delivery")
        assert "No stick has it yet" in text(person.app)
        await person.press("w")
        await acts.quits(person)

    assert held(at, script).return_code == 0
    assert at.home.authorities() == ("root",)
