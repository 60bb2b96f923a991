"""Every check on a request, on the certificate that would be made of it, on a CRL, and on all that was issued.

A family is a tuple of `Check`. `REQUEST_CHECKS` need a request and a policy; `REVIEW_CHECKS` need an authority as well.
`CERTIFICATE_CHECKS` need nothing but a CA certificate and that of its issuer, whoever made them.
"""

from offline_root import linter
from offline_root.checks import (
    approval,
    ca_extensions,
    ca_pointers,
    certificate,
    confusable,
    constraints,
    crl,
    extensions,
    hierarchy,
    history,
    key,
    letter,
    possession,
    review,
    root,
    rsa,
    signature,
    spelling,
    subject,
)
from offline_root.checks.case import Case, CertificateCase, ReviewCase
from offline_root.checks.crl_case import CrlCase
from offline_root.checks.hierarchy import Hierarchy
from offline_root.findings import Check, Code

REQUEST_CHECKS: tuple[Check[Case], ...] = (
    *possession.CHECKS,
    *key.CHECKS,
    *rsa.CHECKS,
    *subject.CHECKS,
    *spelling.CHECKS,
    *extensions.CHECKS,
    *letter.CHECKS,
)

REVIEW_CHECKS: tuple[Check[ReviewCase], ...] = (*history.CHECKS, *confusable.CHECKS, *review.CHECKS)

HIERARCHY_CHECKS: tuple[Check[Hierarchy], ...] = hierarchy.CHECKS

CRL_CHECKS: tuple[Check[CrlCase], ...] = crl.CHECKS

CERTIFICATE_CHECKS: tuple[Check[CertificateCase], ...] = (
    *certificate.CHECKS,
    *ca_extensions.CHECKS,
    *ca_pointers.CHECKS,
    *constraints.CHECKS,
)
ROOT_CHECKS: tuple[Check[CertificateCase], ...] = root.CHECKS
SIGNATURE_CHECKS: tuple[Check[CertificateCase], ...] = signature.CHECKS

CODES: tuple[Code, ...] = (
    *(each.code for each in REQUEST_CHECKS),
    *(each.code for each in REVIEW_CHECKS),
    *(each.code for each in HIERARCHY_CHECKS),
    *(each.code for each in CRL_CHECKS),
    *(each.code for each in (*CERTIFICATE_CHECKS, *ROOT_CHECKS, *SIGNATURE_CHECKS)),
    approval.FINGERPRINT_MISMATCH,
    certificate.MALFORMED,
    linter.ERROR,
    linter.WARNING,
    linter.NOTICE,
)
"""The codes of all checks: what a policy's `[severity]` may name."""
