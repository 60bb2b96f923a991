"""A stick that says something else each time it is read: what was read once is what is checked, shown and signed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from offline_root import wire
from offline_root.keys import fingerprint
from offline_root.model import Approval, Issued, SigningRequest
from offline_root.plugged import FolderStick
from offline_root.station import Station
from tests.offline_root.station.rooms import fake_room
from tests.tui.desks import named

SECONDS = 30.0


@contextmanager
def lying(base: Path, first: bytes, second: bytes) -> Iterator[Path]:
    """Give the folder of a stick that lies."""
    for name, data in (("first", first), ("second", second), ("reads", b"")):
        (base / name).write_bytes(data)
    (base / "stick").mkdir()
    files = [str(base / each) for each in ("first", "second", "reads", "stick")]
    with subprocess.Popen([sys.executable, "-m", "tests.usb_transfer.liar", *files]) as server:
        try:
            until = time.monotonic() + SECONDS
            while not (base / "stick" / "test.csr").exists():
                assert time.monotonic() < until, "no FUSE: ./run test installs fuse3"
                time.sleep(0.05)
            yield base / "stick"
        finally:
            subprocess.run(["fusermount3", "-u", str(base / "stick")], check=False)
            server.wait(SECONDS)


def test_what_was_read_once_is_what_is_signed(tmp_path: Path) -> None:
    good, evil = named(seed="good"), named(seed="evil")
    with lying(tmp_path, good, evil) as at:
        stick = FolderStick(at)
        room = fake_room(tmp_path / "home")
        with room.ceremony() as station:
            files = stick.requests()
            (request,) = station.read_all(files.names, files.read)
            assert isinstance(request, SigningRequest)
            issued = _signed(station, request)
            room.close(station)
        assert (tmp_path / "reads").stat().st_size == 1, "it was read once"
        assert wire.requests_on(at).read("test.csr") == evil, "it does lie"
    assert issued.key == request.fingerprint
    assert issued.request_sha256 == fingerprint(request.der)


def _signed(station: Station, request: SigningRequest) -> Issued:
    reviewed = station.review(request, "test")
    approval = station.approve(reviewed, request.fingerprint[:32], tuple(each.code for each in reviewed.findings))
    assert isinstance(approval, Approval)
    return station.sign(approval)
