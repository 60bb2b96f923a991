"""The set-up of a token: what is recorded of it, what its device attests of the root key, what is left at the end.

What a device attests is evidence for auditors, not a check: it stands and falls with the maker's own root certificate,
which is not in this program.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from offline_root import issue
from offline_root.audit.ledger import Ledger
from offline_root.audit.state import encoded
from offline_root.backup import Keeping, way_of
from offline_root.errors import CeremonyError, StationError, TokenError, TokenTrouble
from offline_root.keys import fingerprint
from offline_root.model import Der
from offline_root.policy.model import Policy
from offline_root.ports import Token, Tokens
from offline_root.shares import ShareSet
from offline_root.signer import ROOT_KEY, Signer
from offline_root.token_facts import KeyFacts


def check_backup(policy: Policy, keeping: Keeping | None, tokens: Tokens) -> None:
    """Refuse a policy that wants a backup which this module, or this ceremony, cannot make (CeremonyError)."""
    wanted = policy.ceremony.backup is not None
    if wanted:
        way_of(policy.root.key.value, tokens)
    if keeping and not wanted:
        raise _unkept("There is a place for a backup, but the policy has none.", "Leave --out away")
    if wanted and tokens.sets_up and not keeping:
        raise _unkept(
            "The backup has to be made now: nothing leaves this token later.", "Name its place with --out DIR"
        )
    if wanted and tokens.sets_up:
        with tokens.scratch():  # a set-up whose backup cannot be tried would end in a reset
            pass


@contextmanager
def half_made(tokens: Tokens) -> Iterator[None]:
    """Let every error say what it leaves of a device: one that is half set up, of which only a reset makes more."""
    try:
        yield
    except StationError as error:
        if tokens.sets_up:
            error.meaning += " The device is half set up: as it is, it is of no more use."
            error.mend += (
                " Then destroy all cards of this attempt, reset the device (pull it out, and hold its contact for ten"
                " seconds while you plug it in again: that deletes everything in it), and begin again."
            )
            error.retry = False
        raise


def _unkept(what: str, mend: str) -> CeremonyError:
    mend = f"{mend}, or change [ceremony] backup in the policy."
    return CeremonyError(what, meaning="Nothing was made.", mend=mend, retry=True)


def initialized(token: Token, pin: str, kept: ShareSet | None, ledger: Ledger) -> None:
    """Record a token that was just made, and open it (TokenError)."""
    facts = token.facts
    about = {name: getattr(facts, name) for name in ("label", "serial", "manufacturer", "model", "firmware", "module")}
    ledger.record("token-initialized", about)
    if kept:
        ledger.record("shares-made", kept.facts())
    token.begin_set_up(pin)


def end_set_up(token: Token, pin: str, signer: Signer, ledger: Ledger) -> None:
    """Leave in the token only what its use needs, and settle with its own log (TokenError, AlarmStands)."""
    left = token.end_set_up(pin)
    if left:
        ledger.record("set-up-ended", {"left": left})
    signer.tally.close()


def attest(token: Token, ledger: Ledger, key: KeyFacts) -> None:
    """Record what a token says of the root key's origin, if it says anything (TokenError where that is of another)."""
    said = token.attest(key)
    if not said:
        return
    certificate, device = map(Der, said)
    about = {"role": ROOT_KEY, "key": fingerprint(key.public_key), "certificate": encoded(certificate)}
    ledger.record("key-attested", {**about, "device": encoded(device)})
    if issue.spki_of(issue.load(certificate)) != key.public_key:
        raise TokenError(
            "The device attests another key than the one that it made.",
            trouble=TokenTrouble.KEY,
            meaning="Nobody could prove where this root key was made. The authority was not made.",
            mend="Have the device examined, or use another one.",
            retry=False,
        )
