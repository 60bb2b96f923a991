"""Each check finds what it is there for, at its declared severity, and lets pass what is just good enough."""

import pytest

from offline_root.checks import CODES
from offline_root.display import dangerous
from offline_root.findings import Code
from tests.offline_root.checks import certificate_pairs, crl_pairs, hierarchy_pairs, request_pairs, review_pairs
from tests.offline_root.checks.cases import Run

PAIRS = request_pairs.PAIRS | review_pairs.PAIRS | hierarchy_pairs.PAIRS | crl_pairs.PAIRS | certificate_pairs.PAIRS
BY_NAME = {code.name: code for code in CODES}
FOUND = [
    pytest.param(BY_NAME[name], run, id=f"{name}-{n}") for name, p in PAIRS.items() for n, run in enumerate(p.found)
]
PASSED = [pytest.param(run, id=f"{name}-{n}") for name, p in PAIRS.items() for n, run in enumerate(p.passed)]

ALWAYS = {"review.name-constraints.open"}
"""No certificate passes: this is information that belongs to each."""


def test_every_code_has_cases() -> None:
    assert set(PAIRS) == {code.name for code in CODES}
    assert len(CODES) == len(BY_NAME)
    assert {name for name, pair in PAIRS.items() if not pair.found} == set()
    assert {name for name, pair in PAIRS.items() if not pair.passed} == ALWAYS


@pytest.mark.parametrize(("code", "run"), FOUND)
def test_is_found(code: Code, run: Run) -> None:
    findings = tuple(run())
    assert {each.code for each in findings} == {code.name}
    for each in findings:
        assert (each.severity, each.rule, each.mend) == (code.severity, code.rule, code.mend)
        assert each.message
        assert each.field
        assert not dangerous(each.message + each.field)


@pytest.mark.parametrize("run", PASSED)
def test_passes(run: Run) -> None:
    assert tuple(run()) == ()
