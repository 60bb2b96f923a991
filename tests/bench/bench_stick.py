"""Twenty requests on a stick: from plugging it in to the list of verdicts on the screen, against mounting it alone.

The screens are the program's own, at the desk of a machine, with a token in SoftHSM; the stick is a loop device.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import usb_transfer
from offline_root.audit.chain import check, closing_head
from offline_root.config import Appliance
from offline_root.desk import MachineDesk
from offline_root.moments import utc_text
from offline_root.plugged import PluggedStick
from tests.bench.figures import Figure
from tests.offline_root.station.rooms import POLICY, Room, slip, softhsm_room
from tests.tui import acts
from tests.tui.showing import Person, held, text
from tui.screens.requests import RequestsScreen
from tui.screens.stick import StickScreen
from usb_transfer import mounting
from usb_transfer.mounting import Mounted, Mounting, by_kernel
from usb_transfer.sticks import Stick

COUNT, TIMES = 20, 5
_SIZE = 16 << 20
KNOWN = ("vfat", "exfat", "ext4")
"""What a stick may have, and what every kernel has."""
_NOT_LOOP = "NOT MEASURED with a file system: this needs root, a loop device and mkfs. A folder is the stick instead.\n"


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds from plugging in until the stick is listed, which is looked for twice a second, and from then on."""

    listed: float
    verdicts: float


class Port:
    """FAKE: where the stick is plugged in, when this says so."""

    def __init__(self, stick: Stick) -> None:
        self._stick = stick
        self.sticks: tuple[Stick, ...] = ()

    def look(self, wait: float = 0) -> tuple[()]:
        """Look: there is nothing new to tell."""
        return ()

    def plug(self) -> None:
        """Put it in."""
        self.sticks = (self._stick,)


def measure() -> Iterator[Figure]:
    """Measure whole ceremonies, each as far as the list; the quickest counts."""
    with TemporaryDirectory() as folder, stick(Path(folder)) as (plugged, how):
        room = softhsm_room(Path(folder) / "home", text=POLICY)
        alone = min(_mounted(plugged, how) for _ in range(TIMES * 4))
        shown = min((_to_verdicts(room, plugged, how) for _ in range(TIMES)), key=lambda each: each.verdicts)
    yield Figure(f"mounting a stick ({plugged.file_system}) and unmounting it", alone * 1000, "ms")
    yield Figure("from plugged in to listed on the screen", shown.listed * 1000, "ms")
    yield Figure(f"from Enter to {COUNT} verdicts on the screen", shown.verdicts * 1000, "ms")
    yield Figure(f"{COUNT} verdicts on the screen, in mountings", shown.verdicts / alone, "x")


@contextmanager
def stick(base: Path) -> Iterator[tuple[Stick, Mounting]]:
    """Yield a stick with requests on it, and how it is mounted; a folder where nothing can be mounted."""
    filled = base / "filled"
    filled.mkdir()
    for number in range(COUNT):
        (filled / f"{number:02}.csr").write_bytes(slip().data)
    kernel = Path("/proc/filesystems").read_text().split()
    known = next((each for each in KNOWN if each in kernel and shutil.which(f"mkfs.{each}")), "")
    node = _loop(base) if known and not os.geteuid() else ""
    if not node:
        sys.stderr.write(_NOT_LOOP)
        yield _on(str(filled), "folder"), lambda _, *, write: Mounted(filled, lambda: None)  # noqa: ARG005
        return
    options = {"ext4": "noatime"} | mounting._FORMS
    with patch.dict(mounting._FORMS, options), patch.dict(mounting._WRITING, {"ext4": "rw"} | mounting._WRITING):
        try:
            subprocess.run([f"mkfs.{known}", node], check=True, capture_output=True)
            written = by_kernel(_on(node, known), write=True)
            shutil.copytree(filled, written.at, dirs_exist_ok=True)
            written.unmount()
            yield _on(node, known), by_kernel
        finally:
            subprocess.run(["losetup", "--detach", node], check=True)


def _loop(base: Path) -> str:
    """Return a loop device, which somebody has to detach; empty where there is none."""
    image = base / "image"
    with image.open("wb") as file:
        file.truncate(_SIZE)
    made = subprocess.run(["losetup", "--find", "--show", image], capture_output=True, text=True, check=False)
    return made.stdout.strip()


def _on(node: str, file_system: str) -> Stick:
    return Stick("/port", node, "Loop", "AA01", "STICK", _SIZE, file_system, write_protected=False, unfit=None)


def _mounted(stick: Stick, how: Mounting) -> float:
    began = time.monotonic()
    how(stick, write=False).unmount()
    return time.monotonic() - began


def _to_verdicts(room: Room, plugged: Stick, how: Mounting) -> Taken:
    """Hold a ceremony on screen as far as the list of requests."""
    port = Port(plugged)
    found: list[Taken] = []

    async def script(person: Person) -> None:
        await _as_far_as_the_stick(person, room)
        assert isinstance(person.page, StickScreen)
        began = time.monotonic()
        port.plug()
        while not person.page._found:  # noqa: ASYNC110  # the screen tells nobody
            await asyncio.sleep(0.01)
        listed = time.monotonic()
        await person.press("enter")
        await person.sees("requests")
        found.append(Taken(listed - began, time.monotonic() - listed))
        assert "00.csr" in text(person.app)
        assert isinstance(person.page, RequestsScreen)
        assert [row.verdict for row in person.page._rows] == ["request"] * COUNT
        await acts.leaves(person)
        await acts.quits(person)

    with (
        patch.object(usb_transfer, "Devices", lambda _: port),
        patch.object(usb_transfer, "way_to_mount", lambda: how),
    ):
        held(MachineDesk(room.home, room.place, Appliance(), PluggedStick()), script)
    log = check(room.log)
    room.head = closing_head(log.size, log.root)
    (one,) = found
    return one


async def _as_far_as_the_stick(person: Person, room: Room) -> None:
    await person.sees("home")
    await person.press("enter")
    await person.sees("opening")
    await person.types("Olga", "Wanda", utc_text(room.clock.now())[:16].replace("T", " "), room.head)
    await acts.unlocks(person)
    await person.sees("stick")
