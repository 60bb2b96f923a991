"""A plain folder as the place of a response: written once, made durable file by file, never over anything that exists."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from usb_transfer.errors import VolumeError
from usb_transfer.reading import read_file

FILE_LIMIT = 256 * 1024 * 1024
"""Bytes. A response's largest file is the audit log; decades of ceremonies stay far below."""

ENTRY_LIMIT = 4096
"""Files and folders in a response folder; more of them are no response."""


class Folder:
    """A directory, made when missing."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()

    def write(self, folder: str, files: Mapping[str, bytes]) -> Path:
        """Write `files` into the fresh sub-folder `folder`, in the order given; return its absolute path (VolumeError).

        Each file is flushed, and so is each folder it is in, before the next one is begun: what comes last is there only if
        everything before it is.
        """
        target = self._path / folder
        try:
            _make(target.parent)
            target.mkdir()
            _flush(target.parent)
            for name, content in files.items():
                self._write_new(target, name, content)
        except OSError as error:
            raise _unwritable(target, error) from error
        return target

    def add(self, folder: str, name: str, content: bytes) -> None:
        """Write one more file into a sub-folder that is there (VolumeError)."""
        target = self._path / folder
        try:
            self._write_new(target, name, content)
        except OSError as error:
            raise _unwritable(target, error) from error

    def read_back(self, folder: str) -> Mapping[str, bytes]:
        """Return all files of a sub-folder (VolumeError)."""
        return read_tree(self._path / folder)

    def _write_new(self, target: Path, name: str, content: bytes) -> None:
        path = target / name
        _make(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            view = memoryview(content)
            while view:
                view = view[file.write(view) :]
            os.fsync(descriptor)
        _flush(path.parent)


def read_tree(folder: Path) -> dict[str, bytes]:
    """Return every file below `folder` by its name with `/` (VolumeError for links, devices, and more than the limits)."""
    found: dict[str, bytes] = {}
    for count, path in enumerate(_walk(folder), start=1):
        if count > ENTRY_LIMIT:
            raise VolumeError(
                f"{folder} holds more than {ENTRY_LIMIT} files.",
                meaning="It is not the folder of a response. Nothing was checked.",
                mend="Name the folder whose name begins with a date and that holds the file COMPLETE.",
                retry=True,
            )
        found[path.relative_to(folder).as_posix()] = read_file(path, FILE_LIMIT)
    return found


def _walk(folder: Path) -> list[Path]:
    paths: list[Path] = []
    try:
        for at, folders, names in os.walk(folder, followlinks=False, onerror=_raise):
            # A link to a folder is listed as a folder and would be passed over in silence; read_file refuses it by name.
            links = [each for each in folders if stat.S_ISLNK(os.lstat(Path(at, each)).st_mode)]
            paths += [Path(at, each) for each in sorted((*names, *links))]
            if len(paths) > ENTRY_LIMIT:
                break
    except OSError as error:
        raise VolumeError(
            f"{folder} could not be read: {error.strerror}.",
            meaning="Nothing was checked.",
            mend="Check the name of the folder and the stick, and try again.",
            retry=True,
        ) from error
    return paths


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


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(target: Path, error: OSError) -> VolumeError:
    return VolumeError(
        f"The response could not be written to {target}: {error.strerror}.",
        meaning="What is there is not a response: it has no COMPLETE. Everything is safe in the audit log.",
        mend="Use another stick or folder, and deliver with `offline-root export`.",
        retry=True,
    )
