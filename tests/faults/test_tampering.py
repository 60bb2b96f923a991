"""A real log of 200 lines with all kinds of events, changed in every way: `log verify` finds each change.

It is found with the line, or with the reason where no line is wrong.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from offline_root import wire
from offline_root.anchor import Anchor
from offline_root.audit.chain import Standing, check_checkpoint
from tests.faults.eventful import Eventful, eventful
from tests.offline_root.station.rooms import later, whole

SIZE = 200


@pytest.fixture(scope="session")
def log(memory: Path) -> Eventful:
    return eventful(memory / "eventful", SIZE)


@pytest.fixture
def fork(log: Eventful, tmp_path: Path) -> Eventful:
    """Return a copy of the authority on another machine: both held one more ceremony, each its own."""
    copy = Eventful(log.room.copy(tmp_path / "home"))
    later(copy.room, hours=1)
    whole(copy.room, tmp_path / "stick")
    return copy


def changes(text: bytes, step: int) -> Iterator[tuple[str, bytes]]:
    """Yield the log after each change of whole lines, and after one changed bit in every `step`-th byte."""
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        before, after = b"".join(lines[:number]), b"".join(lines[number + 1 :])
        yield f"line {number} deleted", before + after
        yield f"line {number} doubled", before + line + line + after
        yield f"cut before line {number}", before
        yield f"cut in line {number}", before + line[:-1]
        if number:
            yield f"line {number} swapped", b"".join(lines[: number - 1]) + line + lines[number - 1] + after
    for place in range(0, len(text), step):
        yield f"byte {place}", text[:place] + bytes([text[place] ^ 1 << place % 8]) + text[place + 1 :]


def missed(log: Eventful, changed: Iterable[tuple[str, bytes]], checkpoint: bytes, anchor: Anchor) -> list[str]:
    """Try each change under a checkpoint; say how many were found, and return those that were not."""
    text, note = log.ends[-1]
    tried, unseen = 0, []
    try:
        for name, data in changed:
            log.put(data, checkpoint)
            tried += 1
            problems = wire.verify_log(log.audit, anchor).problems
            if not problems or not all(each.reason for each in problems):
                unseen.append(name)
    finally:
        log.put(text, note)
    print(f"{tried - len(unseen)} of {tried} changes found")  # noqa: T201
    assert tried
    return unseen


def test_the_log_itself_is_whole(log: Eventful) -> None:
    assert wire.verify_log(log.audit, log.anchor).problems == ()
    assert len(log.room.events()) >= SIZE


def test_every_change_of_lines_and_a_sample_of_bytes_is_found(log: Eventful) -> None:
    text, note = log.ends[-1]
    assert missed(log, changes(text, 499), note, log.anchor) == []


@pytest.mark.long
def test_every_changed_byte_is_found(log: Eventful) -> None:
    text, note = log.ends[-1]
    assert missed(log, changes(text, 1), note, log.anchor) == []


def test_every_older_log_that_was_put_back_is_found_by_the_newest_checkpoint(log: Eventful) -> None:
    _, note = log.ends[-1]
    older = [(f"after ceremony {number}", text) for number, (text, _) in enumerate(log.ends[:-1])]
    assert missed(log, older, note, log.anchor) == []


def test_or_where_it_brought_its_own_checkpoint_by_the_one_that_somebody_kept(log: Eventful) -> None:
    _, kept = log.ends[-1]
    verifier = log.anchor.verifier
    for text, note in log.ends[:-1]:
        assert check_checkpoint(text, note, verifier, verifier.name).ok
        assert check_checkpoint(text, kept, verifier, verifier.name).standing is Standing.AHEAD


def test_a_fork_is_found_when_the_logs_meet(log: Eventful, fork: Eventful, tmp_path: Path) -> None:
    twin = Eventful(log.room.copy(tmp_path / "twin"))
    later(twin.room, hours=2)
    whole(twin.room, tmp_path / "other-stick")
    assert wire.verify_log(fork.audit, log.anchor).ok
    assert wire.verify_log(twin.audit, log.anchor).ok
    fork.put(fork.room.log, twin.room.checkpoint)
    (problem,) = wire.verify_log(fork.audit, log.anchor).problems
    assert "FORK" in problem.reason


def test_another_logs_checkpoint_and_another_audit_key_are_found(log: Eventful, tmp_path: Path) -> None:
    other = eventful(tmp_path, 20)
    text, note = log.ends[-1]
    assert missed(log, [("another checkpoint", text)], other.ends[-1][1], log.anchor) == []
    assert missed(log, [("another key", text)], note, other.anchor) == []
