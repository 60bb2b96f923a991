"""mount(8) and the reader process, without starting a program: in an emulated machine that takes most of the time.

What is asked of the kernel, and what runs in the reader, are the product's own.
"""

import ctypes
import json
import os
import resource
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Never
from unittest.mock import patch

from usb_transfer import inside, mounting, reader

_FLAGS = {"ro": 1, "nosuid": 2, "nodev": 4, "noexec": 8, "rw": 0}
"""<linux/mount.h>."""
_LIBC = ctypes.CDLL(None, use_errno=True)


def mount(*command: str) -> None:
    """Do as the commands mount and umount would, as the appliance calls them (VolumeError)."""
    match command:
        case ("mount", "-t", kind, "-o", options, "--", node, at):
            flags = [each for each in options.split(",") if each in _FLAGS]
            rest = ",".join(each for each in options.split(",") if each not in _FLAGS)
            words = (os.fsencode(each) for each in (node, at, kind))
            done = _LIBC.mount(*words, sum(_FLAGS[each] for each in flags), rest.encode())
        case ("umount", "--", at):
            done = _LIBC.umount2(os.fsencode(at), 0)
        case _:
            raise ValueError(command)
    if done:
        raise mounting._failed("mounted or unmounted", os.strerror(ctypes.get_errno()))


class Reader:
    """A reader process that answers many questions: for each of them a fork would take five times as long."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._child = os.fork()
        if not self._child:
            ours.close()
            _answer_all(theirs)
        theirs.close()
        self._socket = ours
        self.alive = True

    def ask(self, arguments: list[str], _root: Path) -> bytes:
        """Return what the reader process writes on its standard output (VolumeError)."""
        self._socket.settimeout(reader.DEADLINE)
        try:
            self._socket.sendall(json.dumps(arguments).encode() + b"\n")
            return self._receive(int.from_bytes(self._receive(8)))
        except TimeoutError as error:
            self.end()
            raise reader._lost(f"it took more than {reader.DEADLINE:.0f} seconds") from error
        except OSError as error:
            raise reader._lost(f"it ended with {self.end()}") from error

    def _receive(self, count: int) -> bytes:
        parts = b""
        while len(parts) < count:
            if not (part := self._socket.recv(count - len(parts))):
                raise ConnectionResetError
            parts += part
        return parts

    def end(self) -> int:
        """End the process, and return how it ended."""
        self._socket.close()
        if self.alive:
            os.kill(self._child, signal.SIGKILL)
        self.alive = False
        return os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])


def _answer_all(line: socket.socket) -> Never:
    """Do as `inside.main` does, again and again, under its limits."""
    try:
        for which, most in inside._LIMITS:
            resource.setrlimit(which, (most, most))
        for question in line.makefile("rb"):
            head, data = inside.answer(json.loads(question))
            said = json.dumps(head).encode() + b"\n" + data
            line.sendall(len(said).to_bytes(8) + said)
    finally:
        os._exit(1)


@contextmanager
def quick(process: Reader) -> Iterator[None]:
    """Have the appliance mount and read in this way."""
    with (
        patch.object(mounting, "_run", mount),
        patch.object(reader, "_run", process.ask),
        patch.object(reader, "is_confined", lambda: False),
    ):
        yield
