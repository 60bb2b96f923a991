"""Open intents: signatures that were begun and never came to an end, because the machine stopped in between.

Such a signature may exist or not. It is finished with the identical TBSCertificate, or its serial is abandoned for
good.
"""

from datetime import datetime, timedelta

from offline_root import issue
from offline_root.audit.state import Intent, State
from offline_root.errors import CeremonyError
from offline_root.model import Approval, Draft, Serial, serial_text
from offline_root.moments import from_utc_text

FINISH_WITHIN = timedelta(hours=24)
"""How long an open intent may be finished; after that it can only be abandoned."""


def explain(intent: Intent) -> str:
    """Return in one sentence what happened."""
    what = intent.environment or "the root certificate"
    return (
        f"The signing of {what}, serial {serial_text(intent.serial)}, begun {intent.time}, has no outcome in the log."
    )


def begun(state: State, request_sha256: str) -> Intent | None:
    """Return the open intent that answers a CSR, or None."""
    return next((each for each in state.intents if each.request_sha256 == request_sha256), None)


def draft_of(intent: Intent) -> Draft:
    """Return the draft that the intent's certificate was made from."""
    not_before, not_after = issue.validity(intent.tbs)
    return Draft(intent.serial, not_before, not_after)


def check(state: State, approval: Approval, request_sha256: str, now: datetime) -> None:
    """Allow a signature only if no other one is open, and an open one only unchanged and soon (CeremonyError)."""
    intent = begun(state, request_sha256)
    if intent is None:
        if state.intents:
            first = state.intents[0]
            again = "Sign the same request again to finish it, or give its serial up:"
            raise _unsettled(explain(first), first.serial, "It must be settled first.", again)
        return
    late = now - from_utc_text(intent.time) > FINISH_WITHIN
    if late or intent.policy_sha256 != state.policy_sha256 or intent.tbs != approval.tbs:
        because = "more than 24 hours have passed" if late else "the policy or the certificate is another one now"
        why = f"It can no longer be finished: {because}."
        raise _unsettled(explain(intent), intent.serial, why, "Give its serial up, then sign the request anew:")


def find(state: State, serial: Serial) -> Intent:
    """Return the open intent with a serial (CeremonyError)."""
    intent = next((each for each in state.intents if each.serial == serial), None)
    if intent is None:
        open_ones = ", ".join(serial_text(each.serial) for each in state.intents) or "none"
        raise CeremonyError(
            f"There is no open intent with serial {serial_text(serial)}.",
            meaning="Nothing was done.",
            mend=f"Open intents: {open_ones}. `offline-root status` lists them.",
            retry=True,
        )
    return intent


def _unsettled(what: str, serial: Serial, why: str, mend: str) -> CeremonyError:
    return CeremonyError(
        what,
        meaning=f"The machine stopped while the token was signing. The signature may exist. {why}",
        mend=f"{mend} offline-root abandon {serial_text(serial)}.",
        retry=False,
    )
