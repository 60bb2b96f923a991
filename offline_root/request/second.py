"""A second parser, which has to read the same out of a request as ours and cryptography do.

Where two parsers disagree, one of them is wrong, and nobody knows what would be signed.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from asn1crypto import core
from cryptography import x509

from offline_root.display import visible
from offline_root.findings import Finding
from offline_root.model import Der
from offline_root.request import codes
from offline_root.request.structure import EXTENSION_REQUESTS, Extension, Parts

Names = tuple[tuple[tuple[str, str | bytes], ...], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one parser makes of a request."""

    version: int
    subject: Names
    public_key: bytes
    extensions: tuple[Extension, ...]
    encoding: bytes


def disagreements(request: Der, parts: Parts) -> Iterator[Finding]:
    """Yield each field that the second parser reads in another way, or that it cannot read the request."""
    first = _first(request, parts)
    try:
        second = _second(request)
    except Exception as error:  # noqa: BLE001  # a parser of hostile bytes: whatever it raises, the request is refused
        reason = visible(str(error).split("\n")[0][:200])
        yield codes.PARSERS.finding(f"The second parser cannot read it: {reason}.", "request")
        return
    for each in fields(Reading):
        if getattr(first, each.name) != getattr(second, each.name):
            field = each.name.replace("_", " ")
            yield codes.PARSERS.finding(f"The second parser reads another {field} out of the request.", field)


def _first(request: Der, parts: Parts) -> Reading:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cryptography warns of a country of three letters, on stderr
        rdns = x509.load_der_x509_csr(request).subject.rdns
    subject = tuple(tuple((each.oid.dotted_string, each.value) for each in rdn) for rdn in rdns)
    return Reading(0, subject, parts.public_key, parts.extensions, request)


def _second(octets: bytes) -> Reading:
    request: Any = _Request.load(octets, strict=True)
    info = request["info"]
    asking = [each for each in info["attributes"] if each["type"].dotted in EXTENSION_REQUESTS]
    lists = [value.parse(_Extensions) for each in asking for value in each["values"]]
    return Reading(
        version=info["version"].native,
        subject=tuple(tuple((each["type"].dotted, each["value"].native) for each in rdn) for rdn in info["subject"]),
        public_key=info["public_key"].dump(force=True),
        extensions=tuple(
            Extension(each["type"].dotted, each["critical"].native, each["value"].native)
            for extensions in lists
            for each in extensions
        ),
        encoding=request.dump(force=True),
    )


# The structures of RFC 2986 and RFC 5280, as far as they are compared.
class _Attribute(core.Sequence):  # type: ignore[misc]  # the library has no types
    _fields: ClassVar = [("type", core.ObjectIdentifier), ("value", core.Any)]


class _RelativeName(core.SetOf):  # type: ignore[misc]
    _child_spec = _Attribute


class _Name(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _RelativeName


class _PublicKey(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [("algorithm", core.Any), ("key", core.OctetBitString)]


class _Extension(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [
        ("type", core.ObjectIdentifier),
        ("critical", core.Boolean, {"default": False}),
        ("value", core.OctetString),
    ]


class _Extensions(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _Extension


class _Values(core.SetOf):  # type: ignore[misc]
    _child_spec = core.Any


class _RequestAttribute(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [("type", core.ObjectIdentifier), ("values", _Values)]


class _RequestAttributes(core.SetOf):  # type: ignore[misc]
    _child_spec = _RequestAttribute


class _Info(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [
        ("version", core.Integer),
        ("subject", _Name),
        ("public_key", _PublicKey),
        ("attributes", _RequestAttributes, {"implicit": 0}),
    ]


class _Request(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [("info", _Info), ("algorithm", core.Any), ("signature", core.OctetBitString)]
