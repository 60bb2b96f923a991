"""What the audit log amounts to. The log is the only database: everything else is a fold over it."""

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from offline_root.audit.entry import Entry
from offline_root.audit.note import parse_verifier
from offline_root.errors import AuditError
from offline_root.keys import fingerprint
from offline_root.model import Der, Fingerprint, Issued, Serial


def encoded(data: bytes) -> str:
    """Return bytes as the log holds them: base64."""
    return base64.b64encode(data).decode()


def decoded(text: str) -> bytes:
    """Return the bytes of `encoded` text (ValueError)."""
    return base64.b64decode(text, validate=True)


@dataclass(frozen=True, slots=True)
class Intent:
    """A signature that was begun. `time` is UTC text, `request_sha256` of the CSR's DER."""

    environment: str
    serial: Serial
    tbs: Der
    file: str
    request_sha256: str
    policy_sha256: str
    time: str


_NO_ROOT = Der(b"")


@dataclass(frozen=True, slots=True)
class State:
    """An authority, as its log tells it.

    `intents` are begun signatures without an outcome. `attempts` counts the token openings that were tried since
    the last that worked.
    `ceremony` is the kind of the ceremony that is open, empty between ceremonies.
    """

    authority: str = ""
    origin: str = ""
    rehearsal: bool = False
    policy: str = ""
    root: Der = _NO_ROOT
    verifier: str = ""
    token_label: str = ""
    token_serial: str = ""
    issued: tuple[Issued, ...] = ()
    intents: tuple[Intent, ...] = ()
    abandoned: tuple[Serial, ...] = ()
    attempts: int = 0
    ceremony: str = ""
    size: int = 0
    last_time: str = ""

    @property
    def policy_sha256(self) -> Fingerprint:
        """Return SHA-256 of the policy text in force."""
        return fingerprint(self.policy.encode())

    def certificate(self, serial: Serial) -> Issued | None:
        """Return the certificate with a serial, or None."""
        return next((each for each in self.issued if each.serial == serial), None)


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


def _settled(state: State, serial: Serial) -> tuple[Intent, ...]:
    return tuple(each for each in state.intents if each.serial != serial)


def _nothing(state: State, _entry: Entry) -> State:
    return state


def _opened(state: State, entry: Entry) -> State:
    return replace(state, authority=_text(entry, "authority"), ceremony=_text(entry, "ceremony"))


def _closed(state: State, _entry: Entry) -> State:
    return replace(state, ceremony="")


def _created(state: State, entry: Entry) -> State:
    return replace(
        state,
        origin=_text(entry, "origin"),
        rehearsal=_text(entry, "rehearsal") == "yes",
        root=state.issued[0].certificate if state.issued else _NO_ROOT,
        verifier=parse_verifier(_text(entry, "audit_verifier")).text(),
    )


def _policy_adopted(state: State, entry: Entry) -> State:
    return replace(state, policy=_text(entry, "policy"))


def _token_initialized(state: State, entry: Entry) -> State:
    return replace(state, token_label=_text(entry, "label"), token_serial=_text(entry, "serial"))


def _token_attempted(state: State, _entry: Entry) -> State:
    return replace(state, attempts=state.attempts + 1)


def _token_opened(state: State, _entry: Entry) -> State:
    return replace(state, attempts=0)


def _signing_started(state: State, entry: Entry) -> State:
    serial = _serial(entry)
    intent = Intent(
        _text(entry, "environment"),
        serial,
        Der(decoded(_text(entry, "tbs"))),
        _text(entry, "file"),
        _text(entry, "request_sha256"),
        _text(entry, "policy_sha256"),
        # A second try at the same signature: the time in which it may be finished runs from the first.
        next((each.time for each in state.intents if each.serial == serial), entry.time),
    )
    return replace(state, intents=(*_settled(state, serial), intent))


def _signing_failed(state: State, entry: Entry) -> State:
    # A signature that was attempted and failed may exist all the same: its serial is dead, like an abandoned one.
    serial = _serial(entry)
    return replace(state, intents=_settled(state, serial), abandoned=(*state.abandoned, serial))


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
    return replace(state, intents=_settled(state, issued.serial), issued=(*state.issued, issued))


_HANDLERS: dict[str, Callable[[State, Entry], State]] = {
    "authority-created": _created,
    "ceremony-closed": _closed,
    "ceremony-opened": _opened,
    "certificate-issued": _certificate_issued,
    "key-generated": _nothing,
    "policy-adopted": _policy_adopted,
    "request-approved": _nothing,
    "request-read": _nothing,
    "request-refused": _nothing,
    "response-written": _nothing,
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
