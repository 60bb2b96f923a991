"""What on a stick may be a request: by the end of its name, at most two folders deep, and only so many."""

import os
from collections.abc import Iterator
from pathlib import Path

from usb_transfer.errors import VolumeError

ENDINGS = (".csr", ".req", ".p10", ".pem", ".der", ".json", ".txt", ".yaml")
DEPTH = 2
"""Folders below the stick's own."""
ENTRY_LIMIT = 256
"""Entries, of any kind, that are looked at: no more is ever read of a folder, however many there are."""


def candidates(stick: Path) -> tuple[str, ...]:
    """Return the names of files that may hold requests, with `/`, sorted (VolumeError). No link is followed."""
    found: list[str] = []
    try:
        for seen, entry in enumerate(_entries(stick, DEPTH), 1):
            if seen > ENTRY_LIMIT:
                raise _too_many()
            if not entry.is_dir(follow_symlinks=False) and entry.name.lower().endswith(ENDINGS):
                found.append(Path(entry.path).relative_to(stick).as_posix())
    except OSError as error:
        raise VolumeError(
            f"The stick cannot be read: {error.strerror}.",
            meaning="Nothing was read. What was read before is not lost.",
            mend="Put the stick back, or another one, and try again.",
            retry=True,
        ) from error
    return tuple(sorted(found))


def _entries(folder: Path, depth: int) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as listing:
        for entry in listing:
            yield entry
            if depth and entry.is_dir(follow_symlinks=False):
                yield from _entries(Path(entry.path), depth - 1)


def _too_many() -> VolumeError:
    return VolumeError(
        f"The stick holds more than {ENTRY_LIMIT} files and folders.",
        meaning="Nobody can look through that many; nothing was read.",
        mend="Use a stick that holds the requests and little else.",
        retry=True,
    )
