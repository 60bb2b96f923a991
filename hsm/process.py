"""The client's side of the worker process: starts it, asks it with a deadline, ends it.

Knows frames and signals, not PKCS#11.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from hsm.errors import ERRORS, Misuse, WorkerLost
from hsm.frames import MAX_ANSWER, MAX_REQUEST, Fields, FrameError, Value, pack, receive, wait_at_most

T = TypeVar("T")

PROGRAM = (sys.executable, "-P", "-s", "-m", "hsm.worker")
"""How the worker is started. -P: the current folder, which may be a stick, is not on its path."""

# While tests measure coverage, these tell the coverage package in the worker what to do. The image does not have it.
_PASSED_ON = ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
_EXIT_SECONDS = 1.0
_REAP_SECONDS = 10.0


class Worker:
    """One worker process. Calls from several threads wait for each other; after a WorkerLost every call is one."""

    def __init__(self, variables: Mapping[str, str], program: Sequence[str] = PROGRAM) -> None:
        """Start `program` with only `variables` and what Python needs in its environment; WorkerLost if that fails."""
        self._lock = threading.Lock()
        self._number = 0
        self._channel, far_channel = socket.socketpair()
        far_lifeline, near_lifeline = os.pipe()
        self._lifeline = os.fdopen(near_lifeline, "wb", buffering=0)
        try:
            self._process = _start(program, variables, (far_channel.fileno(), far_lifeline))
        except OSError as error:
            self._let_go()
            raise WorkerLost(f"The token's worker process could not be started: {error.strerror}.") from None
        finally:
            far_channel.close()
            os.close(far_lifeline)

    @property
    def pid(self) -> int:
        """Return the worker's process id."""
        return self._process.pid

    def call(self, verb: str, fields: Mapping[str, Value], seconds: float, read: Callable[[Fields], T]) -> T:
        """Return what `read` makes of the worker's answer to `verb` with `fields`, or raise the error that it reports.

        Not answered within `seconds`, gone, or not understood (`read` may raise FrameError): the worker is killed and
        reaped, and WorkerLost is raised.
        """
        with self._lock:
            try:
                answer = self._exchange(verb, fields, time.monotonic() + seconds)
                if "ok" in answer.values:
                    return read(answer.inner("ok"))
                error = _reported(answer.inner("error"))
            except TimeoutError:
                error = self._lost(f"did not answer to {verb} within {seconds:g} seconds")
            except FrameError as problem:
                error = self._lost(f"answered nonsense to {verb}: {problem}")
            except (EOFError, OSError):
                error = self._lost(f"ended during {verb}", _EXIT_SECONDS)
            except BaseException:  # such as KeyboardInterrupt: the next answer would belong to this question
                self._end()
                raise
            raise error

    def stop(self, seconds: float) -> None:
        """End the worker: in order if it does so within `seconds`, else by SIGKILL. Does nothing when it has ended.

        A call that another thread still waits for after `seconds` ends as WorkerLost.
        """
        if not self._lock.acquire(timeout=seconds):
            self._process.kill()
            self._lock.acquire()
        try:
            with contextlib.suppress(OSError, EOFError, FrameError):
                self._exchange("close", {}, time.monotonic() + seconds)
            self._end(seconds)
        finally:
            self._lock.release()

    def _exchange(self, verb: str, fields: Mapping[str, Value], until: float) -> Fields:
        self._number += 1
        wait_at_most(self._channel, until)
        self._channel.sendall(pack({"number": self._number, "verb": verb, "fields": fields}, MAX_REQUEST))
        answer = receive(self._channel, MAX_ANSWER, until)
        if answer.number("number") != self._number:
            raise FrameError("an answer to another question")
        return answer

    def _lost(self, how: str, patience: float = 0.0) -> WorkerLost:
        return WorkerLost(f"The token's worker process {how} ({self._end(patience)}).")

    def _end(self, patience: float = 0.0) -> str:
        """Kill and reap, after `patience` seconds for an end of its own; return how it ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        status = self._process.returncode
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):  # nobody can end a call that hangs in the kernel
            self._process.wait(_REAP_SECONDS)
        self._let_go()
        if status is None:
            return "now killed"
        return f"exit code {status}" if status >= 0 else f"signal {-status}"

    def _let_go(self) -> None:
        self._channel.close()
        self._lifeline.close()


def _start(program: Sequence[str], variables: Mapping[str, str], descriptors: Sequence[int]) -> subprocess.Popen[bytes]:
    """Lead the standard streams nowhere, for modules print; a session of its own keeps the terminal's signals away."""
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    home = str(Path(__file__).resolve().parent.parent)  # so that hsm is found in a checkout that was not installed
    return subprocess.Popen(
        (*program, *map(str, descriptors)),
        env={"LANG": "C.UTF-8", "PYTHONPATH": home, **passed_on, **variables},
        cwd="/",
        umask=0o077,
        pass_fds=descriptors,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def nothing(answer: Fields) -> None:
    """Read an `answer` that says only: done."""


def _reported(error: Fields) -> Exception:
    kind, what = error.text("kind"), error.text("what")
    if kind == Misuse.__name__:
        return Misuse(what)
    if kind not in ERRORS:
        raise FrameError("an error of a kind that does not exist")
    return ERRORS[kind](what, error.text("code"))
