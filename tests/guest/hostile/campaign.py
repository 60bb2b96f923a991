"""Inside the guest: a row of mutants for each processor, watched from outside them. What came of all is the answer."""

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.guest.hostile.worker import SAME

STUCK = 900.0
"""Seconds without a word after which a mutant counts as a hang: mount and reader have deadlines of 60 and 30, but all
images are made before the first word, and the machine may be busy with other things."""
_COMPLAINT = re.compile(r"BUG|WARNING|Oops|Call Trace|general protection|stall|hung|blocked for more|UBSAN|corruption")


@dataclass
class Tally:
    """What came of mutants. A crash, a hang or a complaint of the kernel is kept in words, with the mutant's number."""

    mutants: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    went: Counter[str] = field(default_factory=Counter)
    images: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)
    hangs: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def add(self, said: dict[str, Any]) -> None:
        """Count one mutant."""
        self.mutants += 1
        self.slowest = max(self.slowest, said["seconds"])
        self.images[said["image"]] += 1
        went = said["went"]
        if went.startswith("CRASH"):
            self.crashes.append(f"{said['which']}: {went}")
            went = "CRASH"
        self.went[went] += 1

    def __add__(self, other: "Tally") -> "Tally":
        """Return what came of both."""
        slowest = max(self.slowest, other.slowest)
        each = {name: value + getattr(other, name) for name, value in vars(self).items()}
        return Tally(**each | {"slowest": slowest})

    def __str__(self) -> str:
        rate = self.mutants / max(self.seconds, 0.001)
        bad = f"{len(self.hangs)} hangs, {len(self.crashes)} crashes, {len(self.complaints)} complaints of the kernel"
        went = ", ".join(f"{times:,} {what}" for what, times in self.went.most_common())
        return (
            f"{self.mutants:,} mutants in {self.seconds:.0f} s, {rate:.1f} a second, slowest {self.slowest:.1f} s: "
            f"{bad}; {went}"
        )


def prepare(modules: str, rows: int) -> None:
    """Make the devices. Without udev, which would look at every mutant again and again."""
    if Path("/run/udev/control").exists():
        subprocess.run(["udevadm", "control", "--exit"], check=True)
    devices = ("max_part=8", "rd_size=4096", f"rd_nr={rows}")
    subprocess.run(["modprobe", "-d", modules, "brd", *devices], check=True)
    subprocess.run(["dmesg", "-n", "1"], check=True)


class Campaign:
    """Rows of workers, which go on between two questions about them."""

    def __init__(self, first: int, count: int, rows: int) -> None:
        self._began = time.monotonic()
        self._kernel = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self._kernel, 0, os.SEEK_END)
        self._rows = [_Row(number, rows, first, first + count) for number in range(rows)]

    @property
    def goes_on(self) -> bool:
        """Say whether a row is at work."""
        return any(row.goes_on for row in self._rows)

    def watch(self, seconds: float) -> Tally:
        """Return what came of the mutants since the last question, after so many seconds at most."""
        tally, until = Tally(), time.monotonic() + seconds
        while self.goes_on and time.monotonic() < until:
            time.sleep(1)  # what they say has room in the pipe: to be woken for each mutant costs as much as a mutant
            for row in self._rows:
                row.watch(tally)
            tally.complaints += _complaints(self._kernel)
        now = time.monotonic()
        tally.seconds, self._began = now - self._began, now
        return tally


_campaigns: list[Campaign] = []
"""The one of this guest: the agent keeps it between two questions."""


def begin(modules: str, first: int, count: int) -> None:
    """Begin to try so many mutants from a number on. After a hang the machine is not fit for another campaign."""
    rows = os.cpu_count() or 1
    prepare(modules, rows)
    _campaigns.append(Campaign(first, count, rows))


def more(seconds: float) -> dict[str, Any]:
    """Return the tally since the last question, and whether there is more to come."""
    (campaign,) = _campaigns
    tally = campaign.watch(seconds)
    return {"tally": vars(tally), "goes on": campaign.goes_on}


class _Row:
    """A worker, which has said something `STUCK` seconds ago at most."""

    def __init__(self, number: int, rows: int, first: int, end: int) -> None:
        place = (f"/dev/ram{number}", str(first + number * SAME), str(rows), str(end))
        command = [sys.executable, "-P", "-s", "-m", "tests.guest.hostile.worker", *place]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0)
        assert self._process.stdout
        self._out = self._process.stdout.fileno()
        os.set_blocking(self._out, False)
        self._rest, self._heard, self._last = b"", time.monotonic(), "the images"
        self.goes_on = True

    def watch(self, tally: Tally) -> None:
        """Take in what it said; note if it crashed or hangs."""
        if not self.goes_on:
            return
        data = None
        with suppress(BlockingIOError):
            data = os.read(self._out, 1 << 16)
        if data:
            self._heard = time.monotonic()
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                said = json.loads(line)
                tally.add(said)
                self._last = str(said["which"])
        elif data == b"":
            self.goes_on = False
            if code := self._process.wait():
                tally.crashes.append(f"after {self._last}: the process ended with {code}")
        elif time.monotonic() - self._heard > STUCK:
            self.goes_on = False
            tally.hangs.append(f"after {self._last}")
            self._process.kill()


def _complaints(kernel: int) -> list[str]:
    found: list[str] = []
    while True:
        try:
            line = os.read(kernel, 8192).decode(errors="replace")
        except BlockingIOError:
            return found
        except BrokenPipeError:
            line = "BUG of the test: the kernel said more than was read"
        if _COMPLAINT.search(line):
            found.append(line.strip())
