"""The folder of a software token: `softhsm2.conf` (0600) and `tokens/` (0700). Knows files, not PKCS#11."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hsm.errors import FolderUnusable, TokenAbsent
from hsm.profiles import Folder

_LONGEST_PATH = 900
"""Bytes. SoftHSM 2.6 reads its file in lines of 1024 bytes."""


def make(folder: Folder, directory: Path) -> None:
    """Make `directory` and its token folder, only for this account; FolderUnusable if the system refuses."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (directory / folder.tokens).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _unusable(directory, error) from None


def check(folder: Folder, directory: Path) -> None:
    """Raise TokenAbsent if the folder with the token's files cannot be seen."""
    if not os.path.isdir(directory / folder.tokens):  # noqa: PTH112 (Path.is_dir raises where this says no)
        raise TokenAbsent(f"The token folder {directory} is not there.")


def environment(folder: Folder, directory: Path) -> dict[str, str]:
    """Return the variables that lead the module to `directory`; its configuration file is written where it differs.

    It holds the absolute path, and the folder may have been renamed since the last run. TokenAbsent if it is not there.
    """
    directory = directory.absolute()
    check(folder, directory)
    text = _text(folder, directory)
    config = directory / folder.config
    try:
        if not config.is_file() or config.read_bytes() != text:
            _replace(config, text)
    except OSError as error:
        raise _unusable(directory, error) from None
    return {folder.variable: str(config)}


def _text(folder: Folder, directory: Path) -> bytes:
    tokens = os.fsencode(directory / folder.tokens)
    if len(tokens) > _LONGEST_PATH or any(byte in b"#=" or byte < ord(" ") for byte in tokens):
        raise FolderUnusable(f"The folder {str(directory)!r} has a name that SoftHSM cannot read.")
    return b"".join(os.fsencode(line).replace(b"{tokens}", tokens) + b"\n" for line in folder.lines)


def _replace(config: Path, text: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=config.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(config)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _unusable(directory: Path, error: OSError) -> FolderUnusable:
    return FolderUnusable(f"The token folder {directory} cannot be used: {error.strerror}.")
