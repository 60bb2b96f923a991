"""Mutants of an image: a few places written over, where it hurts; checksums are mended mostly, or nobody would look."""

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.guest.hostile.layout import SECTOR, SLOT, Layout, number

_NAMES = (
    b"..",
    b".",
    b"A/B",
    b"\x1b[2JA",
    b"\n",
    b"\xe5",
    b"\x05",
    b"\x00",
    b"  ",
    b"NUL",
    "\u202e".encode("utf-16-le"),
    b"\x00\xd8",
    b"\xff\xff",
)


@dataclass(slots=True)
class Mutant:
    """The octets of an image, and which of them are not those it was made from."""

    octets: bytearray
    changed: list[tuple[int, int]] = field(default_factory=list)

    def put(self, at: int, data: bytes) -> None:
        """Write over what is there, as far as the image goes."""
        at = max(0, min(at, len(self.octets)))
        data = data[: len(self.octets) - at]
        self.octets[at : at + len(data)] = data
        self.changed.append((at, len(data)))

    def differs(self, original: bytes) -> bool:
        """Say whether anything was changed but to what it was."""
        return any(self.octets[at : at + length] != original[at : at + length] for at, length in self.changed)

    def undo(self, original: bytes) -> None:
        """Make it the original again: that is cheaper than a copy."""
        for at, length in self.changed:
            self.octets[at : at + length] = original[at : at + length]
        self.changed.clear()


