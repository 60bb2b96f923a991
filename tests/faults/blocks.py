"""A disk that remembers: a file system in user space with one file, `disk`, whose every write and flush is recorded.

What is written to its other file, `mark`, goes into the same record: what people saw outside, in its place among the
writes. As a program: `blocks FOLDER IMAGE RECORD [COUNT]` serves until FOLDER is unmounted. After COUNT writes the disk
is dead: every request fails, and the first of them is a mark in the record.
"""

import errno
import stat
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mfusepy  # type: ignore[import-untyped]

_HEAD = struct.Struct(">cQI")
WRITE, FLUSH, MARK = b"w", b"f", b"m"


@dataclass(frozen=True)
class Event:
    """A write of `data` at `place`, a flush, or a mark that holds `data`."""

    kind: bytes
    place: int = 0
    data: bytes = b""


def events(record: Path) -> Iterator[Event]:
    """Yield what was recorded, in order."""
    with record.open("rb") as file:
        while head := file.read(_HEAD.size):
            kind, place, size = _HEAD.unpack(head)
            yield Event(kind, place, file.read(size))


class Disk(mfusepy.Operations):  # type: ignore[misc]  # the package has no types
    """The file system."""

    use_ns = True

    def __init__(self, image: bytes, record: Path, count: int = 1 << 62) -> None:
        self._disk = bytearray(image)
        self._left = count
        self._record = record.open("wb")

    def _put(self, kind: bytes, place: int = 0, data: bytes = b"") -> None:
        self._record.write(_HEAD.pack(kind, place, len(data)) + data)
        self._record.flush()

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        sizes = {"/disk": len(self._disk), "/mark": 0}
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        if path not in sizes:
            raise mfusepy.FuseOSError(errno.ENOENT)
        return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": sizes[path]}

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", "disk", "mark"]

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        if self._left < 0:
            raise mfusepy.FuseOSError(errno.EIO)
        return bytes(self._disk[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        if path == "/mark":
            self._put(MARK, 0, data)
        else:
            self._left -= 1
            if self._left < 0:
                self._put(MARK, 0, b"dead")
                raise mfusepy.FuseOSError(errno.EIO)
            self._disk[offset : offset + len(data)] = data
            self._put(WRITE, offset, data)
        return len(data)

    def truncate(self, path: str, length: int, fh: int | None = None) -> None:
        pass

    def fsync(self, path: str, datasync: int, fh: int) -> None:
        if path == "/disk":
            self._put(FLUSH)

    def destroy(self, path: str) -> None:
        self._record.close()


if __name__ == "__main__":
    folder, image, record, *most = sys.argv[1:]
    served = Disk(Path(image).read_bytes(), Path(record), *map(int, most))
    mfusepy.FUSE(served, folder, foreground=True, nothreads=True, direct_io=True)
