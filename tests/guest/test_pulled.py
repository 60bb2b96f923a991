"""A stick that is pulled out at each write of a delivery: said in words, and nothing is lost."""

import os
import sys
import threading
from pathlib import Path

import pytest

from tests.faults.blocks import MARK, WRITE, events
from tests.guest.conftest import Far, Recorded
from tests.guest.sticks import LABEL, fat
from tests.guest.test_sticks import assert_nothing_is_lost, assert_said

pytestmark = pytest.mark.long
EVERY = int(os.environ.get("OFFLINE_ROOT_PULL_EVERY", "1"))
"""At each so-manieth write; 1 is all of them."""


def test_at_each_write(far: Far, recorded: Recorded, tmp_path: Path) -> None:
    with recorded(fat(tmp_path / "counted")) as disk, far.guest.plugged(disk):
        assert far.export(LABEL)["code"] == 0
    most = sum(each.kind == WRITE for each in events(tmp_path / "record"))
    counts = range(0, most, EVERY)
    failed = sum(delivery_failed(far, recorded, tmp_path, count) for count in counts)
    sys.stderr.write(f"pulled out at {len(counts)} of {most} writes: {failed} deliveries failed, each in words\n")
    assert failed > len(counts) // 2
    assert_nothing_is_lost(far, tmp_path)


def delivery_failed(far: Far, recorded: Recorded, tmp_path: Path, count: int) -> bool:
    """Deliver to a stick that is taken out after so many writes; say whether the delivery failed."""
    with recorded(fat(tmp_path / "stick"), count) as disk, far.guest.plugged(disk):
        over = threading.Event()
        puller = threading.Thread(target=pull_when_dead, args=(far, tmp_path / "record", over))
        puller.start()
        try:
            done = far.export(LABEL)
        finally:
            over.set()
            puller.join()
    if done["code"]:
        assert_said(done)
    assert far.log_is_whole(), count
    return bool(done["code"])


def pull_when_dead(far: Far, record: Path, over: threading.Event) -> None:
    """Take the stick out at its first request that fails."""
    while not over.wait(0.05):
        if any(each.kind == MARK for each in events(record)):
            far.guest.pull("stick")
            return
