"""New cards for new custodians: of the PIN, which is another one then; of a backup, which is made anew.

The token takes one PIN. The log says which cards were handed out before the token is asked to change it, and which open
it once it did. In between, after a crash, either set may be the one: whichever opens the token settles it.
"""

from collections.abc import Sequence

from offline_root.audit.entry import Entry
from offline_root.audit.ledger import Ledger
from offline_root.audit.state import State
from offline_root.errors import CeremonyError
from offline_root.policy.model import CeremonyPolicy
from offline_root.ports import Randomness
from offline_root.shares import SECRET_OCTETS, Purpose, Share, ShareSet, Splitting, split

CHANGE = "shares change"
"""The kind of the ceremony."""


def check_pin_shares(state: State) -> ShareSet:
    """Return the set of shares that the PIN is in (CeremonyError where one person knows it)."""
    kept = state.shared(Purpose.PIN)
    if kept is None:
        raise _nothing("The PIN of this token is not in shares.", "What opens the token was fixed at create.")
    if state.set_up_ended:
        raise _nothing(
            "The set-up of this token has ended: what opens it now cannot be given another PIN.",
            "Restore its backup into another device with new cards, then reset this one.",
        )
    return kept


def check_backups(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return the sets of the backups that count, by number (CeremonyError where there is none)."""
    made = [str(each.facts["set"]) for each in entries if each.event == "key-backed-up"]
    replaced = {number for each in entries if each.event == "shares-changed" for number in _former(each)}
    counting = tuple(each for each in made if each not in replaced)
    if not counting:
        raise _nothing("There is no backup whose custodians could be replaced.", "Make one: offline-root backup.")
    return counting


def _former(entry: Entry) -> Sequence[str]:
    former = entry.facts["former"]
    return [str(each) for each in former] if isinstance(former, Sequence) else ()


def _nothing(what: str, mend: str) -> CeremonyError:
    return CeremonyError(what, meaning="Nothing was done.", mend=mend, retry=True)


def draw(state: State, ceremony: CeremonyPolicy, randomness: Randomness) -> Splitting:
    """Return another PIN in shares, as many as the policy in force says (CeremonyError)."""
    kept = check_pin_shares(state)
    needed, made = ceremony.shares or (kept.needed, kept.made)
    return split(randomness.octets(SECRET_OCTETS), Purpose.PIN, needed=needed, made=made, randomness=randomness)


def changed(ledger: Ledger, kept: ShareSet, former: Sequence[str]) -> None:
    """Record that a set has taken the place of others."""
    ledger.record("shares-changed", {**kept.facts(), "former": list(former)})


def settle(ledger: Ledger, entered: Sequence[Share]) -> None:
    """Record which set it is, after a change that was cut short: the one that has just opened the token."""
    offered, kept = ledger.state.offered, ledger.state.shared(Purpose.PIN)
    if offered is None or kept is None:
        return
    if entered[0].number == offered.number:
        changed(ledger, offered, (str(kept.number),))
    else:
        ledger.record("shares-withdrawn", offered.facts())
