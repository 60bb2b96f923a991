"""Mounts that nobody else keeps, for the time of a test."""

import ctypes
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEWNS = 0x20000
_SLAVE_ALL = 1 << 19 | 1 << 14
READ_ONLY, AGAIN = 1, 32
"""MS_RDONLY, MS_REMOUNT."""
_FORGET = 0x1261  # BLKFLSBUF


@contextmanager
def own_mounts() -> Iterator[None]:
    """Give this thread, and what it starts, a mount namespace of its own.

    A namespace that another program makes (bubblewrap does, each time) begins as a copy of the one around it, and keeps
    mounted what is unmounted there meanwhile. Mounting the device again then gives the file system as it is in memory,
    whatever has been written to the device: of 957 states 199 looked wrong while bubblewrap ran in a loop elsewhere.
    """
    where = Path.cwd()
    with Path("/proc/thread-self/ns/mnt").open("rb") as before:
        _check(_LIBC.unshare(_NEWNS))
        try:
            _check(_LIBC.mount(None, b"/", None, _SLAVE_ALL, None))
            yield
        finally:
            _check(_LIBC.setns(before.fileno(), _NEWNS))
            os.chdir(where)  # it is the root directory otherwise


def mount(device: str, at: Path, kind: str, options: str, flags: int = 0) -> None:
    """Mount a device (OSError)."""
    _check(_LIBC.mount(device.encode(), bytes(at), kind.encode(), flags, options.encode()))


def unmount(at: Path, device: str) -> None:
    """Unmount a device. OSError if it stays mounted somewhere else: what is mounted next would not be what is on it."""
    _check(_LIBC.umount2(bytes(at), 0))
    alone = os.open(device, os.O_RDONLY | os.O_EXCL)
    try:
        fcntl.ioctl(alone, _FORGET)
    finally:
        os.close(alone)


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
