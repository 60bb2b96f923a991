"""Requested extensions as short text for people. They are shown beside what will be issued, and never copied."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from cryptography import x509

from offline_root.display import visible
from offline_root.model import Requested
from offline_root.request.structure import Extension

_NAMES = {
    "2.5.29.14": "subjectKeyIdentifier",
    "2.5.29.15": "keyUsage",
    "2.5.29.17": "subjectAltName",
    "2.5.29.18": "issuerAltName",
    "2.5.29.19": "basicConstraints",
    "2.5.29.30": "nameConstraints",
    "2.5.29.31": "cRLDistributionPoints",
    "2.5.29.32": "certificatePolicies",
    "2.5.29.33": "policyMappings",
    "2.5.29.35": "authorityKeyIdentifier",
    "2.5.29.36": "policyConstraints",
    "2.5.29.37": "extKeyUsage",
    "2.5.29.46": "freshestCRL",
    "2.5.29.54": "inhibitAnyPolicy",
    "1.3.6.1.5.5.7.1.1": "authorityInfoAccess",
    "1.3.6.1.5.5.7.1.11": "subjectInfoAccess",
    "1.3.6.1.5.5.7.1.24": "tlsFeature",
    "1.3.6.1.4.1.311.20.2": "certificate template name (Microsoft)",
    "1.3.6.1.4.1.311.21.1": "CA version (Microsoft)",
    "1.3.6.1.4.1.311.21.7": "certificate template (Microsoft)",
    "2.16.840.1.113730.1.1": "Netscape certificate type",
}
_EXTENDED_KEY_USAGES = {
    "2.5.29.37.0": "anyExtendedKeyUsage",
    "1.3.6.1.5.5.7.3.1": "serverAuth",
    "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.7.3.3": "codeSigning",
    "1.3.6.1.5.5.7.3.4": "emailProtection",
    "1.3.6.1.5.5.7.3.8": "timeStamping",
    "1.3.6.1.5.5.7.3.9": "OCSPSigning",
}
_KEY_USAGES = (
    ("digital_signature", "digitalSignature"),
    ("content_commitment", "contentCommitment"),
    ("key_encipherment", "keyEncipherment"),
    ("data_encipherment", "dataEncipherment"),
    ("key_agreement", "keyAgreement"),
    ("key_cert_sign", "keyCertSign"),
    ("crl_sign", "cRLSign"),
)
_GENERAL_NAMES: dict[type[x509.GeneralName], str] = {
    x509.DNSName: "DNS",
    x509.RFC822Name: "e-mail",
    x509.UniformResourceIdentifier: "URI",
    x509.IPAddress: "IP",
}

_MAX_ITEMS = 16
_MAX_TEXT = 300
_MAX_OCTETS = 32


def requested(extension: Extension, parsed: x509.ExtensionType | None) -> Requested:
    """Return one requested extension as text, from cryptography's reading of it, or in hex where it has none."""
    describe = _DESCRIPTIONS.get(type(parsed))
    value = describe(parsed) if describe else _hex(extension.value)
    return Requested(extension.oid, _NAMES.get(extension.oid, extension.oid), extension.critical, value)


def _hex(octets: bytes) -> str:
    if len(octets) <= _MAX_OCTETS:
        return octets.hex() or "(empty)"
    digest = hashlib.sha256(octets).hexdigest()
    return f"{octets[:_MAX_OCTETS].hex()}… ({len(octets)} bytes, SHA-256 {digest})"


def _list(items: Iterable[str]) -> str:
    """Join items, safe to show; what is too long is cut, with its length and hash."""
    every = tuple(items)
    whole = ", ".join(every)
    if len(every) <= _MAX_ITEMS and len(whole) <= _MAX_TEXT:
        return visible(whole) or "(empty)"
    digest = hashlib.sha256(whole.encode(errors="surrogatepass")).hexdigest()
    return f"{visible(', '.join(every[:_MAX_ITEMS])[:_MAX_TEXT])}… ({len(every)} in all, SHA-256 {digest})"


def _basic_constraints(value: x509.BasicConstraints) -> str:
    limit = "no path length" if value.path_length is None else f"path length {value.path_length}"
    return f"CA:TRUE, {limit}" if value.ca else "CA:FALSE"


def _key_usage(value: x509.KeyUsage) -> str:
    names = [name for attribute, name in _KEY_USAGES if getattr(value, attribute)]
    if value.key_agreement:  # the two are undefined without it (RFC 5280 4.2.1.3)
        names += ["encipherOnly"] * value.encipher_only + ["decipherOnly"] * value.decipher_only
    return _list(names)


def _extended_key_usage(value: x509.ExtendedKeyUsage) -> str:
    return _list(_EXTENDED_KEY_USAGES.get(each.dotted_string, each.dotted_string) for each in value)


def _general_name(name: x509.GeneralName) -> str:
    match name:
        case x509.DirectoryName():
            return f"directory name {name.value.rfc4514_string()}"
        case x509.OtherName():
            return f"other name {name.type_id.dotted_string} {_hex(name.value)}"
        case x509.RegisteredID():
            return f"ID {name.value.dotted_string}"
        case _:
            return f"{_GENERAL_NAMES[type(name)]} {name.value}"


def _alternative_name(value: x509.SubjectAlternativeName) -> str:
    return _list(map(_general_name, value))


def _name_constraints(value: x509.NameConstraints) -> str:
    return _list(
        f"{word} {_general_name(name)}"
        for word, subtrees in (("permitted", value.permitted_subtrees), ("excluded", value.excluded_subtrees))
        for name in subtrees or ()
    )


def _key_identifier(value: x509.SubjectKeyIdentifier) -> str:
    return _hex(value.digest)


def _policies(value: x509.CertificatePolicies) -> str:
    return _list(each.policy_identifier.dotted_string for each in value)


_DESCRIPTIONS: dict[type[Any], Callable[[Any], str]] = {
    x509.BasicConstraints: _basic_constraints,
    x509.KeyUsage: _key_usage,
    x509.ExtendedKeyUsage: _extended_key_usage,
    x509.SubjectAlternativeName: _alternative_name,
    x509.NameConstraints: _name_constraints,
    x509.SubjectKeyIdentifier: _key_identifier,
    x509.CertificatePolicies: _policies,
}
