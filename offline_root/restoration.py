"""An authority comes back from a backup: its root key in a new token, its log from a response, a new audit key.

The log goes on where the copy ended. What was recorded after that copy is lost, and the log says how much.
"""

from dataclasses import dataclass, field
from datetime import datetime

from offline_root import issue
from offline_root.anchor import ORIGIN, Anchor
from offline_root.audit.ledger import Ledger
from offline_root.audit.note import verifier_from_spki
from offline_root.backup import told
from offline_root.backup_file import Backup
from offline_root.closing import ClosingSheet
from offline_root.creation import Created, Pins, check_attributes, check_pins, generate_audit_key
from offline_root.crl import newest
from offline_root.display import visible
from offline_root.errors import CeremonyError
from offline_root.keys import fingerprint, signing_kind
from offline_root.model import Crl, Der
from offline_root.opening import Opening, opened
from offline_root.policy.force import in_force
from offline_root.policy.model import Policy
from offline_root.ports import AuditLog, Clock, Token, Tokens
from offline_root.published import published
from offline_root.restore import Known, crl_facts, restored
from offline_root.selftest import self_test
from offline_root.set_up import attest, end_set_up, half_made, initialized
from offline_root.shares import Share, combine, entered
from offline_root.signer import KEY_IDS, ROOT_KEY, Signer, check_copy

RESTORE_KEY = "restore"
"""The kind of the ceremony."""


@dataclass(frozen=True, slots=True)
class Restoration:
    """What an authority is restored from: backup, log, the newest CRL that is published; and what people state."""

    backup: Backup
    known: Known
    crl: Crl | None
    opening: Opening

    @property
    def policy(self) -> Policy:
        """Return the policy in force."""
        return in_force(self.known.state)


@dataclass(frozen=True, slots=True)
class Asked:
    """The root key's place in the new token."""

    public_key: bytes
    label: str = ROOT_KEY
    key_id: bytes = KEY_IDS[ROOT_KEY]
    attributes: tuple[tuple[str, str], ...] = field(default=())


def check_restorable(backup: Backup, known: Known) -> None:
    """Refuse a backup and a log that do not belong together, or to a rehearsal (CeremonyError)."""
    state = known.state
    if not backup.origin.startswith(ORIGIN):
        raise _unfit("This is the backup of a rehearsal", "A rehearsal is never restored: hold another one.")
    ours = (state.origin, fingerprint(state.root), issue.spki_of(issue.load(state.root)))
    if ours != (backup.origin, backup.root_sha256, backup.public_key):
        raise _unfit(
            f"The backup is one of {visible(backup.authority)}, and that log is not of the same root",
            "Take the log, as a response has it, of the authority that stands in the backup.",
        )


def check_takes(restoration: Restoration, tokens: Tokens) -> None:
    """Refuse a backup that tokens of this machine's module do not take (CeremonyError)."""
    way, backup = tokens.backup(restoration.policy.root.key.value), restoration.backup
    if way is None or way.method != backup.method:
        raise _unfit(
            f"The module of this machine takes no backup by {visible(backup.method)}",
            f"Restore it where tokens are like the one that it was made of: {visible(backup.module)}.",
        )


def read_published(data: bytes, known: Known) -> Crl:
    """Return the CRL that is published (CeremonyError where it is none of this root)."""
    found = published(data, known.state.root)
    if found is None:
        raise _unfit("The CRL is not one that this root signed", "Take root-ca.crl from where it is published.")
    return found


def _unfit(what: str, mend: str) -> CeremonyError:
    return CeremonyError(f"{what}.", meaning="Nothing was restored.", mend=mend, retry=True)


def log_of(restoration: Restoration, now: datetime) -> bytes:
    """Return the log that the restored authority begins with: the copy, and the line that says so (StationError)."""
    return restored(restoration.known, b"", None, restoration.opening, now)[0]


def restore(
    restoration: Restoration, shares: tuple[Share, ...], pins: Pins, *, log: AuditLog, tokens: Tokens, clock: Clock
) -> Created:
    """Put the root key into a new token and go on with the log, which is `log_of` (StationError)."""
    policy, name = restoration.policy, restoration.known.state.authority
    check_pins(policy, pins)
    check_takes(restoration, tokens)
    tested = self_test()
    ledger = Ledger(log, clock)
    ledger.record("ceremony-opened", opened(restoration.opening, name, tested))
    ledger.record("shares-entered", entered(shares))
    token = tokens.initialize(name, so_pin=pins.so_pin, pin=pins.pin)
    try:
        with half_made(tokens):
            initialized(token, pins.pin, pins.kept, ledger)
            _restored(restoration, combine(shares), token, ledger)
            if restoration.crl and restoration.crl.number > ledger.state.crl_number:
                ledger.record("crl-imported", crl_facts(restoration.crl))
            signer = Signer.of(token, ledger)
            signer.tally.begin()
            end_set_up(token, pins.pin, signer, ledger)
            ledger.record("ceremony-closed", {"outcome": "done"})
            signer.checkpoint()
    finally:
        token.close()
    state = ledger.state
    return Created(state.root, newest(state).der, Anchor.of(state), ClosingSheet(log.size, log.root))


def _restored(restoration: Restoration, secret: bytes, token: Token, ledger: Ledger) -> None:
    backup, extractable = restoration.backup, restoration.policy.ceremony.backup is not None
    spki = Der(backup.public_key)
    key = token.unwrap(Asked(spki), backup.wrapped_key, secret, extractable=extractable)
    check_copy(token, key, spki)
    ledger.record(
        "key-restored",
        {
            "role": ROOT_KEY,
            "kind": signing_kind(spki).value,
            "key_id": key.key_id.hex(),
            "key": backup.key,
            "attributes": dict(key.attributes),
            "set": str(backup.shares.number),
            "wrapped_sha256": fingerprint(backup.wrapped_key),
            "from": visible(backup.module),
            "made": backup.made,
            "token": told(token.facts),
        },
    )
    check_attributes(ROOT_KEY, dict(key.attributes), extractable=extractable)
    attest(token, ledger, key)
    audit = generate_audit_key(token, ledger)
    verifier = verifier_from_spki(ledger.state.origin, audit.public_key)
    ledger.record("audit-key-replaced", {"audit_verifier": verifier.text(), "former": ledger.state.verifier})
