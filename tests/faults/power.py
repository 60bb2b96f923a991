"""Power cuts: ceremonies on a recorded disk, and every state in which the disk may be found afterwards."""

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
from tests.faults.founding import Lost
from tests.faults.mounts import mount, unmount
from tests.faults.seen import Seen

SIZE = 12 << 20
OPTIONS = "data=ordered,barrier=1"
"""Those that ext4 has by itself, as on the appliance."""

SECTOR = 512
SUPERBLOCK = range(1024, 2048)
"""Where an ext4 has it."""

_NEEDED = (
    "NOT TESTED, power cuts: this needs root, /dev/fuse, loop devices, fusermount3 and mkfs.ext4. In a container: "
    "--privileged or --device /dev/fuse with CAP_SYS_ADMIN; apt-get install fuse3 e2fsprogs mount"
)


def ext4(base: Path, block: int) -> bytes:
    """Return an empty ext4 file system."""
    image = base / "empty"
    image.write_bytes(bytes(SIZE))
    _run("mkfs.ext4", "-q", "-F", "-b", str(block), "-J", f"size={block // 1024}", str(image))
    return image.read_bytes()


def missing() -> str:
    """Return what is missing on this machine and how to get it; empty where nothing is."""
    there = all(Path(path).exists() for path in ("/dev/fuse", "/dev/loop-control"))
    return "" if there and os.geteuid() == 0 else _NEEDED


@dataclass(frozen=True)
class Workload:
    """Ceremonies of a design, of these kinds, drawn with a seed, on a file system of which block size."""

    design: str
    seed: int
    kinds: tuple[str, ...]
    block: int = 1024


def recorded(base: Path, image: bytes, work: Workload, lost: Lost) -> list[Event]:
    """Hold ceremonies on a recorded disk, in `own_mounts`; return every write, flush and mark."""
    fuse, disk, record = (base / name for name in ("fuse", "mounted", "record"))
    for each in (fuse, disk):
        each.mkdir(exist_ok=True)
    (base / "empty").write_bytes(image)
    with ExitStack() as opened:
        server = [sys.executable, "-m", "tests.faults.blocks", str(fuse), str(base / "empty"), str(record)]
        opened.enter_context(subprocess.Popen(server, cwd=ROOT))
        opened.callback(_run, "umount", str(fuse))
        _wait_for(fuse / "disk")
        loop = _run("losetup", "--find", "--show", str(fuse / "disk"))
        opened.callback(_run, "losetup", "-d", loop)
        mount(loop, disk, "ext4", OPTIONS)
        opened.callback(unmount, disk, loop)
        places = (disk / "home", disk / "stick", fuse / "mark", lost.folder)
        program = (sys.executable, "-m", "tests.faults.ceremonies")
        _run(*program, *map(str, (*places, work.design, work.seed, ",".join(work.kinds))))
    return list(events(record))


@dataclass(frozen=True)
class Cut:
    """One state after a power cut: the disk, and what was seen outside before."""

    disk: bytearray
    seen: Seen


Part = tuple[int, tuple[int, ...]]
"""A write that was not flushed, by its number, and those of its sectors that are on the disk."""


@dataclass
class Cuts:
    """Every state that a record allows: what was flushed is there, and of the rest any sectors of any writes.

    At each event: everything written so far; nothing that was not flushed; and `subsets` times some of it, drawn:
    whole writes, the last of them torn, or each of them torn. Of these, every so many-th.
    """

    image: bytes
    record: list[Event]
    seed: int
    subsets: int
    every: int
    _tried: set[tuple[int, int, tuple[Part, ...]]] = field(default_factory=set)

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
            for parts in self._chosen(pending, chance):
                key = (epoch, seen.number, parts)
                if key in self._tried:
                    continue
                if len(self._tried) % self.every == 0:
                    yield Cut(_applied(durable, pending, parts), seen)
                self._tried.add(key)

    def _chosen(self, pending: list[Event], chance: random.Random) -> Iterator[tuple[Part, ...]]:
        everything = tuple((number, _sectors(write)) for number, write in enumerate(pending))
        yield everything
        yield ()
        for _ in range(self.subsets):
            some = [part for part in everything if chance.random() < 0.5]
            torn = chance.choice((0, 1, len(some)))
            for place in range(len(some) - torn if some else 0, len(some)):
                number, sectors = some[place]
                left = sectors[: chance.randint(0, len(sectors))]
                some[place] = number, left if torn == 1 else tuple(each for each in sectors if chance.random() < 0.5)
            yield tuple(part for part in some if part[1])


def _sectors(write: Event) -> tuple[int, ...]:
    return tuple(range(0, len(write.data), SECTOR))


def _applied(durable: bytearray, pending: list[Event], parts: tuple[Part, ...]) -> bytearray:
    """Return the disk with parts of what was not flushed on it."""
    disk = bytearray(durable)
    for number, sectors in parts:
        write = pending[number]
        for sector in _with_superblock(write, sectors):
            data = write.data[sector : sector + SECTOR]
            disk[write.place + sector : write.place + sector + len(data)] = data
    return disk


def _with_superblock(write: Event, sectors: tuple[int, ...]) -> set[int]:
    """Let both sectors of the superblock be there or neither: ext4 has no defence against one of them alone."""
    of_it = {each for each in _sectors(write) if write.place + each in SUPERBLOCK}
    return set(sectors) | of_it if of_it & set(sectors) else set(sectors)


class Bench:
    """A loop device on which disks are mounted one after another, as after a power cut. Works in `own_mounts`."""

    def __init__(self, base: Path) -> None:
        self.image = base / "cut"
        self._at = base / "found"
        self._at.mkdir(exist_ok=True)
        self.image.write_bytes(bytes(SIZE))
        self.device = _run("losetup", "--find", "--show", str(self.image))

    @contextmanager
    def mounted(self, disk: bytes | bytearray) -> Iterator[Path]:
        """Mount a disk, which replays its journal; yield where. OSError if it cannot be mounted."""
        with self.image.open("r+b") as file:
            file.write(disk)
        mount(self.device, self._at, "ext4", OPTIONS)
        try:
            yield self._at
        finally:
            unmount(self._at, self.device)

    def is_clean(self) -> bool:
        """Say whether nothing is wrong with the file system that was mounted last."""
        return subprocess.run(["e2fsck", "-fn", self.image], capture_output=True, check=False).returncode == 0

    def close(self) -> None:
        """Give the loop device back."""
        _run("losetup", "-d", self.device)


def _run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (command, done.stderr, _NEEDED)
    return done.stdout.strip()


def _wait_for(path: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until, _NEEDED
        time.sleep(0.05)
