"""One certificate, taken apart over its own octets (RFC 5280 4.1, 4.2): what the checks on certificates look at.

Nothing is encoded again, and nothing is left to a library's leniency. What does not have the structure of a certificate
is `Malformed`; what has it may still be wrong in every value.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

from offline_root import der
from offline_root.keys import describe
from offline_root.model import Der
from offline_root.request.structure import strict

BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE = "2.5.29.19", "2.5.29.15", "2.5.29.37"
SUBJECT_KEY, AUTHORITY_KEY, NAME_CONSTRAINTS = "2.5.29.14", "2.5.29.35", "2.5.29.30"
POLICIES, CRL_POINTS, ACCESS = "2.5.29.32", "2.5.29.31", "1.3.6.1.5.5.7.1.1"

_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_UNIQUE_IDS = (0x81, 0x82)
_EXTENSIONS = 0xA3


class Malformed(ValueError):
    """The bytes do not have the structure of a certificate; `field` says where."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Time:
    """A date as it is encoded; `moment` is None where it is not in the one form that RFC 5280 4.1.2.5 allows."""

    tag: int
    content: bytes

    @property
    def moment(self) -> datetime | None:
        """Return when it is."""
        digits = {_UTC_TIME: 12, _GENERALIZED_TIME: 14}.get(self.tag, 0)
        text = self.content.decode("latin-1")
        if not digits or not re.fullmatch(f"[0-9]{{{digits}}}Z", text):
            return None
        century = "" if digits == 14 else "20" if text < "50" else "19"
        try:
            return datetime.strptime(century + text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            return None

    @property
    def belongs(self) -> bool:
        """Say whether it is UTCTime through 2049 and GeneralizedTime after."""
        return self.moment is not None and (self.tag == _UTC_TIME) == (self.moment.year < 2050)


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension: its type, whether it is critical, and its value."""

    oid: str
    critical: bool
    value: bytes


@dataclass(frozen=True, slots=True)
class Subtree:
    """One entry of name constraints: a general name, and whether it has a minimum or maximum."""

    permitted: bool
    base: der.Element
    bounded: bool


@dataclass(frozen=True, slots=True)
class Certificate:
    """The fields of a certificate as they stand. An extension that is absent is None."""

    octets: Der
    version: int
    serial: bytes
    signature: bytes
    algorithm: bytes
    issuer: bytes
    not_before: Time
    not_after: Time
    subject: bytes
    attributes: tuple[tuple[str, ...], ...]
    public_key: Der
    unique_ids: bool
    extensions: tuple[Extension, ...]
    basic_constraints: tuple[bool, int | None] | None
    key_usage: frozenset[int] | None
    subject_key: bytes | None
    authority_key: tuple[der.Element, ...] | None
    purposes: tuple[str, ...] | None
    subtrees: tuple[Subtree, ...] | None
    policies: tuple[str, ...] | None
    crl_points: tuple[der.Element, ...] | None
    access: tuple[tuple[str, der.Element], ...] | None

    @property
    def is_root(self) -> bool:
        """Say whether it names itself as its issuer."""
        return self.issuer == self.subject

    def critical(self, oid: str) -> bool | None:
        """Return whether an extension is critical, None where it is absent."""
        return next((each.critical for each in self.extensions if each.oid == oid), None)


@lru_cache(8)  # a root is the issuer of all that is read beside it
def read(octets: Der) -> Certificate:
    """Take a certificate apart (Malformed)."""
    try:
        whole = der.element(octets)
        strict(whole)
        return _read(octets, whole)
    except Malformed:
        raise
    except (ValueError, IndexError, RecursionError) as error:
        raise Malformed("certificate", f"It is not the DER of a certificate: {error}.") from error


def _read(octets: Der, whole: der.Element) -> Certificate:
    tbs, algorithm, _signature = whole.children()
    fields = list(tbs.children())
    version = int.from_bytes(fields.pop(0).children()[0].content) if fields[0].tag == 0xA0 else 0
    serial, signature, issuer, validity, subject, public_key, *rest = fields
    not_before, not_after = (Time(each.tag, each.content) for each in validity.children())
    extensions = tuple(_extension(each) for each in _listed(rest[-1])) if rest and rest[-1].tag == _EXTENSIONS else ()
    describe(Der(public_key.raw))
    return Certificate(
        octets,
        version,
        serial.content,
        signature.raw,
        algorithm.raw,
        issuer.raw,
        not_before,
        not_after,
        subject.raw,
        tuple(tuple(_type(each) for each in rdn.children()) for rdn in subject.children()),
        Der(public_key.raw),
        any(each.tag in _UNIQUE_IDS for each in rest),
        extensions,
        _decoded(extensions, BASIC_CONSTRAINTS, _basic_constraints),
        _decoded(extensions, KEY_USAGE, _key_usage),
        _decoded(extensions, SUBJECT_KEY, lambda value: _tagged(value, 0x04).content),
        _decoded(extensions, AUTHORITY_KEY, lambda value: _tagged(value, der.SEQUENCE).children()),
        _decoded(extensions, EXTENDED_KEY_USAGE, lambda value: tuple(der.dotted(each) for each in _some(value))),
        _decoded(extensions, NAME_CONSTRAINTS, _name_constraints),
        _decoded(extensions, POLICIES, lambda value: tuple(_type(each) for each in _some(value))),
        _decoded(extensions, CRL_POINTS, _some),
        _decoded(extensions, ACCESS, lambda value: tuple(_access(each) for each in _some(value))),
    )


def _listed(tagged: der.Element) -> tuple[der.Element, ...]:
    (listed,) = tagged.children()
    return _some(listed)


def _some(value: der.Element) -> tuple[der.Element, ...]:
    """Return the members of a SEQUENCE that has some."""
    members = _tagged(value, der.SEQUENCE).children()
    if not members:
        raise der.DerError("an empty list")
    return members


def _tagged(value: der.Element, tag: int) -> der.Element:
    if value.tag != tag:
        raise der.DerError(f"the tag 0x{value.tag:02x} where 0x{tag:02x} belongs")
    return value


def _type(element: der.Element) -> str:
    """Return the OBJECT IDENTIFIER that a SEQUENCE begins with."""
    return der.dotted(_tagged(_some(element)[0], der.OBJECT_IDENTIFIER))


def _extension(element: der.Element) -> Extension:
    type_, *critical, value = element.children()
    if critical and (len(critical) > 1 or critical[0].raw != b"\x01\x01\xff"):
        raise der.DerError("an extension that says in another way whether it is critical")
    return Extension(der.dotted(_tagged(type_, der.OBJECT_IDENTIFIER)), bool(critical), _tagged(value, 0x04).content)


Value = TypeVar("Value")


def _decoded(extensions: tuple[Extension, ...], oid: str, decode: Callable[[der.Element], Value]) -> Value | None:
    found = next((each.value for each in extensions if each.oid == oid), None)
    if found is None:
        return None
    try:
        value = der.element(found)
        strict(value)
        return decode(value)
    except (ValueError, IndexError) as error:
        raise Malformed(f"extension {oid}", f"The value of the extension {oid} is malformed: {error}.") from error


def _basic_constraints(value: der.Element) -> tuple[bool, int | None]:
    match [(each.tag, each.content) for each in _tagged(value, der.SEQUENCE).children()]:
        case []:
            return False, None
        case [(0x01, b"\xff")]:
            return True, None
        case [(0x01, b"\xff"), (0x02, length)]:
            return True, int.from_bytes(length, signed=True)
        case [(0x02, length)]:
            return False, int.from_bytes(length, signed=True)
        case _:
            raise der.DerError("not a flag and a length")


def _key_usage(value: der.Element) -> frozenset[int]:
    bits = _tagged(value, der.BIT_STRING).content[1:]
    return frozenset(8 * octet + bit for octet, each in enumerate(bits) for bit in range(8) if each & 0x80 >> bit)


def _name_constraints(value: der.Element) -> tuple[Subtree, ...]:
    found = []
    for each in _tagged(value, der.SEQUENCE).children():
        if each.tag not in (0xA0, 0xA1):
            raise der.DerError("neither permitted nor excluded names")
        for subtree in each.children():
            base, *bounds = _some(subtree)
            found.append(Subtree(each.tag == 0xA0, base, bool(bounds)))
    return tuple(found)


def _access(description: der.Element) -> tuple[str, der.Element]:
    method, location = description.children()
    return der.dotted(_tagged(method, der.OBJECT_IDENTIFIER)), location
