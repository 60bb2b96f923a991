"""Reading one foreign file: regular, bounded, never through a link, never blocking on a device or FIFO."""

import os
import stat
from pathlib import Path

from usb_transfer.errors import VolumeError

_PART = 1024 * 1024
"""Bytes asked for at once: the limit may be large, and the kernel's answer is given room before it comes."""


class NotRegularError(VolumeError):
    """A link, folder, device, FIFO or socket where a file was expected."""


class FileTooLargeError(VolumeError):
    """A file over the limit."""


def read_file(path: Path, limit: int) -> bytes:
    """Return the bytes of a regular file of at most `limit` bytes (VolumeError, NotRegularError, FileTooLargeError)."""
    data = read_head(path, limit + 1)
    if len(data) > limit:
        raise FileTooLargeError(
            f"{path.name} is larger than {limit} bytes.",
            meaning="It was not used.",
            mend="Find out what this file is; what belongs here is much smaller.",
            retry=False,
        )
    return data


def read_head(path: Path, count: int) -> bytes:
    """Return at most the first `count` bytes of a regular file (VolumeError, NotRegularError).

    What the file is, is asked of the open file and not of its name; so nothing can be swapped in between.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _not_regular(path)
        # What is read back must come from the medium, not from what the kernel remembers of the writing.
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        return _read(descriptor, count)
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        os.close(descriptor)


def _read(descriptor: int, count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = os.read(descriptor, min(count, _PART))
        if not part:
            break
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _not_regular(path: Path) -> NotRegularError:
    return NotRegularError(
        f"{path.name} is not a regular file.",
        meaning="Links, folders, devices and pipes are never read.",
        mend="Copy the request onto the stick as a plain file.",
        retry=False,
    )


def _unreadable(path: Path, error: OSError | ValueError) -> VolumeError:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return VolumeError(
        f"{path.name} could not be read: {reason}.",
        meaning="Nothing of it was used.",
        mend="Check the name and the stick, and try again.",
        retry=True,
    )
