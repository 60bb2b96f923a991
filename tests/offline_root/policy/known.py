"""Codes of checks as a policy may know them, independent of which checks there are."""

from offline_root.findings import Code, Severity, Strength


def _code(name: str, severity: Severity, strength: Strength) -> Code:
    return Code(name, severity, strength, title="", rule="", mend="")


KNOWN = (
    _code("request.key.rsa-exponent", Severity.REFUSE, Strength.RECOMMENDED),
    _code("request.file.other-environment", Severity.WARN, Strength.RECOMMENDED),
    _code("request.signature.invalid", Severity.REFUSE, Strength.REQUIRED),
)
