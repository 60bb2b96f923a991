"""The real command line many times over, in forks of a process that has loaded it once, under strace where asked for.

As a program it serves: each line on its standard input is one command in JSON, each line on standard output how it
ended. `Forks` is its client.
"""

import codecs
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

import offline_root
from offline_root import linter, scratch
from offline_root.__main__ import main
from offline_root.cli import custodians
from offline_root.model import Der
from offline_root.selftest import self_test
from offline_root.shares import Share, Splitting

ROOT = Path(offline_root.__file__).parent.parent
_GUARD = 120
"""Seconds after which a command that hangs is killed."""

_SET_PTRACER, _ANYBODY = 0x59616D61, -1

_LATE = (
    "{} loaded in the command: Python lists a folder again that somebody changed meanwhile, so that the n-th openat is"
    " not the same one each time (measured: 6 of 184 were not). Load it in _serve."
)


@dataclass(frozen=True)
class Killing:
    """kill -9 `after` so many seconds: of the `victim`, `program` or `worker`, if it is there then."""

    after: float
    victim: str


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code, or minus the signal's number; what it said; what strace wrote."""

    code: int
    out: str
    err: str
    traced: str

    @property
    def facts(self) -> dict[str, Any]:
        """Return the one object on standard output; nothing where the command was killed before it."""
        return json.loads(self.out) if self.out else {}


class Forks:
    """A process that has loaded the program."""

    def __init__(self, server: subprocess.Popen[str], folder: Path) -> None:
        self._server = server
        self._folder = folder

    @property
    def scratches(self) -> Path:
        """Return how the folder of every scratch token begins: /dev/shm is for the programs that others run."""
        return self._folder / scratch.NAME

    def left(self) -> list[Path]:
        """Return the folders of scratch tokens that are there."""
        return sorted(self._folder.glob(f"{scratch.NAME}*"))

    def cards(self) -> list[Path]:
        """Return the cards that were handed out last."""
        return sorted(self._folder.glob("card-*"))

    def call(self, argv: Sequence[str], strace: Sequence[str] = (), killing: Killing | None = None) -> Ended:
        """Run a command to its end."""
        asked: dict[str, Any] = {"argv": list(argv), "strace": list(strace), "folder": str(self._folder)}
        if killing:
            asked["kill"] = asdict(killing)
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(json.dumps(asked) + "\n")
        self._server.stdin.flush()
        code = int(self._server.stdout.readline())
        said = (_take(self._folder / name) for name in ("out", "err", "strace"))
        return Ended(code, *said)


def _take(file: Path) -> str:
    text = file.read_text(errors="replace") if file.exists() else ""
    file.unlink(missing_ok=True)
    return text


@contextmanager
def forks(folder: Path) -> Iterator[Forks]:
    """Start the process; `folder` is for what commands say."""
    command = [sys.executable, "-m", "tests.faults.forks"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield Forks(server, folder)
        assert server.stdin
        server.stdin.close()


def _written_down(splitting: Splitting) -> tuple[Share, ...]:
    """Stand in for custodians, who take cards and type them back: the words lie beside the scratch tokens."""
    for share in splitting.shares:
        (scratch.MEMORY / f"card-{share.custodian}").write_text(" ".join(share.words))
    return splitting.shares


def _serve() -> None:
    for package in ("offline_root", "hsm", "usb_transfer"):
        found = importlib.import_module(package)
        for each in pkgutil.walk_packages(found.__path__, f"{package}."):
            if each.name not in {"offline_root.__main__", "hsm.worker"}:
                importlib.import_module(each.name)
    linter._lint(linter._loaded)
    for lint in (linter.lint_certificate, linter.lint_crl):
        lint(Der(b""))
    codecs.lookup("ascii")
    self_test()
    custodians.hand_out, custodians.check_somebody = _written_down, lambda: None
    gc.freeze()
    for line in sys.stdin:
        asked = json.loads(line)
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            _run(asked["argv"], asked["strace"], Path(asked["folder"]))
        if "kill" in asked:
            _kill(child, Killing(**asked["kill"]))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _kill(program: int, killing: Killing) -> None:
    time.sleep(killing.after)
    if killing.victim == "program":
        os.kill(program, signal.SIGKILL)
        return
    for task in Path(f"/proc/{program}/task").glob("*/children"):
        for each in task.read_text().split():
            with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended by itself
                if b"hsm.worker" in Path(f"/proc/{each}/cmdline").read_bytes():
                    os.kill(int(each), signal.SIGKILL)


def _run(argv: Sequence[str], strace: Sequence[str], folder: Path) -> NoReturn:
    code = 99
    try:
        signal.alarm(_GUARD)
        _redirect(folder)
        scratch.MEMORY = folder
        if strace:
            _attach(strace, folder)
        sys.argv, loaded = ["offline-root", *argv], set(sys.modules)
        ended = main()
        late = sorted(set(sys.modules) - loaded)
        assert not late or not _counted(strace), _LATE.format(late)
        code = ended
    except BaseException:  # noqa: BLE001  # nothing may get back into the server's loop
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _counted(strace: Sequence[str]) -> bool:
    """Say whether the calls of a command are counted: after a fault more may be loaded, to say what it was."""
    return bool(strace) and not any(each.startswith("inject=") for each in strace)


def _redirect(folder: Path) -> None:
    for number, name, flags in (
        (0, Path(os.devnull), os.O_RDONLY),
        (1, folder / "out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, folder / "err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        opened = os.open(name, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode) for number, mode in enumerate("rww"))


def _attach(strace: Sequence[str], folder: Path) -> None:
    """Let strace take this process, and wait until it has."""
    ctypes.CDLL(None).prctl(_SET_PTRACER, ctypes.c_long(_ANYBODY), 0, 0, 0)
    reading, writing = os.pipe()
    command = ["strace", "-y", "-s", "64", "-o", str(folder / "strace"), *strace, "-p", str(os.getpid())]
    os.posix_spawnp("strace", command, dict(os.environ), file_actions=[(os.POSIX_SPAWN_DUP2, writing, 2)])
    os.close(writing)
    said = os.read(reading, 1000)
    if b"attached" not in said:
        raise OSError(said.decode(errors="replace"))


if __name__ == "__main__":
    _serve()
