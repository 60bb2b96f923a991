"""Sticks as the screens use them, with a real kernel and a real udev: recognised, mounted, written and read back."""

import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.guest.conftest import Far
from tests.guest.sticks import LABEL, bad_blocks, exfat, fat, formatted, partitioned, put, with_octets, worn
from tests.guest.test_sticks import assert_nothing_is_lost
from tests.offline_root.station.rooms import slip

pytestmark = pytest.mark.long
CSR = b"-----BEGIN CERTIFICATE REQUEST-----\n"
Make = Callable[[Path], Path]

GOOD: dict[str, Make] = {
    "FAT12": lambda at: put(fat(at / "stick", 2 << 20, "-F", "12"), "test.csr", CSR),
    "FAT16": lambda at: put(fat(at / "stick", 16 << 20, "-F", "16"), "test.csr", CSR),
    "FAT32": lambda at: put(fat(at / "stick", 64 << 20, "-F", "32"), "test.csr", CSR),
    "FAT32 of 8 GiB": lambda at: put(fat(at / "stick", 8 << 30, "-F", "32"), "test.csr", CSR),
    "one FAT table": lambda at: put(fat(at / "stick", 16 << 20, "-f", "1"), "test.csr", CSR),
    "no table at all": lambda at: put(fat(at / "stick", 16 << 20, "--mbr=no"), "test.csr", CSR),
    "MBR": lambda at: partitioned(at / "stick", "dos", put(fat(at / "volume"), "test.csr", CSR)),
    "GPT": lambda at: partitioned(at / "stick", "gpt", put(fat(at / "volume"), "test.csr", CSR)),
    "FAT32 in GPT": lambda at: partitioned(
        at / "stick", "gpt", put(fat(at / "volume", 64 << 20, "-F", "32"), "test.csr", CSR)
    ),
    "exFAT": lambda at: exfat(at / "stick"),
    "exFAT in MBR": lambda at: partitioned(at / "stick", "dos", exfat(at / "volume"), kind="7"),
    "exFAT in GPT": lambda at: partitioned(at / "stick", "gpt", exfat(at / "volume")),
}
_ESP = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
_ISO = (32768, b"\1CD001\1"), (34816, b"\xffCD001\1")
_NTFS = (
    (0, b"\xebR\x90NTFS    " + (512).to_bytes(2, "little") + b"\x08"),
    (40, (8000).to_bytes(8, "little") + (4).to_bytes(8, "little") + (2).to_bytes(8, "little") + b"\xf6\0\0\0\1"),
    (510, b"\x55\xaa"),
    *((4 * 4096 + 1024 * record, b"FILE") for record in range(4)),
)
BAD: dict[str, tuple[Make, str]] = {
    "blank": (lambda at: with_octets(at / "stick"), "NO_FILE_SYSTEM"),
    "noise": (lambda at: with_octets(at / "stick", (0, random.Random(1).randbytes(1 << 20))), "NO_FILE_SYSTEM"),  # noqa: S311
    "two volumes": (
        lambda at: partitioned(at / "stick", "dos", fat(at / "one", 2 << 20), fat(at / "two", 2 << 20)),
        "SEVERAL_VOLUMES",
    ),
    "two volumes in GPT": (
        lambda at: partitioned(at / "stick", "gpt", fat(at / "one", 2 << 20), exfat(at / "two")),
        "SEVERAL_VOLUMES",
    ),
    "FAT and ext4": (
        lambda at: partitioned(at / "stick", "dos", fat(at / "one", 2 << 20), formatted(at / "two", "mkfs.ext4", "-q")),
        "SEVERAL_VOLUMES",
    ),
    "empty table": (lambda at: partitioned(at / "stick", "dos"), "NO_FILE_SYSTEM"),
    "empty GPT": (lambda at: partitioned(at / "stick", "gpt"), "NO_FILE_SYSTEM"),
    "partition without file system": (
        lambda at: partitioned(at / "stick", "dos", with_octets(at / "none")),
        "NO_FILE_SYSTEM",
    ),
    "LUKS": (lambda at: with_octets(at / "stick", (0, b"LUKS\xba\xbe\0\1")), "ENCRYPTED"),
    "LUKS in GPT": (
        lambda at: partitioned(at / "stick", "gpt", with_octets(at / "volume", (0, b"LUKS\xba\xbe\0\1"))),
        "ENCRYPTED",
    ),
    "ISO": (lambda at: with_octets(at / "stick", *_ISO), "DISC"),
    "EFI system partition": (
        lambda at: partitioned(at / "stick", "gpt", fat(at / "volume", 4 << 20), kind=_ESP),
        "SYSTEM",
    ),
    "EFI in MBR": (lambda at: partitioned(at / "stick", "dos", fat(at / "volume", 4 << 20), kind="ef"), "SYSTEM"),
    "NTFS": (lambda at: with_octets(at / "stick", *_NTFS), "FILE_SYSTEM"),
    "ext4": (lambda at: formatted(at / "stick", "mkfs.ext4", "-q"), "FILE_SYSTEM"),
    "swap": (lambda at: formatted(at / "stick", "mkswap"), "FILE_SYSTEM"),
}


