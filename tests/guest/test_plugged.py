"""Sticks as the screens use them, with a real kernel and a real udev: recognised, mounted, written and read back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.guest.machine import Guest
from tests.guest.sticks import LABEL, exfat, fat, partitioned, put

pytestmark = pytest.mark.long
CSR = b"-----BEGIN CERTIFICATE REQUEST-----\n"

GOOD: dict[str, Callable[[Path], Path]] = {
    "FAT12": lambda at: put(fat(at / "stick", 2 << 20, "-F", "12"), "test.csr", CSR),
    "FAT16": lambda at: put(fat(at / "stick", 16 << 20, "-F", "16"), "test.csr", CSR),
    "FAT32": lambda at: put(fat(at / "stick", 64 << 20, "-F", "32"), "test.csr", CSR),
    "MBR": lambda at: partitioned(at / "stick", "dos", put(fat(at / "volume"), "test.csr", CSR)),
    "GPT": lambda at: partitioned(at / "stick", "gpt", put(fat(at / "volume"), "test.csr", CSR)),
    "exFAT": lambda at: exfat(at / "stick"),
}


def with_octets(path: Path, *put_at: tuple[int, bytes]) -> Path:
    """Make a stick of 4 MiB that holds these octets and zeros."""
    octets = bytearray(4 << 20)
    for place, data in put_at:
        octets[place : place + len(data)] = data
    path.write_bytes(octets)
    return path


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "blank": (lambda at: with_octets(at / "stick"), "NO_FILE_SYSTEM"),
    "two volumes": (
        lambda at: partitioned(at / "stick", "dos", fat(at / "one", 2 << 20), fat(at / "two", 2 << 20)),
        "SEVERAL_VOLUMES",
    ),
    "empty table": (lambda at: partitioned(at / "stick", "dos"), "NO_FILE_SYSTEM"),
    "LUKS": (lambda at: with_octets(at / "stick", (0, b"LUKS\xba\xbe\0\1")), "ENCRYPTED"),
    "ISO": (lambda at: with_octets(at / "stick", (32768, b"\1CD001\1"), (34816, b"\xffCD001\1")), "DISC"),
}


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
def test_a_good_stick(guest: Guest, tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with guest.plugged(make(tmp_path)):
        done = guest.python("tests.guest.inside:chosen", LABEL)
    assert (done["same"], done["mounted"]) == (True, False)
    assert done["read"] in ({"test.csr": len(CSR)}, {})
    assert (done["read"] == {}) == (done["file_system"] == "exfat")


@pytest.mark.parametrize(("make", "reason"), BAD.values(), ids=BAD)
def test_a_bad_stick(guest: Guest, tmp_path: Path, make: Callable[[Path], Path], reason: str) -> None:
    with guest.plugged(make(tmp_path)):
        assert guest.python("tests.guest.inside:unfit", "STICK") == reason
