"""Verification of a whole log, in one pass and without a token.

A log is judged as it lies there: what is wrong comes back as data with line numbers, nothing is raised, nothing mended.
The chain shows edits, deletions and insertions. It cannot show that lines are missing at the end, or that another
well-made log stands in its place: for that there are checkpoints (`check_checkpoint`) and the closing sheet (`head_at`,
`closing_head`).
"""

import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias

from offline_root.audit.entry import FIRST_PREV, Entry, MalformedEntry, decode, link
from offline_root.audit.merkle import Tree, leaf_hash
from offline_root.audit.note import Checkpoint, UntrustedNote, VerifierKey, claimed_sizes, verify_note

Log: TypeAlias = bytes | Iterable[bytes]
"""A log: its bytes, or its lines with their newlines, as iterating over a binary file gives them."""

MAX_PROBLEMS: Final = 100
"""How many problems are kept: enough to see a pattern, and flat memory whatever the log holds."""

CLOSING_DIGITS: Final = 16
"""How many hex digits of the root hash stand on the closing sheet."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the log must not be believed, and at which line (counted from 1, as editors do)."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class LogCheck:
    """What one pass over a log has found.

    `tree` and `head` (the `prev` that a next line needs) are over every whole line, good or bad. `torn` is a last line
    that was never completely written: it has no newline, or NUL bytes where the data had not reached the disk when the
    power failed (no good line has any: JSON escapes them). `problems` are the first `MAX_PROBLEMS`; `roots` has those
    wanted sizes that the log has.
    """

    tree: Tree
    head: str
    torn: bytes
    problems: tuple[Problem, ...]
    roots: Mapping[int, bytes]

    @property
    def size(self) -> int:
        """Number of whole lines."""
        return self.tree.size

    @property
    def root(self) -> bytes:
        """Root hash (32 bytes) over the whole lines."""
        return self.tree.root()


class Standing(Enum):
    """How a checkpoint and a log go together."""

    COVERED = "covered"
    UNTRUSTED = "untrusted"
    FOREIGN = "foreign"
    AHEAD = "ahead"
    FORKED = "forked"


@dataclass(frozen=True, slots=True)
class CheckpointCheck:
    """Whether a checkpoint is of this log. If `ok`, the first `covered` lines are signed and `tail` more are not."""

    standing: Standing
    reason: str
    covered: int = 0
    tail: int = 0

    @property
    def ok(self) -> bool:
        """Whether the checkpoint is genuine and the log begins with what it signs."""
        return self.standing is Standing.COVERED

    @property
    def alarm(self) -> bool:
        """Whether a genuine checkpoint contradicts the log: somebody rolled it back or rewrote it."""
        return self.standing in {Standing.AHEAD, Standing.FORKED}


def check(log: Log, *, sizes: Collection[int] = (), visit: Callable[[Entry], None] | None = None) -> LogCheck:
    """Verify every line: its form, `seq` from 0, `prev`. `visit` is given each well-formed entry, in order.

    Times are not compared: a clock may be set back, the order comes from `seq`. Memory does not grow with the log.
    """
    links, heads, torn = _Links(), _Heads(sizes), b""
    for line, is_torn in _lines(log):
        if is_torn:
            torn = line
            continue
        entry = links.read(line)
        heads.add(line)
        if entry is not None and visit is not None:
            visit(entry)
    return LogCheck(heads.tree, links.prev, torn, tuple(links.problems), heads.roots)


def roots(log: Log, sizes: Collection[int]) -> Mapping[int, bytes]:
    """Return the root hash at each wanted size (number of lines) that the log has. The lines are not judged."""
    return _heads(log, sizes).roots


def head_at(log: Log, size: int) -> bytes | None:
    """Return the root hash over the first `size` lines, None if the log is shorter. The lines are not judged."""
    return roots(log, {size}).get(size)


def closing_head(size: int, root: bytes) -> str:
    """Return a log's head as the closing sheet has it and `--head` takes it: `SIZE:HEX16`."""
    return f"{size}:{root.hex()[:CLOSING_DIGITS]}"


