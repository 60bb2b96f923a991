"""The signature of a certificate. A draft under a throwaway key has none, so this is for finished ones only."""

import warnings
from collections.abc import Iterator

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from offline_root.checks.case import CertificateCase
from offline_root.findings import Detail, refuses

_NOT_VERIFIED = (
    ValueError,
    TypeError,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    InvalidSignature,
    UnsupportedAlgorithm,
)
"""What cryptography raises where it cannot say that a signature is good."""


@refuses(
    "certificate.signature",
    "The signature is that of the issuer's key",
    "RFC 5280 4.1.1.3, 6.1.3 (a)(1)",
    "Do not use it: it was changed, or somebody else signed it. Compare its SHA-256 with what its issuer printed.",
)
def signature(case: CertificateCase) -> Iterator[Detail]:
    """Refuse a certificate that its issuer did not sign."""
    if case.issuer is None:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of serial numbers, on stderr; a check of their own refuses them
            signed, by = (x509.load_der_x509_certificate(each.octets) for each in (case.certificate, case.issuer))
        signed.verify_directly_issued_by(by)
    except _NOT_VERIFIED:
        yield "signature", "The signature does not verify with the issuer's key."


CHECKS = (signature,)
