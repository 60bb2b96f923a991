"""Real file systems as blkid recognises them, which is what udev asks: the verdict on each, partitions and all."""

import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.usb_transfer.test_sticks import USB
from usb_transfer.sticks import Block, Stick, Unfit, sticks

MEGABYTE = 1024 * 1024
SECTOR = 512
SIZE = 8 * MEGABYTE
SBIN = "/sbin"
Image = Callable[[Path], None]


def probe(image: Path, offset: int = 0, size: int = SIZE) -> dict[str, str]:
    """Return what udev would say of a part of an image; nothing recognised is an empty answer."""
    command = [f"{SBIN}/blkid", "--probe", "-o", "udev", "--offset", str(offset), "--size", str(size), str(image)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 2, 8), done.stderr
    found = dict(line.split("=", 1) for line in done.stdout.splitlines())
    # With 8, blkid says that it is several things at once; then udev has this property.
    return found | ({"ID_FS_AMBIVALENT": "yes"} if done.returncode == 8 else {})


def judged(image: Path) -> Stick:
    """Return the verdict on an image as if it were plugged in. The kernel here reads no partition tables: this does."""
    table = image.read_bytes()[:SECTOR]
    blocks = [Block("/b/sdb", "/dev/sdb", {**USB, "DEVTYPE": "disk", **probe(image)}, SIZE // SECTOR, read_only=False)]
    entries = [struct.unpack("<8xII", table[at : at + 16]) for at in range(446, 510, 16)] if _has_table(table) else []
    for number, (start, length) in enumerate((each for each in entries if each[1]), 1):
        kind = {"ID_PART_ENTRY_TYPE": hex(table[446 + 16 * (number - 1) + 4])}
        said = {**USB, "DEVTYPE": "partition", **kind, **probe(image, start * SECTOR, length * SECTOR)}
        blocks.append(Block(f"/b/sdb/sdb{number}", f"/dev/sdb{number}", said, length, read_only=False))
    (found,) = sticks(blocks, frozenset())
    return found


def _has_table(sector: bytes) -> bool:
    """Tell a partition table from the boot sector of a file system, which ends with the same signature."""
    return sector[510:] == b"\x55\xaa" and sector[446:447] in (b"\x00", b"\x80") and sector[:3] == bytes(3)


def made(*command: str) -> Image:
    def make(image: Path) -> None:
        subprocess.run([f"{SBIN}/{command[0]}", *command[1:], image], check=True, capture_output=True)

    return make


def written(*parts: tuple[int, bytes]) -> Image:
    def make(image: Path) -> None:
        with image.open("r+b") as file:
            for at, octets in parts:
                file.seek(at)
                file.write(octets)

    return make


def table(*kinds: int) -> Image:
    """Write a partition table with partitions of two megabytes, FAT in each."""

    def make(image: Path) -> None:
        part = image.with_suffix(".part")
        for number, kind in enumerate(kinds):
            part.write_bytes(bytes(2 * MEGABYTE))
            made("mkfs.vfat", "-n", f"PART{number}")(part)
            entry = struct.pack("<8BII", 0, 0, 0, 0, kind, 0, 0, 0, (1 + 2 * number) * 2048, 4096)
            written((446 + 16 * number, entry), (510, b"\x55\xaa"), ((1 + 2 * number) * MEGABYTE, part.read_bytes()))(
                image
            )

    return make


NTFS = b"\xeb\x52\x90NTFS    " + struct.pack("<HB7xBHHH", 512, 8, 0xF8, 0, 63, 255) + bytes(12)
NTFS += struct.pack("<QQQbxxxb", 16383, 4, 5, -10, 1) + bytes(3) + b"12345678"
ISO = bytes([1]) + b"CD001" + bytes([1, 0]) + b"LINUX".ljust(32) + b"INSTALL".ljust(32)
LUKS = b"LUKS\xba\xbe\x00\x02" + struct.pack(">QQ", 16384, 1) + bytes(48) + b"sha256".ljust(32, b"\0") + bytes(64)

CASES: dict[str, tuple[Image, str, Unfit | None]] = {
    "FAT12 on the whole disk": (made("mkfs.vfat", "-F", "12", "-I", "-n", "REQUESTS"), "REQUESTS", None),
    "FAT16 on the whole disk": (made("mkfs.vfat", "-F", "16", "-s", "1", "-n", "REQUESTS"), "REQUESTS", None),
    "FAT32 on the whole disk": (made("mkfs.vfat", "-F", "32", "-s", "1", "-n", "REQUESTS"), "REQUESTS", None),
    "FAT without a label": (made("mkfs.vfat"), "", None),
    "exFAT": (made("mkfs.exfat", "-L", "REQUESTS"), "REQUESTS", None),
    "one partition": (table(0x0C), "PART0", None),
    "two partitions": (table(0x0C, 0x0C), "", Unfit.SEVERAL_VOLUMES),
    "a system partition": (table(0xEF), "PART0", Unfit.SYSTEM),
    "ext4": (made("mkfs.ext4", "-q", "-L", "LINUX"), "LINUX", Unfit.FILE_SYSTEM),
    "zeros": (written(), "", Unfit.NO_FILE_SYSTEM),
    "noise": (written((0, bytes(range(1, 255)) * 100)), "", Unfit.NO_FILE_SYSTEM),
    "a table alone": (written((510, b"\x55\xaa")), "", Unfit.NO_FILE_SYSTEM),
    "NTFS": (
        written((0, NTFS), (510, b"\x55\xaa"), (16384, b"FILE"), (19456, b"FILE"), (20480, b"FILE")),
        "",
        Unfit.FILE_SYSTEM,
    ),
    "an image of a CD": (written((32768, ISO)), "INSTALL", Unfit.DISC),
    "LUKS": (written((0, LUKS)), "", Unfit.ENCRYPTED),
}


@pytest.mark.parametrize(("make", "label", "unfit"), CASES.values(), ids=CASES)
def test_recognised(make: Image, label: str, unfit: Unfit | None, tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(bytes(SIZE))
    make(image)
    found = judged(image)
    assert (found.unfit, found.label) == (unfit, label), probe(image)


def test_two_things_in_one_place_are_neither(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(bytes(SIZE))
    made("mkfs.vfat", "-F", "32", "-s", "1")(image)
    written((32768, ISO))(image)
    assert judged(image).unfit in {Unfit.SEVERAL_VOLUMES, Unfit.DISC}
