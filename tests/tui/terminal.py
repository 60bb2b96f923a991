"""The real program on a real pseudo-terminal, and what a person sees there (pyte plays the terminal)."""

import fcntl
import os
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyte

from tests.tui.desks import GUARD

ROOT = Path(__file__).parents[2]
ENTER, ESCAPE, DOWN, UP, CTRL_C, CTRL_Q, CTRL_P = "\r", "\x1b", "\x1b[B", "\x1b[A", "\x03", "\x11", "\x10"
PROGRAM = (sys.executable, "-m", "offline_root")


class Screen(pyte.Screen):
    """A terminal that does not know private modes with a sign, which Textual asks for and pyte would read as others."""

    def select_graphic_rendition(self, *attrs: int, private: bool = False) -> None:
        """Take colours only where they are meant."""
        if not private:
            super().select_graphic_rendition(*attrs)

    def report_device_status(self, mode: int, **_: object) -> None:
        """Say nothing: there is nobody to answer."""


@dataclass
class Terminal:
    """A terminal with a program on it. `raw` is every byte that came."""

    side: int
    own_side: int
    program: "subprocess.Popen[bytes]"
    screen: pyte.Screen
    stream: pyte.ByteStream
    raw: bytearray = field(default_factory=bytearray)
    guard: float = GUARD

    @property
    def rows(self) -> list[str]:
        """Return what a person sees."""
        return [row.rstrip() for row in self.screen.display]

    @property
    def text(self) -> str:
        """Return it in one string."""
        return "\n".join(self.rows)

    def press(self, *keys: str) -> None:
        """Press keys."""
        for each in keys:
            os.write(self.side, each.encode())

    def type(self, *texts: str) -> None:
        """Type into the entries, with Enter after each."""
        for each in texts:
            self.press(each, ENTER)

    def paste(self, text: str) -> None:
        """Paste, as terminals do that mark what is pasted."""
        os.write(self.side, b"\x1b[200~" + text.encode() + b"\x1b[201~")

    def sees(self, title: str, *texts: str) -> str:
        """Wait for a screen by its title and by what stands on it; return all of it."""

        def there() -> bool:
            head, flat = "\n".join(self.rows[:2]), " ".join(self.text.split())
            # A message may break anywhere: where, depends on the length of the folder's name in it.
            told = all(each in self.text or each in flat for each in texts)
            # While something slow is done, its screen may have the title of the one that comes.
            ready = "NEXT:" in self.rows[-1] and "NEXT: wait" not in self.rows[-1]
            return title in head and ready and told

        self.waits(there, f"{title} {texts}")
        return self.text

    def comes_home(self, *texts: str) -> str:
        """Look at the machine after a start, measure nothing, and see home."""
        self.sees("This machine")
        self.type("", "")
        return self.sees("Home", *texts)

    def waits(self, there: Callable[[], bool], what: str = "") -> None:
        """Read until something holds."""
        until = time.monotonic() + self.guard
        while not there():
            assert time.monotonic() < until, f"waited in vain for {what}:\n{self.text}"
            assert self._more(), f"the program ended before {what}:\n{self.text}"

    def done(self) -> int:
        """Read to the end and return the exit code."""
        while self._more():
            pass
        return self.program.wait(GUARD)

    def paper(self, name: str) -> str:
        """Return what stands in the box with the paper, behind a name, once the box is drawn."""
        self.waits(lambda: "╰" in self.text.partition("THE PAPER IN YOUR HAND")[2], "the paper")
        after = self.text.partition("THE PAPER IN YOUR HAND")[2]
        row = next(each for each in after.splitlines() if name in each)
        return row.partition(name)[2].strip(" │█")

    def _more(self, seconds: float = 0.5) -> bool:
        """Take what has come; return False when nothing can come any more."""
        ended = self.program.poll() is not None
        if not select.select([self.side], [], [], seconds)[0]:
            return not ended
        try:
            data = os.read(self.side, 65536)
        except OSError:
            return False
        self.raw += data
        self.stream.feed(data)
        return True

    @property
    def settings(self) -> list[object]:
        """Return how the terminal is set: echo, line by line, signals."""
        return list(termios.tcgetattr(self.own_side))


@contextmanager
def terminal(
    *arguments: str | Path, size: tuple[int, int] = (80, 24), program: tuple[str, ...] = PROGRAM, term: str = "linux"
) -> Iterator[Terminal]:
    """Start the program on a terminal of its own."""
    # The size is the terminal's own affair: a variable that says another one would win over it.
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    side, own_side = os.openpty()
    termios.tcsetwinsize(side, (size[1], size[0]))
    started = subprocess.Popen(
        [*program, *map(str, arguments)],
        env={**environment, "TERM": term, "PYTHONPATH": str(ROOT)},
        stdin=own_side,
        stdout=own_side,
        stderr=own_side,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  # no threads here
    )
    screen = Screen(*size)
    try:
        yield Terminal(side, own_side, started, screen, pyte.ByteStream(screen))
    finally:
        started.kill()
        started.wait()
        os.close(side)
        os.close(own_side)
