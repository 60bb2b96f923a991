"""The facts of the events that a station records about requests. Foreign text enters the log only made visible."""

from offline_root.audit.entry import Facts
from offline_root.audit.state import encoded
from offline_root.display import visible
from offline_root.findings import Finding, refusals
from offline_root.keys import fingerprint
from offline_root.model import Approval, Letter, Refused, SigningRequest, serial_text
from offline_root.request.codes import CHALLENGE_PASSWORD

_MESSAGE_LIMIT = 500
"""Characters of a finding's message that the log keeps: the request itself is in the log, and a line has to end."""

_FINDINGS_LIMIT = 100
"""Findings that the log keeps whole, refusals first: a request can be made to give thousands. `codes` has them all."""


def request_read(request: SigningRequest) -> Facts:
    """Return what is kept of a request that was read: all of it, unless it holds a password (PKCS #9 5.4.1)."""
    holds_secret = any(each.code == CHALLENGE_PASSWORD.name for each in request.findings)
    return {
        "file": visible(request.file),
        "file_sha256": request.file_sha256,
        "form": request.form,
        "request": "withheld: it holds a challenge password" if holds_secret else encoded(request.der),
        "request_sha256": fingerprint(request.der),
        "key": request.fingerprint,
        **_letter(request.letter),
    }


def _letter(letter: Letter | None) -> Facts:
    if letter is None:
        return {}
    return {name: visible(getattr(letter, name)[:_MESSAGE_LIMIT]) for name in ("asked_by", "asked_at")}


def request_approved(approval: Approval) -> Facts:
    """Return what is kept of an approval: what was typed from paper, and which warnings were accepted."""
    reviewed = approval.review
    return {
        "file": visible(reviewed.request.file),
        "environment": reviewed.environment,
        "serial": serial_text(reviewed.draft.serial),
        "request_sha256": fingerprint(reviewed.request.der),
        "tbs_sha256": fingerprint(approval.tbs),
        "confirmation": approval.confirmation,
        "acknowledged": approval.acknowledged,
    }


def request_refused(refused: Refused, file_sha256: str = "") -> Facts:
    """Return what is kept of a refusal: every code, every finding up to a limit, and how many there were.

    `file_sha256` says which file it was; of one with a secret in it, or that could not be read, there is none.
    """
    refusing = refusals(refused.findings)
    kept = (*refusing, *(each for each in refused.findings if each not in refusing))[:_FINDINGS_LIMIT]
    return {
        "file": visible(refused.file),
        "file_sha256": file_sha256,
        "environment": refused.environment,
        "codes": sorted({each.code for each in refused.findings}),
        "found": len(refused.findings),
        "findings": [_brief(each) for each in kept],
    }


def _brief(finding: Finding) -> Facts:
    message = visible(finding.message)
    if len(message) > _MESSAGE_LIMIT:
        message = f"{message[:_MESSAGE_LIMIT]}… ({len(message)} characters)"
    return {**finding.facts(), "message": message}
