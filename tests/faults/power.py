"""Power cuts: ceremonies on a recorded disk, and every state in which the disk may be found afterwards."""

import ctypes
import fcntl
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.blocks import FLUSH, WRITE, Event, events
from tests.faults.forks import ROOT
from tests.faults.seen import Seen

SIZE = 12 << 20
_FORGET = 0x1261  # BLKFLSBUF
SECTOR = 512
SUPERBLOCK = 2048
"""Where the superblock of an ext4 ends."""

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEEDED = (
    "NOT TESTED, power cuts: this needs root, /dev/fuse, loop devices, fusermount3 and mkfs.ext4. In a container: "
    "--privileged or --device /dev/fuse with CAP_SYS_ADMIN; apt-get install fuse3 e2fsprogs mount"
)


def made_disk(base: Path) -> bytes:
    """Return an empty ext4 file system."""
    image = base / "empty"
    image.write_bytes(bytes(SIZE))
    _run("mkfs.ext4", "-q", "-F", "-b", "1024", "-J", "size=1", str(image))
    return image.read_bytes()


def missing() -> str:
    """Return what is missing on this machine and how to get it; empty where nothing is."""
    there = all(Path(path).exists() for path in ("/dev/fuse", "/dev/loop-control"))
    return "" if there and os.geteuid() == 0 else _NEEDED


def recorded(base: Path, image: bytes, design: str, seed: int, count: int) -> list[Event]:
    """Hold ceremonies on a recorded disk; return every write, flush and mark."""
    fuse, mounted, empty, record = (base / name for name in ("fuse", "mounted", "empty", "record"))
    for each in (fuse, mounted):
        each.mkdir(exist_ok=True)
    with ExitStack() as opened:
        server = [sys.executable, "-m", "tests.faults.blocks", str(fuse), str(empty), str(record)]
        opened.enter_context(subprocess.Popen(server, cwd=ROOT))
        opened.callback(_run, "umount", str(fuse))
        _wait_for(fuse / "disk")
        loop = _run("losetup", "--find", "--show", str(fuse / "disk"))
        opened.callback(_run, "losetup", "-d", loop)
        _run("mount", "-t", "ext4", loop, str(mounted))
        opened.callback(_run, "umount", str(mounted))
        _run(
            sys.executable,
            "-m",
            "tests.faults.ceremonies",
            str(mounted),
            str(fuse / "mark"),
            design,
            *map(str, (seed, count)),
        )
    return list(events(record))


@dataclass
class Cut:
    """One state after a power cut: the disk, and what was seen outside before."""

    disk: bytes
    seen: Seen


@dataclass
class Cuts:
    """Every state that a record allows: what was flushed is there, of the rest any part, and one write may be torn."""

    image: bytes
    record: list[Event]
    seed: int
    subsets: int
    _tried: set[tuple[int, int, tuple[int, ...], int]] = field(default_factory=set)

    def __iter__(self) -> Iterator[Cut]:
        chance = random.Random(self.seed)  # noqa: S311  # the same states every time
        durable, pending, seen, epoch = bytearray(self.image), list[Event](), Seen(), 0
        for event in self.record:
            if event.kind == FLUSH:
                for write in pending:
                    durable[write.place : write.place + len(write.data)] = write.data
                pending, epoch = [], epoch + 1
                continue
            if event.kind == WRITE:
                pending.append(event)
            else:
                seen = seen.after(event.data)
            yield from self._now(durable, pending, seen, epoch, chance)

    def _now(
        self, durable: bytearray, pending: list[Event], seen: Seen, epoch: int, chance: random.Random
    ) -> Iterator[Cut]:
        everything = tuple(range(len(pending)))
        chosen = [(everything, 0), ((), 0)]
        for _ in range(self.subsets):
            some = tuple(number for number in everything if chance.random() < 0.5)
            torn = chance.randrange(SECTOR, SIZE, SECTOR) if some and chance.random() < 0.5 else 0
            chosen.append((some, torn % max(1, len(pending[some[-1]].data)) if torn else 0))
        for some, torn in chosen:
            key = (epoch, seen.number, some, torn)
            if key not in self._tried:
                self._tried.add(key)
                yield Cut(_applied(durable, [pending[number] for number in some], torn), seen)


def _applied(durable: bytearray, writes: list[Event], torn: int) -> bytes:
    """Return the disk with some writes on it, of the last one only the first `torn` bytes, if not 0."""
    disk = bytearray(durable)
    for number, write in enumerate(writes, start=1):
        size = torn if torn and number == len(writes) else len(write.data)
        data = write.data[: max(size, SUPERBLOCK - write.place)]
        disk[write.place : write.place + len(data)] = data
    return bytes(disk)


class Bench:
    """A loop device on which one disk after the other is mounted, as a kernel does after a power cut."""

    def __init__(self, base: Path) -> None:
        self.image = base / "cut"
        self._at = base / "found"
        self._at.mkdir(exist_ok=True)
        self.image.write_bytes(bytes(SIZE))
        self._loop = _run("losetup", "--find", "--show", str(self.image))

    @contextmanager
    def mounted(self, disk: bytes) -> Iterator[Path]:
        """Mount a disk, which replays its journal; yield where."""
        with self.image.open("r+b") as file:
            file.write(disk)
        if not self._mount():
            # A torn superblock: the file system's own check takes the copy of it.
            subprocess.run(["e2fsck", "-fy", self.image], capture_output=True, check=False)
            _check(self._mount())
        try:
            yield self._at
        finally:
            _check(_LIBC.umount2(bytes(self._at), 0) == 0)

    def _mount(self) -> bool:
        with Path(self._loop).open("rb") as device:  # what the kernel still remembers of the disk before this one
            fcntl.ioctl(device, _FORGET)
        result: int = _LIBC.mount(self._loop.encode(), bytes(self._at), b"ext4", 0, None)
        return result == 0

    def is_clean(self) -> bool:
        """Say whether nothing is wrong with the file system that was mounted last."""
        return subprocess.run(["e2fsck", "-fn", self.image], capture_output=True, check=False).returncode == 0

    def close(self) -> None:
        """Give the loop device back."""
        _run("losetup", "-d", self._loop)


def _check(done: bool) -> None:
    if not done:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (command, done.stderr, _NEEDED)
    return done.stdout.strip()


def _wait_for(path: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until, _NEEDED
        time.sleep(0.05)
