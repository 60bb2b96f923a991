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
    """Return the variables that lead the module to `directory`, and make the folder ready for it.

    Its configuration file is written where it differs: it holds the absolute path, and the folder may have been renamed
    since the last run. TokenAbsent if the folder is not there, FolderUnusable if the system refuses.
    """
    directory = directory.absolute()
    check(folder, directory)
    text = _text(folder, directory)
    config = directory / folder.config
    try:
        _put(config, text)
    except OSError as error:
        raise _unusable(directory, error) from None
    keep(folder, directory)
    return {folder.variable: str(config)}


def keep(folder: Folder, directory: Path, *, anew: bool = False) -> None:
    """Put each token's fragile file back as its copy has it; make the copy where there is none. FolderUnusable.

    `anew`, after the PIN was changed: the file is right, and the copy is replaced.

    SoftHSM empties `token.object` and writes it again at every login, only to note whether the PIN was wrong. Whoever
    kills it in between, or cuts the power, takes the blob that the PIN opens, and every key with it (measured). After
    C_InitPIN nothing else in that file changes until C_SetPIN, so the copy is right until then.
    """
    try:
        for token in sorted((directory / folder.tokens).iterdir()):
            file, copy = token / folder.fragile, token / f"{folder.fragile}.kept"
            if copy.is_file() and not anew:
                _put(file, copy.read_bytes())
            elif file.is_file() and (first := file.read_bytes()):
                _put(copy, first)
    except OSError as error:
        raise _unusable(directory, error) from None


def flush(folder: Folder, directory: Path) -> None:
    """Let what was removed from a token be gone after a power cut too: SoftHSM flushes nothing. FolderUnusable."""
    try:
        for token in filter(Path.is_dir, (directory / folder.tokens).iterdir()):
            _flush(token)
    except OSError as error:
        raise _unusable(directory, error) from None


def _put(file: Path, content: bytes) -> None:
    if not file.is_file() or file.read_bytes() != content:
        _replace(file, content)


def _text(folder: Folder, directory: Path) -> bytes:
    tokens = os.fsencode(directory / folder.tokens)
    if len(tokens) > _LONGEST_PATH or any(byte in b"#=" or byte < ord(" ") for byte in tokens):
        raise FolderUnusable(f"The folder {str(directory)!r} has a name that SoftHSM cannot read.")
    return b"".join(os.fsencode(line).replace(b"{tokens}", tokens) + b"\n" for line in folder.lines)


def _replace(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        _flush(path.parent)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _flush(directory: Path) -> None:
    at = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(at)
    finally:
        os.close(at)


def _unusable(directory: Path, error: OSError) -> FolderUnusable:
    return FolderUnusable(f"The token folder {directory} cannot be used: {error.strerror}.")
