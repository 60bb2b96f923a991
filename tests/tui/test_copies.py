"""Several copies of a response in one ceremony, and delivering again: real SoftHSM, and sticks that are folders."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

import usb_transfer
from offline_root import wire
from offline_root.anchor import Anchor
from offline_root.audit.chain import check, closing_head
from offline_root.config import Appliance
from offline_root.desk import MachineDesk
from offline_root.findings import refusals
from offline_root.model import SigningRequest
from offline_root.moments import utc_text
from offline_root.plugged import PluggedStick
from offline_root.request.reader import read_request
from offline_root.response.verify import verify_response
from tests.offline_root.station.rooms import Room, slip, softhsm_room, whole
from tests.tui import acts
from tests.tui.showing import Person, held, text
from tests.usb_transfer.test_mounting import STICK
from tui.screens.stick import StickScreen
from tui.widgets import Choice
from usb_transfer.mounting import Mounted
from usb_transfer.sticks import Event, Kind, Stick

REQUESTS, ONE, TWO, THREE = (
    replace(STICK, path=f"/devices/{name}", serial=name, label=name) for name in ("REQUESTS", "ONE", "TWO", "THREE")
)


@dataclass
class Ports:
    """FAKE: a machine with sticks in it, each a folder that is there while it is mounted."""

    base: Path
    sticks: tuple[Stick, ...]
    pulled: list[Stick] = field(default_factory=list)
    """Each is taken out as soon as something is written to it, once."""
    events: list[Event] = field(default_factory=list)

    def look(self, wait: float = 0) -> Sequence[Event]:
        """Tell what happened since the last look."""
        found, self.events = tuple(self.events), []
        return found

    def pull(self, stick: Stick) -> None:
        """Take a stick out."""
        self.sticks = tuple(each for each in self.sticks if each != stick)
        self.events.append(Event(Kind.REMOVED, stick))

    def mount(self, stick: Stick, *, write: bool) -> Mounted:
        """Mount a stick; of one that is pulled nothing is left."""
        if write and stick in self.pulled:
            self.pulled.remove(stick)
            self.pull(stick)
            return Mounted(Path("/dev/null/gone"), lambda: None)
        away, at = self.base / stick.serial, self.base / f"{stick.serial} mounted"
        away.mkdir(exist_ok=True)
        away.rename(at)

        def unmount() -> None:
            at.rename(away)

        return Mounted(at, unmount)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return softhsm_room(tmp_path / "home")


def plugged(room: Room, monkeypatch: pytest.MonkeyPatch, *sticks: Stick) -> tuple[MachineDesk, Ports]:
    """Return a desk whose sticks are these."""
    ports = Ports(room.home.path.parent, sticks)
    monkeypatch.setattr(usb_transfer, "Devices", lambda _: ports)
    monkeypatch.setattr(usb_transfer, "way_to_mount", lambda: ports.mount)
    return MachineDesk(room.home, room.place, Appliance(), PluggedStick()), ports


async def opened(person: Person, room: Room, key: str) -> None:
    found = check(room.log)
    await person.sees("home")
    await person.press(key)
    await person.sees("opening")
    clock = utc_text(room.clock.now())[:16].replace("T", " ")
    await person.types("Olga", "Wanda", clock, closing_head(found.size, found.root))
    await acts.unlocks(person)


async def stated(person: Person) -> None:
    await person.sees("statements")
    await person.press("enter", "enter")
    await person.sees("stick")


async def chooses(person: Person, stick: Stick) -> None:
    """Choose a stick of the list by its serial number."""
    page = person.page
    assert isinstance(page, StickScreen)
    at = page.query_one(Choice).highlighted
    assert at is not None
    steps = [each.serial for each in page._found].index(stick.serial) - at
    await person.press(*["down" if steps > 0 else "up"] * abs(steps), "enter")


def responses(room: Room, stick: Stick) -> list[int]:
    """Return how many certificates each response on a stick has, with the root's; -1 for one that does not verify."""
    anchor = Anchor.of(wire.read_state(room.place))
    folders = sorted((room.home.path.parent / stick.serial).glob("offline-root/root/*"))
    found = [verify_response(wire.read_folder(each), anchor) for each in folders]
    return [-1 if refusals(each.findings) else len(each.issued) for each in found]


