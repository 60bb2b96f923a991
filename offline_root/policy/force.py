"""The policy in force: the text in the audit log, read anew, under the rehearsal's overlay where it is one."""

from offline_root.audit.state import State
from offline_root.checks import CODES
from offline_root.errors import PolicyError
from offline_root.policy.model import Policy
from offline_root.policy.reader import PolicyReading, read_policy
from offline_root.policy.rehearsal import rehearsed


def accepted(found: PolicyReading, name: str) -> Policy:
    """Return the policy that was read from what is called `name` (PolicyError: the first thing wrong with it)."""
    if found.policy is None:
        first, *others = found.findings
        more = f" And {len(others)} more." if others else ""
        raise PolicyError(
            f"{name}: {first.message} ({first.field}){more}",
            meaning="The policy is not accepted. Nothing was done.",
            mend=f"{first.mend} `offline-root policy check FILE` lists everything.",
            retry=True,
        )
    return found.policy


def in_force(state: State) -> Policy:
    """Return the policy of an authority (PolicyError where this version no longer reads it)."""
    return read_in_force(state.policy, rehearsal=state.rehearsal)


def read_in_force(text: str, *, rehearsal: bool) -> Policy:
    """Return the policy that a text becomes when it is in force (PolicyError)."""
    reading = read_policy(text, CODES)
    if reading.policy is None:
        raise PolicyError(
            f"This version does not accept the policy: {reading.findings[0].message}",
            meaning="Nothing is signed under rules that are not understood.",
            mend="Mend the policy (`offline-root policy check FILE`) and adopt it: offline-root policy adopt FILE.",
            retry=False,
        )
    return rehearsed(reading.policy) if rehearsal else reading.policy
