"""The extensions a request asks for. None is ever copied; what contradicts the policy refuses, the rest is said."""

from collections.abc import Iterator

from cryptography import x509

from offline_root.checks.case import Case
from offline_root.findings import Detail, Severity, check, declare
from offline_root.profile import CA_KEY_USAGE

_OWN_CHECKS = (x509.BasicConstraints, x509.SubjectKeyIdentifier)
"""basicConstraints has the checks above, and the subject key identifier follows from the key."""


def _basic_constraints(case: Case) -> x509.BasicConstraints | None:
    return next((each.value for each in case.extensions if isinstance(each.value, x509.BasicConstraints)), None)


@check(
    declare(
        "request.extension.not-ca",
        Severity.REFUSE,
        "A request that asks not to be a CA must not be answered with a CA certificate",
        rule="RFC 5280 4.2.1.9",
        mend="This is a request for a leaf certificate. Have the online CA itself sign it, not the root.",
    )
)
def not_ca(case: Case) -> Iterator[Detail]:
    """Refuse a request with basicConstraints CA:FALSE."""
    constraints = _basic_constraints(case)
    if constraints is not None and not constraints.ca:
        yield "basicConstraints", "The request asks for CA:FALSE."


@check(
    declare(
        "request.extension.path-length",
        Severity.REFUSE,
        "A request must not ask for a longer path than the policy grants",
        rule="RFC 5280 4.2.1.9; policy environments.E.path_length",
        mend="Ask the requester why: either the policy has to change, or the request."
        " It would be issued with the policy's length.",
        recommended=True,
    )
)
def path_length(case: Case) -> Iterator[Detail]:
    """Refuse a requested path length above the policy's, so that nobody believes it was granted."""
    constraints = _basic_constraints(case)
    granted = case.environment.path_length
    if constraints is not None and constraints.path_length is not None and constraints.path_length > granted:
        yield (
            "basicConstraints",
            f"The request asks for path length {constraints.path_length}; the policy grants {granted}.",
        )


@check(
    declare(
        "request.extension.dropped",
        Severity.WARN,
        "The request asks for an extension that it will not get",
        rule="RFC 2986 4.1; policy environments.E",
        mend="If the requester needs it, put it into the policy:"
        " extensions come from the policy and never from a request.",
    )
)
def dropped(case: Case) -> Iterator[Detail]:
    """Warn of every requested extension that will be absent or decided by the policy alone."""
    for each, asked in zip(case.extensions, case.request.requested, strict=True):
        if not isinstance(each.value, _OWN_CHECKS) and each.value != CA_KEY_USAGE:
            critical = "critical " if asked.critical else ""
            yield asked.name, f"The request asks for {critical}{asked.name}: {asked.value}. It is dropped."


CHECKS = (not_ca, path_length, dropped)
