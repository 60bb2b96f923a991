"""What a policy may lower, and that it may lower nothing else."""

from dataclasses import replace

import pytest

from offline_root.checks import CODES
from offline_root.checks.weigh import LOWERED, weigh
from offline_root.findings import Code, Finding, Severity, Strength
from offline_root.policy.model import Lowered, Policy
from tests.authorities import environment, policy

REASON = "Old devices."
RECOMMENDED = [code for code in CODES if code.strength is Strength.RECOMMENDED]
REQUIRED = [code for code in CODES if code.strength is Strength.REQUIRED]
BELOW = {Severity.REFUSE: (Severity.WARN, Severity.INFO), Severity.WARN: (Severity.INFO,), Severity.INFO: ()}


def by_name(code: Code) -> str:
    return code.name


def lowering(code: Code, severity: Severity) -> Policy:
    """Return the policy with one row of [severity], also where the reader would refuse it."""
    return replace(policy(), severity=(Lowered(code.name, severity, REASON),))


def weighed(finding: Finding, of: Policy, name: str) -> tuple[Finding, ...]:
    return weigh([finding], of, environment(of, name))


def test_there_are_checks_of_both_strengths() -> None:
    assert {code.name for code in RECOMMENDED} >= {"request.extension.path-length", "request.key.rsa-exponent"}
    assert len(REQUIRED) > 15


@pytest.mark.parametrize("code", REQUIRED, ids=by_name)
@pytest.mark.parametrize("name", ["test", "prod"])
@pytest.mark.parametrize("severity", [Severity.WARN, Severity.INFO])
def test_a_required_check_is_lowered_by_nothing(code: Code, name: str, severity: Severity) -> None:
    finding = code.finding("found", "field")
    assert weighed(finding, lowering(code, severity), name) == (finding,)


@pytest.mark.parametrize("code", RECOMMENDED, ids=by_name)
def test_a_recommended_check_refuses_where_nothing_lowers_it(code: Code) -> None:
    finding = code.finding("found", "field")
    assert finding.severity is Severity.REFUSE
    assert weighed(finding, replace(policy(), severity=()), "prod") == (finding,)


@pytest.mark.parametrize("code", RECOMMENDED, ids=by_name)
@pytest.mark.parametrize("name", ["test", "prod"])
def test_a_recommended_check_is_lowered_by_the_severity_table_and_says_so(code: Code, name: str) -> None:
    finding = code.finding("found", "field")
    for severity in BELOW[code.severity]:
        lowered, note = weighed(finding, lowering(code, severity), name)
        assert lowered == replace(finding, severity=severity)
        assert note == LOWERED.finding(f"{code.name} counts as {severity.value} here: {REASON}", "field")
        assert note.severity is Severity.INFO


@pytest.mark.parametrize("code", RECOMMENDED, ids=by_name)
def test_a_recommended_check_is_lowered_by_strictness_and_says_so(code: Code) -> None:
    finding = code.finding("found", "field")
    lowered, note = weighed(finding, replace(policy(), severity=()), "test")
    assert lowered == replace(finding, severity=Severity.WARN)
    assert note == LOWERED.finding(f"{code.name} counts as warn here: the strictness of test.", "field")


@pytest.mark.parametrize("name", ["test", "prod"])
def test_strictness_raises_nothing(name: str) -> None:
    """A recommended check that warns by itself goes on warning."""
    finding = replace(RECOMMENDED[0].finding("found"), severity=Severity.WARN)
    assert weighed(finding, replace(policy(), severity=()), name) == (finding,)


def test_a_row_concerns_its_own_code_alone() -> None:
    first, second = (code.finding("found") for code in RECOMMENDED[:2])
    of = lowering(RECOMMENDED[0], Severity.INFO)
    assert weigh([second, first], of, environment(of, "prod")) == (
        second,
        replace(first, severity=Severity.INFO),
        LOWERED.finding(f"{first.code} counts as info here: {REASON}"),
    )


def test_nothing_stays_nothing() -> None:
    assert weigh([], policy(), environment(policy())) == ()
