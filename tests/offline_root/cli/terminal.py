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
from datetime import UTC, datetime
from pathlib import Path

from tests.appliance import GUARD, PIN, Appliance, Done, command

CTRL_C, CTRL_D = "\x03", "\x04"

HEAD = "Closing sheet of the last ceremony"
CLOCK = "A second person reads the UTC date and time from another clock"
PIN_QUESTION = "PIN of the token (nothing is shown):"
SLIP = "type the first 32 hex digits of the fingerprint on the paper slip of test"
SURE = "Sign this for test? Type yes or no."


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
        """Wait for a question, and for the place where the answer goes, and type it."""
        self.expect(question)
        if not question.endswith(":"):
            self.expect(">")
        self.type(text)

    def done(self) -> Done:
        """Read to the end and return how the program ended."""
        until = time.monotonic() + GUARD
        while self._more():
            assert time.monotonic() < until, f"it does not end after\n{self.seen}"
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
    termios.tcsetwinsize(terminal, (24, 80))
    out = folder / "stdout"
    with out.open("wb") as result:
        program = subprocess.Popen(
            command(*arguments),
            env={**os.environ, "TERM": "linux"},
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


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M")


@contextmanager
def signing(appliance: Appliance, file: Path, *more: str | Path) -> Iterator[Person]:
    """Start `sign` with people, place and environment alone: the rest is asked."""
    people = ("--operator", "Olga", "--witness", "Wanda")
    common = ("sign", file, "--environment", "test", "--out", appliance.out, *people, *more)
    with person(appliance.base, "--home", appliance.home, *common) as someone:
        yield someone


def open_ceremony(someone: Person, appliance: Appliance) -> None:
    someone.answer(HEAD, appliance.head)
    someone.answer(CLOCK, now())
    someone.answer(PIN_QUESTION, PIN)


def spaced(digits: str) -> str:
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))