def assert_used(done: dict[str, Any]) -> None:
    """Show that requests were read from a stick, and a response written that is there and not mounted."""
    assert (done["same"], done["mounted"]) == (True, False)
    assert done["read"] in ({"test.csr": len(CSR)}, {})
    assert (done["read"] == {}) == (done["file_system"] == "exfat")


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
def test_a_good_stick(far: Far, tmp_path: Path, make: Make) -> None:
    with far.guest.plugged(make(tmp_path)):
        assert_used(far.guest.python("tests.guest.inside:chosen", LABEL))
    assert_nothing_is_lost(far, tmp_path)


def test_behind_a_hub(far: Far, tmp_path: Path) -> None:
    far.guest.qmp("device_add", driver="usb-hub", id="hub", bus="xhci.0", port="1")
    with far.guest.plugged(GOOD["FAT16"](tmp_path), device={"port": "1.1"}):
        assert_used(far.guest.python("tests.guest.inside:chosen", LABEL))
    far.guest.unplug("hub")
    assert_nothing_is_lost(far, tmp_path)


def test_sectors_of_4096_octets(far: Far, tmp_path: Path) -> None:
    stick = fat(tmp_path / "stick", 64 << 20, "-S", "4096", "--mbr=no")
    sectors = {"logical_block_size": 4096, "physical_block_size": 4096}
    with far.guest.plugged(put(stick, "test.csr", CSR), device=sectors):
        assert_used(far.guest.python("tests.guest.inside:chosen", LABEL))
    assert_nothing_is_lost(far, tmp_path)


def test_how_soon_the_verdicts_are_there(far: Far, tmp_path: Path) -> None:
    stick = fat(tmp_path / "stick", 16 << 20)
    for number in range(20):
        put(stick, f"{number:02}.csr", slip().data)
    with far.guest.plugged(stick):
        took = far.guest.python("tests.guest.inside:seconds_to_verdicts", LABEL, 20)
    told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in took.items())
    sys.stderr.write(f"20 requests on a stick, in emulation: {told}\n")


@pytest.mark.parametrize(("make", "reason"), BAD.values(), ids=BAD)
def test_a_bad_stick(far: Far, tmp_path: Path, make: Make, reason: str) -> None:
    with far.guest.plugged(make(tmp_path)):
        assert far.guest.python("tests.guest.inside:unfit", "STICK") == reason
    assert_nothing_is_lost(far, tmp_path)


@pytest.mark.parametrize("case", ["read", "deliver"])
def test_two_that_cannot_be_told_apart(far: Far, tmp_path: Path, case: str) -> None:
    one, other = (fat(tmp_path / name) for name in ("one", "other"))
    with far.guest.plugged(one), far.guest.plugged(other, "twin", serial="STICK"):
        assert "There are two of them" in far.guest.python("tests.guest.inside:trouble", "STICK", 2, case)
    assert_nothing_is_lost(far, tmp_path)


BAD_BLOCKS = {
    "read": ("read", "read", "test.csr could not be read: Input/output error"),
    "written": ("write", "deliver", "could not be written: Input/output error"),
    "read back": ("read", "deliver", "Input/output error"),
}


@pytest.mark.parametrize(("when", "case", "words"), BAD_BLOCKS.values(), ids=BAD_BLOCKS)
def test_bad_blocks(far: Far, tmp_path: Path, when: str, case: str, words: str) -> None:
    stick = put(worn(tmp_path / "stick"), "test.csr", CSR)
    with far.guest.plugged(stick, block=bad_blocks(stick, when)):
        assert words in far.guest.python("tests.guest.inside:trouble", "STICK", 1, case)
    assert_nothing_is_lost(far, tmp_path)


@pytest.mark.parametrize("case", ["read", "deliver"])
def test_write_protected_or_only_read(far: Far, tmp_path: Path, case: str) -> None:
    with far.guest.plugged(GOOD["FAT16"](tmp_path), read_only=True):
        said = far.guest.python("tests.guest.inside:trouble", "STICK", 1, case)
    assert ("is write-protected" in said) == (case == "deliver")
    assert_nothing_is_lost(far, tmp_path)
