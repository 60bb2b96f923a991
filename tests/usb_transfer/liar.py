"""A file system with one file, `test.csr`, that says something else each time it is read.

python -m tests.usb_transfer.liar FIRST SECOND READS FOLDER    the file of what is said first, of what is said after,
and one that grows by a byte at each beginning
"""

import errno
import stat
import sys
from pathlib import Path
from typing import Any

import mfusepy  # type: ignore[import-untyped]


class Liar(mfusepy.Operations):  # type: ignore[misc]  # the package has no types
    """Serves the file, and keeps account of who begins to read it."""

    use_ns = True

    def __init__(self, first: bytes, second: bytes, reads: Path) -> None:
        self._first, self._second, self._reads = first, second, reads
        self._now = first

    def getattr(self, path: str, fh: Any = None) -> dict[str, int]:  # noqa: ANN401
        """Say what is there."""
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        if path != "/test.csr":
            raise mfusepy.FuseOSError(errno.ENOENT)
        return {"st_mode": stat.S_IFREG | 0o644, "st_nlink": 1, "st_size": max(len(self._first), len(self._second))}

    def readdir(self, path: str, fh: Any) -> list[str]:  # noqa: ANN401
        """List it."""
        return [".", "..", "test.csr"]

    def read(self, path: str, size: int, offset: int, fh: Any) -> bytes:  # noqa: ANN401
        """Tell the truth once."""
        before = self._reads.stat().st_size
        if offset == 0:
            self._now = self._second if before else self._first
            self._reads.write_bytes(bytes(before + 1))
        return self._now[offset : offset + size]


def main() -> None:
    """Serve until somebody unmounts."""
    first, second, reads, folder = map(Path, sys.argv[1:])
    liar = Liar(first.read_bytes(), second.read_bytes(), reads)
    mfusepy.FUSE(liar, str(folder), foreground=True, nothreads=True, direct_io=True)


if __name__ == "__main__":
    main()
