"""System calls of a command, and what can go wrong at each of them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.forks import Ended, Forks

CHANGING = (
    "write",
    "pwrite64",
    "writev",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "mkdir",
    "mkdirat",
    "ftruncate",
    "unlink",
    "unlinkat",
    "fchmod",
)
OPENING = ("open", "openat")
_CALL = re.compile(r"(\w+)\((.*)\) += ")

MODES = {
    "EIO": "error=EIO",
    "ENOSPC": "error=ENOSPC",
    "killed before": "error=EIO:signal=SIGKILL",
    "killed after": "signal=SIGKILL",
}
"""How strace is told. A call that is to be killed before it happens is made to fail as well."""


@dataclass(frozen=True)
class Point:
    """The `number`-th call called `name`, counted over the whole command, and what strace printed of it."""

    name: str
    number: int
    arguments: str

    @property
    def changes(self) -> bool:
        """Say whether it changes something on the disk."""
        return self.name not in OPENING or "O_CREAT" in self.arguments

    @property
    def modes(self) -> Sequence[str]:
        """Return what is worth doing at it: a file that is only read is not more or less read by a kill."""
        return tuple(MODES) if self.changes else ("EIO", "killed after")

    def __str__(self) -> str:
        return f"{self.name} {self.number}: {self.arguments[:160]}"


def recorded(forks: Forks, argv: Sequence[str], base: Path) -> tuple[Ended, list[Point]]:
    """Run a command and return all its calls that are `ours`."""
    ended = forks.call(argv, ("-e", f"trace={','.join((*CHANGING, *OPENING))}"))
    counts: Counter[str] = Counter()
    points = []
    for line in ended.traced.splitlines():
        if call := _CALL.match(line):
            counts[call[1]] += 1
            if ours(forks, base, call[2]):
                points.append(Point(call[1], counts[call[1]], call[2]))
    return ended, points


def ours(forks: Forks, base: Path, call: str) -> bool:
    """Say whether a call touches something in `base` or a scratch token."""
    return f"{base}/" in call or str(forks.scratches) in call


def injected(forks: Forks, argv: Sequence[str], base: Path, point: Point, mode: str) -> Ended:
    """Run a command with one call going wrong; make sure that it was one of `ours`."""
    options = ("-e", f"trace={point.name}", "-e", f"inject={point.name}:{MODES[mode]}:when={point.number}")
    ended = forks.call(argv, options)
    calls = [line for line in ended.traced.splitlines() if line.startswith(f"{point.name}(")]
    hit = calls[point.number - 1]
    assert ours(forks, base, hit), hit
    assert ("killed" in mode) == (ended.code == -9), (ended, hit)
    assert "killed" in mode or "(INJECTED)" in hit, hit
    return ended
