"""One fact gives one finding: what an earlier certificate is, and whose name another one looks like."""

from dataclasses import replace

import pytest

from offline_root.checks import REVIEW_CHECKS
from offline_root.findings import run
from offline_root.history import History
from offline_root.model import ROOT, Issued
from tests.authorities import common_name, csr, issued, policy, root, root_entry, with_environment
from tests.offline_root.checks.cases import GOOD, review_case

AGAIN = "0" * 64
SAME, PROD = issued(GOOD, request_sha256=AGAIN), issued(GOOD, "prod", request_sha256=AGAIN)
ANSWERED = issued(GOOD)
CONTINUITY = {
    "request.already-answered",
    "request.key.earlier",
    "request.key.other-environment",
    "request.key.revoked",
}


@pytest.mark.parametrize(
    ("earlier", "revoked", "code"),
    [
        (SAME, False, "request.key.earlier"),
        (SAME, True, "request.key.revoked"),
        (PROD, False, "request.key.other-environment"),
        (PROD, True, "request.key.revoked"),
        (ANSWERED, False, "request.already-answered"),
        (ANSWERED, True, "request.key.revoked"),
    ],
    ids=["same", "same revoked", "other", "other revoked", "answered", "answered revoked"],
)
def test_an_earlier_certificate_gives_one_finding(earlier: Issued, revoked: bool, code: str) -> None:
    case = replace(review_case(), history=History((earlier,), (earlier,) if revoked else ()))
    assert [each.code for each in run(REVIEW_CHECKS, case) if each.code in CONTINUITY] == [code]


def test_a_name_like_that_of_the_root_which_signs_is_told_once() -> None:
    made = root(with_environment(policy(), common_name="*", attributes=()))
    entry = root_entry(made)
    assert (entry.environment, entry.certificate) == (ROOT, made.certificate)
    case = review_case(csr(common_name("PrivSec 0FFLINE Root CA")), entry, under=made)
    (finding,) = (each for each in run(REVIEW_CHECKS, case) if each.code == "request.subject.confusable")
    assert finding.message.endswith("the name of the root that would sign it.")
