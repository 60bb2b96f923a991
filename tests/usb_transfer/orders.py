"""Sticks that come, go and change in every order, played by umockdev, against a model that knows what is plugged in.

umockdev-wrapper python -m tests.usb_transfer.orders cases          those that have a name
umockdev-wrapper python -m tests.usb_transfer.orders FIRST COUNT    random ones, each with the number of its seed
"""

import random
import sys
import threading
from collections import Counter

from tests.usb_transfer.bed import Bed, path, threads
from tests.usb_transfer.test_sticks import FAT, USB, followed
from usb_transfer.devices import Devices
from usb_transfer.sticks import Kind, Unfit

PORTS = ("sdb", "sdc", "sdd")
STEPS = 24
UMOCKDEVS = 2
"""Threads of umockdev itself."""


class Kept:
    """A monitor whose socket is emptied at once: the one that umockdev writes to holds ten events."""

    def __init__(self, devices: Devices) -> None:
        self._monitor = devices._monitor
        self._kept: list[object] = []
        devices._monitor = self

    def keep(self) -> None:
        """Empty the socket."""
        while (device := self._monitor.poll(0)) is not None:
            self._kept.append(device)

    def poll(self, wait: float) -> object:
        """Return the next event."""
        return self._kept.pop(0) if self._kept else self._monitor.poll(wait)


class Room:
    """People who plug sticks in and out, somebody who listens from now on, and what that one must know."""

    def __init__(self, bed: Bed) -> None:
        self.bed = bed
        self.plugged: dict[str, tuple[str, Unfit | None, bool]] = {}
        self.done: Counter[tuple[str, Kind]] = Counter()
        self.heard: Counter[tuple[str, Kind]] = Counter()

    def listen(self, devices: Devices) -> None:
        """Begin to listen."""
        self.devices, self.known = devices, devices.sticks
        self.bed.told = Kept(devices).keep
        self.done.clear()
        self.heard.clear()

    def plug(self, port: str, serial: str, parts: int = 1) -> None:
        """Put a stick in, with FAT on the whole disk where it has no parts. Of each device udev tells twice."""
        whole = {**USB, "ID_SERIAL_SHORT": serial}
        self.bed.put(port, whole if parts else {**whole, **FAT})
        for number in range(1, parts + 1):
            self.bed.put(f"{port}{number}", {**whole, **FAT})
        self.again(port)
        self.plugged[port] = (serial, Unfit.SEVERAL_VOLUMES if parts > 1 else None, False)
        self.done[port, Kind.INSERTED] += 1

    def unplug(self, port: str, *, disk_first: bool = False) -> None:
        """Pull a stick out."""
        names = sorted(self._devices(port), reverse=not disk_first)
        for name in names:
            self.bed.tell(name, "remove")
        for name in sorted(names, reverse=True):
            self.bed.away(name)
        del self.plugged[port]
        self.done[port, Kind.REMOVED] += 1

    def protect(self, port: str) -> None:
        """Move the switch of a stick."""
        serial, unfit, protected = self.plugged[port]
        self.bed.change(port, read_only=not protected)
        self.plugged[port] = (serial, unfit, not protected)

    def again(self, port: str) -> None:
        """Let udev tell of a stick once more."""
        for name in self._devices(port):
            self.bed.tell(name, "change")

    def look(self) -> list[Kind]:
        """Look, and compare what is known by now with what is plugged in; return what happened."""
        events = self.devices.look()
        self.known = tuple(followed(self.known, events).values())
        self.heard.update((each.stick.path.rpartition("/")[2], each.kind) for each in events)
        expected = {path(port): stick for port, stick in self.plugged.items()}
        for what in (self.known, self.devices.sticks):
            found = {each.path: (each.serial, each.unfit, each.write_protected) for each in what}
            assert found == expected, (found, expected)
        for kind in (Kind.INSERTED, Kind.REMOVED):
            told, made = ({port: count[port, kind] for port in PORTS} for count in (self.heard, self.done))
            assert told == made, (kind, told, made)
        return [each.kind for each in events]

    def clear(self) -> None:
        """Pull everything out."""
        for port in tuple(self.plugged):
            self.unplug(port)
        self.look()

    def _devices(self, port: str) -> list[str]:
        return [name for name in self.bed.there if name.startswith(port)]


