"""How heavily a finding weighs in one environment: strictness, and the checks that the policy lowers."""

from collections.abc import Iterable
from dataclasses import replace

from offline_root.findings import Finding, Severity, Strength, declare, declared
from offline_root.policy.model import EnvironmentPolicy, Lowered, Policy

LOWERED = declare(
    "policy.check-lowered",
    Severity.INFO,
    "The policy lowers a recommended check",
    rule="policy [severity]",
    mend="Nothing to do, if the reason still holds.",
)


def weigh(findings: Iterable[Finding], policy: Policy, environment: EnvironmentPolicy) -> tuple[Finding, ...]:
    """Return the findings at the severity that the policy gives them, with a note of each check that it lowers."""
    recommended = {code.name for code in declared() if code.strength is Strength.RECOMMENDED}
    rows = {row.code: row for row in policy.severity}
    weighed: list[Finding] = []
    for finding in findings:
        if finding.code not in recommended:
            weighed.append(finding)
        elif finding.code in rows:
            weighed += _lower(finding, rows[finding.code])
        elif finding.severity is Severity.REFUSE and environment.strictness is not Severity.REFUSE:
            reason = f"the strictness of {environment.name}."
            weighed += _lower(finding, Lowered(finding.code, environment.strictness, reason))
        else:
            weighed.append(finding)
    return tuple(weighed)


def _lower(finding: Finding, row: Lowered) -> tuple[Finding, Finding]:
    note = LOWERED.finding(f"{row.code} counts as {row.severity.value} here: {row.reason}", finding.field)
    return replace(finding, severity=row.severity), note
