"""The sticks that mutants are made of: formatted and filled by the guest itself, all of one size."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from usb_transfer.mounting import by_kernel
from usb_transfer.sticks import Stick

SIZE = 4 << 20
_START = 128
"""The sector at which a partition begins."""
_PARTITION = f"start={_START}, size={SIZE // 512 - _START - 64}, type="
_FILES = {
    "test.csr": b"-----BEGIN CERTIFICATE REQUEST-----\n" * 40,
    "Żądanie podpisania certyfikatu pośredniego.PEM": b"pem\n" * 3000,
    "zażółć/gęślą/deep request of the production environment.der": bytes(range(256)) * 9,
    "offline-root/root/20261124T000000Z-000001/closing-checkpoint": b"note\n" * 40,
    "offline-root/root/20261124T000000Z-000001/audit/checkpoint": b"note\n" * 40,
    "empty.txt": b"",
}


def stick(node: str, file_system: str) -> Stick:
    """Return a device as a stick that may be used."""
    return Stick(node, node, "mutant", "1", "MUTANT", SIZE, file_system, write_protected=False, unfit=None)


def whole(*command: str) -> Callable[[str], tuple[str, str]]:
    """Return what formats a whole device, and says which one is to be mounted and as what."""

    def make(node: str) -> tuple[str, str]:
        _run(*command, node)
        return node, "exfat" if command[0] == "mkfs.exfat" else "vfat"

    return make


def partitioned(table: str, kind: str, *command: str) -> Callable[[str], tuple[str, str]]:
    """Return what formats the one partition of a device."""

    def make(node: str) -> tuple[str, str]:
        first = "first-lba: 64\n" if table == "gpt" else ""
        _run("sfdisk", "-q", node, said=f"label: {table}\n{first}{_PARTITION}{kind}\n")
        _run("blockdev", "--rereadpt", node)
        return whole(*command)(f"{node}p1")

    return make


_FAT = ("mkfs.vfat", "-n", "MUTANT", "-F")
_GPT_DATA = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"
IMAGES = {
    "FAT12": whole(*_FAT, "12", "-s", "4"),
    "FAT16": whole(*_FAT, "16", "-s", "1"),
    "FAT32": whole(*_FAT, "32", "-s", "1"),
    "exFAT": whole("mkfs.exfat", "-c", "4K"),
    "FAT12 in MBR": partitioned("dos", "1", *_FAT, "12", "-s", "4"),
    "FAT32 in GPT": partitioned("gpt", _GPT_DATA, *_FAT, "32", "-s", "1"),
    "exFAT in MBR": partitioned("dos", "7", "mkfs.exfat", "-c", "4K"),
}


def known() -> tuple[str, ...]:
    """Return the images whose file system this kernel knows."""
    kernel = Path("/proc/filesystems").read_text()
    return tuple(name for name in IMAGES if "exFAT" not in name or "exfat" in kernel)


def make(name: str, node: str) -> bytes:
    """Make a stick on a device, put files onto it, and return its octets."""
    Path(node).write_bytes(bytes(SIZE))
    volume, file_system = IMAGES[name](node)
    mounted = by_kernel(stick(volume, file_system), write=True)
    for file, data in _FILES.items():
        at = mounted.at / file
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_bytes(data)
    mounted.unmount()
    _run("sync")
    return Path(node).read_bytes()


def _run(*command: str, said: str = "") -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, input=said)
    assert done.returncode == 0, (command, done.stderr)
