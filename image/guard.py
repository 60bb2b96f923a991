"""The process that lets USB devices in: whenever the kernel tells of something, the bus is settled. Runs as root.

What is not used stands in a file for the program to show. It answers to nobody: a keyboard that people said yes to is
let in by the process with rights that they asked (`image.helper`). Only the standard library.
"""

import json
import socket
from pathlib import Path

from image.bus import Barred, Bus

TOLD = Path("/run/offline-root/usb")
_KERNEL = (15, 1)
"""NETLINK_KOBJECT_UEVENT, and the group in which the kernel itself speaks (netlink(7))."""
_LONGEST = 1 << 16


def written(barred: tuple[Barred, ...]) -> str:
    """Return what is not used, as JSON."""
    return json.dumps(
        [
            {
                "port": each.port,
                "number": each.number,
                "said": each.said,
                "answer": each.verdict.answer.value,
                "reason": each.verdict.reason,
            }
            for each in barred
        ]
    )


def tell(barred: tuple[Barred, ...], told: Path = TOLD) -> None:
    """Put what is not used in place of what was told before, all at once."""
    fresh = told.with_name(f"{told.name}.new")
    fresh.write_text(written(barred))
    fresh.replace(told)


def main() -> None:
    """Settle the bus for ever. The kernel is listened to first, so nothing is missed in between."""
    TOLD.parent.mkdir(mode=0o755, exist_ok=True)
    family, group = _KERNEL
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, family) as events:
        events.bind((0, group))
        barred: tuple[Barred, ...] = ()
        while True:
            barred = Bus().settle(barred)
            tell(barred)
            _wait(events)


def _wait(events: socket.socket) -> None:
    """Wait until the kernel tells of something on USB; or of so much at once that it lost count."""
    try:
        while b"SUBSYSTEM=usb\0" not in events.recv(_LONGEST):
            continue
    except OSError:
        return


if __name__ == "__main__":
    main()
