"""A machine whose sticks are played by umockdev: /sys, udev's properties and its events, without any hardware.

Works only in a program that umockdev-wrapper starts: `play` does that.
"""

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SECTORS = 2048
GUARD = 600.0
_LIBRARY = "libumockdev.so.0"
_PORT = "/devices/pci0000:00/usb1/1-1/host0/block"


def play(module: str, *arguments: str) -> str:
    """Run a module in which sticks are played; return what it prints. It must end well."""
    command = ["umockdev-wrapper", sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=GUARD, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def path(name: str) -> str:
    """Return the path in /sys, below /sys itself, of a disk `sdb` or a partition `sdb1`."""
    disk = name.rstrip("0123456789")
    return f"{_PORT}/{disk}" if disk == name else f"{_PORT}/{disk}/{name}"


@dataclass
class Bed:
    """Devices that come and go. Each method is one event of udev's, or none."""

    there: dict[str, dict[str, str]] = field(default_factory=dict)
    told: Callable[[], None] = lambda: None
    """Called after each event."""

    def __post_init__(self) -> None:
        self._library = ctypes.CDLL(_LIBRARY)
        for name, result in (
            ("new", ctypes.c_void_p),
            ("add_devicev", ctypes.c_void_p),
            ("get_root_dir", ctypes.c_char_p),
        ):
            getattr(self._library, f"umockdev_testbed_{name}").restype = result
        self._bed = ctypes.c_void_p(self._library.umockdev_testbed_new())
        self._root = self._library.umockdev_testbed_get_root_dir(self._bed).decode()

    def put(self, name: str, properties: Mapping[str, str], *, sectors: int = SECTORS, read_only: bool = False) -> None:
        """Let a device be there, and udev tell of it (`add`)."""
        kind = "disk" if path(name).endswith(f"block/{name}") else "partition"
        minor = sum(ord(each) for each in name)
        known = {"DEVTYPE": kind, "DEVNAME": f"/dev/{name}", "MAJOR": "8", "MINOR": str(minor), **properties}
        self.there[name] = known
        parent = None if kind == "disk" else f"/sys{path(name.rstrip('0123456789'))}".encode()
        attributes = {"size": str(sectors), "ro": str(int(read_only))}
        added = self._library.umockdev_testbed_add_devicev(
            self._bed, b"block", _name(name), parent, _strings(attributes), _strings(known)
        )
        assert ctypes.string_at(added).decode() == f"/sys{path(name)}"
        self.told()

    def tell(self, name: str, action: str) -> None:
        """Let udev tell something of a device once more."""
        self._library.umockdev_testbed_uevent(self._bed, f"/sys{path(name)}".encode(), action.encode())
        self.told()

    def change(self, name: str, *, read_only: bool | None = None, **properties: str) -> None:
        """Let a device be different, and udev tell of it."""
        device = f"/sys{path(name)}".encode()
        for key, value in properties.items():
            self.there[name][key] = value
            self._library.umockdev_testbed_set_property(self._bed, device, key.encode(), value.encode())
        if read_only is not None:
            self._library.umockdev_testbed_set_attribute(self._bed, device, b"ro", b"%d" % read_only)
        self.tell(name, "change")

    def away(self, name: str) -> None:
        """Take a device away. That alone tells nobody: `tell` its removal before."""
        self._library.umockdev_testbed_remove_device(self._bed, f"/sys{path(name)}".encode())
        # umockdev forgets this link to a disk, and fails when the same one comes back.
        Path(self._root, "sys", "block", name).unlink(missing_ok=True)
        del self.there[name]


def threads() -> int:
    """Return how many threads the kernel knows of in this program."""
    return len(os.listdir("/proc/self/task"))  # noqa: PTH208  # its names are all that is wanted


def _name(name: str) -> bytes:
    """Return the name under which the library makes a device at `path`: relative to its parent, if it has one."""
    return (path(name).removeprefix("/devices/") if path(name).endswith(f"block/{name}") else name).encode()


def _strings(pairs: Mapping[str, str]) -> "ctypes.Array[ctypes.c_char_p]":
    flat = [each.encode() for pair in pairs.items() for each in pair]
    return (ctypes.c_char_p * (len(flat) + 1))(*flat, None)
