"""What the audit log amounts to. The log is the only database: everything else is a fold over it."""

import base64
from dataclasses import dataclass
from enum import Enum

from offline_root.audit.watch import Alarm, Head
from offline_root.keys import fingerprint
from offline_root.model import (
    Crl,
    CrlNumber,
    Der,
    Fingerprint,
    Intent,
    Issued,
    Revocation,
    Serial,
)
from offline_root.shares import Purpose, ShareSet


def encoded(data: bytes) -> str:
    """Return bytes as the log holds them: base64."""
    return base64.b64encode(data).decode()


def decoded(text: str) -> bytes:
    """Return the bytes of `encoded` text (ValueError)."""
    return base64.b64decode(text, validate=True)


NO_NUMBER = CrlNumber(0)
NO_ROOT = Der(b"")


class RootKey(Enum):
    """What has become of the root key. DOOMED: its destruction was begun, and it may be gone or not."""

    IN_USE = "in use"
    DOOMED = "doomed"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class Correction:
    """A line of the log that tells how one person alone put the clock back, and which serials are of the false time."""

    line: int
    by: str
    before: str
    after: str
    serials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class State:
    """An authority, as its log tells it.

    `intents` are begun signatures without an outcome. `revocations` is what belongs on the next CRL, in the order in
    which it happened; `crl` is the newest one, `crl_number` the highest number ever begun. `attempts` counts the token
    openings that were tried since the last that worked.
    `failed` are the begun signatures of certificates that failed or were given up: each may exist all the same.
    `ceremony` is the kind of the ceremony that is open, empty between ceremonies; `unlocked`: its token was open.
    `verifier` is the audit key in use, `former` are those before it, in order: a restore makes a new one.
    `sets` are the sets of shares in use, at most one for each purpose.
    `offered` is a set of PIN shares that was handed out; the log does not say yet whether it opens the token.
    `strangers` is what the token held besides keys and record of ours, when it was last looked at.
    `set_up_ended`: nothing that could export or delete the root key opens its token any more.
    `sheets` are the sizes at which closing sheets were due, `seals` the seals on record with what they are on.
    `corrections` are those of the clock that nobody but the operator confirmed.
    `alarms` stand until people settle them; `explained` are the heads that were the reason of settled ones.
    """

    authority: str = ""
    origin: str = ""
    rehearsal: bool = False
    policy: str = ""
    root: Der = NO_ROOT
    verifier: str = ""
    former: tuple[str, ...] = ()
    root_key: RootKey = RootKey.IN_USE
    token_label: str = ""
    token_serial: str = ""
    issued: tuple[Issued, ...] = ()
    intents: tuple[Intent, ...] = ()
    failed: tuple[Intent, ...] = ()
    revocations: tuple[Revocation, ...] = ()
    crl: Crl | None = None
    crl_number: CrlNumber = NO_NUMBER
    attempts: int = 0
    ceremony: str = ""
    unlocked: bool = False
    sheets: tuple[int, ...] = ()
    seals: tuple[tuple[str, str], ...] = ()
    alarms: tuple[Alarm, ...] = ()
    explained: tuple[Head, ...] = ()
    sets: tuple[ShareSet, ...] = ()
    offered: ShareSet | None = None
    strangers: tuple[str, ...] = ()
    set_up_ended: bool = False
    corrections: tuple[Correction, ...] = ()
    size: int = 0
    last_time: str = ""

    @property
    def policy_sha256(self) -> Fingerprint:
        """Return SHA-256 of the policy text in force."""
        return fingerprint(self.policy.encode())

    def certificate(self, serial: Serial) -> Issued | None:
        """Return the certificate with a serial, or None."""
        return next((each for each in self.issued if each.serial == serial), None)

    def shared(self, purpose: Purpose) -> ShareSet | None:
        """Return the set of shares in use for a purpose; None where there are no shares."""
        return next((each for each in self.sets if each.purpose is purpose), None)

    @property
    def openers(self) -> tuple[ShareSet, ...]:
        """Return the sets whose shares may open the token: none for a PIN, two after a change that was cut short."""
        kept = self.shared(Purpose.PIN)
        return tuple(each for each in (self.offered, kept) if each) if kept else ()

    @property
    def abandoned(self) -> tuple[Serial, ...]:
        """Return the serials that are dead although nothing was issued under them."""
        return tuple(each.serial for each in self.revocations if self.certificate(each.serial) is None)

    @property
    def revoked(self) -> tuple[Revocation, ...]:
        """Return the certificates that were revoked."""
        return tuple(each for each in self.revocations if self.certificate(each.serial) is not None)

    @property
    def revoked_certificates(self) -> tuple[Issued, ...]:
        """Return the certificates that were revoked, whole."""
        serials = {each.serial for each in self.revocations}
        return tuple(each for each in self.issued if each.serial in serials)

    @property
    def unlisted(self) -> tuple[Revocation, ...]:
        """Return what is not on any CRL yet."""
        listed = self.crl.entries if self.crl else ()
        return tuple(each for each in self.revocations if each not in listed)
