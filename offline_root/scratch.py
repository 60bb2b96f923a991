"""The folder of a scratch token: in memory where there is a place for that; gone afterwards, or at the next start."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from offline_root.audit.disk import lock, open_folder
from offline_root.errors import TokenError, TokenTrouble

MEMORY = Path("/dev/shm")  # noqa: S108  # no file of a known name is made there
NAME = "offline-root-scratch-"
"""How the name of each folder begins."""


@contextmanager
def folder() -> Iterator[Path]:
    """Give an empty folder, ours and locked while it is used, of which nothing is left (TokenError)."""
    with ExitStack() as opened:
        with _reported("could not be made", "The backup does not count."):
            path = Path(tempfile.mkdtemp(prefix=NAME, dir=_place()))
            lock(open_folder(path, opened))
        try:
            yield path
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)  # what went wrong is what people have to read
            raise
        _remove(path)


def sweep() -> int:
    """Remove the folders that a program left which was killed; return how many there were (TokenError)."""
    left = [path for path in sorted(_place().glob(f"{NAME}*")) if _left(path)]
    for path in left:
        _remove(path)
    return len(left)


def _place() -> Path:
    return MEMORY if MEMORY.is_dir() else Path(tempfile.gettempdir())


def _left(path: Path) -> bool:
    """Say whether a folder is ours and nobody's any more: whoever uses one has it locked."""
    with ExitStack() as opened:
        try:
            at = open_folder(path, opened)
            fcntl.flock(at, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.fstat(at).st_uid == os.geteuid()
        except OSError:  # in use, another account's, or no folder
            return False


def _remove(path: Path) -> None:
    with _reported("could not be removed", "A copy of the root key, under a PIN that nobody knows, may be left in it."):
        shutil.rmtree(path)


@contextmanager
def _reported(what: str, meaning: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TokenError(
            f"The folder of a scratch token {what}: {error.strerror}.",
            trouble=TokenTrouble.REFUSED,
            meaning=meaning,
            mend="Restart the appliance: what is in memory goes with that. Then begin again.",
            retry=True,
        ) from error
