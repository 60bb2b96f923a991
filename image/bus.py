"""The devices on USB, in the kernel's folder of them: each is judged once, and used where the allow-list says so.

The kernel uses none by itself (`usbcore.authorized_default=0`). Only the standard library.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from image.usb import Answer, Kind, Verdict, judge, kind_of, read_device

_PORT: Final = re.compile(r"[0-9]{1,3}-[0-9]{1,3}(\.[0-9]{1,3}){0,6}", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,3}", re.ASCII)
_LONGEST = 40
"""Characters of what a device calls itself."""


@dataclass(frozen=True, slots=True)
class Barred:
    """A device that is plugged in and not used: where, which one since the start, what it calls itself, and why."""

    port: str
    number: str
    said: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Bus:
    """The kernel's folder of devices on USB."""

    devices: Path = Path("/sys/bus/usb/devices")

    def settle(self, before: tuple[Barred, ...] = ()) -> tuple[Barred, ...]:
        """Use what may be used without asking; return everything else that is plugged in.

        What was barred `before` stays so: taking the keyboard out does not let in the one that people left off.
        """
        known = {(each.port, each.number): each for each in before}
        unused = (port for port in self._ports() if not self._is_used(port))
        barred = (known.get((port, self._text(port, "devnum"))) or self._settled(port) for port in unused)
        return tuple(each for each in barred if each)

    def admit(self, port: str, number: str) -> bool:
        """Use a keyboard that people said yes to, if it is still the one they were asked about."""
        if not (_PORT.fullmatch(port) and _NUMBER.fullmatch(number)):
            return False
        with suppress(OSError, ValueError), (self.devices / port / "authorized").open("r+") as switch:
            device = read_device((self.devices / port / "descriptors").read_bytes())
            if self._text(port, "devnum") == number and judge(device, 1).answer is Answer.ASK:
                switch.write("1")
                switch.flush()
                return True
        return False

    def _settled(self, port: str) -> Barred | None:
        """Judge a device, and use it where that is the verdict. One that went meanwhile is none."""
        try:
            # Opened before anything is read: what takes its place in the port meanwhile has another switch.
            with (self.devices / port / "authorized").open("r+") as switch:
                verdict = self._verdict(port)
                if verdict.answer is not Answer.USE:
                    return Barred(port, self._text(port, "devnum"), self._said(port), verdict)
                switch.write("1")
        except FileNotFoundError:
            return None
        except OSError as error:
            return Barred(port, "", self._said(port), Verdict(Answer.REFUSE, f"does not work: {error.strerror}"))
        return None

    def _verdict(self, port: str) -> Verdict:
        try:
            device = read_device((self.devices / port / "descriptors").read_bytes())
        except ValueError as error:
            return Verdict(Answer.REFUSE, str(error))
        return judge(device, self._keyboards())

    def _keyboards(self) -> int:
        """Return how many keyboards are in use."""
        found = 0
        for port in filter(self._is_used, self._ports()):
            with suppress(OSError, ValueError):
                device = read_device((self.devices / port / "descriptors").read_bytes())
                found += kind_of(device) is Kind.KEYBOARD
        return found

    def _ports(self) -> Iterator[str]:
        """Yield what is plugged into a port. Root hubs are part of the machine."""
        yield from sorted(each.name for each in self.devices.iterdir() if _PORT.fullmatch(each.name))

    def _is_used(self, port: str) -> bool:
        return self._text(port, "authorized") == "1"

    def _said(self, port: str) -> str:
        names = (self._text(port, each)[:_LONGEST] for each in ("manufacturer", "product"))
        numbers = ":".join(self._text(port, each) for each in ("idVendor", "idProduct"))
        return " ".join((*filter(None, names), f"({numbers})"))

    def _text(self, port: str, name: str) -> str:
        """Return one of the kernel's files on a device; nothing where it is gone."""
        try:
            return (self.devices / port / name).read_text(errors="replace").strip()
        except OSError:
            return ""