class Mutator:
    """Makes the mutants of one image; each follows from its number alone."""

    def __init__(self, original: bytes, at: Layout) -> None:
        self.original, self.at = original, at
        self.mutant = Mutant(bytearray(original))
        self.random = random.Random()  # noqa: S311  # not a secret
        self._ways: tuple[tuple[int, Callable[[], None]], ...] = (
            (4, self._field),
            (5, self._chain),
            (6, self._entry),
            (2, self._name),
            (2, self._copied_entry),
            (2, self._flipped_before_data),
            (1, self._flipped),
            (1, self._block),
        )

    def make(self, which: int) -> Mutant:
        """Return a mutant, good until the next one is made."""
        self.mutant.undo(self.original)
        self.random.seed(which)
        weights, ways = zip(*self._ways, strict=True)
        most = self.random.choice((1, 2, 2, 3, 3, 5, 8))
        while most > 0 or not self.mutant.differs(self.original):
            self.random.choices(ways, weights)[0]()
            most -= 1
        if self.random.random() < 0.85:
            self._mend()
        return self.mutant

    def _value(self, bits: int, *likely: int) -> int:
        """Return a number that is at an edge, or one of the likely ones, or any."""
        full = (1 << bits) - 1
        edges = (0, 1, 2, 3, full, full - 1, full >> 1, (full >> 1) + 1, 1 << self.random.randrange(bits))
        kind = self.random.random()
        if kind < 0.4 and likely:
            return self.random.choice(likely) & full
        return self.random.choice(edges) if kind < 0.8 else self.random.getrandbits(bits)

    def _number(self, at: int, length: int) -> None:
        was = number(self.mutant.octets, at, length)
        likely = (was + 1, was - 1, was * 2, was // 2, was ^ (1 << self.random.randrange(8 * length)))
        self.mutant.put(at, self._value(8 * length, *likely).to_bytes(length, "little"))

    def _field(self) -> None:
        self._number(*self.random.choice(self.at.fields))

    def _cluster(self) -> int:
        """Return a cluster, mostly one that is in use: they come first."""
        last = self.at.chains.clusters + 1
        return self.random.randint(2, min(last, 24)) if self.random.random() < 0.8 else self.random.randint(2, last)

    def _chain(self) -> None:
        """Have a chain go on elsewhere: into itself, into another one, out of the disk, to an end or to nothing."""
        cluster, last, bits = self._cluster(), self.at.chains.clusters + 1, self.at.chains.bits
        ends = (0x0FFFFFF8 & ((1 << bits) - 1), 0x0FFFFFF7 & ((1 << bits) - 1))
        to = self._value(bits, cluster, cluster - 1, self._cluster(), self._cluster(), last, last + 1, *ends)
        if bits == 12:
            at = self.at.chains.at + cluster * 3 // 2
            both = number(self.mutant.octets, at, 2)
            both = (both & 0x000F) | (to << 4) if cluster % 2 else (both & 0xF000) | to
            self.mutant.put(at, both.to_bytes(2, "little"))
        else:
            self.mutant.put(self.at.chains.at + cluster * bits // 8, to.to_bytes(bits // 8, "little"))

    def _entry(self) -> None:
        """Write over a part of a directory entry."""
        slot = self.random.choice(self.at.slots)
        parts = ((0, 1), (1, 1), (2, 2), (4, 2), (8, 8), (20, 4), (24, 8)) if self.at.exfat else ()
        at, length = self.random.choice(parts or ((0, 1), (0, 11), (11, 1), (12, 2), (20, 2), (26, 2), (28, 4)))
        cluster = self._cluster() if length > 1 else 0x10
        self.mutant.put(
            slot + at, self._value(8 * length, cluster, 0x85, 0xC0, 0xC1, 0x0F, 0x08).to_bytes(length, "little")
        )

    def _name(self) -> None:
        """Write characters into a name that must not be there."""
        slot = self.random.choice(self.at.names if self.random.random() < 0.7 else self.at.slots)
        self.mutant.put(slot + self.random.choice((0, 1, 2, 3, 8, 14, 28)), self.random.choice(_NAMES))

    def _copied_entry(self) -> None:
        """Have an entry twice, or a row of one entry, or two that changed places."""
        one, other = self.random.choices(self.at.slots, k=2)
        entry, there = (bytes(self.mutant.octets[each : each + SLOT]) for each in (one, other))
        self.mutant.put(other, entry * self.random.choice((1, 1, 2, 20, 64)))
        if self.random.random() < 0.3:
            self.mutant.put(one, there)

    def _flip(self, end: int) -> None:
        start = self.at.volume if self.random.random() < 0.9 else 0
        for _ in range(self.random.choice((1, 2, 8, 32))):
            at = self.random.randrange(start, end)
            self.mutant.put(at, bytes([self.mutant.octets[at] ^ 1 << self.random.randrange(8)]))

    def _flipped_before_data(self) -> None:
        self._flip(self.at.data)

    def _flipped(self) -> None:
        self._flip(len(self.original))

    def _block(self) -> None:
        """Lose a sector, or get one that belongs elsewhere."""
        at, other = (SECTOR * self.random.randrange(self.at.data // SECTOR + 64) for _ in range(2))
        with_what = (
            bytes(SECTOR),
            b"\xff" * SECTOR,
            self.random.randbytes(SECTOR),
            self.original[other : other + SECTOR],
        )
        self.mutant.put(at, self.random.choice(with_what))

    def _mend(self) -> None:
        octets, volume = self.mutant.octets, self.at.volume
        if octets[SECTOR : SECTOR + 8] == b"EFI PART" and volume:
            self._mend_gpt()
        if self.at.exfat:
            sums = volume + 11 * SECTOR
            if any(volume <= at < sums for at, _ in self.mutant.changed):
                total = exfat_sum(bytes(octets[volume:sums]), 4, skip=(106, 107, 112))
                self.mutant.put(sums, total.to_bytes(4, "little") * 128)
            for slot in self.at.slots:
                if octets[slot] == 0x85:
                    entries = bytes(octets[slot : slot + SLOT * (1 + min(octets[slot + 1], 18))])
                    self.mutant.put(slot + 2, exfat_sum(entries, 2, skip=(2, 3)).to_bytes(2, "little"))

    def _mend_gpt(self) -> None:
        octets = self.mutant.octets
        entries, count, size = (number(octets, SECTOR + at, length) for at, length in ((72, 8), (80, 4), (84, 4)))
        length = min(count * size, len(octets))
        whole = zlib.crc32(octets[entries * SECTOR :][:length]) if entries * SECTOR < len(octets) else 0
        self.mutant.put(SECTOR + 88, whole.to_bytes(4, "little"))
        self.mutant.put(SECTOR + 16, bytes(4))
        header = octets[SECTOR : SECTOR + min(number(octets, SECTOR + 12, 4), SECTOR)]
        self.mutant.put(SECTOR + 16, zlib.crc32(header).to_bytes(4, "little"))


def exfat_sum(octets: bytes, length: int, *, skip: tuple[int, ...]) -> int:
    """Return the checksum of exFAT's boot sectors (4 octets) or of the entries of a file (2)."""
    bits, total = 8 * length, 0
    for at, octet in enumerate(octets):
        if at not in skip:
            total = ((total << bits - 1 | total >> 1) + octet) & ((1 << bits) - 1)
    return total
