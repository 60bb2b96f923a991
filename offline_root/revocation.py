"""Revoking an intermediate: what it means, who confirms it, and the CRL that says so. Pure.

The CRL is signed in the same approval: a revocation that nobody publishes protects nobody.
"""

from dataclasses import dataclass

from offline_root import crl
from offline_root.audit.entry import Facts
from offline_root.audit.state import State
from offline_root.checks.approval import DIGITS, digits
from offline_root.crl import CrlApproval, CrlDraft, CrlReview
from offline_root.display import visible
from offline_root.errors import CeremonyError
from offline_root.issue import load
from offline_root.model import ROOT, Issued, Reason, Revocation, Serial, serial_text
from offline_root.moments import utc_text
from offline_root.policy.model import Policy

MEANINGS = {
    Reason.KEY_COMPROMISE: "somebody else has, or may have, the intermediate's private key",
    Reason.CA_COMPROMISE: "somebody else could, or may have been able to, issue with the online CA",
    Reason.AFFILIATION_CHANGED: "the subject's name or organisation is not right any more",
    Reason.SUPERSEDED: "another intermediate has taken its place",
    Reason.CESSATION_OF_OPERATION: "the online CA was shut down",
    Reason.PRIVILEGE_WITHDRAWN: "it is not allowed to issue any more",
}
"""What each reason says about an intermediate, for whoever has to choose."""


@dataclass(frozen=True, slots=True)
class RevocationReview:
    """An intermediate that would be revoked, and the CRL that would say so."""

    issued: Issued
    revocation: Revocation
    crl: CrlReview


@dataclass(frozen=True, slots=True)
class RevocationApproval:
    """A revocation that people confirmed. `confirmation` is what they typed."""

    review: RevocationReview
    crl: CrlApproval
    confirmation: str


def revocable(state: State, serial: Serial) -> Issued:
    """Return the intermediate with a serial, if it can be revoked (CeremonyError)."""
    issued, said = state.certificate(serial), serial_text(serial)
    done = next((each for each in state.revocations if each.serial == serial), None)
    if done is not None:
        raise _stopped(
            f"Serial {said} is revoked already, since {done.time} ({done.reason.value}).",
            "A revocation is final. If its CRL was lost, make another one: offline-root crl --out DIR.",
        )
    if issued is None:
        raise _stopped(
            f"Nothing was issued here with serial {said}.",
            "Compare the serial with `offline-root status` and with the certificate.",
        )
    if issued.environment == ROOT:
        raise _stopped(
            "A root cannot revoke itself: whoever trusts it would have to trust its word that it is not to be trusted.",
            "Take the root out of every trust store, and make a new one.",
        )
    return issued


def review(state: State, serial: Serial, reason: Reason, draft: CrlDraft) -> RevocationReview:
    """Return the review of a revocation (CeremonyError where there is nothing to revoke)."""
    issued = revocable(state, serial)
    revoking = Revocation(serial, reason, utc_text(draft.this_update))
    return RevocationReview(issued, revoking, crl.review(state, draft, revoking))


def approve(reviewed: RevocationReview, typed: str) -> RevocationApproval:
    """Return the approval of a revocation (CeremonyError where what was typed does not name the certificate)."""
    check_confirmation(reviewed.issued, typed)
    return RevocationApproval(reviewed, crl.approve(reviewed.crl), digits(typed))


def check_confirmation(issued: Issued, typed: str) -> None:
    """Refuse what names neither the serial nor the SHA-256 of the certificate that is to be revoked (CeremonyError)."""
    given = digits(typed)
    if given.upper() != serial_text(issued.serial) and not (len(given) >= DIGITS and issued.sha256.startswith(given)):
        raise _stopped(
            f"What was typed ({visible(typed) or 'nothing'}) is not the certificate that would be revoked.",
            f"Type its serial, or at least the first {DIGITS} hex digits of its SHA-256, as on its paper or in"
            " `offline-root status`.",
        )


def consequences(policy: Policy, issued: Issued) -> tuple[str, ...]:
    """Return, sentence by sentence, what people have to know before they confirm."""
    environment = policy.environment(issued.environment)
    mount = f" (mount {environment.mount})" if environment and environment.mount else ""
    until = utc_text(load(issued.certificate).not_valid_after_utc)
    return (
        f"This is the intermediate of {issued.environment}{mount}, issued {issued.time}, good until {until}.",
        "Every certificate that it ever issued, and will issue, stops working wherever the new CRL is looked at.",
        "Machines that do not look at the CRL go on trusting it: take it out of their trust stores by hand.",
        f"The new CRL must be published at {policy.root.crl_url} and imported wherever that is not fetched.",
        f"{issued.environment} needs a new intermediate with a new key before its services work again.",
        "This is final. A revoked intermediate never comes back.",
    )


def facts(approval: RevocationApproval, operator: str) -> Facts:
    """Return what is kept of a revocation."""
    issued, revoked = approval.review.issued, approval.review.revocation
    return {
        "serial": serial_text(issued.serial),
        "environment": issued.environment,
        "sha256": issued.sha256,
        "reason": revoked.reason.value,
        "date": revoked.time,
        "confirmation": approval.confirmation,
        "by": operator,
    }


def _stopped(what: str, mend: str) -> CeremonyError:
    return CeremonyError(what, meaning="Nothing was revoked.", mend=mend, retry=True)
