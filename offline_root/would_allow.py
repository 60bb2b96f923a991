"""The name test: would a leaf with this name verify under a CA with these name constraints, and by which of them.

RFC 5280 4.2.1.10, as validators apply it. The tests hold it against some of them, name by name.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeVar
from urllib.parse import urlsplit

from cryptography import x509

from offline_root.display import visible
from offline_root.extensions import general_name
from offline_root.policy.hosts import host_fault, mailbox_fault

RULE = "RFC 5280 4.2.1.10"
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?![0-9]+\Z).*", re.DOTALL)
_HOST_AND_PORT = re.compile(r"[^:\s]+:[0-9]+")
_Trees = tuple[x509.GeneralName, ...]
_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


class Verdict(Enum):
    """What name constraints say of a name."""

    PERMITTED = "permitted"
    OPEN = "open"
    OUTSIDE = "outside"
    EXCLUDED = "excluded"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a leaf with a `name` (foreign text) would verify; by which `constraint`, empty where none decides it."""

    name: str
    kind: str
    verdict: Verdict
    constraint: str
    message: str

    @property
    def allowed(self) -> bool:
        """Say whether it would verify."""
        return self.verdict in (Verdict.PERMITTED, Verdict.OPEN)

    @property
    def word(self) -> str:
        """Return the answer in a word."""
        return "UNCLEAR" if self.verdict is Verdict.UNUSABLE else "YES" if self.allowed else "NO"

    def facts(self) -> dict[str, str | bool]:
        """Return the answer as JSON prints it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "allowed": self.allowed,
            "verdict": self.verdict.value,
            "constraint": self.constraint,
            "message": self.message,
            "rule": RULE,
        }


@dataclass(frozen=True, slots=True)
class _Typed:
    """A name as it was recognised: `host` is what is compared, `fault` what keeps it from being a name at all."""

    kind: str
    form: type[x509.GeneralName]
    host: str = ""
    fault: str | None = None
    note: str = ""


def would_allow(constraints: x509.NameConstraints | None, typed: str) -> Answer:
    """Return whether a leaf with the name that was typed would verify under a CA with these constraints."""
    name = _recognised(typed.strip())
    if name.fault is not None:
        return Answer(typed, name.kind, Verdict.UNUSABLE, "", f"'{visible(typed)}' cannot be compared: {name.fault}.")
    permitted, excluded = (
        tuple(each for each in trees or () if isinstance(each, name.form))
        for trees in (constraints and constraints.permitted_subtrees, constraints and constraints.excluded_subtrees)
    )
    verdict, constraint, why = _decided(name, permitted, excluded)
    would = "would" if verdict in (Verdict.PERMITTED, Verdict.OPEN) else "would not"
    doubt = "".join(_doubts(name, excluded)) if would == "would" else ""
    return Answer(typed, name.kind, verdict, constraint, f"A leaf with it {would} verify: {why}.{name.note}{doubt}")


def under(certificate: x509.Certificate, typed: str) -> Answer:
    """Return whether a leaf with a name would verify under a certificate; those above it have a say of their own."""
    basic = _extension(certificate, x509.BasicConstraints)
    if basic is None or not basic.ca:
        kind = _recognised(typed.strip()).kind
        return Answer(typed, kind, Verdict.UNUSABLE, "", "This certificate is no CA: no leaf verifies under it.")
    return would_allow(_extension(certificate, x509.NameConstraints), typed)


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    found = (each.value for each in certificate.extensions)
    return next((each for each in found if isinstance(each, kind)), None)


def _recognised(text: str) -> _Typed:
    """Return what kind of name a text is. Every text is of one kind; the reasons against it are those of that kind."""
    bare = text.removeprefix("[").removesuffix("]")
    if _is(ip_address, bare):
        version = ip_address(bare).version
        fault = "an address in a certificate has no zone; leave out the % and what follows" if "%" in bare else None
        return _Typed(f"IPv{version} address", x509.IPAddress, bare, fault)
    if _is(ip_network, bare):
        fault = "a certificate names single addresses; type one address of this network"
        return _Typed("network", x509.IPAddress, bare, fault)
    if _HOST_AND_PORT.fullmatch(text):
        return _Typed("DNS name", x509.DNSName, text, "a certificate names no port; leave out the colon and the number")
    if _URI.fullmatch(text):
        return _uri(text)
    if "@" in text:
        local, _, host = text.rpartition("@")
        return _Typed("e-mail address", x509.RFC822Name, text, mailbox_fault(f"{local}@{host.lower()}"))
    return _dns(text)


def _is(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _uri(text: str) -> _Typed:
    kind = "SPIFFE id" if text.lower().startswith("spiffe:") else "URI"
    try:
        host = urlsplit(text).hostname or ""
    except ValueError:
        return _Typed(kind, x509.UniformResourceIdentifier, "", "what stands after // is not a host")
    fault = None if re.fullmatch("[!-~]+", text) else "a URI in a certificate has only plain characters (RFC 3986)"
    return _Typed(kind, x509.UniformResourceIdentifier, host, fault)


def _dns(text: str) -> _Typed:
    name = text.lower().removesuffix(".")
    note = " It is read without the dot at its end, which no certificate has." if text.endswith(".") else ""
    host = name.removeprefix("*.")
    if host != name:
        note += " The * stands for exactly one label."
    fault = host_fault(host)
    if re.search(r"\s", text) or not text:
        fault = (
            "this is no DNS name, address, e-mail address or URI. Not every validator holds a common name without"
            " a subjectAltName against name constraints"
        )
        return _Typed("no kind of name", x509.DNSName, fault=fault)
    if not text.isascii():
        fault = "a certificate holds the A-label, which begins with xn--; type that"
    return _Typed("DNS name", x509.DNSName, name, fault, note)


def _decided(name: _Typed, permitted: _Trees, excluded: _Trees) -> tuple[Verdict, str, str]:
    """Return the verdict, the constraint that decides it, and why: an exclusion wins, then a permission is needed."""
    if not permitted and not excluded:
        return Verdict.OPEN, "", f"no constraint is about names of this kind, so this CA can issue for any {name.kind}"
    if name.form is x509.UniformResourceIdentifier and (not name.host or _is(ip_address, name.host)):
        every = _listed(permitted, excluded)
        return Verdict.OUTSIDE, every, f"{every} compares host names, and this {name.kind} has none"
    for word, verdict, trees in (("excluded", Verdict.EXCLUDED, excluded), ("permitted", Verdict.PERMITTED, permitted)):
        for each in trees:
            if _covers(each, name):
                text = f"{word} {general_name(each)}"
                return verdict, text, f"{text} covers {_reach(each)}"
    if permitted:
        every = _listed(permitted, ())
        return Verdict.OUTSIDE, every, f"it is not within {every}"
    return Verdict.OPEN, "", f"it is not within {_listed((), excluded)}, and nothing else constrains names of its kind"


def _doubts(name: _Typed, excluded: _Trees) -> Iterator[str]:
    """Yield what some validators have against a wildcard above an exclusion; RFC 5280 does not say."""
    above = name.host.removeprefix("*.")
    for each in excluded:
        if above != name.host and isinstance(each, x509.DNSName) and _is_below(above, each.value.lower()):
            yield f" Some validators refuse it: the * could stand for what excluded {general_name(each)} covers."


def _listed(permitted: _Trees, excluded: _Trees) -> str:
    texts = (
        f"{word} {general_name(each)}"
        for word, trees in (("permitted", permitted), ("excluded", excluded))
        for each in trees
    )
    return ", ".join(texts)


def _covers(tree: x509.GeneralName, name: _Typed) -> bool:
    match tree:
        case x509.IPAddress(value=IPv4Network() | IPv6Network() as network):
            return ip_address(name.host) in network
        case x509.DNSName(value=base):
            return not base or name.host == base.lower() or _is_below(base.lower().removeprefix("."), name.host)
        case x509.RFC822Name(value=base) if "@" in base:
            return _folded(base) == _folded(name.host)
        case _:
            host, base = name.host.rpartition("@")[2].lower(), tree.value.lower()
            return host.endswith(base) if base.startswith(".") else host == base


def _is_below(base: str, host: str) -> bool:
    return host.endswith(f".{base}")


def _folded(mailbox: str) -> tuple[str, str]:
    """Return a mailbox for comparison: case matters before the @ and not after it."""
    local, _, host = mailbox.rpartition("@")
    return local, host.lower()


def _reach(tree: x509.GeneralName) -> str:
    """Return what a constraint covers, in words."""
    match tree:
        case x509.IPAddress(value=IPv4Network() | IPv6Network() as network) if not network.prefixlen:
            return f"every IPv{network.version} address"
        case x509.DNSName(value=base) if not base:
            return "every DNS name"
        case x509.DNSName():
            return "that name and all below it"
        case _:
            return "it"
