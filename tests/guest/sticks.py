"""Images of sticks, made and read on the host without mounting: its kernel may know no FAT."""

import errno
import subprocess
from pathlib import Path
from typing import Any

from tests.guest.hostile.layout import SECTOR, layout
from usb_transfer import read_tree

LABEL = "STICK"
_BEFORE = 3 << 19


def fat(path: Path, size: int = 8 << 20, *options: str, label: str = LABEL) -> Path:
    """Make a stick without partitions, formatted as FAT."""
    with path.open("wb") as file:
        file.truncate(size)
    _run("mkfs.vfat", "-n", label, *options, path)
    return path


def fill(image: Path, *, leaving: int) -> None:
    """Fill a stick up, but for so many bytes."""
    said = _run("mdir", "-i", image)
    free = next(
        int(line.replace("bytes free", "").replace(" ", "")) for line in said.splitlines() if "bytes free" in line
    )
    filler = image.with_suffix(".filler")
    filler.write_bytes(bytes(free - leaving))
    _run("mcopy", "-i", image, filler, "::filler")


def read(image: Path, to: Path) -> dict[str, bytes]:
    """Return what is on a FAT, as far as it can be read: a stick that was pulled out may be in any state."""
    to.mkdir()
    command = ["mcopy", "-s", "-n", "-Q", "-i", str(image), "::", str(to)]
    subprocess.run(command, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    return read_tree(to)


def _run(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL, text=True).stdout


def partitioned(path: Path, table: str, *volumes: Path, kind: str = "") -> Path:
    """Make a stick with a partition for each volume; `table` is `dos` or `gpt`, `kind` what the partitions are for."""
    kind = kind or ("c" if table == "dos" else "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7")
    size = max((each.stat().st_size for each in volumes), default=1 << 20)
    with path.open("wb") as file:
        file.truncate((2 + len(volumes)) * (1 << 20) + size * len(volumes))
    starts = [(1 << 20) + number * size for number in range(len(volumes))]
    lines = (f"start={start // 512}, size={size // 512}, type={kind}\n" for start in starts)
    script = f"label: {table}\n" + "".join(lines)
    subprocess.run(["sfdisk", "-q", path], input=script.encode(), check=True)
    with path.open("r+b") as file:
        for start, volume in zip(starts, volumes, strict=True):
            file.seek(start)
            file.write(volume.read_bytes())
    return path


def exfat(path: Path) -> Path:
    """Make a stick without partitions, formatted as exFAT."""
    return formatted(path, "mkfs.exfat", "-L", LABEL)


def formatted(path: Path, *command: str) -> Path:
    """Make a stick of 16 MiB on which a program has worked."""
    with path.open("wb") as file:
        file.truncate(16 << 20)
    _run(*command, path)
    return path


def with_octets(path: Path, *put_at: tuple[int, bytes]) -> Path:
    """Make a stick of 4 MiB that holds these octets and zeros; or write them into one that is there."""
    octets = bytearray(path.read_bytes() if path.exists() else 4 << 20)
    for place, data in put_at:
        octets[place : place + len(data)] = data
    path.write_bytes(octets)
    return path


def worn(path: Path) -> Path:
    """Make a FAT stick on which a large file keeps everything else away from what udev reads."""
    return put(fat(path, 16 << 20, "-F", "16"), "large.bin", bytes(_BEFORE))


def bad_blocks(image: Path, when: str) -> dict[str, Any]:
    """Return how QEMU serves a `worn` stick: the sectors after the large file fail when they are read, or written."""
    first = (layout(image.read_bytes()).data + _BEFORE) // SECTOR
    failing = [{"event": "none", "iotype": when, "sector": first + each, "errno": errno.EIO} for each in range(64)]
    file = {"driver": "file", "filename": str(image), "locking": "off"}
    return {"file": {"driver": "blkdebug", "image": file, "inject-error": failing}}


def put(image: Path, name: str, data: bytes) -> Path:
    """Copy a file onto a FAT stick."""
    source = image.with_suffix(".put")
    source.write_bytes(data)
    _run("mcopy", "-i", image, source, f"::{name}")
    return image
