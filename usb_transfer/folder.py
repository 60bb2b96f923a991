"""A folder as the place of a response: written once, made durable file by file, never over anything that exists."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from usb_transfer.errors import VolumeError
from usb_transfer.reading import read_file

TOTAL_LIMIT = 256 * 1024 * 1024
"""Bytes of a response folder. Its largest file is the audit log; decades of ceremonies stay far below."""

ENTRY_LIMIT = 4096
"""Files and folders in a response folder; more of them are no response."""


class Folder:
    """A directory, made when missing."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()

    def write(self, folder: str, files: Mapping[str, bytes]) -> Path:
        """Write `files` into the fresh sub-folder `folder`, in the order given; return its absolute path (VolumeError).

        Each file is flushed, and so is each folder it is in, before the next one is begun: what comes last is there
        only if everything before it is.
        """
        target = self._path / folder
        try:
            self._check_ours(target)
            _make(target.parent)
            target.mkdir()
            _flush(target.parent)
            for name, content in files.items():
                path = target / name
                _make(path.parent)
                _write_new(path, content)
        except OSError as error:
            raise _unwritable(target, error) from error
        return target

    def _check_ours(self, target: Path) -> None:
        """Refuse where a link on a foreign stick would lead us elsewhere (VolumeError)."""
        between = (each for each in target.parents if each.is_relative_to(self._path) and each != self._path)
        links = [each for each in between if each.is_symlink()]
        if links:
            raise VolumeError(
                f"{links[0]} is a link.",
                meaning="Nothing is written through it: it may lead off the stick. Everything is in the audit log.",
                mend="Use another stick or folder, and deliver with `offline-root export`.",
                retry=True,
            )

    def add(self, folder: str, name: str, content: bytes) -> None:
        """Write one more file into a sub-folder that is there, as it is not on another stick (VolumeError)."""
        target = self._path / folder
        try:
            _write_new(target / name, content)
        except OSError as error:
            raise _unwritable(target, error) from error

    def read_back(self, folder: str) -> Mapping[str, bytes]:
        """Return all files of a sub-folder (VolumeError)."""
        return read_tree(self._path / folder)


def read_tree(folder: Path) -> dict[str, bytes]:
    """Return every file below `folder` by its name with `/` (VolumeError, also for links and devices, and too many)."""
    found: dict[str, bytes] = {}
    left = TOTAL_LIMIT
    for path in _walk(folder):
        data = read_file(path, left)
        found[path.relative_to(folder).as_posix()] = data
        left -= len(data)
    return found


def _walk(folder: Path) -> list[Path]:
    paths: list[Path] = []
    count = 0
    try:
        for at, folders, names in os.walk(folder, followlinks=False, onerror=_raise):
            # A link to a folder is listed as a folder and would be passed over in silence; read_file refuses it.
            links = [each for each in folders if stat.S_ISLNK(os.lstat(Path(at, each)).st_mode)]
            paths += [Path(at, each) for each in sorted((*names, *links))]
            count += len(folders) + len(names)
            if count > ENTRY_LIMIT:
                raise _too_many(folder)
    except OSError as error:
        raise VolumeError(
            f"{folder} could not be read: {error.strerror}.",
            meaning="Nothing was checked.",
            mend="Check the name of the folder and the stick, and try again.",
            retry=True,
        ) from error
    return paths


def _too_many(folder: Path) -> VolumeError:
    return VolumeError(
        f"{folder} holds more than {ENTRY_LIMIT} files and folders.",
        meaning="It is not the folder of a response. Nothing was checked.",
        mend="Name the folder whose name begins with a date and that holds the file COMPLETE.",
        retry=True,
    )


def _raise(error: OSError) -> None:
    raise error


def _make(folder: Path) -> None:
    """Make a folder and those above it, each durable in the one above."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir()
        _flush(each.parent)


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        view = memoryview(content)
        while view:
            view = view[file.write(view) :]
        os.fsync(descriptor)
    _flush(path.parent)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(target: Path, error: OSError) -> VolumeError:
    return VolumeError(
        f"{target} could not be written: {error.strerror}.",
        meaning="What is there is not a whole response. Everything is safe in the audit log.",
        mend="Use another stick or folder, and deliver with `offline-root export`.",
        retry=True,
    )
