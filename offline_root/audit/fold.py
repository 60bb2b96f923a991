"""The fold: what each event of the log does to the state of an authority. One handler for each event there is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from offline_root.audit import told
from offline_root.audit.entry import Entry
from offline_root.audit.note import parse_verifier
from offline_root.audit.so_far import SoFar
from offline_root.audit.state import NO_NUMBER, NO_ROOT, RootKey, State, decoded
from offline_root.errors import AuditError
from offline_root.keys import fingerprint
from offline_root.model import (
    CRL_LABEL,
    Crl,
    Der,
    Fingerprint,
    Issued,
    Reason,
    Revocation,
    serial_text,
)


def fold(entries: Iterable[Entry]) -> State:
    """Return the state after all entries (AuditError where one is of a kind or form this version does not know)."""
    folding = Folding()
    for entry in entries:
        folding.add(entry)
    return folding.state()


@dataclass(slots=True)
class Folding(SoFar):
    """A fold that goes on as entries come, in place: its time and memory grow with the log, not with its square.

    Only `state` says that an entry was not understood.
    """

    not_understood: Exception | None = None

    def add(self, entry: Entry) -> None:
        """Take one more entry. After one that is not understood nothing more counts."""
        if self.not_understood is None:
            self.last = entry
            try:
                _HANDLERS[entry.event](self, entry)
            except (KeyError, ValueError) as error:
                self.not_understood = error

    def state(self) -> State:
        """Return the state after all entries so far (AuditError)."""
        if self.last is not None and self.not_understood is not None:
            raise _unknown(self.last) from self.not_understood
        return SoFar.state(self)


def _unknown(entry: Entry) -> AuditError:
    return AuditError(
        f"Line {entry.seq + 1} of the audit log records '{entry.event}' in a way this version does not understand.",
        meaning="The log was written by a newer version, or not by this program. Nothing is signed on a guess.",
        mend="Use the version that wrote the log; `offline-root log show` still prints every line.",
        retry=False,
    )


def _nothing(_so_far: Folding, _entry: Entry) -> None:
    """Leave the state as it is: the entry is for people."""


def _opened(so_far: Folding, entry: Entry) -> None:
    so_far.authority, so_far.ceremony = told.text(entry, "authority"), told.text(entry, "ceremony")
    so_far.unlocked = False
    if "seals" in entry.facts:
        _sealed(so_far, entry)


def _closed(so_far: Folding, entry: Entry) -> None:
    if so_far.unlocked:
        so_far.sheets.append(entry.seq + 1)
    so_far.ceremony, so_far.unlocked = "", False


def _sealed(so_far: Folding, entry: Entry) -> None:
    """Take the seals that an opening found, or that things were put away under."""
    seals = entry.facts["seals"]
    if not isinstance(seals, Mapping):
        raise ValueError("seals is not a mapping")
    so_far.seals |= {kind: str(seal) for kind, seal in seals.items()}


def _alarmed(so_far: Folding, entry: Entry) -> None:
    so_far.alarms.append(told.alarm(entry))


def _alarms_settled(so_far: Folding, _entry: Entry) -> None:
    so_far.explained += (each.evidence.head for each in so_far.alarms)
    so_far.alarms.clear()


def _shared(so_far: Folding, entry: Entry) -> None:
    shared = told.shared(entry)
    so_far.sets[shared.purpose] = shared


def _offered(so_far: Folding, entry: Entry) -> None:
    so_far.offered = told.shared(entry)


def _changed(so_far: Folding, entry: Entry) -> None:
    _shared(so_far, entry)
    so_far.offered = None


def _withdrawn(so_far: Folding, _entry: Entry) -> None:
    so_far.offered = None


def _restored(so_far: Folding, entry: Entry) -> None:
    """Remember what the log contradicts since it took the place of another one."""
    so_far.explained += told.heads(entry)


def _crl_imported(so_far: Folding, entry: Entry) -> None:
    """Take a CRL that another log of this authority knows, with everything that is revoked on it."""
    entries = told.revocations(entry)
    for each in entries:
        so_far.revocations.setdefault(each.serial, each)
    _newest_crl(so_far, entry, entries)


def _created(so_far: Folding, entry: Entry) -> None:
    so_far.origin = told.text(entry, "origin")
    so_far.rehearsal = told.text(entry, "rehearsal") == "yes"
    so_far.root = so_far.issued[0].certificate if so_far.issued else NO_ROOT
    so_far.verifier = parse_verifier(told.text(entry, "audit_verifier")).text()
    so_far.unlocked = True


def _audit_key_replaced(so_far: Folding, entry: Entry) -> None:
    if not so_far.verifier:
        raise ValueError("there is no audit key to replace")
    so_far.former.append(so_far.verifier)
    so_far.attempts, so_far.unlocked = 0, True
    so_far.verifier = parse_verifier(told.text(entry, "audit_verifier")).text()


def _root_key(so_far: Folding, entry: Entry) -> None:
    so_far.root_key = _KEYS[entry.event]


def _clock_corrected(so_far: Folding, entry: Entry) -> None:
    so_far.corrections += told.lone_correction(entry)


def _policy_adopted(so_far: Folding, entry: Entry) -> None:
    so_far.policy = told.text(entry, "policy")


def _token_initialized(so_far: Folding, entry: Entry) -> None:
    so_far.token_label, so_far.token_serial = told.text(entry, "label"), told.text(entry, "serial")
    so_far.offered, so_far.set_up_ended = None, False


def _set_up_ended(so_far: Folding, _entry: Entry) -> None:
    so_far.set_up_ended = True


def _token_attempted(so_far: Folding, _entry: Entry) -> None:
    so_far.attempts += 1


def _token_opened(so_far: Folding, entry: Entry) -> None:
    so_far.attempts, so_far.unlocked = 0, True
    so_far.strangers = told.texts(entry, "strangers")


def _strangers_removed(so_far: Folding, entry: Entry) -> None:
    so_far.strangers = told.texts(entry, "left")


def _signing_started(so_far: Folding, entry: Entry) -> None:
    intent = told.certificate_intent(entry) if "serial" in entry.facts else told.crl_intent(entry)
    # A second try at the same signature: the time in which it may be finished runs from the first.
    first = so_far.intents.pop(intent.label, intent)
    so_far.intents[intent.label] = replace(intent, time=first.time)
    so_far.crl_number = max(so_far.crl_number, intent.crl or NO_NUMBER)


def _signing_failed(so_far: Folding, entry: Entry) -> None:
    if "serial" not in entry.facts:
        _crl_abandoned(so_far, entry)
        return
    # A signature that was attempted and failed may exist all the same: its serial is dead, like an abandoned one, and
    # revoked as a precaution, with the one reason that accuses nobody.
    serial = told.serial(entry)
    if begun := so_far.intents.pop(serial_text(serial), None):
        so_far.failed.append(begun)
    so_far.revocations.setdefault(serial, Revocation(serial, Reason.CESSATION_OF_OPERATION, entry.time))


def _crl_abandoned(so_far: Folding, entry: Entry) -> None:
    so_far.intents.pop(f"{CRL_LABEL}{told.number(entry)}", None)


def _certificate_issued(so_far: Folding, entry: Entry) -> None:
    certificate = Der(decoded(told.text(entry, "certificate")))
    issued = Issued(
        so_far.authority,
        told.text(entry, "environment"),
        told.serial(entry),
        certificate,
        fingerprint(certificate),
        Fingerprint(told.text(entry, "key")),
        told.text(entry, "request_sha256"),
        told.text(entry, "file"),
        entry.time,
    )
    so_far.intents.pop(serial_text(issued.serial), None)
    so_far.issued.append(issued)


def _certificate_revoked(so_far: Folding, entry: Entry) -> None:
    revoked = Revocation(told.serial(entry), Reason(told.text(entry, "reason")), told.moment(entry, "date"))
    so_far.revocations.setdefault(revoked.serial, revoked)


def _crl_issued(so_far: Folding, entry: Entry) -> None:
    _newest_crl(so_far, entry, tuple(so_far.revocations.values()))


def _newest_crl(so_far: Folding, entry: Entry, listed: tuple[Revocation, ...]) -> None:
    number, crl = told.number(entry), Der(decoded(told.text(entry, "crl")))
    if so_far.crl and number <= so_far.crl.number:
        raise ValueError("a CRL number that does not rise")
    this_update, next_update = told.moment(entry, "this_update"), told.moment(entry, "next_update")
    so_far.intents.pop(f"{CRL_LABEL}{number}", None)
    so_far.crl = Crl(number, this_update, next_update, crl, fingerprint(crl), listed)
    so_far.crl_number = max(so_far.crl_number, number)


_KEYS = {"key-destroyed": RootKey.DESTROYED, "key-destruction-begun": RootKey.DOOMED, "key-restored": RootKey.IN_USE}
_HANDLERS: dict[str, Callable[[Folding, Entry], None]] = {
    "alarm-raised": _alarmed,
    "alarm-settled": _alarms_settled,
    "audit-key-replaced": _audit_key_replaced,
    "authority-created": _created,
    "ceremony-closed": _closed,
    "ceremony-opened": _opened,
    "certificate-imported": _certificate_issued,
    "certificate-issued": _certificate_issued,
    "certificate-revoked": _certificate_revoked,
    "clock-corrected": _clock_corrected,
    "crl-abandoned": _crl_abandoned,
    "crl-imported": _crl_imported,
    "crl-issued": _crl_issued,
    "device-log-drained": _nothing,
    "key-attested": _nothing,
    "key-backed-up": _nothing,
    "key-destroyed": _root_key,
    "key-destruction-begun": _root_key,
    "key-generated": _nothing,
    "key-restored": _root_key,
    "log-restored": _restored,
    "note-made": _nothing,
    "older-sheet-explained": _nothing,
    "policy-adopted": _policy_adopted,
    "request-approved": _nothing,
    "request-read": _nothing,
    "request-refused": _nothing,
    "request-stick-reused": _nothing,
    "removal-approved": _nothing,
    "response-written": _nothing,
    "revocation-imported": _certificate_revoked,
    "scratch-tokens-removed": _nothing,
    "seal-explained": _nothing,
    "seals-put-on": _sealed,
    "serial-abandoned": _signing_failed,
    "shares-changed": _changed,
    "set-up-ended": _set_up_ended,
    "shares-entered": _nothing,
    "shares-made": _shared,
    "shares-offered": _offered,
    "shares-withdrawn": _withdrawn,
    "signing-failed": _signing_failed,
    "signing-started": _signing_started,
    "statement-made": _nothing,
    "stick-seen": _nothing,
    "strangers-removed": _strangers_removed,
    "token-initialized": _token_initialized,
    "token-open-attempted": _token_attempted,
    "token-open-refused": _nothing,
    "token-opened": _token_opened,
    "torn-line-kept": _nothing,
    "unsigned-tail-accepted": _nothing,
}
"""Every event there is. An event that is not here stops the appliance: see `_unknown`."""
