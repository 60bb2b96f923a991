"""The objects in the simulated device: at most 256, known by type and 16-bit number."""

import secrets
import struct
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from tests.yubihsm.keys import PrivateKey, private_bytes, private_from
from tests.yubihsm.words import Capability, Kind, Refused, Status

SLOTS = 256
GENERATED, IMPORTED, WRAPPED = 0x01, 0x02, 0x10
_NONCE, _TAG = 13, 16
_INFO = "!QHHHBBBB40s"
_FILTERS = {1: "!H", 2: "!B", 3: "!H", 4: "!Q", 5: "!B", 6: "!40s"}
"""The tags that LIST OBJECTS can ask for: id, type, domains, capabilities, algorithm, label."""


@dataclass(frozen=True)
class Stored:
    """One object. `content`: a private key, or bytes."""

    kind: Kind
    number: int
    label: bytes
    domains: int
    capabilities: int
    algorithm: int
    content: PrivateKey | bytes
    origin: int
    delegated: int = 0

    @property
    def info(self) -> bytes:
        """Return what OBJECT INFO says, without the delegated capabilities."""
        size = len(self.content) if isinstance(self.content, bytes) else 48
        return struct.pack(
            _INFO,
            self.capabilities,
            self.number,
            size,
            self.domains,
            self.kind,
            self.algorithm,
            0,
            self.origin,
            self.label,
        )

    def matches(self, wanted: dict[int, int | bytes]) -> bool:
        """Say whether LIST OBJECTS with these filters lists it."""
        told = {1: self.number, 2: self.kind, 5: self.algorithm, 6: self.label}
        may = wanted.get(4, 0)
        assert isinstance(may, int)
        fits = not may or bool(self.capabilities & may)
        return fits and all(told.get(tag, value) == value for tag, value in wanted.items())


class Store:
    """All objects. `full` lets every new one be refused."""

    def __init__(self) -> None:
        self._objects: dict[tuple[Kind, int], Stored] = {}
        self.full = False

    def __len__(self) -> int:
        return len(self._objects)

    def __contains__(self, found: Stored) -> bool:
        return self._objects.get((found.kind, found.number)) == found

    def of(self, kind: Kind) -> list[Stored]:
        """Return the objects of a type."""
        return [each for each in self._objects.values() if each.kind is kind]

    def put(self, made: Stored) -> bytes:
        """Keep a new object, under a number of its own where it has none, and return the number (Refused)."""
        if self.full or len(self) >= SLOTS:
            raise Refused(Status.STORAGE_FAILED)
        number = made.number or next(n for n in range(1, 0x10000) if (made.kind, n) not in self._objects)
        if (made.kind, number) in self._objects:
            raise Refused(Status.OBJECT_EXISTS)
        self._objects[made.kind, number] = replace(made, number=number)
        return struct.pack("!H", number)

    def get(self, kind: int, number: int) -> Stored:
        """Return an object (Refused)."""
        try:
            return self._objects[Kind(kind), number]
        except (KeyError, ValueError):
            raise Refused(Status.OBJECT_NOT_FOUND) from None

    def delete(self, kind: int, number: int) -> None:
        """Forget an object (Refused)."""
        del self._objects[self.get(kind, number).kind, number]

    def listed(self, filters: bytes) -> bytes:
        """Return number, type and sequence of each object that LIST OBJECTS asks for."""
        wanted: dict[int, int | bytes] = {}
        while filters:
            form = _FILTERS[filters[0]]
            end = 1 + struct.calcsize(form)
            (wanted[filters[0]],) = struct.unpack(form, filters[1:end])
            filters = filters[end:]
        found = (each for each in self._objects.values() if each.matches(wanted))
        return b"".join(struct.pack("!HBB", each.number, each.kind, 0) for each in found)

    def exported(self, wrap_key: int, kind: int, number: int) -> bytes:
        """Return an object encrypted under a wrap key, as AES-CCM (Refused)."""
        wrapping, found = self._wrapping(wrap_key), self.get(kind, number)
        if not found.capabilities & Capability.EXPORTABLE_UNDER_WRAP:
            raise Refused(Status.INSUFFICIENT_PERMISSIONS)
        inside = found.content if isinstance(found.content, bytes) else private_bytes(found.content)
        nonce = secrets.token_bytes(_NONCE)
        return nonce + wrapping.encrypt(nonce, bytes([found.algorithm]) + found.info + inside, None)

    def imported(self, wrap_key: int, blob: bytes) -> bytes:
        """Put back what `exported` gave; return its type and number (Refused)."""
        try:
            plain = self._wrapping(wrap_key).decrypt(blob[:_NONCE], blob[_NONCE:], None)
        except InvalidTag:
            raise Refused(Status.INVALID_DATA) from None
        head = 1 + struct.calcsize(_INFO)
        may, number, _, domains, kind, algorithm, _, origin, label = struct.unpack(_INFO, plain[1:head])
        content = private_from(plain[head:]) if kind == Kind.ASYMMETRIC_KEY else plain[head:]
        made = Stored(Kind(kind), number, label, domains, may, algorithm, content, origin | WRAPPED)
        return bytes([kind]) + self.put(made)

    def _wrapping(self, number: int) -> AESCCM:
        key = self.get(Kind.WRAP_KEY, number).content
        assert isinstance(key, bytes)
        return AESCCM(key, _TAG)
