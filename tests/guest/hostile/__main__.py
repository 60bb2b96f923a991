"""Campaigns of any length: `python -m tests.guest.hostile [KERNEL] [--count N] [--seconds S] [--number N]`.

KERNEL is `usermode`, quick and without exFAT, or `emulated`. Several campaigns with other numbers may go on at once.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.guest.hostile.campaign import Tally
from tests.guest.machine import Guest
from tests.guest.usermode import UserMode

KERNELS: dict[str, Callable[[], Guest | UserMode]] = {"usermode": UserMode, "emulated": Guest}
PIECE = 20_000
"""Mutants for one guest."""
WORD = 120.0
"""Seconds between two words of a guest."""


def campaign(kernel: Callable[[], Guest | UserMode], number: int, count: int, seconds: float) -> Iterator[Tally]:
    """Yield what came of mutants again and again; after a hang or a complaint of the kernel the guest is a new one."""
    end = time.monotonic() + seconds
    for first in range(number, number + count, PIECE):
        with kernel() as guest:
            last = min(PIECE, number + count - first)
            guest.python("tests.guest.hostile.campaign:begin", str(guest.modules), first, last)
            fit = goes_on = True
            while fit and goes_on and time.monotonic() < end:
                said = guest.python("tests.guest.hostile.campaign:more", WORD)
                tally, goes_on = tallied(said["tally"]), said["goes on"]
                fit = not (tally.hangs or tally.complaints)
                yield tally


def tallied(said: dict[str, Any]) -> Tally:
    """Return a tally as the guest said it."""
    empty = Tally()
    return Tally(**{name: type(getattr(empty, name))(value) for name, value in said.items()})


def main() -> None:
    """Run a campaign, and print what came of all so far after each piece."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kernel", nargs="?", choices=KERNELS, default="usermode")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=86_400)
    parser.add_argument("--number", type=int, default=0)
    given = parser.parse_args()
    total = Tally()
    for tally in campaign(KERNELS[given.kernel], given.number, given.count, given.seconds):
        total += tally
        sys.stdout.write("".join(f"{each}\n" for each in (*tally.hangs, *tally.crashes, *tally.complaints)))
        sys.stdout.write(f"{given.kernel}, from number {given.number}: {total}\n")
        sys.stdout.flush()
    sys.exit(bool(total.hangs or total.crashes or total.complaints))


if __name__ == "__main__":
    main()
