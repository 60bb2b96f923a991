"""Sticks of every kind, good and bad, in a real kernel: after each the log verifies, and the export can be repeated."""

from pathlib import Path
from typing import Any

import pytest

from tests.guest.conftest import Far
from tests.guest.sticks import LABEL, exfat, fat, fill, partitioned

pytestmark = pytest.mark.long

EXFAT = {"kind": "exfat", "options": "rw,nosuid,nodev,noexec,iocharset=utf8"}


def assert_is_there(far: Far, label: str = LABEL, **mount: str) -> None:
    """Show that every response on a stick verifies, and the log too."""
    assert set(far.guest.python("tests.guest.inside:verified", label, str(far.appliance.anchor), mount)) == {0}
    assert far.log_is_whole()


def assert_nothing_is_lost(far: Far, tmp_path: Path) -> None:
    """Deliver once more, on another stick."""
    assert far.log_is_whole()
    with far.guest.plugged(fat(tmp_path / "other", label="OTHER"), "other"):
        done = far.export("OTHER")
        assert done["code"] == 0, done
        assert_is_there(far, "OTHER")


def assert_said(done: dict[str, Any], *words: str) -> None:
    """Show that it failed in words."""
    said = done["out"] + done["err"]
    assert done["code"] == 1, done
    assert "Traceback" not in said
    assert all(each in said for each in words), said


@pytest.mark.parametrize("table", ["dos", "gpt"])
def test_one_partition(far: Far, tmp_path: Path, table: str) -> None:
    with far.guest.plugged(partitioned(tmp_path / "stick", table, fat(tmp_path / "volume"))):
        assert far.export(LABEL)["code"] == 0
        assert_is_there(far)


def test_exfat(far: Far, tmp_path: Path) -> None:
    with far.guest.plugged(exfat(tmp_path / "stick")):
        assert far.export(LABEL, **EXFAT)["code"] == 0
        assert_is_there(far, **EXFAT)


def test_write_protected(far: Far, tmp_path: Path) -> None:
    with far.guest.plugged(fat(tmp_path / "stick"), read_only=True):
        assert_said(far.export(LABEL, options="ro,nosuid,nodev,noexec,utf8"), "Nothing can be written to")
    assert_nothing_is_lost(far, tmp_path)


@pytest.mark.parametrize("clusters", [0, 4], ids="{} clusters free".format)
def test_full(far: Far, tmp_path: Path, clusters: int) -> None:
    stick = fat(tmp_path / "stick", 2 << 20, "-F", "12", "-s", "4")
    fill(stick, leaving=clusters * 2048)
    with far.guest.plugged(stick):
        assert_said(far.export(LABEL), "No space left on device")
    assert_nothing_is_lost(far, tmp_path)


def test_not_unmounted_the_last_time(far: Far, tmp_path: Path) -> None:
    stick = fat(tmp_path / "stick")
    octets = bytearray(stick.read_bytes())
    octets[0x25] |= 1  # the state byte of FAT12 and FAT16: dirty
    stick.write_bytes(octets)
    with far.guest.plugged(stick):
        assert far.export(LABEL)["code"] == 0
        assert_is_there(far)


@pytest.mark.parametrize("device", ["usb-kbd", "usb-hub", "usb-tablet"])
def test_something_else_is_plugged_in_meanwhile(far: Far, tmp_path: Path, device: str) -> None:
    with far.guest.plugged(fat(tmp_path / "stick")):
        far.guest.qmp("device_add", driver=device, id="guest", bus="xhci.0")
        assert far.export(LABEL)["code"] == 0
        far.guest.unplug("guest")
        assert_is_there(far)
