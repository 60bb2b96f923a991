"""Which names a CA may certify: the form of its name constraints, and what they leave open (RFC 5280 4.2.1.10)."""

import re
from collections.abc import Iterator
from ipaddress import ip_address

from offline_root import certificate as ca
from offline_root import der
from offline_root.certificate import Subtree
from offline_root.checks.case import CertificateCase
from offline_root.findings import Detail, refuses, warns

_DNS, _IP = 0x82, 0x87
_EMAIL, _URI, _DIRECTORY = 0x81, 0x86, 0xA4
_FIELD = "nameConstraints"
_OTHERS = {
    0xA0: "otherName",
    0xA3: "x400Address",
    _DIRECTORY: "directoryName",
    0xA5: "ediPartyName",
    0x88: "registeredID",
}
_MEND = "Correct environments.E.name_constraints in the policy; of another CA, have the certificate made again."
_DOMAIN = re.compile(rb"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?", re.IGNORECASE)


@refuses(
    "certificate.name-constraints.critical",
    "Name constraints are critical",
    "RFC 5280 4.2.1.10; BR 7.1.2.10.8",
    "Have it signed with nameConstraints = critical: a validator that does not know them must not ignore them.",
    recommended=True,
)
def critical(case: CertificateCase) -> Iterator[Detail]:
    """Refuse constraints that a validator may overlook."""
    if case.certificate.critical(ca.NAME_CONSTRAINTS) is False:
        yield _FIELD, "nameConstraints is not critical."


@refuses(
    "certificate.name-constraints.form",
    "Every name constraint has the form that its kind of name needs",
    "RFC 5280 4.2.1.10",
    _MEND,
)
def form(case: CertificateCase) -> Iterator[Detail]:
    """Refuse constraints that validators read differently, or that constrain nothing."""
    found = case.certificate.subtrees
    if found is not None and not found:
        yield _FIELD, "nameConstraints is empty: it constrains nothing."
    for each in found or ():
        if each.bounded:
            yield _FIELD, f"{_shown(each.base)} has a minimum or maximum."
        if each.base.tag == _IP:
            yield from _network(each)
        elif each.base.tag == _DNS and not _is_domain(each):
            yield _FIELD, f"{_shown(each.base)} is not a plain domain name (no leading dot, no *, ASCII)."


def _is_domain(subtree: Subtree) -> bool:
    """Say whether it is a domain name. The empty one, excluded, is every name there is."""
    return _DOMAIN.fullmatch(subtree.base.content) is not None or (not subtree.permitted and not subtree.base.content)


def _network(subtree: Subtree) -> Iterator[Detail]:
    octets = subtree.base.content
    if len(octets) not in (8, 32):
        yield _FIELD, f"An address constraint has {len(octets)} octets; 8 are IPv4, 32 are IPv6."
        return
    half = len(octets) // 2
    address, mask = int.from_bytes(octets[:half]), int.from_bytes(octets[half:])
    hosts = ~mask & ((1 << 8 * half) - 1)
    if hosts & (hosts + 1):
        yield _FIELD, f"{_shown(subtree.base)}: the mask is not one prefix."
    if address & hosts:
        yield _FIELD, f"{_shown(subtree.base)}: bits of the address are set where the mask has none."


@warns(
    "certificate.name-constraints.incomplete",
    "A CA whose DNS names are constrained is constrained in its IP addresses too",
    "RFC 5280 4.2.1.10; BR 7.1.2.5.2",
    "Permit networks or exclude 0.0.0.0/0 and ::/0: measured, every validator accepts any address otherwise.",
)
def incomplete(case: CertificateCase) -> Iterator[Detail]:
    """Warn of the hole that everyone overlooks: a kind of name without any entry is not constrained at all."""
    found = case.certificate.subtrees or ()
    if not any(each.permitted and each.base.tag == _DNS for each in found):
        return
    for octets, family in ((8, "IPv4"), (32, "IPv6")):
        whole = bytes(octets)
        entries = [each for each in found if each.base.tag == _IP and len(each.base.content) == octets]
        if not any(each.permitted or each.base.content == whole for each in entries):
            yield _FIELD, f"{family} addresses are not constrained: it can issue for any."


