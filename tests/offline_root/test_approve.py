"""Approving a review: what stands against it, and what an approval holds."""

from dataclasses import replace

import pytest
from cryptography import x509

from offline_root.findings import Finding, refusals, warnings
from offline_root.model import Approval, Review
from offline_root.review import approve, declined
from tests.authorities import GOOD_NAME, changed, codes, csr, read, root

SAN = (x509.SubjectAlternativeName([x509.DNSName("a.example")]), False)
GOOD = root().review(read(csr()))
WARNED = root().review(read(csr(GOOD_NAME, None, SAN), "prod.csr"))
REFUSED = root().review(read(changed(csr())))
DROPPED, ELSEWHERE = "request.extension.dropped", "request.file.other-environment"


def against(review: Review, typed: str | None = None, *acknowledged: str) -> tuple[Finding, ...]:
    """Return the findings that stand against an approval with these digits: those of the key, if none are given."""
    found = approve(review, review.request.fingerprint[:32] if typed is None else typed, acknowledged)
    assert isinstance(found, tuple)
    assert refusals(found)
    return found


def approved(review: Review, *acknowledged: str) -> Approval:
    found = approve(review, review.request.fingerprint[:32], acknowledged)
    assert isinstance(found, Approval)
    return found


def test_a_good_review_is_approved_with_what_was_typed() -> None:
    found = approved(GOOD)
    assert found == Approval(GOOD, found.tbs, GOOD.request.fingerprint[:32], ())
    assert found.tbs == GOOD.tbs


def test_warnings_are_approved_by_their_codes() -> None:
    assert set(codes(warnings(WARNED.findings))) == {DROPPED, ELSEWHERE}
    assert set(approved(WARNED, ELSEWHERE, DROPPED).acknowledged) == {DROPPED, ELSEWHERE}


def test_a_code_stands_once_though_it_warned_twice() -> None:
    twice = replace(WARNED, findings=(*WARNED.findings, *WARNED.findings))
    assert len(approved(twice, ELSEWHERE, DROPPED).acknowledged) == 2


def test_a_code_that_nothing_warned_of_is_not_kept() -> None:
    assert approved(GOOD, DROPPED, "anything").acknowledged == ()


@pytest.mark.parametrize("acknowledged", [(), (DROPPED,), (ELSEWHERE,), ("request.extension",)])
def test_every_warning_has_to_be_acknowledged(acknowledged: tuple[str, ...]) -> None:
    found = against(WARNED, None, *acknowledged)
    missing = sorted({DROPPED, ELSEWHERE} - set(acknowledged))
    named = [each for each in found if each.code == "approval.not-acknowledged"]
    assert [(each.field, each.message) for each in named] == [
        (code, f"{code} was not acknowledged.") for code in missing
    ]
    assert found[: len(WARNED.findings)] == WARNED.findings


@pytest.mark.parametrize(
    "typed", ["", GOOD.request.fingerprint[:31], "0" * 32, "no digits at all"], ids=["none", "short", "zeros", "words"]
)
def test_the_digits_have_to_be_right_and_enough(typed: str) -> None:
    found = against(GOOD, typed)
    assert codes(found) - codes(GOOD) == {"approval.fingerprint-mismatch"}


def test_the_wrong_groups_are_named() -> None:
    right = GOOD.request.fingerprint[:32]
    wrong = ("0" if right[0] != "0" else "1") + right[1:31] + ("0" if right[31] != "0" else "1")
    assert "in these groups of four: 1, 8." in against(GOOD, wrong)[-1].message


def test_a_refusal_stands_whatever_is_typed() -> None:
    found = against(REFUSED)
    assert found == REFUSED.findings
    assert codes(refusals(found)) == {"request.signature.invalid"}
    assert against(REFUSED, None, "request.signature.invalid") == found


def test_everything_that_stands_against_it_is_said_at_once() -> None:
    request = read(changed(csr(GOOD_NAME, None, SAN)))
    found = against(root().review(request), "0" * 32)
    assert codes(refusals(found)) == {
        "request.signature.invalid",
        "approval.fingerprint-mismatch",
        "approval.not-acknowledged",
    }


def test_nothing_built_is_nothing_to_approve() -> None:
    unfinished = replace(GOOD, tbs=None)
    assert approve(unfinished, GOOD.request.fingerprint, ()) == GOOD.findings


def test_people_may_decline_what_no_check_refuses() -> None:
    found = declined(GOOD)
    assert found[:-1] == GOOD.findings
    assert codes(refusals(found)) == {"approval.declined"}
