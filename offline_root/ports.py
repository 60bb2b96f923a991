"""What a station needs from the world: a token, a place to write to, a clock, randomness, an audit log.

`offline_root.wire` plugs in the real ones. Each raises only errors of `offline_root.errors`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from offline_root.audit.entry import Entry, Facts
from offline_root.token_facts import BackupWay, DeviceLog, KeyFacts, TokenFacts


class Token(Protocol):
    """A PKCS#11 token with one login. Every method raises TokenError."""

    @property
    def facts(self) -> TokenFacts:
        """What the token says of itself."""
        ...

    def login(self, pin: str) -> None:
        """Log in as user. Whether it works or not, this is one of the token's attempts."""
        ...

    def begin_set_up(self, pin: str) -> None:
        """Open a token that was just made, so that its keys can be made."""
        ...

    def end_set_up(self, pin: str) -> tuple[str, ...]:
        """Let `pin` open a key that can only sign and keep records, and nothing else open the token any more.

        Return what the token holds then; nothing where it knows no such keys.
        """
        ...

    def attest(self, key: KeyFacts) -> tuple[bytes, ...]:
        """Return the certificates (DER) by which a device says where a key was made: the key's, its own; or nothing."""
        ...

    def drain(self, last: bytes, record: Callable[[DeviceLog], None]) -> None:
        """Hand what the token logged since the entry `last` to `record`; only then may it forget that."""
        ...

    def generate(self, kind: str, *, label: str, key_id: bytes, extractable: bool) -> KeyFacts:
        """Make a key pair of a kind in the policy's words, such as `ec-p384`."""
        ...

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of keys that it can use for messages of any length, known after a login."""
        ...

    def find(self, label: str, public_key: bytes = b"") -> KeyFacts:
        """Return the one key pair with a label; of several, the one with a public key (SubjectPublicKeyInfo)."""
        ...

    def strangers(self, ours: Sequence[KeyFacts], record: str) -> tuple[str, ...]:
        """Return every object in the token but our keys and what `record` keeps under a label.

        Each in words that begin with its mark, 16 hex digits; two that the token cannot tell apart are the same text.
        """
        ...

    def remove(self, marks: Collection[str], ours: Sequence[KeyFacts], record: str) -> tuple[str, ...]:
        """Remove the strangers with these marks for good, never what is ours; return those that are left."""
        ...

    def sign(self, key: KeyFacts, algorithm: str, message: bytes) -> bytes:
        """Return the signature over the whole `message`, in the encoding that X.509 wants."""
        ...

    def wrap(self, label: str, kek: bytes) -> bytes:
        """Return a private key that was made extractable, wrapped under 32 octets."""
        ...

    def unwrap(self, key: KeyFacts, wrapped: bytes, kek: bytes, *, extractable: bool) -> KeyFacts:
        """Put a wrapped key into this token, under the label, id and public key of `key`."""
        ...

    def change_pin(self, pin: str, new_pin: str) -> None:
        """Take another PIN in place of the one it was opened with."""
        ...

    def destroy(self, label: str) -> None:
        """Remove both halves of a key for good."""
        ...

    @property
    def keeps_records(self) -> bool:
        """Whether it can hold small values of ours."""
        ...

    def records(self, label: str) -> tuple[bytes, ...]:
        """Return what `record` kept under a label: one, none, two after a crash."""
        ...

    def record(self, label: str, value: bytes) -> None:
        """Keep a small value in place of the one before."""
        ...

    def close(self) -> None:
        """End the login and the session. Closing twice is no error."""
        ...


class Tokens(Protocol):
    """Where tokens come from. Every method raises TokenError."""

    def initialize(self, label: str, *, so_pin: str, pin: str) -> Token:
        """Make an empty token with a label and both PINs."""
        ...

    def attach(self, label: str, serial: str) -> Token:
        """Return the token that has this label and this serial number, not yet logged in."""
        ...

    @property
    def sets_up(self) -> bool:
        """Whether the set-up of a token ends for good, so that a backup is made in it or never."""
        ...

    def backup(self, kind: str) -> BackupWay | None:
        """Return how keys of a kind leave tokens of this module, wrapped; None where they cannot."""
        ...

    @property
    def tries(self) -> bool:
        """Whether there is a place for the scratch token that a backup is tried in."""
        ...

    def scratch(self) -> AbstractContextManager[Token]:
        """Give an empty token, logged in, of which nothing is left afterwards."""
        ...

    def sweep(self) -> int:
        """Remove the scratch tokens that a program left which was killed; return how many there were."""
        ...


class Volume(Protocol):
    """Where a response goes. Every method raises VolumeError; nothing that exists is ever overwritten."""

    def write(self, folder: str, files: Mapping[str, bytes]) -> Path:
        """Write a fresh folder, file by file in the order given, each made durable; return where it is."""
        ...

    def add(self, folder: str, name: str, content: bytes) -> None:
        """Add one more file to a folder that `write` made."""
        ...

    def read_back(self, folder: str) -> Mapping[str, bytes]:
        """Return everything in the folder, as a reader will find it."""
        ...


class StickFacts(Protocol):
    """A stick that is plugged in. All text but `refusal` is what it says of itself."""

    @property
    def label(self) -> str:
        """The name of its volume."""
        ...

    @property
    def model(self) -> str:
        """What it is."""
        ...

    @property
    def serial(self) -> str:
        """Its serial number."""
        ...

    @property
    def size(self) -> int:
        """Bytes of its volume."""
        ...

    @property
    def write_protected(self) -> bool:
        """Whether nothing can be written on it."""
        ...

    @property
    def refusal(self) -> str:
        """Why it cannot be used at all, to be said after its name; empty if it can."""
        ...


class Clock(Protocol):
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time, aware."""
        ...


class Randomness(Protocol):
    """A cryptographically secure source."""

    def octets(self, count: int) -> bytes:
        """Return `count` octets that nobody can predict."""
        ...


class AuditLog(Protocol):
    """The append-only record, exclusively ours while it is open. What writes or reads the disk raises AuditError."""

    @property
    def entries(self) -> Sequence[Entry]:
        """Every line, in order."""
        ...

    @property
    def size(self) -> int:
        """Number of lines."""
        ...

    @property
    def root(self) -> bytes:
        """Root hash over all lines, 32 bytes (RFC 6962 2.1)."""
        ...

    @property
    def text(self) -> bytes:
        """The lines as they lie on the disk."""
        ...

    @property
    def checkpoint(self) -> bytes | None:
        """The newest checkpoint, a signed note; None before there was any."""
        ...

    @property
    def torn(self) -> Mapping[str, int]:
        """The side files of last lines that were cut off, by name, with their size."""
        ...

    def append(self, event: str, facts: Facts, time: str) -> Entry:
        """Write one more line, stamped `time` (UTC text), and return it when it is durable."""
        ...

    def check_sound(self) -> None:
        """Refuse where a write has failed (AuditError)."""
        ...

    def write_checkpoint(self, note: bytes) -> None:
        """Replace the checkpoint by a newer one, durably."""
        ...

    def close(self) -> None:
        """Let go of the log."""
        ...
