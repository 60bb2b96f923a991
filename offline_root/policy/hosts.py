"""Readers of what names a machine or a network: the constraints of RFC 5280 4.2.1.10, and URLs."""

import re
from collections.abc import Callable
from ipaddress import IPv6Network, ip_address, ip_network

from offline_root.findings import Code
from offline_root.policy import codes
from offline_root.policy.model import ANY
from offline_root.policy.values import UnfitError, shown, typed

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_LOCAL_PART = re.compile(r"[\w!#$%&'+/=?^`{|}~-]+(\.[\w!#$%&'+/=?^`{|}~-]+)*", re.ASCII)
_URL = re.compile(r"http://(?P<host>[^/:@]*)(:[1-9][0-9]{0,4})?/[A-Za-z0-9._~%/?=&-]*")
_URL_LONGEST = 256


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _has_broken_a_label(text: str) -> bool:
    try:
        for encoded in re.findall(r"(?:^|\.)xn--([^.]*)", text):
            encoded.encode().decode("punycode")
    except ValueError:
        return True
    return False


_FAULTS: tuple[tuple[Callable[[str], object], str], ...] = (
    (lambda text: "/" in text, "write the host name alone, without http:// and without a path"),
    (lambda text: "*" in text, "a * is not possible here"),
    (lambda text: text.startswith("."), "leave out the leading dot"),
    (lambda text: text.endswith("."), "leave out the dot at the end"),
    (lambda text: not text.isascii(), "write the A-label, which begins with xn--"),
    (lambda text: text != text.lower(), "write it in lower case"),
    (_is_address, "this is an address; addresses belong in permitted_ip"),
    (_has_broken_a_label, "what follows xn-- is not an encoded name"),
    (lambda text: len(text) > 253 or not _HOST.fullmatch(text), "this is not a host name"),
    (lambda text: re.fullmatch("[0-9]+", text.rpartition(".")[2]), "the last part of a host name is not a number"),
)
"""What can be wrong with a domain name, the plainest first, and what to do about it."""


def host_fault(text: str) -> str | None:
    """Return what keeps a text from being a domain name in its one usual form, and what to do about it."""
    return next((mend for wrong, mend in _FAULTS if wrong(text)), None)


def mailbox_fault(text: str) -> str | None:
    """Return what keeps a text from being a mailbox at a host, and what to do about it."""
    local, _, host = text.rpartition("@")
    if not (_LOCAL_PART.fullmatch(local) and len(local) <= 64):
        return "what stands before the @ is not the name of a mailbox"
    return host_fault(host)


def _check(code: Code, text: str, fault: str | None) -> str:
    if fault is not None:
        raise UnfitError((code, f"is {shown(text)}: {fault}"))
    return text


def dns(value: object) -> str:
    """Read a DNS constraint: a domain name in A-labels, which stands for itself and all below it."""
    text = typed(value, str)
    alone = f'for no constraint at all write "{ANY}" alone, without brackets' if text == ANY else None
    return _check(codes.CONSTRAINT_DNS, text, alone or host_fault(text))


def network(value: object) -> str:
    """Read an address constraint: a network in its one usual form."""
    text = typed(value, str)
    return _check(codes.CONSTRAINT_IP, text, _network_fault(text))


def _network_fault(text: str) -> str | None:
    try:
        found = ip_network(text, strict=False)
    except ValueError:
        return "this is not a network"
    if "%" in text:
        return "an address in a certificate has no zone"
    if isinstance(found, IPv6Network) and found.network_address.ipv4_mapped:
        return "write it as an IPv4 network"
    return None if text == str(found) else f"write '{found}'"


def email(value: object) -> str:
    """Read an e-mail constraint: a mailbox, a host, or a domain with a leading dot."""
    text = typed(value, str)
    fault = mailbox_fault(text) if "@" in text else host_fault(text.removeprefix("."))
    return _check(codes.CONSTRAINT_EMAIL, text, fault)


def uri(value: object) -> str:
    """Read a URI constraint: a host with its full domain name, or a domain with a leading dot."""
    text = typed(value, str)
    host = text.removeprefix(".")
    qualified = None if "." in host else "write the full domain name of the host"
    return _check(codes.CONSTRAINT_URI, text, host_fault(host) or qualified)


def url(value: object) -> str:
    """Read the URL of a CRL or certificate: plain http (RFC 5280 8), and no sign that means something to a shell."""
    text = typed(value, str)
    match = _URL.fullmatch(text)
    if match is None or len(text) > _URL_LONGEST:
        raise UnfitError((codes.VALUE_URL, f"is {shown(text)}, which is not a plain http:// URL with a path"))
    return _check(codes.VALUE_URL, text, None if _is_address(match["host"]) else host_fault(match["host"]))
