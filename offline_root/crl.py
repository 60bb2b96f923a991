"""From what was revoked to a CRL: draft, review, approval, and what the token is asked to sign (RFC 5280 5).

Always a full CRL of version 2 without an issuing distribution point: every client understands that. An entry stays on
it for good, also after its certificate has expired: there are few, and nobody has to know when it may go.
"""

from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from offline_root import issue
from offline_root.audit.state import State
from offline_root.checks import CRL_CHECKS
from offline_root.checks.crl_case import CrlCase
from offline_root.errors import CeremonyError
from offline_root.findings import Finding, Severity, run
from offline_root.keys import SIGNING, signing_kind, throwaway
from offline_root.linter import lint_crl
from offline_root.model import Crl, CrlNumber, Der, Intent, Revocation
from offline_root.moments import from_utc_text, utc_text
from offline_root.policy.model import RootPolicy


@dataclass(frozen=True, slots=True)
class CrlDraft:
    """The only part of a CRL that is not a function of what was revoked: drawn once, then an input."""

    number: CrlNumber
    this_update: datetime
    next_update: datetime


@dataclass(frozen=True, slots=True)
class CrlReview:
    """The exact TBSCertList to be signed, and everything there is to say about it.

    `entries` are sorted by serial. `throwaway` is the same TBS signed by a throwaway key, to be read and linted.
    """

    draft: CrlDraft
    entries: tuple[Revocation, ...]
    tbs: Der
    findings: tuple[Finding, ...]
    throwaway: Der = field(compare=False)


@dataclass(frozen=True, slots=True)
class CrlApproval:
    """A review of a CRL against which nothing stands."""

    review: CrlReview


def draw(root: RootPolicy, certificate: Der, last: CrlNumber, now: datetime) -> CrlDraft:
    """Return the draft of a CRL: dates from clock and policy, never past the root's own end.

    The number is the time in seconds where it can be, so that a lost log or a second disk does not repeat one; it is
    always above `last`, the highest number ever begun, so that a clock put back does not either.
    """
    this_update = now.replace(microsecond=0)
    end = min(root.crl_validity.after(this_update), issue.load(certificate).not_valid_after_utc)
    number = CrlNumber(max(last + 1, int(this_update.timestamp())))
    return CrlDraft(number, this_update, max(this_update, end))


def draft_of(intent: Intent) -> CrlDraft:
    """Return the draft that the CRL of an open intent was made from."""
    # cryptography reads whole CRLs only; the signature around the TBS does not matter here.
    begun = x509.load_der_x509_crl(issue.assemble(intent.tbs, b""))
    if intent.crl is None or begun.next_update_utc is None:
        raise ValueError("not the intent of a CRL that was made here")
    return CrlDraft(intent.crl, begun.last_update_utc, begun.next_update_utc)


def review(state: State, draft: CrlDraft, *revoking: Revocation) -> CrlReview:
    """Return the review of the CRL that lists everything that the log says is revoked, and `revoking`."""
    root = issue.load(state.root)
    entries = tuple(sorted((*state.revocations, *revoking), key=lambda each: each.serial))
    unsigned = _build(root, draft, entries)
    after = state.crl.number if state.crl else None
    findings = judge(CrlCase(unsigned.throwaway, root, entries=entries, after=after, signed=False))
    return CrlReview(draft, entries, unsigned.tbs, findings, unsigned.throwaway)


def judge(case: CrlCase) -> tuple[Finding, ...]:
    """Return everything there is to say about a CRL, by our own checks and by a second linter."""
    return (*run(CRL_CHECKS, case), *lint_crl(case.data))


def _build(root: x509.Certificate, draft: CrlDraft, entries: tuple[Revocation, ...]) -> issue.Unsigned:
    """Return the TBSCertList that the root would sign."""
    kind = signing_kind(issue.spki_of(root))
    identifier = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.subject)
        .last_update(draft.this_update)
        .next_update(draft.next_update)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(x509.CRLNumber(draft.number), critical=False)
    )
    for each in entries:
        # A clock that was put back must not make a certificate revoked later than the list that says so.
        date = min(from_utc_text(each.time), draft.this_update)
        revoked = x509.RevokedCertificateBuilder().serial_number(each.serial).revocation_date(date)
        reason = x509.CRLReason(x509.ReasonFlags(each.reason.value))
        builder = builder.add_revoked_certificate(revoked.add_extension(reason, critical=False).build())
    crl = builder.sign(throwaway(kind), SIGNING[kind].hash)
    return issue.Unsigned(Der(crl.tbs_certlist_bytes), Der(crl.public_bytes(Encoding.DER)))


def approve(reviewed: CrlReview) -> CrlApproval:
    """Return the approval of a review (CeremonyError where anything but information stands against it).

    This program alone makes a CRL, from the log and the policy; so there is no warning that people could answer for.
    """
    _insist(reviewed.findings, "Nothing was signed")
    return CrlApproval(reviewed)


def _insist(findings: tuple[Finding, ...], meaning: str) -> None:
    against = [each for each in findings if each.severity is not Severity.INFO]
    if against:
        raise CeremonyError(
            f"The CRL is not sound: {' '.join(each.message for each in against)}",
            meaning=f"{meaning} ({', '.join(each.code for each in against)}).",
            mend=against[0].mend,
            retry=False,
        )


def due_from(crl: Crl) -> datetime:
    """Return when the next CRL is due: when a third of this one's time is left."""
    begin, end = from_utc_text(crl.this_update), from_utc_text(crl.next_update)
    return end - (end - begin) / 3


def newest(state: State) -> Crl:
    """Return the newest CRL (CeremonyError where the authority was made by a version that made none)."""
    if state.crl is None:
        raise CeremonyError(
            "This authority has no CRL yet.",
            meaning="A response without the root's CRL is none. Nothing was delivered.",
            mend="Make the first one: offline-root crl --out DIR. What was issued so far can be exported after that.",
            retry=True,
        )
    return state.crl


def document(approval: CrlApproval, root: Der) -> issue.Document:
    """Return what the token is asked to sign. It is judged once more when it is signed."""
    reviewed, draft = approval.review, approval.review.draft
    about = {"this_update": utc_text(draft.this_update), "next_update": utc_text(draft.next_update)}

    def check(signed: Der) -> None:
        case = CrlCase(signed, issue.load(root), entries=reviewed.entries)
        _insist(judge(case), "It was signed, and goes nowhere")

    return issue.Document("crl", reviewed.tbs, {"crl_number": str(draft.number)}, about, check=check)
