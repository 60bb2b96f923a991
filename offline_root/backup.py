"""A backup of the root key, made and proven: wrapped under a key that is nowhere but in the shares of custodians.

It counts, and the log says so, only after every choice of enough shares gave that key back, the file opened with it in
a scratch token whose signature the root's public key verifies, each custodian typed the card back, and the file was
read back from where it lies.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import comb
from pathlib import Path

from offline_root import issue
from offline_root.audit.entry import Entry
from offline_root.audit.ledger import Ledger
from offline_root.audit.state import State
from offline_root.backup_file import NAME, Backup, read_backup, write_backup
from offline_root.backup_txt import OPEN, OPEN_TXT
from offline_root.delivery import written
from offline_root.errors import CeremonyError, PolicyError
from offline_root.keys import fingerprint, signing_kind
from offline_root.moments import FOLDER_FORM, utc_text
from offline_root.policy.model import CeremonyPolicy
from offline_root.ports import Randomness, Tokens, Volume
from offline_root.shares import SECRET_OCTETS, Purpose, Share, Splitting, check_all_back, combine, split
from offline_root.signer import ROOT_KEY, Signer
from offline_root.token_facts import BackupWay, TokenFacts

_MADE = ("key-generated", "key-restored")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A backup that was tried in a `scratch` token, by its serial number; its shares are to be handed out."""

    file: bytes
    splitting: Splitting
    scratch: str
    means: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup that counts: the file as it was read back, where it lies, and what it means that it could be made."""

    backup: Backup
    sha256: str
    path: Path
    means: str


Write = Callable[[Sequence[Share], Volume], Kept]
"""Writes a backup whose shares were typed back (StationError). It may be tried again."""

Keeping = Callable[[Drawn, Write], Kept]
"""Hands out a backup that is made together with its key (StationError where that does not come to its end)."""


def check_backup_possible(ceremony: CeremonyPolicy, entries: Sequence[Entry]) -> tuple[int, int]:
    """Return how many shares are needed and made (PolicyError, CeremonyError where no backup can be made)."""
    if ceremony.backup is None:
        raise PolicyError(
            "The policy has no backup.",
            meaning="Nothing was done. A root key can leave its token only where the policy said so at create.",
            mend='Write such as backup = "2 of 3" under [ceremony] before the authority is made.',
            retry=True,
        )
    made = [each.facts for each in entries if each.event in _MADE and each.facts["role"] == ROOT_KEY][-1]
    attributes = made["attributes"]
    if not isinstance(attributes, Mapping) or attributes.get("CKA_EXTRACTABLE") == "false":
        raise CeremonyError(
            "This root key was made as one that can never leave its token.",
            meaning="No backup of it is possible, whatever the policy says now. Nothing was done.",
            mend="Plan a new root whose policy has a backup from the start.",
            retry=False,
        )
    return ceremony.backup


def draw(
    ledger: Ledger, signer: Signer, tokens: Tokens, *, shares: tuple[int, int], now: datetime, randomness: Randomness
) -> Drawn:
    """Wrap the root key under a key in shares, and try that (StationError)."""
    needed, made = shares
    secret = randomness.octets(SECRET_OCTETS)
    splitting = split(secret, Purpose.BACKUP, needed=needed, made=made, randomness=randomness)
    way = way_of(signing_kind(signer.root_spki).value, tokens)
    file = write_backup(_wrapped(ledger, signer, way, splitting, secret, now))
    # From here on a copy of the key and what opens it are in the room: the log must know, whatever comes.
    ledger.record("shares-made", splitting.kept.facts())
    return Drawn(file, splitting, _tried(read_backup(file), splitting, signer, tokens), way.means)


def keep(ledger: Ledger, drawn: Drawn, typed: Sequence[Share], volume: Volume, now: datetime) -> Kept:
    """Write a backup whose cards were all `typed` back, and record it (StationError). It may be tried again."""
    check_all_back(drawn.splitting, typed)
    backup = read_backup(drawn.file)
    folder = f"{backup.authority}-backup-{now.strftime(FOLDER_FORM)}-set-{backup.shares.number}"
    path = written(
        volume,
        folder,
        {NAME: drawn.file, OPEN: OPEN_TXT[backup.method].encode()},
        meaning="This copy of the backup does not count.",
        mend="Take another stick.",
    )
    kept = Kept(backup, fingerprint(drawn.file), path, drawn.means)
    ledger.record(
        "key-backed-up",
        {
            **backup.shares.facts(),
            "key": backup.key,
            "method": backup.method,
            "file_sha256": kept.sha256,
            "wrapped_sha256": fingerprint(backup.wrapped_key),
            "module": backup.module,
            "choices_tried": comb(backup.shares.made, backup.shares.needed),
            "scratch_token": drawn.scratch,
            "means": drawn.means,
        },
    )
    return kept


def check_set_up_open(state: State) -> None:
    """Refuse a backup from a token whose set-up has ended: no key leaves it any more (CeremonyError)."""
    if state.set_up_ended:
        raise CeremonyError(
            "The set-up of this token has ended: what opens it now can export nothing.",
            meaning="Its backup was made with the root key, or there is none. Nothing was done.",
            mend="Keep the backup of `create`. For other cards, restore it into another token, and reset this one.",
            retry=False,
        )


def way_of(kind: str, tokens: Tokens) -> BackupWay:
    """Return how a key of a kind leaves tokens of this module (CeremonyError where it cannot, or cannot be tried)."""
    way = tokens.backup(kind)
    if way is None or not tokens.tries:
        raise CeremonyError(
            f"This module makes no backup of a key of kind {kind}.",
            meaning="Nothing was done. A root key without a backup is lost with its token.",
            mend="Choose another kind of key (ec-p384) or another module, for a YubiHSM 2 name a scratch token in"
            ' appliance.toml, or leave "backup" out of the policy.',
            retry=True,
        )
    return way


def _wrapped(
    ledger: Ledger, signer: Signer, way: BackupWay, splitting: Splitting, secret: bytes, now: datetime
) -> Backup:
    state = ledger.state
    return Backup(
        authority=state.authority,
        origin=state.origin,
        root_sha256=fingerprint(state.root),
        public_key=issue.spki_of(issue.load(state.root)),
        module=told(signer.token_facts),
        made=utc_text(now),
        method=way.method,
        shares=splitting.kept,
        wrapped_key=signer.wrap_root(secret),
    )


def told(facts: TokenFacts) -> str:
    """Return which token a key came from, or went to, in the token's own words."""
    return f"{facts.manufacturer} {facts.model} {facts.firmware}, serial {facts.serial}"


def _tried(backup: Backup, splitting: Splitting, signer: Signer, tokens: Tokens) -> str:
    """Open the backup in a scratch token with shares alone, let it sign, and return the token's serial number."""
    secret = combine(splitting.shares[-backup.shares.needed :])
    with tokens.scratch() as scratch:
        signer.prove_copy(backup.wrapped_key, secret, scratch)
        return scratch.facts.serial
