"""The reader process: untrusted media are read by a child with no network, no other files and little time and memory.

It hands back bounded bytes. Whatever it does, and however it ends, here it is an answer or a VolumeError. bubblewrap
shuts it in where it is installed and works; the limits on time and memory hold everywhere.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from shutil import which
from typing import IO, Any, Final, cast

from usb_transfer import inside
from usb_transfer.errors import VolumeError
from usb_transfer.reading import NotRegularError

DEADLINE: Final = 30.0
"""Seconds that an answer may take; a stick that needs more is broken."""

ANSWER: Final = 96 * 1024 * 1024
"""Bytes of an answer: a log is the largest one."""

_PART: Final = 1024 * 1024
_START: Final = "import sys; sys.path[:0] = [sys.argv.pop(1)]; from usb_transfer.inside import main; main(sys.argv[1:])"
_PACKAGE: Final = Path(__file__).absolute().parent
_PYTHON: Final = str(Path(sys.executable).resolve())
_STICK: Final = "/stick"


def read_head(stick: Path, name: str, count: int) -> bytes:
    """Return at most the first `count` bytes of a regular file below a folder (VolumeError, NotRegularError)."""
    found = heads(stick, count, name)[name]
    if isinstance(found, VolumeError):
        raise found
    return found


def earlier(stick: Path, folder: str, names: tuple[str, ...]) -> dict[str, bytes]:
    """Return what earlier ceremonies left on a stick: the files called `names` in the folders inside `folder`.

    A stick without `folder` is not asked. VolumeError.
    """
    if not os.path.isdir(stick / folder):  # noqa: PTH112 (pathlib raises where the stick is damaged)
        return {}
    return {name: data for name, data in _files("earlier", stick, folder, *names).items() if isinstance(data, bytes)}


def heads(stick: Path, count: int, *names: str) -> dict[str, bytes | VolumeError]:
    """Return at most the first `count` bytes of each file, or why it cannot be read, by its name (VolumeError).

    Without `names`: of each file that may be a request, sorted. One process reads them all: to start one for each would
    take longer than everything else.
    """
    return _files("heads", stick, str(count), *names)


def _files(question: str, stick: Path, *rest: str) -> dict[str, bytes | VolumeError]:
    """Return the files of an answer that has several."""
    head, data = _ask(question, stick, *rest)
    found: dict[str, bytes | VolumeError] = {}
    at = 0
    for name, each in head["files"].items():
        size = int(each.get("size", 0))
        found[str(name)] = _error(each) or data[at : at + size]
        at += size
    return found


def _ask(question: str, root: Path, *rest: str) -> tuple[dict[str, Any], bytes]:
    """Return the answer to a question about a folder."""
    root = root.absolute()
    if root.is_dir():
        head, data = _answer(_run([question, _STICK if is_confined() else str(root), *rest], root))
    else:
        head, data = inside.answer([question, str(root), *rest])
    if error := _error(head):
        raise error
    return head, data


def _error(head: dict[str, Any]) -> VolumeError | None:
    kind = NotRegularError if head.get("irregular") else VolumeError
    return kind(**head["error"]) if "error" in head else None


def _answer(octets: bytes) -> tuple[dict[str, Any], bytes]:
    line, _, data = octets.partition(b"\n")
    try:
        head = json.loads(line)
        whole = head.get("size", 0) == len(data)
    except (ValueError, AttributeError) as error:
        raise _lost("it gave no answer") from error
    if not whole:
        raise _lost("its answer is not whole")
    return head, data


def _run(arguments: list[str], root: Path) -> bytes:
    package = ["/reader"] if is_confined() else [str(_PACKAGE.parent)]
    command = [_PYTHON, "-I", "-S", "-B", "-c", _START, *package, *arguments]
    shut_in = _shut_in(root) if is_confined() else []
    with subprocess.Popen(
        [*shut_in, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        process_group=0,
    ) as process:
        try:
            answer = _said(process, time.monotonic() + DEADLINE)
        except subprocess.TimeoutExpired as error:
            raise _lost(f"it took more than {DEADLINE:.0f} seconds") from error
        finally:
            if process.returncode is None:  # all of them: what bubblewrap has just begun would wait for it for ever
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        raise _lost(f"it ended with {process.returncode}")
    return answer


def _said(process: "subprocess.Popen[bytes]", until: float) -> bytes:
    """Return what the process says until it ends: no more than an answer may have, and no longer than it may take."""
    said, pipe = bytearray(), cast("IO[bytes]", process.stdout).fileno()
    while select.select([pipe], [], [], max(0, until - time.monotonic()))[0]:
        part = os.read(pipe, _PART)
        if not part:
            process.wait(max(0, until - time.monotonic()))
            return bytes(said)
        said += part
        if len(said) > ANSWER:
            raise _lost("it said more than a stick may hold for us")
    raise subprocess.TimeoutExpired(process.args, DEADLINE)


@cache
def is_confined() -> bool:
    """Say whether the reader can be shut in on this machine: bubblewrap may be missing, or not be allowed."""
    if which("bwrap") is None:
        return False
    tried = subprocess.run([*_shut_in(_PACKAGE), _PYTHON, "-I", "-S", "-c", ""], capture_output=True, check=False)
    return tried.returncode == 0


def _shut_in(root: Path) -> list[str]:
    """Return the command that gives what follows it one folder, the system's programs, and nothing else."""
    system = dict.fromkeys(("/usr", sys.base_prefix, sys.base_exec_prefix))
    links = ("/bin", "/lib", "/lib64", "/etc/ld.so.cache")
    return [
        *("bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"),
        *("--cap-drop", "ALL", "--uid", "65534", "--gid", "65534"),
        *(word for each in system for word in ("--ro-bind", each, each)),
        *(word for each in links for word in ("--ro-bind-try", each, each)),
        *("--ro-bind", str(_PACKAGE), f"/reader/{_PACKAGE.name}"),
        *("--ro-bind", str(root), _STICK, "--chdir", "/"),
    ]


def _lost(why: str) -> VolumeError:
    return VolumeError(
        f"The process that reads the stick was lost: {why}.",
        meaning="The stick holds something that cannot be read, or it is broken. Nothing of it was used.",
        mend="Take the stick out. Have the requests copied onto a new one, alone.",
        retry=True,
    )
