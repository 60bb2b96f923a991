"""A real log of 200 lines under a checkpoint, changed in every way: `log verify` finds each change."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from offline_root import wire
from offline_root.anchor import Anchor
from tests.bench.long_logs import LongLog, long_log

SIZE = 200


@pytest.fixture(scope="session")
def whole(memory: Path) -> LongLog:
    return long_log(memory / "whole", SIZE)


def changes(lines: list[bytes], step: int) -> Iterator[tuple[str, bytes]]:
    """Yield the log after each change of whole lines, and after one changed bit in every `step`-th byte."""
    text = b"".join(lines)
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


def found_of(whole: LongLog, step: int) -> tuple[int, list[str]]:
    """Try each change; return how many there were, and those that were not found."""
    anchor = wire.read_anchor_of(whole.room.place)
    original = whole.file.read_bytes()
    assert wire.verify_log(whole.folder, anchor).ok
    tried, missed = 0, []
    try:
        for name, text in changes(original.splitlines(keepends=True), step):
            whole.file.write_bytes(text)
            tried += 1
            if not wire.verify_log(whole.folder, anchor).problems:
                missed.append(name)
    finally:
        whole.file.write_bytes(original)
    print(f"{tried - len(missed)} of {tried} changes found")  # noqa: T201
    return tried, missed


def test_every_change_of_lines_and_a_sample_of_bytes_is_found(whole: LongLog) -> None:
    tried, missed = found_of(whole, 499)
    assert tried > 5 * SIZE
    assert missed == []


@pytest.mark.long
def test_every_changed_byte_is_found(whole: LongLog) -> None:
    tried, missed = found_of(whole, 1)
    assert tried > 60_000
    assert missed == []


def test_another_audit_key_is_found(whole: LongLog, tmp_path: Path) -> None:
    other = Anchor.of(wire.read_state(long_log(tmp_path, 20).room.place))
    assert not wire.verify_log(whole.folder, other).ok


def test_another_logs_checkpoint_is_found(whole: LongLog, tmp_path: Path) -> None:
    other, anchor = long_log(tmp_path, SIZE), wire.read_anchor_of(whole.room.place)
    checkpoint = whole.folder / "checkpoint"
    original = checkpoint.read_bytes()
    checkpoint.write_bytes((other.folder / "checkpoint").read_bytes())
    found = wire.verify_log(whole.folder, anchor)
    checkpoint.write_bytes(original)
    assert not found.ok
