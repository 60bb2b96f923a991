"""An initramfs: a cpio archive in the form "newc", of files that nothing but their names and octets makes different.

The form is that of Documentation/driver-api/early-userspace/buffer-format.rst of the Linux kernel.
"""

import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from image.root import EPOCH


@dataclass(frozen=True, slots=True, order=True)
class File:
    """One regular file: its name has no slash at its beginning; `mode` are its permissions."""

    name: str
    content: bytes
    mode: int = 0o644


def archive(files: Iterable[File], folders: Sequence[str]) -> bytes:
    """Return the archive. `folders` are those that are in it, each after its parent."""
    entries = [_entry(name, b"", stat.S_IFDIR | 0o755) for name in sorted(folders)]
    entries += [_entry(each.name, each.content, stat.S_IFREG | each.mode) for each in sorted(files)]
    return b"".join((*entries, _entry("TRAILER!!!", b"", 0)))


def _entry(name: str, content: bytes, mode: int) -> bytes:
    octets = name.encode() + b"\0"
    # inode, mode, owner, group, links, time, size, device (2), device named by it (2), size of the name, no checksum
    fields = (0, mode, 0, 0, 1, EPOCH, len(content), 0, 0, 0, 0, len(octets), 0)
    head = b"070701" + b"".join(b"%08x" % each for each in fields) + octets
    return _padded(head) + _padded(content)


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)
