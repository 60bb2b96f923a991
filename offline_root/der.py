"""DER in small: split an encoding into its elements, and wrap bytes into new ones (X.690).

Only what signing needs: the raw bytes of fields that must be copied, never rebuilt. Everything else is cryptography's.
"""

from dataclasses import dataclass

SEQUENCE = 0x30
BIT_STRING = 0x03
OBJECT_IDENTIFIER = 0x06


class DerError(ValueError):
    """The bytes are not DER."""


@dataclass(frozen=True, slots=True)
class Element:
    """One tag-length-value: its tag octet, its content octets, and all of its octets as they stood."""

    tag: int
    content: bytes
    raw: bytes

    def children(self) -> tuple["Element", ...]:
        """Return the elements inside a constructed element."""
        return elements(self.content)


def elements(data: bytes) -> tuple[Element, ...]:
    """Split `data` into DER elements that fill it exactly (DerError otherwise)."""
    found, position = [], 0
    while position < len(data):
        start, end = _bounds(data, position)
        found.append(Element(data[position], data[start:end], data[position:end]))
        position = end
    return tuple(found)


def element(data: bytes) -> Element:
    """Return the one element that `data` is (DerError otherwise, also on trailing bytes)."""
    found = elements(data)
    if len(found) != 1:
        raise DerError(f"{len(found)} DER elements where one was expected")
    return found[0]


def first(data: bytes) -> bytes:
    """Return the first element of `data`, whatever stands after it (DerError)."""
    return data[: _bounds(data, 0)[1]]


def _bounds(data: bytes, position: int) -> tuple[int, int]:
    if data[position] & 0x1F == 0x1F:
        raise DerError("a tag of more than one octet")
    if position + 2 > len(data):
        raise DerError("the length is missing")
    first = data[position + 1]
    start, length = position + 2, first
    if first >= 0x80:
        count = first & 0x7F
        start += count
        octets = data[position + 2 : start]
        length = int.from_bytes(octets)
        if count == 0 or len(octets) < count or octets[0] == 0 or length < 0x80:
            raise DerError("a length that is indefinite, cut off or not the shortest (BER, not DER)")
    if start + length > len(data):
        raise DerError("the content is shorter than its length says")
    return start, start + length


def dotted(oid: Element) -> str:
    """Return an OBJECT IDENTIFIER in dotted form (X.690 8.19)."""
    arcs, value = [], 0
    for octet in oid.content:
        value = value << 7 | octet & 0x7F
        if octet < 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def wrap(tag: int, *parts: bytes) -> bytes:
    """Return the element of `tag` around the concatenated `parts`."""
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def sequence(*parts: bytes) -> bytes:
    """Return the SEQUENCE of `parts`, each a whole element."""
    return wrap(SEQUENCE, *parts)


def bit_string(octets: bytes) -> bytes:
    """Return the BIT STRING of whole `octets`."""
    return wrap(BIT_STRING, b"\x00", octets)
