"""The TBSCertificate as it would be signed, against request and policy (RFC 5280 4.1, 4.2)."""

from collections.abc import Iterator

from cryptography import x509

from offline_root.checks.case import ReviewCase
from offline_root.findings import Detail, Severity, check, declare
from offline_root.issue import fields


def _certificate(case: ReviewCase) -> x509.Certificate | None:
    return x509.load_der_x509_certificate(case.unsigned.throwaway) if case.unsigned else None


@check(
    declare(
        "review.path-length",
        Severity.REFUSE,
        "The certificate carries the path length of the policy",
        rule="RFC 5280 4.2.1.9; policy environments.E.path_length",
        mend="Report this: the certificate would not be the one that the policy describes.",
    )
)
def path_length(case: ReviewCase) -> Iterator[Detail]:
    """Refuse a path length that the policy does not say."""
    wanted, certificate = case.case.environment.path_length, _certificate(case)
    if certificate:
        issued = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
        if issued != wanted:
            yield "basicConstraints", f"The certificate would say {issued}; the policy says {wanted}."


@check(
    declare(
        "review.name-constraints.absent",
        Severity.WARN,
        "An intermediate without name constraints can issue for every name there is",
        rule="RFC 5280 4.2.1.10",
        mend="List the environment's own domains in environments.E.name_constraints.permitted_dns.",
    )
)
def constraints_absent(case: ReviewCase) -> Iterator[Detail]:
    """Warn where DNS names are unconstrained."""
    if case.case.environment.name_constraints.permitted_dns is None:
        yield "nameConstraints", f"The policy lets {case.case.environment.name} issue for any DNS name."


@check(
    declare(
        "review.name-constraints.open",
        Severity.INFO,
        "Name constraints leave some kinds of names open",
        rule="RFC 5280 4.2.1.10",
        mend="Nothing to do here. For client authentication trust the environment's intermediate alone;"
        " NEXT-STEPS.txt says how.",
    )
)
def constraints_open(case: ReviewCase) -> Iterator[Detail]:
    """Name the holes: what this intermediate can still certify, and whom that lets in where the root is trusted."""
    environment = case.case.environment
    constraints, usages = environment.name_constraints, environment.extended_key_usage
    kinds = (
        ("DNS names", constraints.permitted_dns),
        ("e-mail addresses", constraints.permitted_email),
        ("URIs (SPIFFE)", constraints.permitted_uri),
        ("a common name without a subjectAltName", None),
        ("other kinds of names (user principal names)", None),
    )
    holes = ", ".join(kind for kind, permitted in kinds if permitted is None)
    without = "Its extKeyUsage leaves clientAuth out, but not every validator looks at that in a CA. "
    said = (
        f"{environment.name} can issue for any of these, because nothing constrains them: {holes}."
        f" {without if usages and 'clientAuth' not in usages else ''}Where the root is trusted for client"
        f" authentication, all of them get in: trust {environment.file_name}.pem there instead."
    )
    yield "nameConstraints", said


@check(
    declare(
        "review.bytes-copied",
        Severity.REFUSE,
        "Key and kept subject must be the very bytes of the request",
        rule="RFC 5280 4.1.2.6, 4.1.2.7, 7.1",
        mend="Have the request made again by the online CA itself;"
        " its key or subject is in an encoding that nothing else uses.",
    )
)
def bytes_copied(case: ReviewCase) -> Iterator[Detail]:
    """Refuse where a field came out of the builder in another encoding than it went in."""
    if case.unsigned is None:
        return
    issued, request = fields(case.unsigned.tbs), case.case.request
    if issued.public_key != request.public_key:
        yield "public key", "The public key would not be byte for byte the requested one."
    if case.case.environment.subject == "from-request" and issued.subject != request.subject:
        yield "subject", "The subject would not be byte for byte the requested one."


@check(
    declare(
        "review.subject.root",
        Severity.REFUSE,
        "The subject must not be the root's",
        rule="RFC 5280 4.1.2.6, 6.1 (self-issued)",
        mend="Give the environment a common name of its own in the policy.",
    )
)
def subject_is_root(case: ReviewCase) -> Iterator[Detail]:
    """Refuse a subject that validators would take for the root itself."""
    if case.root.subject in (case.case.requested, case.case.subject.name):
        yield "subject", "The subject is the root's own."


CHECKS = (
    path_length,
    constraints_absent,
    constraints_open,
    bytes_copied,
    subject_is_root,
)
