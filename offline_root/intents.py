"""Open intents: signatures that were begun and never came to an end, because the machine stopped in between.

Such a signature may exist or not. It is finished with the identical bytes, or its serial or number is abandoned for
good.
"""

from datetime import datetime, timedelta

from offline_root import issue
from offline_root.audit.state import State
from offline_root.errors import CeremonyError
from offline_root.model import Der, Draft, Intent
from offline_root.moments import from_utc_text

FINISH_WITHIN = timedelta(hours=24)
"""How long an open intent may be finished; after that it can only be abandoned."""


def explain(intent: Intent) -> str:
    """Return in one sentence what happened."""
    certificate = f"{intent.environment or 'the root certificate'}, serial {intent.label}"
    what = certificate if intent.crl is None else intent.label
    return f"The signing of {what}, begun {intent.time}, has no outcome in the log."


def again(intent: Intent) -> str:
    """Return what finishes it."""
    return "Sign the same request again" if intent.crl is None else "Make the CRL again (offline-root crl)"


def begun(state: State, request_sha256: str) -> Intent | None:
    """Return the open intent that answers a CSR, or None."""
    return next((each for each in state.intents if each.crl is None and each.request_sha256 == request_sha256), None)


def begun_crl(state: State) -> Intent | None:
    """Return the open intent of a CRL, or None."""
    return next((each for each in state.intents if each.crl is not None), None)


def draft_of(intent: Intent) -> Draft:
    """Return the draft that the intent's certificate was made from."""
    not_before, not_after = issue.validity(intent.tbs)
    return Draft(intent.serial, not_before, not_after)


def check(state: State, intent: Intent | None, tbs: Der, now: datetime) -> None:
    """Allow a signature only if no other one is open, and an open one only unchanged and soon (CeremonyError).

    `intent` is the open one that a signature over `tbs` would finish, if there is any.
    """
    if intent is None:
        if state.intents:
            first = state.intents[0]
            raise _unsettled(first, "It must be settled first.", f"{again(first)} to finish it, or give it up:")
        return
    late = now - from_utc_text(intent.time) > FINISH_WITHIN
    if late or intent.policy_sha256 != state.policy_sha256 or intent.tbs != tbs:
        because = "more than 24 hours have passed" if late else "the policy or the content is another one now"
        anew = "Give it up, then sign anew:"
        raise _unsettled(intent, f"It can no longer be finished: {because}.", anew)


def find(state: State, label: str) -> Intent:
    """Return the open intent with a serial or CRL number (CeremonyError)."""
    intent = next((each for each in state.intents if each.label == label), None)
    if intent is None:
        open_ones = ", ".join(each.label for each in state.intents) or "none"
        raise CeremonyError(
            f"There is no open intent {label}.",
            meaning="Nothing was done.",
            mend=f"Open intents: {open_ones}. `offline-root status` lists them.",
            retry=True,
        )
    return intent


def _unsettled(intent: Intent, why: str, mend: str) -> CeremonyError:
    return CeremonyError(
        explain(intent),
        meaning=f"The machine stopped while the token was signing. The signature may exist. {why}",
        mend=f"{mend} offline-root abandon {intent.label}.",
        retry=False,
    )
