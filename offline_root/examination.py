"""Everything there is to say against one CA certificate: our own checks, and pkilint's opinion.

The same runs on a draft under its throwaway signature, on what the token signed, and on any certificate that `inspect`
is given.
"""

from offline_root.certificate import Certificate, Malformed, read
from offline_root.checks import CERTIFICATE_CHECKS, ROOT_CHECKS, SIGNATURE_CHECKS
from offline_root.checks.case import CertificateCase
from offline_root.checks.certificate import MALFORMED
from offline_root.findings import Finding, run
from offline_root.linter import lint_certificate
from offline_root.model import Der


def examine(certificate: Der, issuer: Der | None, *, signed: bool = False) -> tuple[Finding, ...]:
    """Return all findings on a certificate: `issuer` is that of its issuer, itself for a root, None where unknown.

    Its signature is among them only if it is `signed`: with its issuer's own key.
    """
    return (*check(certificate, issuer, signed=signed), *lint_certificate(certificate))


def check(certificate: Der, issuer: Der | None, *, signed: bool = False) -> tuple[Finding, ...]:
    """Return the findings of our own checks alone."""
    try:
        case = CertificateCase(read(certificate), _issuer(issuer))
    except Malformed as error:
        return (MALFORMED.finding(str(error), error.field),)
    checks = (
        *CERTIFICATE_CHECKS,
        *(ROOT_CHECKS if case.certificate.is_root else ()),
        *(SIGNATURE_CHECKS if signed else ()),
    )
    return run(checks, case)


def _issuer(issuer: Der | None) -> Certificate | None:
    return read(issuer) if issuer else None
