"""What on a stick may be a request: by the end of its name, at most two folders deep, and only so many."""

import os
from pathlib import Path

from usb_transfer.errors import VolumeError

ENDINGS = (".csr", ".req", ".p10", ".pem", ".der", ".json", ".txt", ".yaml")
DEPTH = 2
"""Folders below the stick's own."""
ENTRY_LIMIT = 256
"""Entries, of any kind, that are looked at."""


def candidates(stick: Path) -> tuple[str, ...]:
    """Return the names of files that may hold requests, with `/`, sorted (VolumeError). No link is followed."""
    found: list[str] = []
    seen = 0
    for at, folders, files in _walk(stick):
        seen += len(folders) + len(files)
        if seen > ENTRY_LIMIT:
            raise VolumeError(
                f"The stick holds more than {ENTRY_LIMIT} files and folders.",
                meaning="Nobody can look through that many; nothing was read.",
                mend="Use a stick that holds the requests and little else.",
                retry=True,
            )
        found += [(at / name).relative_to(stick).as_posix() for name in files if name.lower().endswith(ENDINGS)]
    return tuple(sorted(found))


def _walk(stick: Path) -> list[tuple[Path, list[str], list[str]]]:
    walked = []
    try:
        for place, folders, files in os.walk(stick, onerror=_raise):
            at = Path(place)
            if len(at.relative_to(stick).parts) >= DEPTH:
                folders.clear()
            walked.append((at, list(folders), files))
            if len(walked) > ENTRY_LIMIT:
                break
    except OSError as error:
        raise VolumeError(
            f"The stick cannot be read: {error.strerror}.",
            meaning="Nothing was read. What was read before is not lost.",
            mend="Put the stick back, or another one, and try again.",
            retry=True,
        ) from error
    return walked


def _raise(error: OSError) -> None:
    raise error
