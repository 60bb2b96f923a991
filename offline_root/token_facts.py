"""What a token says: of itself, of a key, of how a key leaves it, and of what it logged on its own."""

from collections.abc import Sequence
from typing import Protocol


class KeyFacts(Protocol):
    """A key pair in the token."""

    @property
    def label(self) -> str:
        """CKA_LABEL of both halves."""
        ...

    @property
    def key_id(self) -> bytes:
        """CKA_ID of both halves."""
        ...

    @property
    def public_key(self) -> bytes:
        """DER SubjectPublicKeyInfo."""
        ...

    @property
    def attributes(self) -> tuple[tuple[str, str], ...]:
        """(CKA_…, text) pairs of the private half, for the log and the report."""
        ...


class TokenFacts(Protocol):
    """What a token says of itself."""

    @property
    def label(self) -> str:
        """Its label, without padding."""
        ...

    @property
    def serial(self) -> str:
        """Its serial number, without padding."""
        ...

    @property
    def manufacturer(self) -> str:
        """Who made it."""
        ...

    @property
    def model(self) -> str:
        """What it is."""
        ...

    @property
    def firmware(self) -> str:
        """Version of its firmware, or of the software that plays a token."""
        ...

    @property
    def module(self) -> str:
        """Name and version of the module that reaches it."""
        ...


class BackupWay(Protocol):
    """How a root key can leave its token, wrapped."""

    @property
    def method(self) -> str:
        """The name of the way it is wrapped, for people and for the file."""
        ...

    @property
    def means(self) -> str:
        """What it says of a key of this module that it can leave its token at all."""
        ...


class DeviceEntry(Protocol):
    """One entry of a device's own log."""

    @property
    def octets(self) -> bytes:
        """The entry as the device gives it."""
        ...

    @property
    def number(self) -> int:
        """Its number."""
        ...

    @property
    def signed_with(self) -> bytes:
        """CKA_ID of the key that signed; empty where the entry is about anything else."""
        ...


class DeviceLog(Protocol):
    """What a device logged since it was last read."""

    @property
    def entries(self) -> Sequence[DeviceEntry]:
        """The entries, in order."""
        ...

    @property
    def whole(self) -> bool:
        """Whether none is missing, by numbers and digests."""
        ...

    @property
    def unlogged(self) -> int:
        """How often it was plugged in or opened while its log was full."""
        ...
