"""What points from a CA certificate to keys, certificates and CRLs (RFC 5280 4.2.1.1, 4.2.1.2, 4.2.1.13, 4.2.2.1)."""

import hashlib
from collections.abc import Iterator

from offline_root import der
from offline_root.checks.case import CertificateCase
from offline_root.findings import Detail, informs, refuses, warns

_OCSP, _CA_ISSUERS = "1.3.6.1.5.5.7.48.1", "1.3.6.1.5.5.7.48.2"
_URI = 0x86


@refuses(
    "certificate.subject-key-identifier",
    "A CA names its key",
    "RFC 5280 4.2.1.2; BR 7.1.2.11.4",
    "Have it signed with subjectKeyIdentifier = hash: clients find the issuer of a certificate by it.",
)
def subject_key(case: CertificateCase) -> Iterator[Detail]:
    """Refuse a certificate whose key has no name, or an empty one."""
    if not case.certificate.subject_key:
        yield "subjectKeyIdentifier", "It has no subjectKeyIdentifier."


@warns(
    "certificate.subject-key-identifier.method",
    "The key identifier is a hash of the key",
    "RFC 5280 4.2.1.2; RFC 7093 2",
    "Find out why it is another one: two keys with one identifier lead clients to the wrong issuer.",
)
def key_method(case: CertificateCase) -> Iterator[Detail]:
    """Warn of an identifier that is not derived from the key, by any of the methods that RFC 5280 and 7093 give."""
    found, key = case.certificate.subject_key, case.certificate.public_key
    bits = der.element(key).children()[1].content[1:]
    hashes = [hashlib.sha1(bits, usedforsecurity=False).digest()]
    hashes += [hashlib.new(name, each).digest() for name in ("sha256", "sha384", "sha512") for each in (bits, key)]
    if found and not any(found in (each, each[:20]) for each in hashes):
        yield "subjectKeyIdentifier", f"{found.hex()} is not a hash of the key."


@refuses(
    "certificate.authority-key-identifier",
    "A certificate names its issuer's key by its identifier, and in no other way",
    "RFC 5280 4.2.1.1; BR 7.1.2.11.1",
    "Have it signed with authorityKeyIdentifier = keyid:always. With a wrong one Vault works and OpenSSL clients fail.",
)
def authority_key(case: CertificateCase) -> Iterator[Detail]:
    """Refuse an identifier that is missing, another one than the issuer's, or with more beside it."""
    found = case.certificate.authority_key
    if found is None:
        if not case.certificate.is_root:
            yield "authorityKeyIdentifier", "It has no authorityKeyIdentifier."
        return
    if [each.tag for each in found] != [0x80]:
        yield "authorityKeyIdentifier", "It names the issuer otherwise than by its key identifier alone."
    elif case.issuer is not None and found[0].content != case.issuer.subject_key:
        issuers = case.issuer.subject_key.hex() if case.issuer.subject_key else "missing"
        yield "authorityKeyIdentifier", f"It is {found[0].content.hex()}; the issuer's is {issuers}."


@refuses(
    "certificate.crl-distribution-points",
    "A subordinate CA says at one http:// address where its CRL is",
    "RFC 5280 4.2.1.13; BR 7.1.2.11.2",
    "Write root.crl_url into the policy before the root is made; have others sign with one plain http:// address.",
    recommended=True,
)
def crl_points(case: CertificateCase) -> Iterator[Detail]:
    """Refuse a certificate that could not be revoked, or whose CRL clients would not fetch."""
    found = case.certificate.crl_points
    if found is None:
        if not case.certificate.is_root:
            yield "cRLDistributionPoints", "It does not say where the CRL is."
        return
    if len(found) > 1:
        yield "cRLDistributionPoints", f"It has {len(found)} distribution points."
    if not all(_is_plain(each) for each in found):
        yield "cRLDistributionPoints", "A distribution point is something else than one http:// address."


def _is_plain(point: der.Element) -> bool:
    """Say whether a distribution point is a full name of http addresses, without reasons and another issuer."""
    try:
        (name,) = point.children()
        (full,) = name.children()
        names = full.children()
    except ValueError:
        return False
    return (name.tag, full.tag) == (0xA0, 0xA0) and len(names) == 1 and _is_http(names[0])


def _is_http(name: der.Element) -> bool:
    return name.tag == _URI and name.content.lower().startswith(b"http://")


@warns(
    "certificate.authority-information-access",
    "Where to fetch the issuer's certificate or its OCSP answers is an http:// address",
    "RFC 5280 4.2.2.1, 8; BR 7.1.2.10.3",
    "Write root.certificate_url into the policy as http://; checking https would take this very certificate.",
)
def access(case: CertificateCase) -> Iterator[Detail]:
    """Warn of methods and addresses that clients do not use."""
    for method, location in case.certificate.access or ():
        if method not in (_OCSP, _CA_ISSUERS) or not _is_http(location):
            yield "authorityInfoAccess", f"{method} is not the http:// address of a certificate or of OCSP."


@informs(
    "certificate.authority-information-access.absent",
    "A subordinate CA says where its issuer's certificate is",
    "RFC 5280 4.2.2.1; BR 7.1.2.10.3 (SHOULD)",
    "Nothing to do where every server sends its whole chain: then nobody has to fetch it.",
)
def access_absent(case: CertificateCase) -> Iterator[Detail]:
    """Note where a client that was sent half a chain has nowhere to look."""
    if case.certificate.access is None and not case.certificate.is_root:
        yield "authorityInfoAccess", "It is missing: clients cannot fetch the issuer's certificate by themselves."


CHECKS = (subject_key, key_method, authority_key, crl_points, access, access_absent)
