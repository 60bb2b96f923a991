"""The two steps before a signature: review a request, approve a review. Both are pure functions."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from offline_root import issue, names
from offline_root.checks import REQUEST_CHECKS, REVIEW_CHECKS
from offline_root.checks.approval import confirm
from offline_root.checks.case import Case, ReviewCase
from offline_root.checks.weigh import weigh
from offline_root.difference import difference
from offline_root.examination import examine
from offline_root.extensions import described
from offline_root.findings import Finding, Severity, declare, refusals, run, warnings
from offline_root.history import History
from offline_root.keys import describe, fingerprint, kind_of, signing_kind
from offline_root.model import Approval, Der, Draft, Letter, Review, Row, Serial, SigningRequest, serial_text
from offline_root.moments import utc_text
from offline_root.policy.model import FROM_REQUEST, EnvironmentPolicy, Policy
from offline_root.profile import intermediate_extensions

NOT_ACKNOWLEDGED = declare(
    "approval.not-acknowledged",
    Severity.REFUSE,
    "Every warning must be acknowledged by its code",
    rule="RFC 3647 4.2.2",
    mend="Read the warning. If it is right to sign all the same, acknowledge its code; it is logged with your names.",
)


DECLINED = declare(
    "approval.declined",
    Severity.REFUSE,
    "People decided not to sign, although no check stands in the way",
    rule="RFC 3647 4.2.2",
    mend="Ask the people of the ceremony for their reason; the report names them.",
)


@dataclass(frozen=True, slots=True)
class Authority:
    """What a review has to know of the root: its name here, its policy, its certificate, and what was issued."""

    name: str
    policy: Policy
    root: Der
    history: History

    @property
    def certificate(self) -> x509.Certificate:
        """Return the parsed root certificate."""
        return x509.load_der_x509_certificate(self.root)


def draw(environment: EnvironmentPolicy, policy: Policy, now: datetime, serial: Serial) -> Draft:
    """Return the draft of a certificate: dates from the clock, whole seconds, backdated as the policy says."""
    moment = now.replace(microsecond=0)
    not_before = policy.ceremony.backdate.before(moment)
    return Draft(serial, not_before, environment.validity.last_second(not_before))


def inspect(request: SigningRequest, policy: Policy, environment: EnvironmentPolicy) -> tuple[Finding, ...]:
    """Return everything that can be said of a request without an authority."""
    findings = (*request.findings, *run(REQUEST_CHECKS, Case.of(request, policy, environment)))
    return weigh(findings, policy, environment)


def review(request: SigningRequest, authority: Authority, environment: EnvironmentPolicy, draft: Draft) -> Review:
    """Return the review of a request: the exact TBSCertificate, all findings, and the three columns for people."""
    case = Case.of(request, authority.policy, environment)
    root = authority.certificate
    unsigned = _build(case, root, draft)
    findings = (
        *request.findings,
        *run(REQUEST_CHECKS, case),
        *run(REVIEW_CHECKS, ReviewCase(case, root, authority.history, draft, unsigned)),
        *(examine(unsigned.throwaway, authority.root) if unsigned else ()),
    )
    return Review(
        request,
        environment.name,
        draft,
        unsigned.tbs if unsigned else None,
        _rows(case, draft, unsigned),
        weigh(findings, authority.policy, environment),
        difference(authority.history, authority.name, environment.name, unsigned.throwaway) if unsigned else None,
        unsigned.throwaway if unsigned else None,
    )


def _build(case: Case, root: x509.Certificate, draft: Draft) -> issue.Unsigned | None:
    """Return what would be signed, None where subject or key leave nothing to build (a finding says why)."""
    spki = case.request.public_key
    if case.subject.name is None or kind_of(spki) is None:
        return None
    return issue.build(
        subject=case.subject.name,
        issuer=root.subject,
        spki=spki,
        draft=draft,
        extensions=intermediate_extensions(case.environment, case.policy.root, root, spki),
        kind=signing_kind(issue.spki_of(root)),
    )


def approve(review_: Review, typed: str, acknowledged: tuple[str, ...]) -> Approval | tuple[Finding, ...]:
    """Return the approval of a review, or every finding that stands against it.

    `typed` are the hex digits from the paper slip, `acknowledged` the codes of the warnings that people accept.
    """
    open_warnings = {each.code for each in warnings(review_.findings)} - set(acknowledged)
    against = (
        *confirm(typed, review_.request.fingerprint),
        *(NOT_ACKNOWLEDGED.finding(f"{code} was not acknowledged.", code) for code in sorted(open_warnings)),
    )
    if refusals(review_.findings) or against or review_.tbs is None:
        return (*review_.findings, *against)
    accepted = tuple(each.code for each in warnings(review_.findings))
    return Approval(review_, review_.tbs, typed, tuple(dict.fromkeys(accepted)))


def declined(review_: Review) -> tuple[Finding, ...]:
    """Return the findings of a review that people decline."""
    return (*review_.findings, DECLINED.finding("The people of the ceremony decided not to sign this request."))


def _asked(letter: Letter | None) -> tuple[Row, ...]:
    """Say who asked, as request.json has it."""
    return (Row("asked by", f"{letter.asked_by}, {letter.asked_at}", "", ""),) if letter else ()


def _rows(case: Case, draft: Draft, unsigned: issue.Unsigned | None) -> tuple[Row, ...]:
    environment = case.environment
    nothing = "(nothing: see the findings)"
    subject = names.text(case.subject.name) if case.subject.name else nothing
    wanted = ", ".join(f"{name}={pattern}" for name, pattern in environment.attributes)
    rows = [
        Row("subject", names.text(case.requested), f"CN={environment.common_name}, {wanted}", subject),
        Row(
            "key",
            describe(case.request.public_key),
            ", ".join(kind.value for kind in environment.keys),
            describe(case.request.public_key) if unsigned else nothing,
        ),
        *_asked(case.request.letter),
        Row("serial", "", "random", serial_text(draft.serial)),
        Row("not before", "", f"now - {case.policy.ceremony.backdate}", utc_text(draft.not_before)),
        Row("not after", "", str(environment.validity), utc_text(draft.not_after)),
    ]
    if environment.subject == FROM_REQUEST:
        # Kept byte for byte: other string types or another grouping make other bytes of what reads the same.
        kept = fingerprint(issue.fields(unsigned.tbs).subject) if unsigned else nothing
        rows.insert(1, Row("subject SHA-256", fingerprint(case.request.subject), FROM_REQUEST, kept))
    requested = {each.name: each.value for each in case.request.requested}
    issued = {}
    if unsigned:
        issued = {
            each.name: each.value for each in described(x509.load_der_x509_certificate(unsigned.throwaway).extensions)
        }
    asked_and_given = dict.fromkeys((*issued, *requested))
    rows += [Row(name, requested.get(name, ""), issued.get(name, ""), issued.get(name, "")) for name in asked_and_given]
    return tuple(rows)
