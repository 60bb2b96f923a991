"""Subjects: what the policy wants, what the request says, and the Name that comes of both (RFC 5280 4.1.2.6)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from offline_root.display import visible
from offline_root.findings import Detail
from offline_root.policy.model import ATTRIBUTES, FROM_REQUEST, LONGEST, WILDCARD, EnvironmentPolicy, RootPolicy

_OIDS = {
    "country": NameOID.COUNTRY_NAME,
    "state": NameOID.STATE_OR_PROVINCE_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizational_unit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "common_name": NameOID.COMMON_NAME,
}
_WORDS = {oid: word for word, oid in _OIDS.items()}
_LONGEST_OF_OTHERS = 255
"""The most octets of an attribute that no policy can name: as many as an e-mail address may have (RFC 5280 A.1)."""
_SHORT = dict(zip(_OIDS, ("C", "ST", "L", "O", "OU", "CN"), strict=True))


def word(oid: x509.ObjectIdentifier) -> str:
    """Return the policy's word for an attribute type, or its dotted OID."""
    return _WORDS.get(oid, oid.dotted_string)


def text(name: x509.Name) -> str:
    """Return a Name for people, in encoded order: `C=CH, O=PrivSec, CN=…`.

    Safe to show, never cut, and different for different values: separators inside a value are escaped, and so are a `#`
    and spaces around it; a value that is no text is written `#` and its octets in hex (RFC 4514 2.4).
    """
    return ", ".join("+".join(_attribute_text(each) for each in rdn) for rdn in name.rdns) or "(empty)"


def _attribute_text(attribute: x509.NameAttribute[str | bytes]) -> str:
    each = word(attribute.oid)
    if isinstance(attribute.value, bytes):
        value = f"#{attribute.value.hex()}"
    else:
        value = visible(re.sub(r'([\\,+="#]|^ | \Z)', r"\\\1", attribute.value))
    return f"{_SHORT.get(each, each)}={value}"


def build(attributes: tuple[tuple[str, str], ...]) -> x509.Name:
    """Return the Name of (word, value) pairs, one attribute an RDN, in the order of the BR, the common name last."""
    order = (*ATTRIBUTES, "common_name")
    ordered = sorted(attributes, key=lambda pair: order.index(pair[0]))
    return x509.Name([x509.NameAttribute(_OIDS[each], value) for each, value in ordered])


def root_name(root: RootPolicy) -> x509.Name:
    """Return the subject, and issuer, of the root certificate."""
    return build((*root.attributes, ("common_name", root.common_name)))


def matches(value: str, pattern: str) -> bool:
    """Say whether `value` is `pattern`, in which only `*` is special and case matters."""
    literal = ".*".join(re.escape(part) for part in pattern.split(WILDCARD))
    return re.fullmatch(literal, value, re.DOTALL) is not None


@dataclass(frozen=True, slots=True)
class Subject:
    """The outcome of holding a request's subject against a policy.

    `name` is what will be issued, None where that cannot be said. Each tuple holds the details for one check.
    """

    name: x509.Name | None
    common_name: tuple[Detail, ...] = ()
    length: tuple[Detail, ...] = ()
    different: tuple[Detail, ...] = ()
    dropped: tuple[Detail, ...] = ()
    added: tuple[Detail, ...] = ()


def plan(requested: x509.Name, environment: EnvironmentPolicy) -> Subject:
    """Hold the subject of a request against its environment's policy."""
    values: dict[str, list[str]] = {}
    for attribute in requested:
        values.setdefault(word(attribute.oid), []).append(str(attribute.value))
    known = {"common_name", *(each for each, _ in environment.attributes)}
    dropped = tuple(
        (f"subject.{each}", f"The policy does not know {each} = {visible(', '.join(values[each]))}.")
        for each in values
        if each not in known
    )
    held = values if environment.subject == FROM_REQUEST else known
    length = tuple(detail for each in values if each in held for detail in _length(each, values[each]))
    if length:
        # Nothing is held against a pattern that could never be issued: matching a long text takes long.
        return Subject(None, length=length, dropped=dropped)
    common_name = _common_name(values.get("common_name", []), environment)
    different, added, issued = _attributes(values, environment)
    if common_name or different:
        return Subject(None, common_name, (), different, dropped, added)
    if environment.subject == FROM_REQUEST:
        return Subject(requested, dropped=dropped, added=added)
    return Subject(build((*issued, ("common_name", values["common_name"][0]))), dropped=dropped, added=added)


def _length(each: str, found: list[str]) -> Iterator[Detail]:
    """Yield what no certificate could hold (RFC 5280 A.1: upper bounds; a country is a PrintableString of two)."""
    most = LONGEST.get(each, _LONGEST_OF_OTHERS)
    least = most if each == "country" else 1
    for value in found:
        octets = len(value.encode())
        if not least <= octets <= most:
            wanted = f"{least} to {most}" if least < most else f"exactly {most}"
            yield f"subject.{each}", f"The {each} has {octets} octets in UTF-8; {wanted} are possible."
        elif each == "country" and not re.fullmatch("[A-Za-z]{2}", value):
            yield f"subject.{each}", f"The country '{visible(value)}' is not a code of two letters."


def _common_name(found: list[str], environment: EnvironmentPolicy) -> tuple[Detail, ...]:
    wanted = f"The policy of {environment.name} wants {environment.common_name!r}."
    if not found:
        return (("subject.common_name", f"The request has no common name. {wanted}"),)
    if len(found) > 1:
        return (("subject.common_name", f"The request has {len(found)} common names. {wanted}"),)
    if not matches(found[0], environment.common_name):
        return (("subject.common_name", f"The request says '{visible(found[0])}'. {wanted}"),)
    return ()


def _attributes(
    values: dict[str, list[str]], environment: EnvironmentPolicy
) -> tuple[tuple[Detail, ...], tuple[Detail, ...], tuple[tuple[str, str], ...]]:
    """Return the details on attributes that differ, those on attributes that are added, and the pairs to be issued."""
    different: list[Detail] = []
    added: list[Detail] = []
    issued: list[tuple[str, str]] = []
    for each, pattern in environment.attributes:
        found = values.get(each, [])
        if not found and pattern != WILDCARD:
            added.append((f"subject.{each}", f"The request has no {each}; the policy says {pattern!r}."))
            issued.append((each, pattern))
        elif any(not matches(value, pattern) for value in found) or len(found) > 1:
            shown = visible(", ".join(found))
            different.append((f"subject.{each}", f"The request says '{shown}'; the policy says {pattern!r}."))
        else:
            issued.extend((each, value) for value in found)
    return tuple(different), tuple(added), tuple(issued)
