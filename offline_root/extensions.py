"""X.509 extensions as text for people, uncut: those a request asks for, and those a certificate will carry."""

from collections.abc import Callable, Iterable
from typing import Any

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, ExtensionOID

from offline_root.display import visible
from offline_root.model import Requested

_NAMES = {
    ExtensionOID.BASIC_CONSTRAINTS: "basicConstraints",
    ExtensionOID.KEY_USAGE: "keyUsage",
    ExtensionOID.EXTENDED_KEY_USAGE: "extKeyUsage",
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME: "subjectAltName",
    ExtensionOID.NAME_CONSTRAINTS: "nameConstraints",
    ExtensionOID.SUBJECT_KEY_IDENTIFIER: "subjectKeyIdentifier",
    ExtensionOID.AUTHORITY_KEY_IDENTIFIER: "authorityKeyIdentifier",
    ExtensionOID.CRL_DISTRIBUTION_POINTS: "cRLDistributionPoints",
    ExtensionOID.AUTHORITY_INFORMATION_ACCESS: "authorityInfoAccess",
    ExtensionOID.CERTIFICATE_POLICIES: "certificatePolicies",
    ExtensionOID.CRL_NUMBER: "cRLNumber",
    ExtensionOID.DELTA_CRL_INDICATOR: "deltaCRLIndicator",
    ExtensionOID.ISSUING_DISTRIBUTION_POINT: "issuingDistributionPoint",
    AuthorityInformationAccessOID.CA_ISSUERS: "caIssuers",
    AuthorityInformationAccessOID.OCSP: "ocsp",
    ExtendedKeyUsageOID.SERVER_AUTH: "serverAuth",
    ExtendedKeyUsageOID.CLIENT_AUTH: "clientAuth",
    ExtendedKeyUsageOID.CODE_SIGNING: "codeSigning",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "emailProtection",
    ExtendedKeyUsageOID.TIME_STAMPING: "timeStamping",
    ExtendedKeyUsageOID.OCSP_SIGNING: "OCSPSigning",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "anyExtendedKeyUsage",
}

_KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)
_AGREEMENT_USAGES = ("encipher_only", "decipher_only")
"""Without keyAgreement these two mean nothing (RFC 5280 4.2.1.3), and cryptography does not tell them."""


def described(extensions: x509.Extensions) -> tuple[Requested, ...]:
    """Return every extension as text, in encoded order."""
    return tuple(
        Requested(each.oid.dotted_string, oid_name(each.oid), each.critical, visible(_value(each.value)))
        for each in extensions
    )


def oid_name(oid: x509.ObjectIdentifier) -> str:
    """Return the RFC 5280 name of an extension or key purpose, or the dotted OID."""
    return _NAMES.get(oid, oid.dotted_string)


def _listed(values: Iterable[str]) -> str:
    return ", ".join(values)


def general_name(name: x509.GeneralName) -> str:
    """Return a GeneralName with its kind in front: `DNS test.example`."""
    if isinstance(name, x509.OtherName):
        return f"otherName {name.type_id.dotted_string} {name.value.hex()}"
    if isinstance(name, x509.DirectoryName):
        return f"directoryName {name.value.rfc4514_string()}"
    if isinstance(name, x509.RegisteredID):
        return f"registeredID {name.value.dotted_string}"
    return f"{_GENERAL_NAMES[type(name)]} {name.value}"


_GENERAL_NAMES: dict[type[x509.GeneralName], str] = {
    x509.DNSName: "DNS",
    x509.IPAddress: "IP",
    x509.RFC822Name: "e-mail",
    x509.UniformResourceIdentifier: "URI",
}


def _basic_constraints(value: x509.BasicConstraints) -> str:
    if not value.ca:
        return "CA:FALSE"
    length = "unlimited" if value.path_length is None else str(value.path_length)
    return f"CA:TRUE, path length {length}"


def _key_usage(value: x509.KeyUsage) -> str:
    usages = (*_KEY_USAGES, *(_AGREEMENT_USAGES if value.key_agreement else ()))
    words = [each for each in usages if getattr(value, each)]
    return _listed("".join(part if not i else part.title() for i, part in enumerate(word.split("_"))) for word in words)


def _name_constraints(value: x509.NameConstraints) -> str:
    permitted = [f"permitted {general_name(each)}" for each in value.permitted_subtrees or ()]
    excluded = [f"excluded {general_name(each)}" for each in value.excluded_subtrees or ()]
    return _listed((*permitted, *excluded))


def _authority_key_identifier(value: x509.AuthorityKeyIdentifier) -> str:
    issuer = " with issuer and serial" if value.authority_cert_issuer else ""
    return (value.key_identifier.hex() if value.key_identifier else "no identifier") + issuer


def _distribution_points(value: x509.CRLDistributionPoints) -> str:
    return _listed(general_name(name) for point in value for name in point.full_name or ())


def _access(value: x509.AuthorityInformationAccess) -> str:
    return _listed(f"{oid_name(each.access_method)} {general_name(each.access_location)}" for each in value)


_TEXTS: dict[type[x509.ExtensionType], Callable[[Any], str]] = {
    x509.BasicConstraints: _basic_constraints,
    x509.KeyUsage: _key_usage,
    x509.ExtendedKeyUsage: lambda value: _listed(oid_name(each) for each in value),
    x509.SubjectAlternativeName: lambda value: _listed(general_name(each) for each in value),
    x509.NameConstraints: _name_constraints,
    x509.SubjectKeyIdentifier: lambda value: value.digest.hex(),
    x509.AuthorityKeyIdentifier: _authority_key_identifier,
    x509.CRLDistributionPoints: _distribution_points,
    x509.CRLNumber: lambda value: str(value.crl_number),
    x509.AuthorityInformationAccess: _access,
}


def _value(value: x509.ExtensionType) -> str:
    text = _TEXTS.get(type(value))
    return text(value) if text else value.public_bytes().hex()
