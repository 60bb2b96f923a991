"""Putting another log in the place of one on the disk, at once; what was there is kept under a name with the time."""

import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path

from offline_root.audit.disk import lock, make_folder, open_file, open_folder, reported, write_all
from offline_root.audit.file import CHECKPOINT, LOG

Compose = Callable[[bytes, bytes | None], tuple[bytes, bytes]]
"""From log and checkpoint as they lie there to those that take their place; an exception leaves all as it is."""


def replace_log(folder: Path, compose: Compose, stamp: str) -> None:
    """Replace log and checkpoint, durably; the old ones get names that end with `stamp` (AuditError).

    The checkpoint goes first: a log shorter than its checkpoint raises an alarm, and this is done again.
    """
    with reported(f"The log in {folder} could not be replaced"), ExitStack() as opened:
        at = open_folder(folder, opened)
        fresh = compose(_read(LOG, at, opened) or b"", _read(CHECKPOINT, at, opened))
        aside = _free(stamp, at)
        for name, content in zip((LOG, CHECKPOINT), fresh, strict=True):
            new = open_file(f"{name}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, at, opened)
            write_all(new, content)
            os.fsync(new)
            with suppress(FileNotFoundError):
                os.link(name, f"{name}.{aside}", src_dir_fd=at, dst_dir_fd=at)
        os.fsync(at)
        for name in (CHECKPOINT, LOG):
            os.rename(f"{name}.new", name, src_dir_fd=at, dst_dir_fd=at)
            os.fsync(at)


def begin_log(folder: Path, log: bytes, checkpoint: bytes) -> None:
    """Lay a log and its checkpoint into a folder that is made for them, durably (AuditError)."""
    with reported(f"The log in {folder} could not be written"), ExitStack() as opened:
        make_folder(folder)
        at = open_folder(folder, opened)
        for name, content in ((LOG, log), (CHECKPOINT, checkpoint)):
            new = open_file(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, at, opened)
            write_all(new, content)
            os.fsync(new)
        os.fsync(at)


def _free(stamp: str, at: int) -> str:
    """Return an ending that no file has: what failed half way may be done again within a second."""
    taken = set(os.listdir(at))
    endings = (f"set-aside-{stamp}-{number}" for number in count(1))
    return next(each for each in endings if not {f"{LOG}.{each}", f"{CHECKPOINT}.{each}"} & taken)


def _read(name: str, at: int, opened: ExitStack) -> bytes | None:
    """Return a file, locked against every other process until the end; None where there is none."""
    try:
        descriptor = open_file(name, os.O_RDWR, at, opened)
    except FileNotFoundError:
        return None
    lock(descriptor)
    with open(descriptor, "rb", closefd=False) as stream:
        return stream.read()
