"""What earlier ceremonies left on a stick: some files of each response folder below one folder, the newest ones."""

import os
import stat
from itertools import islice
from pathlib import Path

from usb_transfer.errors import VolumeError
from usb_transfer.reading import read_head

ENTRIES = 4096
"""Entries of the folder that are looked at, however many there are."""
FOLDERS = 32
"""Response folders that are looked at, the newest ones: their names begin with the time."""
FILE_LIMIT = 64 * 1024
"""Bytes of a file: checkpoints are tiny, CRLs small."""


def earlier(stick: Path, folder: str, names: tuple[str, ...]) -> dict[str, bytes]:
    """Return the files called `names` in the folders inside `folder`, by their names below the stick.

    Whatever cannot be read, is a link or is too large is left out.
    """
    try:
        listed = islice(os.scandir(stick / folder), ENTRIES)
        inside = sorted(each.name for each in listed if each.is_dir(follow_symlinks=False))
    except OSError:
        return {}
    found = {}
    for name in (f"{folder}/{each}/{name}" for each in inside[-FOLDERS:] for name in names):
        data = _read(stick, name)
        if data is not None:
            found[name] = data
    return found


def _read(stick: Path, name: str) -> bytes | None:
    path = stick / name
    try:
        if not stat.S_ISDIR(os.lstat(path.parent).st_mode):
            return None
        data = read_head(path, FILE_LIMIT + 1)
    except (OSError, VolumeError):
        return None
    return data if len(data) <= FILE_LIMIT else None
