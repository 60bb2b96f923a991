"""NIST's PKITS: each of its CA certificates under its issuer, with what our checks refuse, held against openssl.

PKITS tests path validation; only what one certificate says of itself or of its issuer can be seen here. Every refusal
stands in a table with the reason, and so does every difference to openssl; the tables must be exact.
"""

import warnings
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from offline_root.certificate import Certificate, read
from offline_root.checks import CRL_CHECKS, crl_case
from offline_root.display import dangerous
from offline_root.examination import check, examine
from offline_root.findings import refusals, run
from offline_root.linter import lint_crl
from offline_root.model import Der
from tests.offline_root.test_second_opinions import openssl_refuses

FOLDER = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
CERTIFICATES = {path.stem: Der(path.read_bytes()) for path in sorted((FOLDER / "certs").iterdir())}
CRLS = {path.stem: path.read_bytes() for path in sorted((FOLDER / "crls").iterdir())}

EVERYWHERE = {"certificate.crl-distribution-points"}
"""What is said of nearly all of them: the CRLs of PKITS come from a directory."""

CRL_SIGNERS = {
    "BasicSelfIssuedCRLSigningKeyCRLCert",
    "SeparateCertificateandCRLKeysCA2CRLSigningCert",
    "SeparateCertificateandCRLKeysCRLSigningCert",
    "indirectCRLCA3cRLIssuerCert",
    "indirectCRLCA4cRLIssuerCert",
}
"""Keys for CRLs alone (4.5, 4.14): no CAs, and nothing that an offline root signs."""

NAMELESS = {
    "NoissuingDistributionPointCACert",
    "RFC3280MandatoryAttributeTypesCACert",
    "RFC3280OptionalAttributeTypesCACert",
    "distributionPoint1CACert",
    "distributionPoint2CACert",
    "indirectCRLCA3Cert",
    "indirectCRLCA3cRLIssuerCert",
    "indirectCRLCA4Cert",
    "indirectCRLCA4cRLIssuerCert",
    "indirectCRLCA5Cert",
    "onlySomeReasonsCA3Cert",
    "onlySomeReasonsCA4Cert",
}
"""Subjects without a common name: good in RFC 5280, not in BR 7.1.2.10.2, and people could not name them."""

HALF_KEYS = {
    "SeparateCertificateandCRLKeysCA2CertificateSigningCACert",
    "SeparateCertificateandCRLKeysCertificateSigningCACert",
    "indirectCRLCA2Cert",
    "indirectCRLCA4Cert",
}
"""Keys for certificates alone, whose CRLs another key signs (4.5, 4.14): not what our intermediates are."""

WRONG_USAGE = {
    "keyUsageCriticalcRLSignFalseCACert",
    "keyUsageCriticalkeyCertSignFalseCACert",
    "keyUsageNotCriticalcRLSignFalseCACert",
    "keyUsageNotCriticalkeyCertSignFalseCACert",
}
"""Tests 4.7.1, 4.7.2, 4.7.4, 4.7.5: invalid as soon as it signs; alone and below nobody, openssl does not mind."""

TOO_DEEP = {"pathLenConstraint0subCACert", "pathLenConstraint6subsubCA00Cert", "pathLenConstraint6subsubCA11Cert"}
"""Tests 4.6.5, 4.6.6, 4.6.9 to 4.6.12: invalid as soon as it signs; openssl counts CAs between, not the last one."""

PROMISES = {"nameConstraintsDN1subCA2Cert"}
"""Test 4.13.13: it permits what its issuer does not. Below it only a leaf without a subject is valid (4.13.14)."""

REFUSED = {
    "certificate.basic-constraints": CRL_SIGNERS
    | {
        "MissingbasicConstraintsCACert",  # 4.6.1
        "basicConstraintsCriticalcAFalseCACert",  # 4.6.2
        "basicConstraintsNotCriticalcAFalseCACert",  # 4.6.3
        "basicConstraintsNotCriticalCACert",  # 4.6.4, valid in PKITS; RFC 5280 4.2.1.9 asks CAs for critical
    },
    "certificate.key": {"DSACACert", "DSAParametersInheritedCACert"},  # 4.1.4, 4.1.5: DSA, valid in PKITS
    "certificate.key-usage": CRL_SIGNERS
    | HALF_KEYS
    | WRONG_USAGE
    | {"keyUsageNotCriticalCACert"},  # 4.7.3, valid in PKITS; RFC 5280 4.2.1.3 says SHOULD
    "certificate.name-constraints.outside-issuer": PROMISES,
    "certificate.path-length": TOO_DEEP,
    "certificate.signature": {"BadSignedCACert", "DSAParametersInheritedCACert"},  # 4.1.2; DSA is not verified here
    "certificate.signature-algorithm": {"DSAParametersInheritedCACert"},
    "certificate.subject": NAMELESS,
    "certificate.unique-id": {"UIDCACert"},  # 4.3.6, valid in PKITS; RFC 5280 4.1.2.8 forbids it to CAs
    "certificate.validity.outside-issuer": {"BadnotBeforeDateCACert"},  # 4.2.1: it begins in 2047, after its issuer
}
"""What our checks refuse, by code."""

