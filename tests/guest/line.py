"""What a guest and its host say to each other: JSON, line by line."""

import json
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

Json = Any
"""Whatever JSON can say."""
GUARD = 3600.0
"""Seconds that any answer may take: a hang guard, for emulation on a machine at work."""


class Line:
    """A socket on which both sides speak."""

    def __init__(self, ours: socket.socket) -> None:
        self._socket = ours
        self._socket.settimeout(GUARD)
        self._file = self._socket.makefile("rwb")

    def send(self, value: Json) -> None:
        """Say something."""
        self._file.write(json.dumps(value).encode() + b"\n")
        self._file.flush()

    def receive(self) -> Json:
        """Return what the other side says next."""
        line = self._file.readline()
        if not line:
            raise EOFError("the other side hung up")
        return json.loads(line)

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):  # what is left to say reaches nobody
            self._socket.close()
            self._file.close()


class Bell:
    """A Unix socket on which QEMU calls."""

    def __init__(self, path: Path) -> None:
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()

    def answer(self) -> Line:
        """Return the line to who calls, once."""
        with self._listening:
            self._listening.settimeout(GUARD)
            called, _ = self._listening.accept()
        return Line(called)

    def close(self) -> None:
        """Wait for no call any more."""
        self._listening.close()


class Asked:
    """A machine with an agent in it, which does what it is asked for. `modules` is what modprobe calls its folder."""

    modules: Path
    agent: Line

    @property
    def console(self) -> str:
        """Return what the kernel and the first processes printed."""
        raise NotImplementedError

    def ask(self, **question: Json) -> Json:
        """Ask the agent, and return its answer."""
        try:
            self.agent.send(question)
            said = self.agent.receive()
        except (OSError, EOFError) as error:
            error.add_note(self.console[-8000:])
            raise
        assert "error" not in said, said["error"]
        return said["answer"]

    def run(self, *command: str | Path) -> str:
        """Run a program in the guest that has to succeed; return what it printed."""
        done = self.ask(run=[str(each) for each in command])
        assert done["code"] == 0, done
        return str(done["out"])

    def call(self, *arguments: str | Path) -> Json:
        """Run `offline-root` in the guest; return how it ended and what it said."""
        return self.ask(call=[str(each) for each in arguments])

    def python(self, name: str, *arguments: Json) -> Json:
        """Call `module:function` in the guest, and return its value."""
        return self.ask(python=name, arguments=list(arguments))
