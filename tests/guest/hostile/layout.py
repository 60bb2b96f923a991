"""Where in the image of a stick its numbers, chains and directory entries lie: what a mutant changes is found by that.

FAT: Microsoft's FAT specification of 2000; exFAT: the specification of 2019; GPT: UEFI 2.10, section 5.3.
"""

from collections.abc import Iterator
from dataclasses import dataclass

SECTOR = 512
SLOT = 32
"""Octets of a directory entry, in FAT and in exFAT."""

_FAT_FIELDS = (
    *((0, 3), (11, 2), (13, 1), (14, 2), (16, 1), (17, 2), (19, 2), (21, 1), (22, 2), (28, 4), (32, 4)),
    *((36, 4), (40, 2), (42, 2), (44, 4), (48, 2), (50, 2), (65, 1), (66, 1), (510, 2)),
)
_EXFAT_FIELDS = (
    *((0, 3), (3, 8), (11, 4), (64, 8), (72, 8), (80, 4), (84, 4), (88, 4), (92, 4), (96, 4), (100, 4)),
    *((104, 2), (106, 2), (108, 1), (109, 1), (110, 1), (112, 1), (510, 2)),
)
_FSINFO_FIELDS = ((0, 4), (484, 4), (488, 4), (492, 4), (508, 4))
_ENTRY_FIELDS = ((0, 1), (1, 3), (4, 1), (5, 3), (8, 4), (12, 4))
"""Of a partition in an MBR."""
_GPT_FIELDS = ((0, 8), (8, 4), (12, 4), (24, 8), (32, 8), (40, 8), (48, 8), (72, 8), (80, 4), (84, 4))
_GPT_ENTRY_FIELDS = ((0, 16), (16, 16), (32, 8), (40, 8), (48, 8))


@dataclass(frozen=True, slots=True)
class Chains:
    """A file allocation table: where it begins, how many bits a cluster has in it, and how many clusters there are."""

    at: int
    bits: int
    clusters: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of an image: (place, length) of numbers; places of directory entries; octets before the first file.

    `volume` is where the file system begins, `exfat` which of the two it is.
    """

    fields: tuple[tuple[int, int], ...]
    chains: Chains
    slots: tuple[int, ...]
    names: tuple[int, ...]
    data: int
    volume: int
    exfat: bool


def number(octets: bytes | bytearray, at: int, length: int) -> int:
    """Return a number, as all of these formats write it."""
    return int.from_bytes(octets[at : at + length], "little")


def layout(octets: bytes) -> Layout:
    """Return where everything lies in an image with one volume, whole or behind a partition table."""
    if octets[3:11] in (b"EXFAT   ", b"mkfs.fat"):
        return _volume(octets, 0, ())
    table = tuple((446 + 16 * entry + at, length) for entry in range(4) for at, length in _ENTRY_FIELDS)
    if octets[SECTOR : SECTOR + 8] != b"EFI PART":
        return _volume(octets, SECTOR * number(octets, 454, 4), (*table, (510, 2)))
    entries = SECTOR * number(octets, SECTOR + 72, 8)
    gpt = (
        *((SECTOR + at, length) for at, length in _GPT_FIELDS),
        *((entries + 128 * each + at, length) for each in range(3) for at, length in _GPT_ENTRY_FIELDS),
    )
    return _volume(octets, SECTOR * number(octets, entries + 32, 8), (*table, *gpt))


def _volume(octets: bytes, at: int, table: tuple[tuple[int, int], ...]) -> Layout:
    return _exfat(octets, at, table) if octets[at + 3 : at + 11] == b"EXFAT   " else _fat(octets, at, table)


def _fat(octets: bytes, at: int, table: tuple[tuple[int, int], ...]) -> Layout:
    cluster = SECTOR * number(octets, at + 13, 1)
    fat = at + SECTOR * number(octets, at + 14, 2)
    size = SECTOR * (number(octets, at + 22, 2) or number(octets, at + 36, 4))
    root = fat + size * number(octets, at + 16, 1)
    root_size = SLOT * number(octets, at + 17, 2)
    data = root + root_size
    total = number(octets, at + 19, 2) or number(octets, at + 32, 4)
    clusters = (at + SECTOR * total - data) // cluster
    bits = 32 if not root_size else 16 if clusters >= 4085 else 12
    fields = [*table, *((at + each, length) for each, length in _FAT_FIELDS)]
    if bits == 32:
        fields += [(at + SECTOR + each, length) for each, length in _FSINFO_FIELDS]
    folders = [root, *_starting(octets, data, clusters, cluster, b".          ")]
    slots = tuple(_used(octets, folders, max(root_size, cluster)))
    return Layout(tuple(fields), Chains(fat, bits, clusters), slots, _long(octets, slots), data, at, exfat=False)


def _exfat(octets: bytes, at: int, table: tuple[tuple[int, int], ...]) -> Layout:
    cluster = SECTOR << number(octets, at + 109, 1)
    heap = at + SECTOR * number(octets, at + 88, 4)
    clusters = number(octets, at + 92, 4)
    root = heap + cluster * (number(octets, at + 96, 4) - 2)
    folders = {root, *_starting(octets, heap, clusters, cluster, b"\x85\x02", b"\x85\x03", b"\x85\x04")}
    fields = (*table, *((at + each, length) for each, length in _EXFAT_FIELDS))
    chains = Chains(at + SECTOR * number(octets, at + 80, 4), 32, clusters)
    slots = tuple(_used(octets, sorted(folders), cluster))
    names = tuple(each for each in slots if octets[each] == 0xC1)
    return Layout(fields, chains, slots, names, heap, at, exfat=True)


def _starting(octets: bytes, data: int, clusters: int, cluster: int, *starts: bytes) -> Iterator[int]:
    """Yield where a directory begins, by the look of its first entry."""
    for each in range(data, data + clusters * cluster, cluster):
        if octets.startswith(starts, each):
            yield each


def _used(octets: bytes, folders: list[int], size: int) -> Iterator[int]:
    """Yield the places of entries, and of the first free one of each directory."""
    for folder in folders:
        for slot in range(folder, min(folder + size, len(octets)), SLOT):
            yield slot
            if not octets[slot]:
                break


def _long(octets: bytes, slots: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(each for each in slots if octets[each + 11] == 0x0F)