def compare(checkpoint: Checkpoint, size: int, roots: Mapping[int, bytes]) -> CheckpointCheck:
    """Judge a genuine checkpoint against a log of `size` lines, whose root at the checkpoint's size is in `roots`."""
    if checkpoint.size > size:
        reason = f"the checkpoint signs {checkpoint.size} lines, the log has {size}: lines are missing"
        return CheckpointCheck(Standing.AHEAD, reason)
    if checkpoint.root != roots[checkpoint.size]:
        reason = f"FORK: the first {checkpoint.size} lines are not those that the checkpoint signs"
        return CheckpointCheck(Standing.FORKED, reason)
    tail = size - checkpoint.size
    reason = f"the first {checkpoint.size} lines are signed, {tail} more are not"
    return CheckpointCheck(Standing.COVERED, reason, checkpoint.size, tail)


def check_checkpoint(
    log: Log, note: bytes, verifier: VerifierKey, origin: str, *, exact: bool = False
) -> CheckpointCheck:
    """Judge a signed note against a log. `exact` as in `verify_note`. The lines themselves are for `check`."""
    heads = _heads(log, claimed_sizes(note))
    return hold(note, verifier, origin, heads.tree.size, heads.roots, exact=exact)


def hold(
    note: bytes, verifier: VerifierKey, origin: str, size: int, roots: Mapping[int, bytes], *, exact: bool = False
) -> CheckpointCheck:
    """Judge a signed note against a log of `size` lines, whose roots at the note's `claimed_sizes` are in `roots`."""
    try:
        checkpoint = verify_note(note, verifier, exact=exact)
    except UntrustedNote as error:
        return CheckpointCheck(Standing.UNTRUSTED, error.reason)
    if checkpoint.origin != origin:
        return CheckpointCheck(Standing.FOREIGN, "the checkpoint is of another log")
    return compare(checkpoint, size, roots)


def _lines(log: Log) -> Iterator[tuple[bytes, bool]]:
    """Yield each line and whether it is torn. Only the last one can be."""
    line = None
    for following in io.BytesIO(log) if isinstance(log, bytes) else log:
        if line is not None:
            yield line, False
        line = following
    if line is not None:
        yield line, not line.endswith(b"\n") or b"\0" in line


class _Links:
    """The chain as far as it has been read: what the next line must say, and what was wrong."""

    def __init__(self) -> None:
        self.number = 0
        self.seq = 0
        self.prev = FIRST_PREV
        self.problems: list[Problem] = []

    def read(self, line: bytes) -> Entry | None:
        """Take the next line. After a bad one go on from what is there, so that one fault gives few problems."""
        self.number += 1
        prev, self.prev = self.prev, link(line)
        seq, self.seq = self.seq, self.seq + 1
        try:
            entry = decode(line)
        except MalformedEntry as error:
            self._report(error.reason)
            return None
        if entry.prev != prev:
            self._report("prev is not the hash of the line before")
        if entry.seq != seq:
            self._report(f"seq is {entry.seq}, expected {seq}")
            self.seq = entry.seq + 1
        return entry

    def _report(self, reason: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(self.number, reason))


@dataclass(slots=True)
class _Heads:
    """The tree as far as the log has been read, and its root at every wanted size passed so far."""

    wanted: Collection[int]
    tree: Tree = field(default_factory=Tree)
    roots: dict[int, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._keep()

    def add(self, line: bytes) -> None:
        self.tree = self.tree.append(leaf_hash(line))
        self._keep()

    def _keep(self) -> None:
        if self.tree.size in self.wanted:
            self.roots[self.tree.size] = self.tree.root()


def _heads(log: Log, sizes: Collection[int]) -> _Heads:
    heads = _Heads(sizes)
    for line, is_torn in _lines(log):
        if not is_torn:
            heads.add(line)
    return heads
