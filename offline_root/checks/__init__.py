"""Every check on a request, on the certificate that would be made of it, on a CRL, and on all that was issued.

A family is a tuple of `Check`. `REQUEST_CHECKS` need a request and a policy; `REVIEW_CHECKS` need an authority as well.
"""

from offline_root.checks import (
    approval,
    confusable,
    crl,
    extensions,
    hierarchy,
    history,
    key,
    letter,
    possession,
    review,
    rsa,
    spelling,
    subject,
)
from offline_root.checks.case import Case, ReviewCase
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

CODES: tuple[Code, ...] = (
    *(each.code for each in REQUEST_CHECKS),
    *(each.code for each in REVIEW_CHECKS),
    *(each.code for each in HIERARCHY_CHECKS),
    *(each.code for each in CRL_CHECKS),
    approval.FINGERPRINT_MISMATCH,
)
"""The codes of all checks: what a policy's `[severity]` may name."""
