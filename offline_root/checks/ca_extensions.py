"""What the extensions of any CA certificate must say of the CA, whoever made it (RFC 5280 4.2; BR 7.1.2.10)."""

from collections import Counter
from collections.abc import Iterator

from cryptography import x509

from offline_root import certificate as ca
from offline_root.checks.case import CertificateCase
from offline_root.checks.certificate import AGAIN
from offline_root.extensions import oid_name
from offline_root.findings import Detail, informs, refuses, warns

_UNSUPPORTED = ("2.5.29.33", "2.5.29.36", "2.5.29.54")
"""Policy mappings, policy constraints, inhibit any policy: most validators fail on them where they are critical."""
_KNOWN = {
    ca.BASIC_CONSTRAINTS,
    ca.KEY_USAGE,
    ca.EXTENDED_KEY_USAGE,
    ca.SUBJECT_KEY,
    ca.AUTHORITY_KEY,
    ca.NAME_CONSTRAINTS,
    ca.POLICIES,
    ca.CRL_POINTS,
    ca.ACCESS,
}
_PLAIN = (ca.SUBJECT_KEY, ca.AUTHORITY_KEY, ca.ACCESS, ca.CRL_POINTS)
"""Extensions that are never critical here."""
_DIGITAL_SIGNATURE, _CERT_SIGN, _CRL_SIGN = 0, 5, 6
_USAGES = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)
_SERVER_AUTH, _CLIENT_AUTH, _ANY_PURPOSE = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0"


def _name(oid: str) -> str:
    return oid_name(x509.ObjectIdentifier(oid))


@refuses("certificate.extensions.duplicate", "Every extension is there once", "RFC 5280 4.2", AGAIN)
def duplicate(case: CertificateCase) -> Iterator[Detail]:
    """Refuse extensions of which one program reads the first, another the last."""
    counted = Counter(each.oid for each in case.certificate.extensions)
    yield from ((_name(oid), f"{_name(oid)} stands {count} times.") for oid, count in counted.items() if count > 1)


@refuses(
    "certificate.extensions.critical",
    "Only extensions that every validator understands are critical",
    "RFC 5280 4.2, 4.2.1.1, 4.2.1.2, 4.2.2.1",
    "Have the certificate made without it, or with it not critical: validators must refuse what they do not know.",
)
def critical(case: CertificateCase) -> Iterator[Detail]:
    """Refuse what makes validators fail."""
    for each in case.certificate.extensions:
        if each.critical and (each.oid in _PLAIN or each.oid not in (*_KNOWN, *_UNSUPPORTED)):
            yield _name(each.oid), f"{_name(each.oid)} is critical."


@warns(
    "certificate.extensions.unsupported",
    "There are no critical extensions that only some validators understand",
    "RFC 5280 4.2.1.5, 4.2.1.11, 4.2.1.14",
    "Have the certificate made without it: measured, most validators fail on it, and with it on every chain below.",
)
def unsupported(case: CertificateCase) -> Iterator[Detail]:
    """Warn of policy processing, which OpenSSL does and most others do not."""
    for each in case.certificate.extensions:
        if each.critical and each.oid in _UNSUPPORTED:
            yield _name(each.oid), f"{_name(each.oid)} is critical."


@informs(
    "certificate.extensions.unusual",
    "There are extensions that CA certificates rarely have",
    "RFC 5280 4.2",
    "Find out why it is there; programs treat it differently, or not at all.",
)
def unusual(case: CertificateCase) -> Iterator[Detail]:
    """Name every extension beyond the usual ones."""
    for each in case.certificate.extensions:
        if each.oid not in _KNOWN:
            yield _name(each.oid), f"It has {_name(each.oid)}."


@refuses(
    "certificate.basic-constraints",
    "A CA says that it is one, in a critical extension",
    "RFC 5280 4.2.1.9; BR 7.1.2.10.4",
    "Have it signed as a CA. With plain openssl that takes an extension file: basicConstraints = critical, CA:TRUE.",
)
def basic_constraints(case: CertificateCase) -> Iterator[Detail]:
    """Refuse the commonest mistake there is: an intermediate that is no CA."""
    found = case.certificate.basic_constraints
    if found is None:
        yield "basicConstraints", "It has no basicConstraints, so it is no CA."
    elif not found[0]:
        yield "basicConstraints", "It says CA:FALSE."
    elif found[1] is not None and found[1] < 0:
        yield "basicConstraints", f"Its path length is {found[1]}."
    if case.certificate.critical(ca.BASIC_CONSTRAINTS) is False:
        yield "basicConstraints", "basicConstraints is not critical."


