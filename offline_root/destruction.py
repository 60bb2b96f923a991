"""The end of a root key: destroyed in its token, seen to be gone, and said so in the log for good."""

from collections.abc import Sequence

from offline_root.audit.entry import Entry
from offline_root.audit.ledger import Ledger
from offline_root.audit.state import RootKey, State
from offline_root.checks.approval import digits
from offline_root.display import visible
from offline_root.errors import CeremonyError
from offline_root.keys import fingerprint
from offline_root.model import People
from offline_root.signer import ROOT_KEY, Signer

DESTROY = "destroy"
"""The kind of the ceremony."""

AFTERWARDS = ("export",)
"""The kinds of ceremony that need no root key: the audit key alone says what the log has come to."""

DIGITS = 32
"""Hex digits of the root certificate's SHA-256 that have to be typed: 128 bits."""

_BACKUPS = ("key-backed-up", "key-restored")
"""What tells of a backup: that it was made, or that the key came from it, into a log from before it was made."""


def check_key(state: State, kind: str) -> None:
    """Refuse what nothing can be signed for any more (CeremonyError)."""
    if state.root_key is RootKey.DESTROYED and kind not in AFTERWARDS:
        raise CeremonyError(
            "The root key of this authority was destroyed.",
            meaning="Nothing can be signed under it any more. Nothing was done.",
            mend="status, log show, log verify, verify and export still work. If there is a backup with its cards,"
            " `offline-root restore` brings the key back, into an empty HOME.",
            retry=False,
        )
    if kind == DESTROY and state.set_up_ended:
        raise CeremonyError(
            "The set-up of this token has ended: what opens it now can delete no key.",
            meaning="Nothing was done. Only a reset of the device ends its keys: this root's, the audit key, all.",
            mend="Say it in the log with `offline-root note`, deliver that with `export`, then reset the device: hold"
            " its contact for ten seconds while you plug it in. That deletes everything in it.",
            retry=False,
        )
    if state.root_key is RootKey.DOOMED and kind != DESTROY:
        raise CeremonyError(
            "The destruction of the root key was begun, and its end is not in the log.",
            meaning="The key may be gone or not. Nothing was done.",
            mend="Finish it: offline-root destroy.",
            retry=True,
        )


def check_confirmation(state: State, certificate: str, authority: str) -> None:
    """Refuse what does not name this root twice: SHA-256 of its certificate, and its authority (CeremonyError)."""
    given = digits(certificate)
    if len(given) < DIGITS or not fingerprint(state.root).startswith(given):
        raise _unconfirmed(
            f"What was typed ({visible(certificate) or 'nothing'}) is not this root.",
            f"Type at least the first {DIGITS} hex digits of the root certificate's SHA-256, from the anchor on paper.",
            "certificate",
        )
    if authority.strip() != state.authority:
        raise _unconfirmed(
            f"What was typed ({visible(authority) or 'nothing'}) is not the name of this authority.",
            f"Type its name, {state.authority}, in full.",
            "name",
        )


def _unconfirmed(what: str, mend: str, about: str) -> CeremonyError:
    return CeremonyError(what, meaning="Nothing was destroyed.", mend=mend, retry=True, about=about)


def consequences(state: State, entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return, sentence by sentence, what people have to know before they confirm."""
    sets = dict.fromkeys(str(each.facts["set"]) for each in entries if each.event in _BACKUPS)
    backed = f"The backups of set {', '.join(sets)} still hold the key: destroy their cards too, or it can come back."
    until = f", good until {state.crl.next_update}," if state.crl else ""
    return (
        f"The root key of {state.authority} goes from its token, and nothing is ever signed under this root again.",
        f"The newest CRL{until} is the last one: whoever insists on a CRL takes nothing under this root afterwards.",
        backed if sets else "There is no backup in the log.",
        "What a software token kept in files is deleted, not wiped: the disk, and any copy of it, may still hold it.",
    )


def destroy(ledger: Ledger, signer: Signer, people: People) -> None:
    """Destroy the root key, see that it is gone, and record it (TokenError: then the log says that it was begun)."""
    key = fingerprint(signer.root_spki)
    if ledger.state.root_key is RootKey.IN_USE:
        _check_alone(signer.strangers())
    ledger.record("key-destruction-begun", {"key": key, "by": people.operator, "witnesses": people.witnesses})
    search, signature = signer.destroy_root()
    ledger.record("key-destroyed", {"key": key, "search": search, "signature": signature})


def _check_alone(strangers: Sequence[str]) -> None:
    """Refuse where other objects bear the root key's label: they would go with it (CeremonyError)."""
    namesakes = [each for each in strangers if f", label '{ROOT_KEY}'," in each]
    if namesakes:
        raise CeremonyError(
            f"Under the label of the root key the token also holds what is not ours: {'; '.join(namesakes)}.",
            meaning="It would be destroyed together with the root key. Nothing was destroyed.",
            mend="Find out whose it is. If it may go, remove it first: offline-root clean MARK.",
            retry=True,
        )
