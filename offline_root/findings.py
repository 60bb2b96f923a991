"""Findings: what a check has to say, as data.

A `Code` is declared once, with its severity, its source and how to mend it. `Code.finding()` makes one result. All
findings are collected and shown together; none is ever raised.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar


class Severity(Enum):
    """What a finding does to a request, worst first."""

    REFUSE = "refuse"
    WARN = "warn"
    INFO = "info"


class Strength(Enum):
    """Whether a policy may lower a check: `REQUIRED` never, `RECOMMENDED` with a reason."""

    REQUIRED = "required"
    RECOMMENDED = "recommended"


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of one check. `field` names what it is about; `rule` cites the source."""

    code: str
    severity: Severity
    message: str
    field: str
    rule: str
    mend: str

    def facts(self) -> dict[str, str]:
        """Return the finding as JSON prints it and the audit log keeps it."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "field": self.field,
            "rule": self.rule,
            "mend": self.mend,
        }


@dataclass(frozen=True, slots=True)
class Code:
    """The declaration of one check: a stable dotted `name`, and everything about it that is not its result."""

    name: str
    severity: Severity
    strength: Strength
    title: str
    rule: str
    mend: str

    def finding(self, message: str, field: str = "") -> Finding:
        """Return a finding of this code at its declared severity."""
        return Finding(self.name, self.severity, message, field, self.rule, self.mend)


_DECLARED: dict[str, Code] = {}


def declare(name: str, severity: Severity, title: str, *, rule: str, mend: str, recommended: bool = False) -> Code:
    """Declare a code. Names are unique over the whole program (ValueError otherwise)."""
    if name in _DECLARED:
        raise ValueError(f"the code {name} is declared twice")
    strength = Strength.RECOMMENDED if recommended else Strength.REQUIRED
    code = Code(name, severity, strength, title, rule, mend)
    _DECLARED[name] = code
    return code


def declared() -> tuple[Code, ...]:
    """Return every code declared by the modules loaded so far, sorted by name."""
    return tuple(_DECLARED[name] for name in sorted(_DECLARED))


Case = TypeVar("Case")
Detail = tuple[str, str]
"""What a check function yields for each thing it found: (field, message)."""


@dataclass(frozen=True, slots=True)
class Check(Generic[Case]):
    """A code together with the one function that decides it."""

    code: Code
    function: Callable[[Case], Iterable[Detail]]

    def run(self, case: Case) -> tuple[Finding, ...]:
        """Return the findings of this check on `case`, in the order the function found them."""
        return tuple(self.code.finding(message, field) for field, message in self.function(case))


def check(code: Code) -> Callable[[Callable[[Case], Iterable[Detail]]], Check[Case]]:
    """Bind a function to its code: `@check(declare(...))`."""

    def bind(function: Callable[[Case], Iterable[Detail]]) -> Check[Case]:
        return Check(code, function)

    return bind


def refuses(
    name: str, title: str, rule: str, mend: str, *, recommended: bool = False
) -> Callable[[Callable[[Case], Iterable[Detail]]], Check[Case]]:
    """Bind a function to a new code that refuses: `@refuses(name, title, rule, mend)`."""
    return check(declare(name, Severity.REFUSE, title, rule=rule, mend=mend, recommended=recommended))


def warns(name: str, title: str, rule: str, mend: str) -> Callable[[Callable[[Case], Iterable[Detail]]], Check[Case]]:
    """Bind a function to a new code that warns."""
    return check(declare(name, Severity.WARN, title, rule=rule, mend=mend))


def informs(name: str, title: str, rule: str, mend: str) -> Callable[[Callable[[Case], Iterable[Detail]]], Check[Case]]:
    """Bind a function to a new code that informs."""
    return check(declare(name, Severity.INFO, title, rule=rule, mend=mend))


def run(checks: Iterable[Check[Case]], case: Case) -> tuple[Finding, ...]:
    """Run every check on `case` and return all findings: none stops another."""
    return tuple(finding for each in checks for finding in each.run(case))


def refusals(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return those findings that refuse."""
    return tuple(finding for finding in findings if finding.severity is Severity.REFUSE)


def by_weight(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings for people: first what refuses, then what warns, then the rest."""
    weights = tuple(Severity)
    return tuple(sorted(findings, key=lambda finding: weights.index(finding.severity)))


def warnings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return those findings that someone has to acknowledge."""
    return tuple(finding for finding in findings if finding.severity is Severity.WARN)