@warns(
    "certificate.name-constraints.kind",
    "Name constraints are for DNS names, addresses, e-mail and URIs",
    "RFC 5280 4.2.1.10; BR 7.1.2.10.8",
    "Have it signed without: Go's validator, and with it Vault, Caddy and Kubernetes, fails on all certificates below.",
)
def kind(case: CertificateCase) -> Iterator[Detail]:
    """Warn of kinds that validators do not know, and so either ignore or fail on."""
    for tag in dict.fromkeys(each.base.tag for each in case.certificate.subtrees or ()):
        if tag in _OTHERS:
            yield _FIELD, f"A constraint is of the kind {_OTHERS[tag]}."


@refuses(
    "certificate.name-constraints.outside-issuer",
    "What a CA permits, and its own name, lie within what its issuer permits",
    "RFC 5280 4.2.1.10, 6.1.3 (b) (c), 6.1.4 (g)",
    "Take the entry out, or have it signed by an issuer that permits it. The issuer's constraints hold for everything"
    " below it: no certificate for this name will ever verify.",
)
def outside_issuer(case: CertificateCase) -> Iterator[Detail]:
    """Refuse a permission that promises more than the issuer can give."""
    if case.issuer is None or case.certificate.is_root:
        return
    own_name = der.element(der.wrap(_DIRECTORY, case.certificate.subject))
    for base in (own_name, *(each.base for each in case.certificate.subtrees or () if each.permitted)):
        what = "Its own name" if base is own_name else f"The permitted {_shown(base)}"
        alike = [each for each in case.issuer.subtrees or () if each.base.tag == base.tag]
        covering = [each for each in alike if _within(base, each.base)]
        for each in covering:
            if not each.permitted:
                yield _FIELD, f"{what} is within {_shown(each.base)}, which its issuer excludes."
        permitted = [_shown(each.base) for each in alike if each.permitted]
        if permitted and not any(each.permitted for each in covering):
            yield _FIELD, f"{what} is not within what its issuer permits: {', '.join(permitted)}."


def _within(inner: der.Element, outer: der.Element) -> bool:
    """Say whether a constraint covers everything that another one of its kind covers."""
    one, other = inner.content.lower(), outer.content.lower()
    host = one.rpartition(b"@")[2]
    match inner.tag:
        case 0x82:
            return not other or one == other or one.endswith(b"." + other.removeprefix(b"."))
        case 0x87:
            return len(one) == len(other) and _network_within(inner.content, outer.content)
        case 0x81 | 0x86:
            return one == other or (host.endswith(other) if other.startswith(b".") else host == other)
        case 0xA4:
            # A name covers those that begin with its parts. The CHOICE has a tag of its own around the Name.
            return _parts(inner).startswith(_parts(outer))
        case _:
            return one == other


def _network_within(inner: bytes, outer: bytes) -> bool:
    half = len(inner) // 2
    (address, mask), (network, wider) = (
        (int.from_bytes(each[:half]), int.from_bytes(each[half:])) for each in (inner, outer)
    )
    return mask & wider == wider and address & wider == network & wider


def _parts(directory_name: der.Element) -> bytes:
    return b"".join(each.content for each in directory_name.children())


def _shown(base: der.Element) -> str:
    octets = base.content
    if base.tag == _IP and len(octets) in (8, 32):
        half = len(octets) // 2
        return f"{ip_address(octets[:half])}/{ip_address(octets[half:])}"
    if base.tag in (_DNS, _EMAIL, _URI):
        return f"{octets.decode('latin-1')!a}"
    return f"{_OTHERS.get(base.tag, 'constraint')} {octets.hex()}"


CHECKS = (critical, form, incomplete, kind, outside_issuer)
