"""Sticks that are plugged in: people wait for one, choose one, pull one, and are told when it may be taken out."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from offline_root.alarm import Use
from offline_root.audit.entry import Facts
from offline_root.keys import fingerprint
from offline_root.model import Letter, SigningRequest
from offline_root.request.letter import letter_json
from offline_root.request.reader import read_request
from tests.offline_root.station.rooms import slip, whole
from tests.tui import acts
from tests.tui.acts import GOOD
from tests.tui.catalogue import BAD_STICKS, FRAME, GOOD_STICK
from tests.tui.desks import FakeDesk, PluggedIn, Sticks, fake_desk
from tests.tui.showing import Person, Showing, alone, held, rows, text
from tui.screens.requests import RequestsScreen
from tui.screens.stick import StickScreen
from tui.widgets import Choice

FRESH = PluggedIn("ANSWER", "Flash Disk", "77", 8_000_000_000)
FREE = "You may take the stick out now"


@pytest.fixture
def desk(tmp_path: Path) -> FakeDesk:
    desk = fake_desk(tmp_path)
    desk.tray = Sticks(GOOD_STICK, FRESH)
    return desk


def sticks(desk: FakeDesk) -> Sticks:
    assert isinstance(desk.tray, Sticks)
    return desk.tray


def seen(desk: FakeDesk) -> list[Facts]:
    return [each.facts for each in desk.entries() if each.event == "stick-seen"]


async def unlocked(person: Person, desk: FakeDesk) -> None:
    await acts.opens(person, desk)
    await acts.unlocks(person)
    await person.sees("stick")


async def hands_over(person: Person, *keys: str) -> None:
    await person.press("d")
    await person.sees("statements")
    await person.press("enter", "enter")
    await person.sees("stick")
    assert "FRESH STICK" in text(person.app)
    await person.press(*keys)
    await person.sees("delivery")
    assert FREE in text(person.app)
    await person.press("w")


def test_one_for_the_requests_and_a_fresh_one_for_the_response(desk: FakeDesk) -> None:
    slips = acts.lay(desk)

    async def script(person: Person) -> None:
        await unlocked(person, desk)
        assert "INSERT THE STICK WITH THE REQUESTS" in text(person.app)
        await person.press("enter")
        await person.sees("requests")
        assert FREE in text(person.app)
        await acts.signs(person, GOOD, slips[GOOD])
        await hands_over(person, "down", "enter")
        await acts.quits(person)

    held(desk, script)
    assert [each["about"] for each in seen(desk)] == [
        {"label": "REQUESTS", "serial": "4C530001230811"},
        {"label": "ANSWER", "serial": "77"},
    ]
    events = acts.events(desk)
    assert events.index("stick-seen") < events.index("request-read")
    assert "request-stick-reused" not in events
    assert acts.is_whole(desk)


def test_the_requests_stick_again_is_asked_for_twice_and_logged(desk: FakeDesk) -> None:
    slips = acts.lay(desk)
    sticks(desk).found = (GOOD_STICK,)

    async def script(person: Person) -> None:
        await unlocked(person, desk)
        await person.press("enter")
        await person.sees("requests")
        await acts.signs(person, GOOD, slips[GOOD])
        await hands_over(person, "enter", "enter")
        await acts.quits(person)

    held(desk, script)
    (reused,) = [each.facts for each in desk.entries() if each.event == "request-stick-reused"]
    assert reused == {"about": {"label": "REQUESTS", "serial": "4C530001230811"}, "by": "Olga"}
    assert acts.is_whole(desk)


def test_a_stick_that_is_pulled_is_named_and_another_one_taken(desk: FakeDesk) -> None:
    acts.lay(desk)
    sticks(desk).broken = [GOOD_STICK]

    async def script(person: Person) -> None:
        await unlocked(person, desk)
        await person.press("enter")
        await person.sees("problem")
        assert "taken out too early" in text(person.app)
        await person.press("enter")
        await person.sees("stick")
        await person.press("down", "enter")
        await person.sees("requests")
        await acts.leaves(person)
        await acts.quits(person)

    held(desk, script)
    assert [each["stick"] for each in seen(desk)] == ["ANSWER"]


def test_no_stick_ends_the_ceremony_in_good_order(desk: FakeDesk) -> None:
    sticks(desk).found = ()

    async def script(person: Person) -> None:
        await unlocked(person, desk)
        await person.press("enter", "escape")
        await person.sees("leave")
        await person.press("escape")
        await person.sees("stick")
        await person.press("escape")
        await person.sees("leave")
        await person.press("e")
        await acts.ends(person)

    held(desk, script)
    assert acts.outcome(desk) == "ended by the people: no stick was chosen"
    assert acts.is_whole(desk)


def test_the_list_tells_what_is_known_before_a_paper_slip_is_compared(desk: FakeDesk, tmp_path: Path) -> None:
    """Who asks by request.json, the same request twice, one answered in an earlier ceremony, our older checkpoint."""
    acts.lay(desk)
    before = slip()
    whole(desk.room, tmp_path / "first", before)
    (desk.stick / "d-before.csr").write_bytes(before.data)
    good = (desk.stick / GOOD).read_bytes()
    request = read_request(GOOD, good)
    assert isinstance(request, SigningRequest)
    letter = Letter("test", fingerprint(request.der), request.fingerprint, "Ann\u202e", "2026-11-23T10:00:00Z")
    (desk.stick / "asked").mkdir()
    (desk.stick / "asked" / "again.csr").write_bytes(good)
    (desk.stick / "asked" / "request.json").write_bytes(letter_json(letter))
    sticks(desk).left = {"x/closing-checkpoint": (desk.room.place.audit / "checkpoint").read_bytes()}

    async def script(person: Person) -> None:
        await unlocked(person, desk)
        await person.press("enter")
        page = await person.sees("requests")
        assert isinstance(page, RequestsScreen)
        shown = " ".join(text(person.app).split())
        assert "1 checkpoints of this log" in shown
        assert "request.json" not in shown
        details = {each.file: each.detail for each in page._rows}
        assert "asked by Ann<U+202E>, 2026-11-23T10:00:00Z" in details["asked/again.csr"]
        assert f"the same request as {GOOD}" in details[GOOD] + details["asked/again.csr"]
        assert [file for file, detail in details.items() if "answered already on 20" in detail] == ["d-before.csr"]
        await acts.leaves(person)
        await acts.quits(person)

    held(desk, script)


def test_what_an_earlier_ceremony_left_on_it_may_raise_the_alarm(desk: FakeDesk) -> None:
    """A checkpoint of our own audit key over other lines: this log was put back, and went on."""
    old_head = desk.room.head
    before = {path: path.read_bytes() for path in desk.room.place.audit.iterdir()}
    with desk.room.ceremony("crl", interface="tui") as station:
        desk.room.close(station)
    sticks(desk).left = {"closing-checkpoint": (desk.room.place.audit / "checkpoint").read_bytes()}
    assert desk.room.tokens
    desk.room.tokens.kept.clear()
    for path, data in before.items():
        path.write_bytes(data)

    async def script(person: Person) -> None:
        await person.sees("home")
        await person.press("enter")
        await person.sees("opening")
        await person.types("Olga", "Wanda", acts.TIME, old_head)
        await acts.unlocks(person)
        await person.sees("stick")
        await person.press("enter")
        await person.sees("alarm")
        assert "FORK: the first 15 lines" in text(person.app)
        await person.press("enter")
        await acts.quits(person)

    held(desk, script)
    assert acts.events(desk)[-3:] == ["stick-seen", "alarm-raised", "ceremony-closed"]


class TestScreen:
    def test_waits_and_tells_when_one_is_put_in_and_taken_out(self) -> None:
        tray = Sticks()
        page = StickScreen(FRAME, tray, Use.REQUESTS, ())

        async def wait(app: Showing, pilot: Pilot[None]) -> None:
            await pilot.press("enter")
            for found, wanted in (((GOOD_STICK,), "OK"), ((), "The stick was taken out"), ((FRESH,), "ANSWER")):
                tray.found = found
                page.look()
                await pilot.pause()
                assert wanted in text(app)
            assert "4C53" not in text(app)
            await pilot.press("enter")
            await pilot.pause()
            assert app.returned == [FRESH]

        alone(page, wait)

    @pytest.mark.parametrize("number", range(3))
    def test_refuses_with_the_reason(self, number: int) -> None:
        page = StickScreen(FRAME, Sticks(*BAD_STICKS), Use.RESPONSE, ())

        async def choose(app: Showing, pilot: Pilot[None]) -> None:
            await pilot.press(*["down"] * number, "enter")
            await pilot.pause()
            assert app.returned == []
            assert "This one cannot be used" in text(app)

        alone(page, choose)

    def test_a_write_protected_one_can_be_read(self) -> None:
        page = StickScreen(FRAME, Sticks(BAD_STICKS[2]), Use.REQUESTS, ())

        async def choose(app: Showing, pilot: Pilot[None]) -> None:
            await pilot.press("enter")
            await pilot.pause()
            assert app.returned == [BAD_STICKS[2]]

        alone(page, choose)

    def test_a_choice_of_a_stick_that_was_swapped_meanwhile_is_not_confirmed(self) -> None:
        tray = Sticks(GOOD_STICK)
        page = StickScreen(FRAME, tray, Use.RESPONSE, (GOOD_STICK, FRESH))

        async def choose(app: Showing, pilot: Pilot[None]) -> None:
            await pilot.press("enter")
            tray.found = (FRESH,)
            page.look()
            await pilot.press("enter")
            await pilot.pause()
            assert app.returned == []
            await pilot.press("enter")
            await pilot.pause()
            assert app.returned == [FRESH]

        alone(page, choose)

    def test_the_cursor_begins_at_one_that_is_of_use_and_stays_on_it(self) -> None:
        bad, switched, _ = BAD_STICKS
        tray = Sticks(bad, switched)
        at: list[int | None] = []

        async def look(app: Showing, pilot: Pilot[None]) -> None:
            for found in ((bad, GOOD_STICK), (bad, FRESH, GOOD_STICK), (bad, FRESH), (bad,), ()):
                at.append(app.screen.query_one(Choice).highlighted)
                tray.found = found
                app.screen.look()  # type: ignore[attr-defined]
            at.append(app.screen.query_one(Choice).highlighted)
            await pilot.press("escape")

        alone(StickScreen(FRAME, tray, Use.REQUESTS, ()), look)
        assert at == [0, 1, 2, 1, 0, None]

    def test_sizes_as_they_are_printed_on_sticks(self) -> None:
        sizes = {0: "0 bytes", 999: "999 bytes", 1000: "1 kB", 31_000_000_000: "31 GB", 10**16: "10000 TB"}

        async def read(app: Showing, pilot: Pilot[None]) -> None:
            shown = " ".join(rows(app))
            assert all(each in shown for each in sizes.values())

        tray = Sticks(*(PluggedIn("L", "M", "S", size) for size in sizes))
        alone(StickScreen(FRAME, tray, Use.REQUESTS, ()), read)