@refuses(
    "certificate.path-length",
    "The path length of the issuer leaves room for this CA, and for what it allows itself",
    "RFC 5280 4.2.1.9, 6.1.4 (m)",
    "Lower environments.E.path_length, or make a root with a larger one.",
)
def path_length(case: CertificateCase) -> Iterator[Detail]:
    """Refuse a path length with which no chain would verify."""
    if case.issuer is None or case.certificate.is_root:
        return
    _, room = case.issuer.basic_constraints or (True, None)
    _, wanted = case.certificate.basic_constraints or (True, None)
    if room is not None and (wanted or 0) >= room:
        yield (
            "basicConstraints",
            f"Path length {wanted or 0} under an issuer whose own is {room}: no chain would verify.",
        )


@warns(
    "certificate.path-length.absent",
    "A subordinate CA says how many CAs may be below it",
    "RFC 5280 4.2.1.9; BR 7.1.2.10.4",
    "Have it signed with path length 0, if it issues leaf certificates only.",
)
def path_length_absent(case: CertificateCase) -> Iterator[Detail]:
    """Warn of an intermediate that can make further CAs without end."""
    found = case.certificate.basic_constraints
    if not case.certificate.is_root and found is not None and found[0] and found[1] is None:
        yield "basicConstraints", "It has no path length: it can make CAs below itself without end."


@refuses(
    "certificate.key-usage",
    "A CA may sign certificates and CRLs, and says so in a critical extension",
    "RFC 5280 4.2.1.3; BR 7.1.2.10.7",
    "Have it signed with keyUsage = critical, keyCertSign, cRLSign. Without cRLSign, Vault and OpenBao make no CRL.",
)
def key_usage(case: CertificateCase) -> Iterator[Detail]:
    """Refuse a CA that lacks one of its two usages."""
    found = case.certificate.key_usage
    if found is None:
        yield "keyUsage", "It has no keyUsage."
        return
    missing = [_USAGES[each] for each in (_CERT_SIGN, _CRL_SIGN) if each not in found]
    if missing:
        yield "keyUsage", f"keyUsage does not have {' and '.join(missing)}."
    if not case.certificate.critical(ca.KEY_USAGE):
        yield "keyUsage", "keyUsage is not critical."


@refuses(
    "certificate.key-usage.other",
    "A CA's key does nothing but sign",
    "BR 7.1.2.10.7",
    "Have it signed with keyUsage = critical, keyCertSign, cRLSign and nothing else.",
    recommended=True,
)
def other_usage(case: CertificateCase) -> Iterator[Detail]:
    """Refuse usages that belong to leaf certificates."""
    others = (case.certificate.key_usage or frozenset()) - {_DIGITAL_SIGNATURE, _CERT_SIGN, _CRL_SIGN}
    if others:
        yield "keyUsage", f"keyUsage has {', '.join(_USAGES[each] for each in sorted(others))}."


@refuses(
    "certificate.extended-key-usage",
    "A subordinate CA is for one kind of certificate: TLS, or another one",
    "BR 7.1.2.10.6; Mozilla 5.3; RFC 5280 4.2.1.12",
    "Write only serverAuth and clientAuth into environments.E.extended_key_usage, or one other purpose, or none.",
    recommended=True,
)
def extended_key_usage(case: CertificateCase) -> Iterator[Detail]:
    """Refuse purposes that open more than they say, and a critical extension, which validators fail on."""
    found = set(case.certificate.purposes or ())
    if _ANY_PURPOSE in found:
        yield "extKeyUsage", "It allows any purpose."
    others = found - {_SERVER_AUTH, _CLIENT_AUTH, _ANY_PURPOSE}
    if _SERVER_AUTH in found and others:
        yield "extKeyUsage", f"It allows serverAuth together with {', '.join(sorted(map(_name, others)))}."
    if case.certificate.critical(ca.EXTENDED_KEY_USAGE):
        yield "extKeyUsage", "extKeyUsage is critical."


@informs(
    "certificate.extended-key-usage.absent",
    "A subordinate CA without extended key usages can issue for any purpose",
    "BR 7.1.2.10.6",
    'Nothing to do if it is meant. To limit it: extended_key_usage = ["serverAuth", "clientAuth"] in the policy.',
)
def purposes_absent(case: CertificateCase) -> Iterator[Detail]:
    """Say that the purpose is left open."""
    if case.certificate.purposes is None and not case.certificate.is_root:
        yield "extKeyUsage", "It has no extKeyUsage: it can issue for any purpose."


@warns(
    "certificate.policies.reserved",
    "The policies of public CAs do not stand in a private PKI",
    "BR 7.1.6.1",
    "Have it signed without certificate policies, or with an OID of your own.",
)
def reserved_policy(case: CertificateCase) -> Iterator[Detail]:
    """Warn of a policy that says that the CA/Browser Forum's rules were kept."""
    for each in case.certificate.policies or ():
        if each.startswith("2.23.140.1."):
            yield "certificatePolicies", f"{each} is reserved by the CA/Browser Forum."


CHECKS = (
    duplicate,
    critical,
    unsupported,
    unusual,
    basic_constraints,
    path_length,
    path_length_absent,
    key_usage,
    other_usage,
    extended_key_usage,
    purposes_absent,
    reserved_policy,
)
