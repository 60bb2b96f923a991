"""What a device does besides PKCS#11: set-up, attestation, a log of its own. A token without one has nothing to do.

The client's side; `hsm.yubico` does it.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hsm.facts import TokenKey
from hsm.frames import Fields, FrameError, Secret, Value
from hsm.process import nothing

_COUNTS = struct.Struct("!HHB")
_ENTRY = struct.Struct("!HBHHHHBI16s")
_DIGESTED = _ENTRY.size - 16
_ANSWERED = 0x80
_SIGNATURES = {0x47: "sign-pkcs1", 0x55: "sign-pss", 0x56: "sign-ecdsa", 0x6A: "sign-eddsa"}


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """One entry of a YubiHSM 2's log (GET LOG ENTRIES): `octets` as they came.

    `signed_with`: CKA_ID of the key that signed something, empty where this is no signature that was made.
    """

    octets: bytes
    number: int
    signed_with: bytes

    @classmethod
    def read(cls, octets: bytes) -> DeviceEntry:
        """Return an entry of 32 octets."""
        number, command, _, _, target, _, result, _, _ = _ENTRY.unpack(octets)
        signed = command in _SIGNATURES and result == command | _ANSWERED
        return cls(octets, number, target.to_bytes(2, "big") if signed else b"")

    def follows(self, last: bytes) -> bool:
        """Say whether this entry came right after the one with these octets: number, and digest over both."""
        number = (int.from_bytes(last[:2], "big") + 1) & 0xFFFF
        digest = hashlib.sha256(self.octets[:_DIGESTED] + last[_DIGESTED:]).digest()[:16]
        return (self.number, self.octets[_DIGESTED:]) == (number, digest)


@dataclass(frozen=True, slots=True)
class DeviceLog:
    """What a device logged since an entry. `whole`: each entry follows the one before, the first one that entry.

    `unlogged`: how often it was plugged in or opened while its log was full.
    """

    entries: tuple[DeviceEntry, ...]
    whole: bool
    unlogged: int

    @classmethod
    def read(cls, answer: bytes, last: bytes) -> DeviceLog:
        """Return what GET LOG ENTRIES answered, less what is known up to `last`; empty: nothing is (FrameError)."""
        try:
            boots, sessions, count = _COUNTS.unpack_from(answer)
            entries = [DeviceEntry.read(each) for (each,) in struct.iter_unpack("32s", answer[_COUNTS.size :])]
        except struct.error:
            raise FrameError("not the log of a device") from None
        if len(entries) != count:
            raise FrameError("another number of entries than it says")
        octets = [each.octets for each in entries]
        new = entries[octets.index(last) + 1 :] if last in octets else entries
        before = [last, *(each.octets for each in new[:-1])]
        whole = all(each.follows(one) for each, one in zip(new, before, strict=False) if one)
        return cls(tuple(new), whole, boots + sessions)


class Ask(Protocol):
    """Asks the worker."""

    def __call__(self, verb: str, fields: Mapping[str, Value], read: Callable[[Fields], Any]) -> Any:  # noqa: ANN401
        """Return what `read` makes of the answer."""


@dataclass(frozen=True, slots=True)
class Device:
    """The device of a token; `there`: it has one. `login` opens it with its PIN, `know` reads what that answers."""

    there: bool
    ask: Ask
    login: Callable[[str], None]
    know: Callable[[Fields], None]

    def any_length(self, kinds: tuple[str, ...]) -> tuple[str, ...]:
        """Return the kinds whose keys sign messages of any length: a device takes one for Ed25519 whole.

        Yubico's module signs up to 3,114 bytes so (measured); for the others only the hash goes to the device.
        """
        return tuple(each for each in kinds if each != "ed25519" or not self.there)

    def begin_set_up(self, pin: str) -> None:
        """Open a token that was just made, for its keys to be made: by its set-up key where it has one."""
        if self.there:
            self.ask("begin_set_up", {}, self.know)
        else:
            self.login(pin)

    def end_set_up(self, pin: str) -> tuple[str, ...]:
        """Let `pin` open a key that can only sign and keep records, and nothing else open the device any more.

        The token is open then. Return what the device holds.
        """
        if not self.there:
            return ()
        secret = Secret(pin)
        del pin

        def told(answer: Fields) -> tuple[str, ...]:
            return tuple(row.text("told") for row in answer.rows("left"))

        found: tuple[str, ...] = self.ask("end_set_up", {"pin": secret}, told)
        return found

    def attest(self, key: TokenKey) -> tuple[bytes, ...]:
        """Return what the device says of a key's origin: the certificates (DER) of the key and of the device."""
        if not self.there:
            return ()
        fields = {"key_id": key.key_id}
        found: tuple[bytes, ...] = self.ask(
            "attest", fields, lambda answer: (answer.data("key"), answer.data("device"))
        )
        return found

    def drain(self, last: bytes, record: Callable[[DeviceLog], None]) -> None:
        """Hand what the device logged since the entry `last` to `record`, and only then let it forget that."""
        if not self.there:
            return
        found: DeviceLog = self.ask("log", {}, lambda answer: DeviceLog.read(answer.data("log"), last))
        record(found)
        upto = found.entries[-1].number if found.entries else int.from_bytes(last[:2], "big")
        self.ask("drained", {"upto": upto}, nothing)
