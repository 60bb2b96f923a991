"""The fold: what each event of the log does to the state of an authority. One handler for each event there is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from offline_root.audit.entry import Entry
from offline_root.audit.note import parse_verifier
from offline_root.audit.state import NO_NUMBER, NO_ROOT, State, decoded
from offline_root.errors import AuditError
from offline_root.keys import fingerprint
from offline_root.model import (
    CRL_LABEL,
    ROOT,
    Crl,
    CrlNumber,
    Der,
    Fingerprint,
    Intent,
    Issued,
    Reason,
    Revocation,
    Serial,
    serial_text,
)
from offline_root.moments import from_utc_text, utc_text

_NO_SERIAL = Serial(0)


def fold(entries: Iterable[Entry]) -> State:
    """Return the state after all entries (AuditError where one is of a kind or form this version does not know)."""
    folding = Folding()
    for entry in entries:
        folding.add(entry)
    return folding.state()


def advance(state: State, entry: Entry) -> State:
    """Return the state after one more entry (AuditError, as `fold`)."""
    folding = Folding(state)
    folding.add(entry)
    return folding.state()


class Folding:
    """A fold that goes on as entries come. Only `state` says that one was not understood."""

    def __init__(self, state: State | None = None) -> None:
        """Begin with `state`, that of an empty log by default."""
        self._state = state or State()
        self._last: Entry | None = None
        self._failed: Exception | None = None

    def add(self, entry: Entry) -> None:
        """Take one more entry. After one that is not understood nothing more counts."""
        if self._failed is None:
            self._last = entry
            try:
                self._state = _HANDLERS[entry.event](self._state, entry)
            except (KeyError, ValueError) as error:
                self._failed = error

    def state(self) -> State:
        """Return the state after all entries so far (AuditError)."""
        if self._last is None:
            return self._state
        if self._failed is not None:
            raise _unknown(self._last) from self._failed
        return replace(self._state, size=self._last.seq + 1, last_time=self._last.time)


def _unknown(entry: Entry) -> AuditError:
    return AuditError(
        f"Line {entry.seq + 1} of the audit log records '{entry.event}' in a way this version does not understand.",
        meaning="The log was written by a newer version, or not by this program. Nothing is signed on a guess.",
        mend="Use the version that wrote the log; `offline-root log show` still prints every line.",
        retry=False,
    )


def _text(entry: Entry, name: str) -> str:
    value = entry.facts[name]
    if not isinstance(value, str):
        raise ValueError(f"{name} is not text")
    return value


def _serial(entry: Entry) -> Serial:
    return Serial(int(_text(entry, "serial"), 16))


def _number(entry: Entry) -> CrlNumber:
    return CrlNumber(int(_text(entry, "crl_number")))


def _moment(entry: Entry, name: str) -> str:
    return utc_text(from_utc_text(_text(entry, name)))


def _settled(state: State, label: str) -> tuple[Intent, ...]:
    return tuple(each for each in state.intents if each.label != label)


def _listed(state: State, revocation: Revocation) -> tuple[Revocation, ...]:
    """Return the revocations with one more; the first one of a serial counts."""
    known = any(each.serial == revocation.serial for each in state.revocations)
    return state.revocations if known else (*state.revocations, revocation)


def _nothing(state: State, _entry: Entry) -> State:
    return state


def _opened(state: State, entry: Entry) -> State:
    opened = replace(state, authority=_text(entry, "authority"), ceremony=_text(entry, "ceremony"), unlocked=False)
    return _sealed(opened, entry) if "seals" in entry.facts else opened


def _closed(state: State, entry: Entry) -> State:
    sheets = (*state.sheets, entry.seq + 1) if state.unlocked else state.sheets
    return replace(state, ceremony="", unlocked=False, sheets=sheets)


def _sealed(state: State, entry: Entry) -> State:
    """Take the seals that an opening found, or that things were put away under."""
    seals = entry.facts["seals"]
    if not isinstance(seals, Mapping):
        raise ValueError("seals is not a mapping")
    known = {**dict(state.seals), **{kind: str(seal) for kind, seal in seals.items()}}
    return replace(state, seals=tuple(known.items()))


def _created(state: State, entry: Entry) -> State:
    return replace(
        state,
        origin=_text(entry, "origin"),
        rehearsal=_text(entry, "rehearsal") == "yes",
        root=state.issued[0].certificate if state.issued else NO_ROOT,
        verifier=parse_verifier(_text(entry, "audit_verifier")).text(),
        unlocked=True,
    )


def _policy_adopted(state: State, entry: Entry) -> State:
    return replace(state, policy=_text(entry, "policy"))


def _token_initialized(state: State, entry: Entry) -> State:
    return replace(state, token_label=_text(entry, "label"), token_serial=_text(entry, "serial"))


def _token_attempted(state: State, _entry: Entry) -> State:
    return replace(state, attempts=state.attempts + 1)


def _token_opened(state: State, _entry: Entry) -> State:
    return replace(state, attempts=0, unlocked=True)


def _signing_started(state: State, entry: Entry) -> State:
    intent = _certificate_intent(entry) if "serial" in entry.facts else _crl_intent(entry)
    # A second try at the same signature: the time in which it may be finished runs from the first.
    first = next((each.time for each in state.intents if each.label == intent.label), entry.time)
    return replace(
        state,
        intents=(*_settled(state, intent.label), replace(intent, time=first)),
        crl_number=max(state.crl_number, intent.crl or NO_NUMBER),
    )


def _certificate_intent(entry: Entry) -> Intent:
    return Intent(
        _text(entry, "environment"),
        _serial(entry),
        Der(decoded(_text(entry, "tbs"))),
        _text(entry, "file"),
        _text(entry, "request_sha256"),
        _text(entry, "policy_sha256"),
        entry.time,
    )


def _crl_intent(entry: Entry) -> Intent:
    tbs, policy = Der(decoded(_text(entry, "tbs"))), _text(entry, "policy_sha256")
    return Intent(ROOT, _NO_SERIAL, tbs, "", "", policy, entry.time, _number(entry))


def _signing_failed(state: State, entry: Entry) -> State:
    if "serial" not in entry.facts:
        return _crl_abandoned(state, entry)
    # A signature that was attempted and failed may exist all the same: its serial is dead, like an abandoned one, and
    # revoked as a precaution, with the one reason that accuses nobody.
    serial = _serial(entry)
    dead = Revocation(serial, Reason.CESSATION_OF_OPERATION, entry.time)
    failed = tuple(each for each in state.intents if each.label == serial_text(serial))
    return replace(
        state,
        intents=_settled(state, serial_text(serial)),
        failed=(*state.failed, *failed),
        revocations=_listed(state, dead),
    )


def _crl_abandoned(state: State, entry: Entry) -> State:
    return replace(state, intents=_settled(state, f"{CRL_LABEL}{_number(entry)}"))


def _certificate_issued(state: State, entry: Entry) -> State:
    certificate = Der(decoded(_text(entry, "certificate")))
    issued = Issued(
        state.authority,
        _text(entry, "environment"),
        _serial(entry),
        certificate,
        fingerprint(certificate),
        Fingerprint(_text(entry, "key")),
        _text(entry, "request_sha256"),
        _text(entry, "file"),
        entry.time,
    )
    return replace(state, intents=_settled(state, serial_text(issued.serial)), issued=(*state.issued, issued))


def _certificate_revoked(state: State, entry: Entry) -> State:
    revoked = Revocation(_serial(entry), Reason(_text(entry, "reason")), _moment(entry, "date"))
    return replace(state, revocations=_listed(state, revoked))


def _crl_issued(state: State, entry: Entry) -> State:
    number, crl = _number(entry), Der(decoded(_text(entry, "crl")))
    if state.crl and number <= state.crl.number:
        raise ValueError("a CRL number that does not rise")
    issued = Crl(
        number, _moment(entry, "this_update"), _moment(entry, "next_update"), crl, fingerprint(crl), state.revocations
    )
    return replace(
        state,
        intents=_settled(state, f"{CRL_LABEL}{number}"),
        crl=issued,
        crl_number=max(state.crl_number, number),
    )


_HANDLERS: dict[str, Callable[[State, Entry], State]] = {
    "authority-created": _created,
    "ceremony-closed": _closed,
    "ceremony-opened": _opened,
    "certificate-issued": _certificate_issued,
    "certificate-revoked": _certificate_revoked,
    "clock-corrected": _nothing,
    "crl-abandoned": _crl_abandoned,
    "crl-issued": _crl_issued,
    "key-generated": _nothing,
    "note-made": _nothing,
    "older-sheet-explained": _nothing,
    "policy-adopted": _policy_adopted,
    "request-approved": _nothing,
    "request-read": _nothing,
    "request-refused": _nothing,
    "response-written": _nothing,
    "seal-explained": _nothing,
    "seals-put-on": _sealed,
    "serial-abandoned": _signing_failed,
    "signing-failed": _signing_failed,
    "signing-started": _signing_started,
    "statement-made": _nothing,
    "token-initialized": _token_initialized,
    "token-open-attempted": _token_attempted,
    "token-open-refused": _nothing,
    "token-opened": _token_opened,
    "torn-line-kept": _nothing,
    "unsigned-tail-accepted": _nothing,
}
"""Every event there is. An event that is not here stops the appliance: see `_unknown`."""
