"""The bootable image, as the program in it sees it: who has rights, and what on USB is plugged in and not used.

The other sides are image/helper.py and image/guard.py. Elsewhere there is neither.
"""

import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path("/run/offline-root")
HELPER, BARRED, IMAGE = "helper", "usb", "image"
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Barred:
    """A device that is not used, and why, to be said after its name. `said` is what it calls itself.

    With `asks`, people may let it in. `number` is another one each time that it is plugged in.
    """

    port: str
    number: str
    said: str
    asks: bool
    reason: str


def barred() -> tuple[Barred, ...]:
    """Return the devices that are plugged in and not used."""
    try:
        told = json.loads((FOLDER / BARRED).read_text())
    except FileNotFoundError:
        return ()
    return tuple(
        Barred(each["port"], each["number"], each["said"], each["answer"] == "ask", each["reason"]) for each in told
    )


def admit(device: Barred) -> bool:
    """Have a device used that people were asked about; False where it is not the one any more."""
    return not ask(f"keyboard {device.port} {device.number}")


def image_hash() -> str:
    """Return the SHA-256 of its root that the image reports; nothing elsewhere."""
    at = FOLDER / IMAGE
    return at.read_text().strip() if at.exists() else ""


def has_helper() -> bool:
    """Say whether there is a process with rights."""
    return (FOLDER / HELPER).exists()


def ask(question: str, secret: str = "", seconds: float = _SECONDS) -> str:
    """Ask the process with rights; return why nothing was done, or nothing if it was."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asking:
            asking.settimeout(seconds)
            asking.connect(str(FOLDER / HELPER))
            asking.send(f"{question}\n{secret}".encode())
            answer = asking.recv(4096).decode("ascii", "replace")
    except OSError as error:
        return str(error)
    return "" if answer == "ok" else answer or "whoever does it has ended"