ONLY_OPENSSL = {
    "BadnotAfterDateCACert": "4.2.5: over since 2011; whether a certificate is over is no fault of the certificate",
    "nameConstraintsDN1SelfIssuedCACert": "self-issued, exempt from its issuer's constraints unless it is the last",
}

ONLY_OURS = {
    *CRL_SIGNERS,
    *NAMELESS,
    *HALF_KEYS,
    *WRONG_USAGE,
    *TOO_DEEP,
    *PROMISES,
    "DSACACert",
    "UIDCACert",
    "keyUsageNotCriticalCACert",
}
"""openssl asks less of a certificate that signs nothing; the reasons are above."""

BOTH, OURS, OPENSSL, NEITHER = (True, True), (True, False), (False, True), (False, False)
COUNTS = {BOTH: 7, OURS: 29, OPENSSL: 2, NEITHER: 144}
"""Of the 182 certificates that are no end entity's, how many are refused by whom."""


@cache
def authorities() -> dict[str, Certificate]:
    """Return what is not an end entity's."""
    return {name: read(each) for name, each in CERTIFICATES.items() if not name.endswith("EE")}


def issuer_of(certificate: Certificate) -> Certificate:
    """Return the certificate whose key signed it, or one of the right name if none did."""
    named = [each for each in authorities().values() if each.subject == certificate.issuer]
    return next((each for each in named if _signed(certificate, each)), named[0] if named else certificate)


def _signed(certificate: Certificate, issuer: Certificate) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of serial numbers that are not positive
            it, by = (x509.load_der_x509_certificate(each.octets) for each in (certificate, issuer))
        it.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


@pytest.fixture(scope="module")
def refused() -> dict[str, set[str]]:
    """Return the codes that refuse each CA."""
    return {
        name: {found.code for found in refusals(check(each.octets, issuer_of(each).octets, signed=True))} - EVERYWHERE
        for name, each in authorities().items()
    }


def test_exactly_these_certificates_are_refused(refused: dict[str, set[str]]) -> None:
    found = {
        code: {name for name, codes in refused.items() if code in codes} for code in set().union(*refused.values())
    }
    assert found == REFUSED


def test_openssl_disagrees_only_where_it_is_explained(refused: dict[str, set[str]], tmp_path: Path) -> None:
    theirs = {
        name: openssl_refuses(each.octets, issuer_of(each).octets, tmp_path, "-partial_chain")
        for name, each in authorities().items()
    }
    assert {name for name, bad in theirs.items() if bad and not refused[name]} == set(ONLY_OPENSSL)
    assert {name for name, bad in theirs.items() if refused[name] and not bad} == ONLY_OURS
    assert Counter((bool(refused[name]), bad) for name, bad in theirs.items()) == COUNTS


def _examine_all(certificates: Iterable[Der]) -> None:
    for each in certificates:
        found = examine(each, issuer_of(read(each)).octets, signed=True)
        assert not any(dangerous(one.message + one.field) for one in found)


def test_no_certificate_is_an_exception() -> None:
    _examine_all(list(CERTIFICATES.values())[::4])


@pytest.mark.long
def test_none_of_all_certificates_is_an_exception() -> None:
    _examine_all(CERTIFICATES.values())


def test_no_crl_is_an_exception(capfd: pytest.CaptureFixture[str]) -> None:
    for data in CRLS.values():
        it = crl_case.read(data)
        assert it is not None
        found = (*run(CRL_CHECKS, crl_case.CrlCase(it)), *lint_crl(it))
        assert not any(dangerous(each.message + each.field) for each in found)
    assert capfd.readouterr() == ("", "")
