"""What tests have the guest do: mount a stick by its label, and use the appliance on it."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.guest.agent import call

GUARD = 120.0
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
