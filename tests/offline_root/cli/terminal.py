"""A person at a terminal: a real pseudo-terminal, a program on it, and what is typed when which question appears."""

import fcntl
import os
import re
import select
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.appliance import GUARD, Done, command

CTRL_C, CTRL_D = "\x03", "\x04"


@dataclass
class Person:
    """Somebody who reads the terminal and types. `seen` is all that was on it so far."""

    terminal: int
    program: "subprocess.Popen[bytes]"
    out: Path
    seen: str = ""
    read: int = 0

    def expect(self, text: str) -> None:
        """Read on until `text` appears after what was expected last; lines may be broken anywhere between words."""
        until = time.monotonic() + GUARD
        pattern = re.compile(r"\s+".join(map(re.escape, text.split())))
        while not (found := pattern.search(self.seen, self.read)):
            assert time.monotonic() < until, f"waited in vain for {text!r} in\n{self.seen}"
            assert self._more(), f"the program ended without {text!r} in\n{self.seen}"
        self.read = found.end()

    def type(self, text: str) -> None:
        """Type a line and press Enter."""
        self.press(f"{text}\n")

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self.terminal, keys.encode())

    def answer(self, question: str, text: str) -> None:
        """Wait for a question and type the answer."""
        self.expect(question)
        self.type(text)

    def done(self) -> Done:
        """Read to the end and return how the program ended."""
        while self._more():
            pass
        return Done(self.program.wait(GUARD), self.out.read_text(), self.seen)

    def _more(self) -> bool:
        """Take what has come onto the terminal; return False at the end."""
        ready, _, _ = select.select([self.terminal], [], [], GUARD)
        assert ready, f"nothing happens after\n{self.seen}"
        try:
            data = os.read(self.terminal, 65536)
        except OSError:  # Linux: the program has closed its side
            return False
        self.seen += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)


@contextmanager
def person(folder: Path, *arguments: str | Path, stdout_too: bool = False) -> Iterator[Person]:
    """Start the program on a terminal of its own; its result goes to a file, or to the terminal as well."""
    terminal, program_side = os.openpty()
    out = folder / "stdout"
    with out.open("wb") as result:
        program = subprocess.Popen(
            command(*arguments),
            stdin=program_side,
            stdout=program_side if stdout_too else result,
            stderr=program_side,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  # no threads here
        )
    os.close(program_side)
    try:
        yield Person(terminal, program, out)
    finally:
        program.kill()
        program.wait()
        os.close(terminal)
