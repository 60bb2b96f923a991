"""What tests have the guest do: mount a stick by its label, and use the appliance on it."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from offline_root.errors import VolumeError
from offline_root.model import SigningRequest
from offline_root.plugged import PluggedStick
from offline_root.request.reader import read_request
from tests.guest.agent import call
from usb_transfer import Stick
from usb_transfer.mounting import by_kernel, mounted_at

GUARD = 600.0
"""Seconds that udev may take to tell of a stick."""
AT = Path("/mnt")
WRITING = "rw,flush,nosuid,nodev,noexec,utf8"


def wait_for(label: str) -> Path:
    """Return the device with a file system of this label, when udev has told of it."""
    node = Path("/dev/disk/by-label") / label
    until = time.monotonic() + GUARD
    while not node.exists():
        assert time.monotonic() < until, f"no {label}"
        time.sleep(0.05)
    return node.resolve()


@contextmanager
def mounted(label: str, kind: str = "vfat", options: str = WRITING) -> Iterator[Path]:
    """Mount a stick as the appliance does, and unmount it."""
    subprocess.run(["mount", "-t", kind, "-o", options, wait_for(label), AT], check=True)
    try:
        yield AT
    finally:
        subprocess.run(["umount", AT], check=True)


def on_stick(label: str, arguments: list[str], mount: dict[str, str]) -> dict[str, Any]:
    """Run `offline-root` with `--out` on a stick; one that is gone meanwhile is unmounted all the same."""
    with mounted(label, **mount) as at:
        return call([*arguments, "--out", str(at)])


def verified(label: str, anchor: str, mount: dict[str, str]) -> list[int]:
    """Return how `verify` ends for each response on a stick."""
    with mounted(label, **mount) as at:
        folders = sorted(at.glob("offline-root/*/*"))
        return [call(["verify", str(each), "--anchor", anchor])["code"] for each in folders]


def chosen(label: str) -> dict[str, Any]:
    """Choose a stick as the screens do, read it, write a folder onto it and read that back; nothing stays mounted."""
    plugged = PluggedStick()
    stick = _found(plugged, label)
    plugged.choose(stick, "root")
    found = plugged.requests()
    read = {name: len(found.read(name)) for name in found.names}
    folder, files = "offline-root/root/20261124T000000Z-000001", {"a/b.pem": b"pem\n" * 500, "COMPLETE": b"done\n"}
    volume = plugged.volume()
    volume.write(folder, files)
    volume.add(folder, "closing-checkpoint", b"note\n")
    back = volume.read_back(folder)
    return {
        "read": read,
        "same": dict(back) == {**files, "closing-checkpoint": b"note\n"},
        "mounted": mounted_at(stick.node, Path("/proc/self/mountinfo").read_text()) is not None,
        "size": stick.size,
        "file_system": stick.file_system,
    }


def _found(plugged: PluggedStick, label: str) -> Stick:
    until = time.monotonic() + GUARD
    while True:
        for each in plugged.look():
            if each.label == label:
                return each
        assert time.monotonic() < until, f"no {label}"
        time.sleep(0.05)


def seconds_to_verdicts(label: str, count: int) -> dict[str, float]:
    """Return the seconds from udev's word of a stick to the verdicts on its requests, and how long mounting takes."""
    wait_for(label)
    plugged = PluggedStick()
    stick = _found(plugged, label)
    began = time.monotonic()
    by_kernel(stick, write=False).unmount()
    mounting = time.monotonic() - began
    began = time.monotonic()
    plugged.choose(stick, "root")
    files = plugged.requests()
    read = time.monotonic() - began
    verdicts = [read_request(name, files.read(name)) for name in files.names]
    assert sum(isinstance(each, SigningRequest) for each in verdicts) == count
    return {"mounting": mounting, "read": read, "verdicts": time.monotonic() - began}


def unfit(serial: str) -> str:
    """Return why the stick with this serial number cannot be used, when udev has finished with it."""
    (stick,) = _with_serial(PluggedStick(), serial, 1)
    return stick.unfit.name if stick.unfit else ""


def trouble(serial: str, count: int, case: str) -> str:
    """Choose one of `count` sticks with a serial number, read it or deliver to it; return what went wrong."""
    folder = "offline-root/root/20261124T000000Z-000001"
    plugged = PluggedStick()
    stick = _with_serial(plugged, serial, count)[0]
    try:
        plugged.choose(stick, "root")
        if case == "read":
            files = plugged.requests()
            for name in files.names:
                files.read(name)
        else:
            plugged.volume().write(folder, {"COMPLETE": b"done\n"})
            plugged.volume().read_back(folder)
    except VolumeError as error:
        return error.what
    return ""


def _with_serial(plugged: PluggedStick, serial: str, count: int) -> list[Stick]:
    until = time.monotonic() + GUARD
    while True:
        subprocess.run(["udevadm", "settle"], check=True)
        found = [each for each in plugged.look() if each.serial == serial]
        if len(found) >= count:
            return found
        assert time.monotonic() < until, f"no {serial}"
        time.sleep(0.05)
