"""The real command line in a process of its own, for tests that kill it or look at its system calls."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import offline_root
from offline_root import wire
from offline_root.moments import utc_text
from tests.fakes.token import PIN
from tests.offline_root.station.rooms import PEOPLE, Room, Slip

ROOT = Path(offline_root.__file__).parent.parent
CLI = (sys.executable, "-m", "offline_root")
GUARD = 120.0
"""Seconds after which what hangs is given up; it takes one or two."""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    facts: dict[str, Any]
    said: str


def arguments(room: Room, verb: str, *rest: str) -> list[str]:
    """Return the arguments of one whole ceremony, which accepts what is unsigned and explains what is unusual."""
    pin = room.home.path.parent / "pin"
    pin.write_text(PIN + "\n")
    tail = str(wire.verify_log(room.place.audit, None).unsigned)
    people = ["--operator", PEOPLE.operator, *(f"--witness={each}" for each in PEOPLE.witnesses)]
    stated = ["--clock", utc_text(datetime.now(UTC)), "--head", room.head, "--accept-tail", tail]
    stated += ["--because", "the machine stopped before the last closing sheet was written down"]
    return ["--json", "--home", str(room.home.path), verb, *rest, *people, *stated, "--pin-file", str(pin)]


def sign_arguments(room: Room, asked: Slip, stick: Path) -> list[str]:
    """Return the arguments that sign a request."""
    file = room.home.path.parent / asked.file
    file.write_bytes(asked.data)
    options = ["--environment", asked.environment, "--confirm", asked.typed, "--out", str(stick)]
    return arguments(room, "sign", str(file), *options)


def run(room: Room, argv: Sequence[str], before: Sequence[str] = ()) -> Done:
    """Run the command line, `before` it a program that runs it; keep the closing sheet."""
    done = subprocess.run(
        [*before, *CLI, *argv],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=GUARD,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    facts = json.loads(done.stdout) if done.stdout else {}
    room.head = facts.get("closing") or room.head
    return Done(done.returncode, facts, done.stderr)


def status(room: Room) -> dict[str, Any]:
    """Return what `status` says."""
    done = run(room, ["--json", "--home", str(room.home.path), "status"])
    assert done.code == 0, done.said
    return done.facts


def verified(room: Room) -> bool:
    """Say whether `log verify` finds nothing wrong."""
    anchor = str(room.place.path / "anchor.json")
    done = run(room, ["--json", "--home", str(room.home.path), "log", "verify", "--anchor", anchor])
    return done.code == 0 and done.facts["ok"] is True


@dataclass(frozen=True)
class Stopped:
    """A command whose worker does not answer."""

    process: subprocess.Popen[str]
    worker: int

    def kill(self) -> None:
        """Kill -9 the command."""
        self.process.kill()
        self.process.wait(GUARD)

    def kill_worker(self) -> Done:
        """Kill -9 the worker, and see how the command ends."""
        os.kill(self.worker, signal.SIGKILL)
        out, said = self.process.communicate(timeout=GUARD)
        return Done(self.process.returncode, json.loads(out), said)


@contextmanager
def stopped(room: Room, argv: Sequence[str]) -> Iterator[Stopped]:
    """Run a command as far as the root key's signature, and leave nothing of it behind."""
    marker = room.home.path.parent / "marker"
    marker.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.fakes.stopped", str(marker), *argv]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        until = time.monotonic() + GUARD
        while not marker.exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until, "waited in vain"
            time.sleep(0.01)
        parent, worker = map(int, marker.read_text().split())
        assert parent == process.pid
        try:
            yield Stopped(process, worker)
        finally:
            process.kill()
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
