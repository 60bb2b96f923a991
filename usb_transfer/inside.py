"""Inside the reader process: look at one stick or one file of it, and hand the answer out. Standard library only.

    python -I -S -c "…" heads ROOT COUNT NAME…      the answer is the first COUNT bytes of each file, joined;
                                                    without a NAME of each that may be a request
    python -I -S -c "…" earlier ROOT FOLDER NAME…   the answer is those files of each folder in FOLDER, joined

The answer is one line of JSON, then bytes. A foreign file is never run, only read: but what reads it is a kernel's file
system, and what is read goes through Python; both are kept away from everything else here.
"""

import json
import resource
import sys
from pathlib import Path

from usb_transfer.earlier import earlier
from usb_transfer.errors import VolumeError
from usb_transfer.inbox import candidates
from usb_transfer.reading import NotRegularError, read_head

MEMORY = 512 * 1024 * 1024
"""Bytes of address space: Python's own, and a large file list."""

SECONDS = 10
"""Of processor time."""

_LIMITS = (
    (resource.RLIMIT_AS, MEMORY),
    (resource.RLIMIT_CPU, SECONDS),
    (resource.RLIMIT_NOFILE, 64),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_CORE, 0),
)


def main(arguments: list[str]) -> None:
    """Give the answer to one question on standard output."""
    for which, most in _LIMITS:
        resource.setrlimit(which, (most, most))
    head, data = answer(arguments)
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + data)


def answer(arguments: list[str]) -> tuple[dict[str, object], bytes]:
    """Return the head and the bytes of an answer; an error is an answer too."""
    try:
        match arguments:
            case ["heads", root, count, *names]:
                each = {name: _head(Path(root, name), int(count)) for name in names or candidates(Path(root))}
                data = b"".join(data for _, data in each.values())
                return {"size": len(data), "files": {name: head for name, (head, _) in each.items()}}, data
            case ["earlier", root, folder, *names]:
                found = earlier(Path(root), folder, tuple(names))
                data = b"".join(found.values())
                return {"size": len(data), "files": {name: {"size": len(each)} for name, each in found.items()}}, data
            case _:
                raise ValueError(arguments)
    except VolumeError as error:
        return _told(error), b""


def _head(path: Path, count: int) -> tuple[dict[str, object], bytes]:
    try:
        data = read_head(path, count)
    except VolumeError as error:
        return _told(error), b""
    return {"size": len(data)}, data


def _told(error: VolumeError) -> dict[str, object]:
    about = {"what": error.what, "meaning": error.meaning, "mend": error.mend, "retry": error.retry}
    return {"error": about, "irregular": isinstance(error, NotRegularError)}