def facts(room: Room, event: str) -> list[dict[str, object]]:
    return [dict(each.facts) for each in wire.read_log(room.place.audit).entries if each.event == event]


def test_of_three_copies_one_is_pulled_and_the_others_are_good(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, ports = plugged(room, monkeypatch, REQUESTS, ONE, TWO, THREE)
    ports.pulled = [TWO]
    asked = slip(file="a.csr")
    (ports.base / "REQUESTS").mkdir()
    (ports.base / "REQUESTS" / "a.csr").write_bytes(asked.data)
    request = read_request("a.csr", asked.data)
    assert isinstance(request, SigningRequest)

    async def script(person: Person) -> None:
        await opened(person, room, "enter")
        await person.sees("stick")
        await chooses(person, REQUESTS)
        await person.sees("requests")
        await acts.signs(person, "a.csr", request.fingerprint[:32])
        await person.press("d")
        await stated(person)
        await chooses(person, ONE)
        await person.sees("stick")
        assert "ANOTHER COPY?" in text(person.app)
        await chooses(person, ONE)
        assert "cannot be used" in text(person.app)
        await chooses(person, TWO)
        await person.sees("problem")
        said = " ".join(text(person.app).split())
        assert "The stick 'TWO' (serial TWO) was taken out too early" in said, said
        await person.press("enter")
        await person.sees("stick")
        await chooses(person, THREE)
        await person.sees("delivery")
        shown = text(person.app)
        assert "NOT WHOLE" not in shown
        assert [f"{each}/offline-root/root/" in shown for each in ("ONE", "TWO", "THREE")] == [True, False, True]
        await person.press("w")
        await acts.quits(person)

    held(desk, script)
    assert (responses(room, ONE), responses(room, THREE)) == ([2], [2])
    assert not list((ports.base / "TWO").glob("offline-root"))
    assert [each["stick"] for each in facts(room, "stick-seen")] == ["REQUESTS", "ONE", "TWO", "THREE"]
    written = facts(room, "response-written")
    assert (
        len({str(each["folder"]) for each in written}) == len({str(each["sha256sums_sha256"]) for each in written}) == 2
    )
    assert wire.verify_log(room.place.audit, Anchor.of(wire.read_state(room.place))).ok
    assert not facts(room, "request-stick-reused")


def test_delivered_again_with_a_copy_that_was_taken_out_before_the_end(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The closing checkpoint goes onto each stick that is still in; the other response does not verify, and is told."""
    whole(room, room.home.path.parent / "first", slip(), slip("prod"))
    desk, ports = plugged(room, monkeypatch, ONE, TWO, THREE)

    async def script(person: Person) -> None:
        await opened(person, room, "e")
        await person.sees("statements")
        assert text(person.app).count("EXPORT ") == 2
        await person.press("enter", "enter")
        await person.sees("stick")
        await chooses(person, ONE)
        await person.sees("stick")
        await chooses(person, TWO)
        await person.sees("stick")
        ports.pull(ONE)
        await person.press("escape")
        await person.sees("delivery")
        assert "NOT WHOLE" in text(person.app)
        await person.press("w")
        ports.sticks = (ONE,)
        await opened(person, room, "e")
        await stated(person)
        await chooses(person, ONE)
        await person.sees("delivery")
        assert "NOT WHOLE" not in text(person.app)
        await person.press("w")
        await acts.quits(person)

    held(desk, script)
    assert (responses(room, ONE), responses(room, TWO)) == ([-1, 3], [3])
    assert responses(room, THREE) == []
