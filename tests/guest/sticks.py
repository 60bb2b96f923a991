"""Images of sticks, made and read on the host without mounting: its kernel may know no FAT."""

import subprocess
from pathlib import Path

from usb_transfer import read_tree

LABEL = "STICK"


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
