"""Findings are data: declared once, made by checks, collected, sorted by what they do."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from offline_root import findings
from offline_root.findings import (
    Code,
    Detail,
    Finding,
    Severity,
    Strength,
    by_weight,
    check,
    declare,
    declared,
    refusals,
    run,
    warnings,
)


@pytest.fixture(autouse=True)
def _nothing_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "_DECLARED", {})


def code(name: str = "a.b", severity: Severity = Severity.REFUSE, *, recommended: bool = False) -> Code:
    return declare(name, severity, "Title", rule="Rule", mend="Mend", recommended=recommended)


def test_a_code_is_what_was_declared() -> None:
    assert code() == Code("a.b", Severity.REFUSE, Strength.REQUIRED, "Title", "Rule", "Mend")
    assert code("c", recommended=True).strength is Strength.RECOMMENDED
    assert declare("d", Severity.INFO, "Title", rule="Rule", mend="Mend").strength is Strength.REQUIRED


def test_a_name_is_declared_once() -> None:
    code()
    with pytest.raises(ValueError, match=r"the code a\.b is declared twice"):
        code()


def test_codes_come_sorted() -> None:
    second, first = code("b"), code("a")
    assert declared() == (first, second)


def test_a_finding_has_all_that_its_code_says() -> None:
    found = code(severity=Severity.WARN).finding("message", "field")
    assert found == Finding("a.b", Severity.WARN, "message", "field", "Rule", "Mend")
    assert code("x").finding("message").field == ""
    assert found.facts() == {
        "code": "a.b",
        "severity": "warn",
        "message": "message",
        "field": "field",
        "rule": "Rule",
        "mend": "Mend",
    }


def test_checks_run_all_and_in_order() -> None:
    @check(code("one"))
    def one(case: str) -> Iterator[Detail]:
        yield "first", case
        yield "second", case

    @check(code("two"))
    def two(_case: str) -> Iterator[Detail]:
        yield from ()

    @check(code("three"))
    def three(case: str) -> Iterator[Detail]:
        yield "third", case

    found = run((one, two, three), "seen")
    assert [(each.code, each.field, each.message) for each in found] == [
        ("one", "first", "seen"),
        ("one", "second", "seen"),
        ("three", "third", "seen"),
    ]


def test_people_read_first_what_refuses() -> None:
    refuse = code().finding("x")
    warn, info = replace(refuse, severity=Severity.WARN), replace(refuse, severity=Severity.INFO)
    other = replace(refuse, message="y")
    assert by_weight([info, warn, refuse, other]) == (refuse, other, warn, info)


def test_findings_are_told_apart_by_severity() -> None:
    refuse = code().finding("x")
    warn, info = replace(refuse, severity=Severity.WARN), replace(refuse, severity=Severity.INFO)
    assert refusals([warn, refuse, info]) == (refuse,)
    assert warnings([refuse, warn, info]) == (warn,)
