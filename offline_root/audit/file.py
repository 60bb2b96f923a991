"""The audit log on disk: `log.jsonl`, only ever appended to, and the newest `checkpoint` beside it.

What the rest relies on: a line that `append` returned is on the disk; after a write or fsync that failed nothing more
is written; opening verifies the whole chain; one process at a time. What it does not do: judge the checkpoint
(`chain.check_checkpoint` does) or notice that the whole folder was put back to an older state.
"""

import os
import re
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from offline_root.audit.chain import LogCheck, check
from offline_root.audit.disk import lock, make_folder, open_file, open_folder, reported, untrusted, write_all
from offline_root.audit.entry import Entry, Facts, encode, link
from offline_root.audit.merkle import leaf_hash
from offline_root.audit.note import MAX_NOTE, claimed_sizes
from offline_root.errors import AuditError

LOG: Final = "log.jsonl"
CHECKPOINT: Final = "checkpoint"

_NEW_CHECKPOINT: Final = "checkpoint.tmp"
_TORN: Final = "log.torn-"
_SIDE_FILE: Final = re.compile(re.escape(_TORN) + "[0-9]+")


@dataclass(frozen=True, slots=True)
class LogView:
    """A log as it was read: judged, not refused. Look at `check.problems` and `check.torn` before believing it.

    `text` and `entries` are its whole lines, in order (a malformed line has no entry). `checkpoint` is the note,
    unverified.
    """

    text: bytes
    entries: tuple[Entry, ...]
    checkpoint: bytes | None
    check: LogCheck


def read_only(folder: Path) -> LogView:
    """Read a log without lock or change. While another process appends, its last line may be seen torn."""
    with reported(f"The audit log in {folder} could not be read"), ExitStack() as opened:
        at = open_folder(folder, opened)
        return _view(at, open_file(LOG, os.O_RDONLY, at, opened))


def survey(folder: Path, visit: Callable[[Entry], None]) -> tuple[LogCheck, bytes | None]:
    """Read a log line by line, as `read_only` but in little memory: return the check, and the checkpoint."""
    with reported(f"The audit log in {folder} could not be read"), ExitStack() as opened:
        at = open_folder(folder, opened)
        log = open_file(LOG, os.O_RDONLY, at, opened)
        checkpoint = _read_checkpoint(at)
        with open(log, "rb", closefd=False) as stream:
            return check(stream, sizes=claimed_sizes(checkpoint), visit=visit), checkpoint