def randomly(room: Room, seed: int) -> None:
    """Play one random sequence. Somebody looks now and then, and begins to listen in the middle of it."""
    chance = random.Random(seed)  # noqa: S311  # the same sequence for the same seed
    begin = chance.randrange(STEPS)
    for step in range(STEPS):
        if step == begin:
            room.listen(Devices(frozenset()))
        port = chance.choice(PORTS)
        if port not in room.plugged:
            room.plug(port, chance.choice(("AA01", "BB02")), chance.randrange(3))
        else:
            act = chance.choice(
                (room.protect, room.again, room.unplug, lambda port: room.unplug(port, disk_first=True))
            )
            act(port)
        if step >= begin and chance.random() < 0.4:
            room.look()
    room.look()
    room.clear()


def cases(room: Room) -> None:
    """Play the sequences that somebody thought of, each as its own words."""
    room.plug("sdb", "AA01")
    room.listen(Devices(frozenset()))
    assert [each.serial for each in room.devices.sticks] == ["AA01"], "there from the beginning: no event"
    assert room.look() == []
    room.again("sdb")
    assert room.look() == [], "told of twice: once is enough"
    room.protect("sdb")
    assert room.look() == [Kind.WRITE_PROTECTED]
    room.protect("sdb")
    assert room.look() == [Kind.CHANGED]
    room.unplug("sdb")
    room.plug("sdb", "AA01")
    assert Kind.REMOVED in room.look(), "out and in again between two looks: whoever had it open has lost it"
    room.unplug("sdb", disk_first=True)
    room.plug("sdb", "BB02", 0)
    assert room.look()[0] is Kind.REMOVED
    room.plug("sdc", "AA01", 2)
    assert room.look()[0] is Kind.INSERTED
    room.clear()
    _in_between(room)
    _too_many(room)


def _in_between(room: Room) -> None:
    """Put a stick in while the list is made: after the monitor began to listen, before and after the list is read."""

    class Slow(Devices):
        def _list(self) -> object:  # type: ignore[override]
            room.plug("sdb", "AA01")
            listed = super()._list()
            room.plug("sdc", "BB02")
            return listed

    room.listen(Slow(frozenset()))
    room.done["sdc", Kind.INSERTED] += 1
    room.look()
    assert len(room.known) == 2
    room.clear()


def _too_many(room: Room) -> None:
    """Lose events: what is there is found out anew, once the kernel says that it dropped some."""
    room.listen(Devices(frozenset()))
    room.plug("sdb", "AA01")
    room.look()

    def full(wait: float) -> object:
        raise OSError(105, "No buffer space available")

    monitor, room.devices._monitor = room.devices._monitor, type("Full", (), {"poll": staticmethod(full)})
    room.plug("sdc", "BB02")
    room.unplug("sdb")
    assert room.look() == [Kind.REMOVED, Kind.INSERTED]
    room.devices._monitor = monitor
    room.clear()


def main(arguments: list[str]) -> None:
    """Play what is asked for; say how much that was."""
    bed = Bed()
    if arguments == ["cases"]:
        cases(Room(bed))
        seeds: range = range(0)
    else:
        first, count = map(int, arguments)
        seeds = range(first, first + count)
    for seed in seeds:
        try:
            randomly(Room(bed), seed)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error
    assert threading.active_count() == 1, threading.enumerate()
    assert threads() <= UMOCKDEVS + 1, "a thread was left"
    sys.stdout.write(f"{len(seeds)} sequences\n")


if __name__ == "__main__":
    main(sys.argv[1:])
