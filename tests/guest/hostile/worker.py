"""One row of mutants, on one device: `worker DEVICE FIRST STEP END`, in blocks of SAME. Each has its line of JSON.

The line says what came of it. Where there is none, this process, which plays the appliance, did not live through it.
"""

import fcntl
import json
import os
import sys
import time
import traceback
from contextlib import nullcontext
from pathlib import Path

from tests.guest.hostile.images import known, make, stick
from tests.guest.hostile.layout import layout
from tests.guest.hostile.mutants import Mutator
from tests.guest.hostile.quick import Reader, mount, quick
from usb_transfer import Folder, VolumeError, earlier, heads
from usb_transfer.mounting import Mounted, by_kernel

WHOLE_EVERY = 250
"""Of so many mutants one is mounted by mount(8), and read in bubblewrap: the whole way."""
WRITTEN_EVERY = 8
"""Of so many, one is not read but written to."""
SAME = 50
"""Mutants in a row of one image, and questions about so many go to one reader process."""
LEFT = ("closing-checkpoint", "audit/checkpoint", "root-ca.crl")
LIMIT = 64 * 1024 + 1
_FOLDER = "offline-root/root/20261125T000000Z-000002"
_RESPONSE = {"a/b.pem": b"pem\n" * 500, "COMPLETE": b"done\n"}
_BLKRRPART = 0x125F


def volume(node: str, device: int, file_system: str) -> tuple[str, str] | None:
    """Return which device would be mounted, as the appliance would decide; None where it would refuse."""
    try:
        fcntl.ioctl(device, _BLKRRPART)
    except OSError:
        return None
    parts = sorted(Path("/sys/block", Path(node).name).glob(f"{Path(node).name}p*"))
    if len(parts) > 1:
        return None
    return f"/dev/{parts[0].name}" if parts else node, file_system


def unmounted(mounted: Mounted) -> bool:
    """Unmount as the appliance does. Where it gave up, say so, and go on waiting: the next one needs the device."""
    try:
        mounted.unmount()
    except VolumeError:
        mount("umount", "--", str(mounted.at))
        return False
    return True


def reading(node: str, file_system: str) -> str:
    """Read a stick as the appliance does before a ceremony; return what came of it."""
    try:
        mounted = by_kernel(stick(node, file_system), write=False)
    except VolumeError:
        return "not mounted"
    went = _read(mounted.at)
    return went if unmounted(mounted) else "read, not unmounted in time"


def _read(at: Path) -> str:
    try:
        earlier(at, "offline-root/root", LEFT)
        found = heads(at, LIMIT)
    except VolumeError as error:
        return error.what if "was lost" in error.what else "not read"
    assert all(isinstance(each, VolumeError) or len(each) <= LIMIT for each in found.values())
    return "read, but for some files" if any(isinstance(each, VolumeError) for each in found.values()) else "read"


def writing(node: str, file_system: str) -> str:
    """Deliver to a stick as the appliance does at the end of a ceremony; return what came of it."""
    went = ""
    for write in (True, False):
        try:
            mounted = by_kernel(stick(node, file_system), write=write)
        except VolumeError:
            return "not mounted" if write else "written, not mounted again"
        went = _write(mounted.at) if write else _read_back(mounted.at)
        if not unmounted(mounted):
            return "written, not unmounted in time"
        if went == "not written":
            break
    return went


def _write(at: Path) -> str:
    try:
        Folder(at).write(_FOLDER, _RESPONSE)
    except VolumeError:
        return "not written"
    return "written"


def _read_back(at: Path) -> str:
    try:
        found = dict(Folder(at).read_back(_FOLDER))
    except VolumeError:
        return "written, not read back"
    return "written and read back" if found == _RESPONSE else "written, and different"


class Row:
    """A device, and the mutants that are put on it one after the other."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._mutators = [(name, Mutator(octets, layout(octets))) for name in known() if (octets := make(name, node))]
        self._device = os.open(node, os.O_RDWR)
        self._there: list[tuple[int, int]] | None = None
        """What on the device is not as in the image; None if that is not known, or it is another image."""
        self._reader = Reader()

    def try_one(self, which: int) -> dict[str, str | int | float]:
        """Return what came of a mutant, and the seconds it took."""
        name, mutator = self._mutators[which // SAME % len(self._mutators)]
        renewed = which % SAME == 0 or not self._reader.alive
        if which % SAME == 0:
            self._there = None
        if renewed:
            if self._reader.alive:
                self._reader.end()
            self._reader = Reader()
        self._put(mutator, which)
        began = time.monotonic()
        went = self._tried(which, "exfat" if "exFAT" in name else "vfat")
        return {"which": which, "image": name, "went": went, "seconds": round(time.monotonic() - began, 3)}

    def _put(self, mutator: Mutator, which: int) -> None:
        before = self._there
        mutant = mutator.make(which)
        places = [(0, len(mutant.octets))] if before is None else [*before, *mutant.changed]
        for at, length in places:
            os.pwrite(self._device, memoryview(mutant.octets)[at : at + length], at)
        os.fsync(self._device)
        self._there = list(mutant.changed)

    def _tried(self, which: int, file_system: str) -> str:
        """Return what came of the mutant that is on the device; the worst is told as a crash, with its traceback."""
        whole, write = which % WHOLE_EVERY == 0, which % WRITTEN_EVERY == WRITTEN_EVERY - 1
        try:
            found = volume(self._node, self._device, file_system)
            if found is None:
                return "refused by its partition table"
            with nullcontext() if whole else quick(self._reader):
                went = writing(*found) if write else reading(*found)
        except Exception:  # noqa: BLE001 (it is counted)
            return f"CRASH {traceback.format_exc()}"
        finally:
            if write:
                self._there = None
        return f"{went} (whole way)" if whole else went


def main(node: str, first: int, step: int, end: int) -> None:
    """Try one mutant after the other, and say what came of each."""
    row = Row(node)
    for block in range(first, end, SAME * step):
        for which in range(block, min(block + SAME, end)):
            sys.stdout.write(json.dumps(row.try_one(which)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