class LogFile:
    """The audit log of one authority, open for appending and locked against every other process.

    Made by `create` or `open`. `torn` are the side files of last lines that were never completely written, so never
    acted upon, each with its size: those of earlier openings too, which may have ended before they could be logged.
    """

    def __init__(self, at: int, log: int, view: LogView, opened: ExitStack) -> None:
        """Take over an open folder and an open, locked and verified log, and what closes them."""
        self.torn = _side_files(at)
        self.checkpoint = view.checkpoint
        self._at = at
        self._log = log
        self._opened = opened
        self._text = bytearray(view.text)
        self._entries = list(view.entries)
        self._tree = view.check.tree
        self._head = view.check.head
        self._sound = True
        self._one_at_a_time = threading.Lock()

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Begin a log in `folder`, made when missing (not its parent). AuditError if there is a log already."""
        with reported(f"The audit log in {folder} could not be created"), ExitStack() as opened:
            make_folder(folder)
            at = open_folder(folder, opened)
            os.fchmod(at, stat.S_IRWXU)
            log = open_file(LOG, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL, at, opened)
            lock(log)
            os.fsync(log)
            os.fsync(at)
            return cls(at, log, _view(at, log), opened.pop_all())

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Lock, read and verify the log in `folder`. AuditError if another process has it or its chain is broken."""
        with reported(f"The audit log in {folder} could not be opened"), ExitStack() as opened:
            at = open_folder(folder, opened)
            log = open_file(LOG, os.O_RDWR | os.O_APPEND, at, opened)
            lock(log)
            _settle(at, log)
            view = _view(at, log)
            _refuse_problems(view.check)
            if view.check.torn:
                _set_aside(at, log, view)
            return cls(at, log, view, opened.pop_all())

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry, in order."""
        return tuple(self._entries)

    @property
    def size(self) -> int:
        """Number of lines."""
        return self._tree.size

    @property
    def root(self) -> bytes:
        """Merkle root hash (32 bytes) over all lines."""
        return self._tree.root()

    @property
    def text(self) -> bytes:
        """All lines, as the file has them."""
        return bytes(self._text)

    def check_sound(self) -> None:
        """Refuse where a write has failed (AuditError): whoever is about to sign asks first."""
        if not self._sound:
            raise _unusable("The audit log is not written to any more.")

    def append(self, event: str, facts: Facts, time: str) -> Entry:
        """Write one line and return its entry once it is on the disk.

        `time` is UTC, `YYYY-MM-DDTHH:MM:SSZ`. ValueError, with nothing written, for facts that no line can hold.
        """
        with self._one_at_a_time:
            entry = Entry(self.size, time, self._head, event, facts)
            line = encode(entry)
            with self._writing("An audit log line could not be written"):
                self._refuse_disturbed()
                write_all(self._log, line)
                os.fsync(self._log)
            self._text += line
            self._entries.append(entry)
            self._tree = self._tree.append(leaf_hash(line))
            self._head = link(line)
        return entry

    def write_checkpoint(self, note: bytes) -> None:
        """Replace the checkpoint with `note`: after a power failure either the old one is there or the new one."""
        with self._one_at_a_time, self._writing("The checkpoint could not be written"), ExitStack() as opened:
            new = open_file(_NEW_CHECKPOINT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, self._at, opened)
            write_all(new, note)
            os.fsync(new)
            os.rename(_NEW_CHECKPOINT, CHECKPOINT, src_dir_fd=self._at, dst_dir_fd=self._at)
            os.fsync(self._at)
            self.checkpoint = note

    def close(self) -> None:
        """Give up the lock. Nothing is pending: every line is on the disk already."""
        self._sound = False
        self._opened.close()

    def __enter__(self) -> Self:
        """Return this log."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close this log."""
        self.close()

    @contextmanager
    def _writing(self, what: str) -> Iterator[None]:
        self.check_sound()
        self._sound = False
        try:
            yield
        except OSError as error:
            raise _unusable(f"{what}: {error.strerror}.") from error
        self._sound = True

    def _refuse_disturbed(self) -> None:
        ours = os.fstat(self._log)
        named = os.stat(LOG, dir_fd=self._at, follow_symlinks=False)
        if not os.path.samestat(ours, named) or ours.st_size != len(self._text):
            raise _unusable("Another program has changed the audit log.")


def _settle(at: int, log: int) -> None:
    """Make what will be read what is on the disk.

    A killed process may have left lines in the page cache only. And a page whose write-back has failed stays in the
    cache, clean as if it had not: the next fsync says nothing. So: write out, then forget the cache, then read.
    """
    os.fsync(log)
    os.fsync(at)
    os.posix_fadvise(log, 0, 0, os.POSIX_FADV_DONTNEED)


def _view(at: int, log: int) -> LogView:
    entries: list[Entry] = []
    with open(log, "rb", closefd=False) as stream:
        text = stream.read()
    found = check(text, visit=entries.append)
    whole = text[: len(text) - len(found.torn)]
    return LogView(whole, tuple(entries), _read_checkpoint(at), found)


def _read_checkpoint(at: int) -> bytes | None:
    with ExitStack() as opened:
        try:
            descriptor = open_file(CHECKPOINT, os.O_RDONLY, at, opened)
        except FileNotFoundError:
            return None
        with open(descriptor, "rb", closefd=False) as stream:
            return stream.read(MAX_NOTE + 1)


def _set_aside(at: int, log: int, view: LogView) -> None:
    with ExitStack() as opened:
        side = _new_side_file(at, opened)
        write_all(side, view.check.torn)
        os.fsync(side)
        os.fsync(at)
        os.ftruncate(log, len(view.text))
        os.fsync(log)


def _new_side_file(at: int, opened: ExitStack) -> int:
    taken = set(os.listdir(at))
    name = next(name for name in (f"{_TORN}{number}" for number in count(1)) if name not in taken)
    return open_file(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, at, opened)


def _side_files(at: int) -> dict[str, int]:
    names = sorted(name for name in os.listdir(at) if _SIDE_FILE.fullmatch(name))
    files = {name: os.stat(name, dir_fd=at, follow_symlinks=False) for name in names}
    return {name: file.st_size for name, file in files.items() if stat.S_ISREG(file.st_mode)}


def _refuse_problems(found: LogCheck) -> None:
    if found.problems:
        first = found.problems[0]
        raise untrusted(f"The audit log is damaged: line {first.line}: {first.reason}.")


def _unusable(what: str) -> AuditError:
    return AuditError(
        what,
        meaning="What is on the disk is unknown until the log is read again. Nothing more is signed or written.",
        mend="Restart the appliance. The next opening shows what was written.",
        retry=False,
    )
