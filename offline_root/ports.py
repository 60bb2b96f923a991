"""What a station needs from the world: a token, a place to write to, a clock, randomness, an audit log.

`offline_root.wire` plugs in the real ones. Each raises only errors of `offline_root.errors`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from offline_root.audit.entry import Entry, Facts


class KeyFacts(Protocol):
    """A key pair in the token. `public_key` is a DER SubjectPublicKeyInfo, `attributes` are (CKA_…, text) pairs."""

    @property
    def label(self) -> str: ...
    @property
    def key_id(self) -> bytes: ...
    @property
    def public_key(self) -> bytes: ...
    @property
    def attributes(self) -> tuple[tuple[str, str], ...]: ...


class TokenFacts(Protocol):
    """What a token says of itself."""

    @property
    def label(self) -> str: ...
    @property
    def serial(self) -> str: ...
    @property
    def manufacturer(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def firmware(self) -> str: ...
    @property
    def module(self) -> str: ...


class Token(Protocol):
    """A PKCS#11 token with one login. Every method raises TokenError."""

    @property
    def facts(self) -> TokenFacts: ...
    def login(self, pin: str) -> None: ...
    def generate(self, kind: str, *, label: str, key_id: bytes, extractable: bool) -> KeyFacts: ...
    def find(self, label: str) -> KeyFacts: ...
    def sign(self, key: KeyFacts, algorithm: str, message: bytes) -> bytes:
        """Return the signature over the whole `message`, in the encoding that X.509 wants."""

    def close(self) -> None: ...


class Tokens(Protocol):
    """Where tokens come from."""

    def initialize(self, label: str, *, so_pin: str, pin: str) -> Token: ...
    def attach(self, label: str, serial: str) -> Token: ...


class Volume(Protocol):
    """Where a response goes. Every method raises VolumeError; nothing that exists is ever overwritten."""

    def write(self, folder: str, files: Mapping[str, bytes]) -> Path:
        """Write a fresh folder, file by file in the order given, each made durable; return where it is."""

    def add(self, folder: str, name: str, content: bytes) -> None:
        """Add one more file to a folder that `write` made."""

    def read_back(self, folder: str) -> Mapping[str, bytes]:
        """Return everything in the folder, as a reader will find it."""


class Clock(Protocol):
    """The machine's clock."""

    def now(self) -> datetime: ...


class Randomness(Protocol):
    """A cryptographically secure source."""

    def octets(self, count: int) -> bytes: ...


class TornLine(Protocol):
    """A last line that a crash cut off, and the side file that keeps it."""

    @property
    def file_name(self) -> str: ...
    @property
    def data(self) -> bytes: ...


class AuditLog(Protocol):
    """The append-only record, exclusively ours while it is open. `append` returns when the line is durable (AuditError)."""

    @property
    def entries(self) -> Sequence[Entry]: ...
    @property
    def size(self) -> int: ...
    @property
    def root(self) -> bytes: ...
    @property
    def text(self) -> bytes: ...
    @property
    def checkpoint(self) -> bytes | None: ...
    @property
    def torn(self) -> TornLine | None: ...
    def append(self, event: str, facts: Facts, time: str) -> Entry: ...
    def write_checkpoint(self, note: bytes) -> None: ...
    def close(self) -> None: ...
