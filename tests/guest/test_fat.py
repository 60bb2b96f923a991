"""A response on FAT, pulled out at every one of its writes: `verify` passes what is whole, and nothing else."""

import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from offline_root.anchor import read_anchor
from offline_root.findings import refusals
from offline_root.response.manifest import CLOSING, COMPLETE
from offline_root.response.verify import verify_response
from tests.faults.blocks import FLUSH, WRITE, Event, events
from tests.guest.conftest import Far, Recorded
from tests.guest.sticks import LABEL, fat, read

pytestmark = pytest.mark.long


def states(image: bytes, record: list[Event], source: random.Random) -> Iterator[bytes]:
    """Yield what may be on the stick: every prefix of the writes, and parts of what was not flushed."""
    durable, pending = bytearray(image), list[Event]()
    for event in record:
        if event.kind == FLUSH:
            for each in pending:
                durable[each.place : each.place + len(each.data)] = each.data
            pending = []
        elif event.kind == WRITE:
            pending.append(event)
            yield applied(durable, pending)
            yield applied(durable, [each for each in pending if source.random() < 0.5])


def applied(durable: bytearray, writes: list[Event]) -> bytes:
    """Return the disk with some writes on it."""
    disk = bytearray(durable)
    for each in writes:
        disk[each.place : each.place + len(each.data)] = each.data
    return bytes(disk)


def response(found: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files of the response folder by their names in it."""
    inside = {name.split("/", 3)[3]: data for name, data in found.items() if name.count("/") >= 3}
    return dict(sorted(inside.items()))


@pytest.mark.parametrize(("width", "size"), [("12", 2 << 20), ("16", 16 << 20), ("32", 34 << 20)])
def test_a_torn_response_never_passes(far: Far, recorded: Recorded, tmp_path: Path, width: str, size: int) -> None:
    stick = fat(tmp_path / "stick", size, "-F", width, *(("-s", "1") if width == "32" else ()))
    before = stick.read_bytes()
    with recorded(stick) as disk, far.guest.plugged(disk):
        done = far.export(LABEL)
    assert done["code"] == 0, done
    anchor = read_anchor(far.appliance.anchor.read_bytes())

    tried, whole, complete = 0, 0, dict[str, bytes]()
    different: set[tuple[tuple[str, bytes], ...]] = set()
    for state in states(before, list(events(tmp_path / "record")), random.Random(1)):  # noqa: S311 (not a secret)
        image = tmp_path / "state"
        image.write_bytes(state)
        found = response(read(image, tmp_path / "read"))
        shutil.rmtree(tmp_path / "read")
        tried += 1
        if tuple(found.items()) in different:
            continue
        different.add(tuple(found.items()))
        if not refusals(verify_response(found, anchor).findings):
            whole += 1
            complete = complete or found
            assert found == complete, "two different folders passed"
            assert {COMPLETE, CLOSING} <= found.keys()
    sys.stderr.write(f"FAT{width}: {tried} states of a stick, {len(different)} of them different, {whole} whole\n")
    assert whole == 1
