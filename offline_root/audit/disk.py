"""Files and folders for the audit log: opened without following links, locked, written whole, errors as AuditError.

Descriptors are closed by the `ExitStack` that is passed along. Nothing here knows what a log is.
"""

import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from offline_root.errors import AuditError

_SAFE: Final = os.O_NOFOLLOW | os.O_NONBLOCK
_LOCKS: Final = Path("/proc/locks")
_LOCK: Final = re.compile(r"FLOCK +ADVISORY +WRITE +([0-9]+) +([0-9a-f]+):([0-9a-f]+):([0-9]+) ")


def make_folder(folder: Path) -> None:
    """Make `folder` (0700), durably, unless there is something of that name already."""
    try:
        folder.mkdir(mode=stat.S_IRWXU)
    except FileExistsError:
        return
    with ExitStack() as opened:
        os.fsync(open_folder(folder.parent.resolve(), opened))  # above HOME a link may lead to it


def open_folder(folder: Path, opened: ExitStack) -> int:
    """Return a descriptor of `folder`, which must not be a link. `opened` will close it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | _SAFE)
    opened.callback(os.close, descriptor)
    return descriptor


def open_file(name: str, flags: int, at: int, opened: ExitStack) -> int:
    """Return a descriptor of the regular file `name` in the open folder `at`. A new file gets mode 0600.

    `opened` will close it.
    """
    descriptor = os.open(name, flags | _SAFE, stat.S_IRUSR | stat.S_IWUSR, dir_fd=at)
    opened.callback(os.close, descriptor)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise untrusted(f"{name} is not a regular file.")
    return descriptor


def lock(log: int) -> None:
    """Lock an open file against every other process until it is closed; AuditError, at once, if one has it."""
    try:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise AuditError(
            f"Another process{_holder(log)} has this authority open.",
            meaning="Only one program at a time may write the audit log. Nothing was changed.",
            mend="End the other program, then try again.",
            retry=True,
        ) from error


def _holder(log: int) -> str:
    """Return ` (PID)` as the kernel tells who holds the lock on `log`, or nothing where it cannot be known."""
    file = os.fstat(log)
    try:
        held = _LOCK.findall(_LOCKS.read_text("ascii"))
    except OSError:
        return ""
    for pid, major, minor, inode in held:
        if (os.makedev(int(major, 16), int(minor, 16)), int(inode)) == (file.st_dev, file.st_ino):
            return f" ({pid})"
    return ""


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`: one call may write less than it was given."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


@contextmanager
def reported(what: str) -> Iterator[None]:
    """Turn what the operating system refuses into an AuditError that says `what` could not be done."""
    try:
        yield
    except OSError as error:
        raise AuditError(
            f"{what}: {error.strerror}.",
            meaning="Without its audit log the authority cannot be used. Nothing was signed.",
            mend="Look after the disk (space, errors, files in the folder), then restart.",
            retry=False,
        ) from error


def untrusted(what: str) -> AuditError:
    """Return the error for files that somebody else has changed."""
    return AuditError(
        what,
        meaning="The log on this disk is not what this program wrote. Nothing was changed; nothing can be signed.",
        mend="With a witness, A at home or `offline-root log restore DIR` puts back that of the newest response.",
        retry=False,
    )
