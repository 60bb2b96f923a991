"""The sticks of this machine, as udev tells of them. There is no thread: whoever wants to know looks.

The monitor listens before anything is listed, so that nothing is missed in between; what both tell of is told once.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from usb_transfer.errors import VolumeError
from usb_transfer.sticks import Block, Event, Stick, changes, sticks

_GUESTS = ("/media/", "/run/media/", "/mnt/")
"""Below these, a desktop mounts what people plug in; everything else that is mounted is the machine's own."""

_MOST = 1000
"""Events taken in at one look. A device that comes and goes for ever must not keep anybody from looking."""


class Devices:
    """The sticks that are plugged in, but for the disks in `taken`, which the machine itself runs on (VolumeError)."""

    def __init__(self, taken: frozenset[str]) -> None:
        try:
            # On first use: the command line starts without it, and where nobody plugs anything in it is not installed.
            import pyudev  # noqa: PLC0415

            self._context = pyudev.Context()
            self._monitor = pyudev.Monitor.from_netlink(self._context)
        except (ImportError, OSError) as error:
            raise _blind(error) from error
        self._monitor.filter_by("block")
        self._monitor.start()
        self._taken = taken
        self._blocks: dict[str, Block] = {}
        self.sticks: tuple[Stick, ...] = ()
        self._list()

    def look(self, wait: float = 0) -> tuple[Event, ...]:
        """Return what happened since the last look, in order; wait for it up to `wait` seconds if nothing did yet."""
        events: list[Event] = []
        try:
            for _ in range(_MOST):
                device = self._monitor.poll(0 if events else wait)
                if device is None:
                    break
                wait = 0
                events += self._take(device)
        except OSError:
            # So many events at once that the kernel dropped some: what is there now is found out anew.
            events += self._list()
        return tuple(events)

    def _take(self, device: Any) -> tuple[Event, ...]:  # noqa: ANN401  # pyudev has no types
        if device.action == "remove":
            self._blocks.pop(device.device_path, None)
        else:
            self._blocks[device.device_path] = _block(device)
        return self._judge()

    def _list(self) -> tuple[Event, ...]:
        self._blocks = {each.device_path: _block(each) for each in self._context.list_devices(subsystem="block")}
        return self._judge()

    def _judge(self) -> tuple[Event, ...]:
        before, self.sticks = self.sticks, sticks(self._blocks.values(), self._taken)
        return changes(before, self.sticks)


def _blind(error: Exception) -> VolumeError:
    return VolumeError(
        f"This machine does not tell what is plugged in: {error}.",
        meaning="Nothing was read or written.",
        mend="Mount the stick yourself and name its folder: --stick DIR.",
        retry=True,
    )


def _block(device: Any) -> Block:  # noqa: ANN401  # pyudev has no types
    sectors, read_only = (device.attributes.get(each) or b"0" for each in ("size", "ro"))
    properties = {str(key): str(value) for key, value in device.properties.items()}
    return Block(device.device_path, device.device_node or "", properties, int(sectors), int(read_only) != 0)


def taken_by_machine(
    mounts: Path = Path("/proc/self/mountinfo"), devices: Path = Path("/sys/dev/block")
) -> frozenset[str]:
    """Return the numbers of the devices that this machine runs on, down to the disks below a mapping or encryption."""
    taken: set[str] = set()
    found = list(_mounted(mounts.read_text(errors="surrogateescape")))
    while found:
        number = found.pop()
        if number not in taken:
            taken.add(number)
            found += [each.read_text().strip() for each in (devices / number / "slaves").glob("*/dev")]
    return frozenset(taken)


def _mounted(text: str) -> Iterator[str]:
    for line in text.splitlines():
        number, _, at, *_ = line.split(" ")[2:]
        source = line.partition(" - ")[2].split(" ")[1]
        if at.startswith(_GUESTS):
            continue
        if number.startswith("0:") and source.startswith("/dev/") and Path(source).exists():
            # btrfs gives numbers of its own; the device is named beside them.
            device = Path(source).stat().st_rdev
            number = f"{os.major(device)}:{os.minor(device)}"
        yield number
