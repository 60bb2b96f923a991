"""The TBSCertificate as it would be signed, against the root and against the policy (RFC 5280 4.1, 4.2)."""

from collections.abc import Iterator

from cryptography import x509

from offline_root.checks.case import ReviewCase
from offline_root.findings import Detail, Severity, check, declare
from offline_root.issue import fields
from offline_root.model import Der
from offline_root.moments import utc_text


def _certificate(case: ReviewCase) -> x509.Certificate | None:
    return x509.load_der_x509_certificate(case.unsigned.throwaway) if case.unsigned else None


@check(
    declare(
        "review.validity.outside-root",
        Severity.REFUSE,
        "The intermediate must be valid only while the root is",
        rule="RFC 5280 6.1.3 (a)(2)",
        mend="Shorten environments.E.validity in the policy, or renew the root first.",
    )
)
def outside_root(case: ReviewCase) -> Iterator[Detail]:
    """Refuse an intermediate that begins before its root or outlives it."""
    begin, end = case.root.not_valid_before_utc, case.root.not_valid_after_utc
    if case.draft.not_before < begin:
        yield (
            "notBefore",
            f"It would begin {utc_text(case.draft.not_before)}, before the root does ({utc_text(begin)}).",
        )
    if case.draft.not_after > end:
        yield "notAfter", f"It would end {utc_text(case.draft.not_after)}, after the root does ({utc_text(end)})."


@check(
    declare(
        "review.path-length",
        Severity.REFUSE,
        "The root's path length must leave room, and the certificate must carry the policy's",
        rule="RFC 5280 4.2.1.9, 6.1.4 (m)",
        mend="Lower environments.E.path_length, or make a root with a larger one.",
    )
)
def path_length(case: ReviewCase) -> Iterator[Detail]:
    """Refuse a path length that the root does not allow or that the policy does not say."""
    wanted = case.case.environment.path_length
    allowed = case.root.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
    if allowed is not None and wanted >= allowed:
        yield "basicConstraints", f"Path length {wanted} under a root whose own is {allowed}: no chain would verify."
    certificate = _certificate(case)
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
        "Issuer, key and kept subject must be the very bytes of root and request",
        rule="RFC 5280 4.1.2.4, 4.1.2.6, 7.1",
        mend="Have the request made again by the online CA itself;"
        " its key or subject is in an encoding that nothing else uses.",
    )
)
def bytes_copied(case: ReviewCase) -> Iterator[Detail]:
    """Refuse where a field came out of the builder in another encoding than it went in."""
    if case.unsigned is None:
        return
    issued, root = fields(case.unsigned.tbs), fields(Der(case.root.tbs_certificate_bytes))
    request = case.case.request
    if issued.issuer != root.subject:
        yield "issuer", "The issuer would not be byte for byte the root's subject."
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
    outside_root,
    path_length,
    constraints_absent,
    constraints_open,
    bytes_copied,
    subject_is_root,
)
