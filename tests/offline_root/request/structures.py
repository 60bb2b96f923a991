"""Requests in DER put together by hand from their parts. A changed one has a wrong signature."""

from dataclasses import dataclass, replace

from offline_root import der

_SET, _OCTETS = 0x31, 0x04


def oid(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER of small arcs and those of Microsoft."""
    first, second, *rest = map(int, dotted.split("."))
    octets = [40 * first + second]
    for arc in rest:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.insert(0, arc & 0x7F | 0x80)
        octets += groups
    return der.wrap(der.OBJECT_IDENTIFIER, bytes(octets))


def extension(type_: str, value: bytes, *, critical: bytes = b"") -> bytes:
    return der.sequence(oid(type_), critical, der.wrap(_OCTETS, value))


def attribute(type_: str, *values: bytes) -> bytes:
    return der.sequence(oid(type_), der.wrap(_SET, *sorted(values)))


@dataclass(frozen=True, slots=True)
class Request:
    """The parts of a request, each as it will stand in it."""

    version: bytes
    subject: bytes
    key: bytes
    attributes: bytes
    algorithm: bytes
    signature: bytes

    def encoded(self) -> bytes:
        """Return the request."""
        info = der.sequence(self.version, self.subject, self.key, self.attributes)
        return der.sequence(info, self.algorithm, self.signature)

    def asking(self, *attributes: bytes) -> "Request":
        """Return the request with other attributes."""
        return replace(self, attributes=der.wrap(0xA0, *sorted(attributes)))


def request(octets: bytes) -> Request:
    """Take a request apart."""
    info, algorithm, signature = der.element(octets).children()
    version, subject, key, attributes = info.children()
    return Request(version.raw, subject.raw, key.raw, attributes.raw, algorithm.raw, signature.raw)
