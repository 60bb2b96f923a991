"""The secure channel between host and device: SCP03 as the YubiHSM 2 has it, seen from both ends."""

import hashlib
import struct
from dataclasses import dataclass, field
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from cryptography.hazmat.primitives.cmac import CMAC

from tests.yubihsm.words import Command, Refused, Status

MAC_BYTES = 8
BLOCK = 16


class StaticKeys(NamedTuple):
    """The two long-term keys of an authentication key."""

    encryption: bytes
    mac: bytes

    @classmethod
    def of(cls, password: str) -> "StaticKeys":
        """Derive them from a password, as Yubico's tools do."""
        both = hashlib.pbkdf2_hmac("sha256", password.encode(), b"Yubico", 10_000, 32)
        return cls(both[:BLOCK], both[BLOCK:])


def message(command: int, data: bytes) -> bytes:
    """Return a command or an answer: number, length, data."""
    return struct.pack("!BH", command, len(data)) + data


def refusal(status: Status) -> bytes:
    """Return an error."""
    return message(0x7F, bytes([status]))


def parsed(whole: bytes) -> tuple[int, bytes]:
    """Return number and data of a message (Refused)."""
    if len(whole) < 3 or len(whole) != 3 + int.from_bytes(whole[1:3], "big"):
        raise Refused(Status.WRONG_LENGTH)
    return whole[0], whole[3:]


def _cmac(key: bytes, data: bytes) -> bytes:
    mac = CMAC(AES(key))
    mac.update(data)
    return mac.finalize()


def _derived(key: bytes, purpose: int, context: bytes, bits: int = 128) -> bytes:
    """Return `bits` of the KDF in counter mode (NIST SP 800-108 5.1) with AES-CMAC; one block is enough."""
    return _cmac(key, bytes(11) + struct.pack("!BBHB", purpose, 0, bits, 1) + context)[: bits // 8]


@dataclass
class Channel:
    """The keys and the state of one session: counter of messages, chain of command MACs."""

    encryption: bytes
    mac: bytes
    answer_mac: bytes
    context: bytes
    counter: int = 1
    chain: bytes = field(default=bytes(BLOCK))

    @classmethod
    def between(cls, keys: StaticKeys, host_challenge: bytes, card_challenge: bytes) -> "Channel":
        """Derive the session keys from both challenges."""
        context = host_challenge + card_challenge
        encryption, mac = _derived(keys.encryption, 4, context), _derived(keys.mac, 6, context)
        return cls(encryption, mac, _derived(keys.mac, 7, context), context)

    @property
    def card_cryptogram(self) -> bytes:
        """Return the device's proof that it knows the keys."""
        return _derived(self.mac, 0, self.context, 64)

    @property
    def host_cryptogram(self) -> bytes:
        """Return the host's proof that it knows the keys."""
        return _derived(self.mac, 1, self.context, 64)

    def sealed(self, command: Command, data: bytes) -> bytes:
        """Return a command with its MAC, which the next one continues."""
        head = struct.pack("!BH", command, len(data) + MAC_BYTES) + data
        self.chain = _cmac(self.mac, self.chain + head)
        return head + self.chain[:MAC_BYTES]

    def check(self, whole: bytes) -> None:
        """Check the MAC of a command and continue the chain (Refused)."""
        chain = _cmac(self.mac, self.chain + whole[:-MAC_BYTES])
        if chain[:MAC_BYTES] != whole[-MAC_BYTES:]:
            raise Refused(Status.SESSION_FAILED)
        self.chain = chain

    def answer_mac_of(self, head: bytes) -> bytes:
        """Return the MAC of an answer."""
        return _cmac(self.answer_mac, self.chain + head)[:MAC_BYTES]

    def encrypted(self, plain: bytes) -> bytes:
        """Return a padded and encrypted message."""
        padded = plain + b"\x80"
        return self._cipher().encryptor().update(padded + bytes(-len(padded) % BLOCK))

    def decrypted(self, secret: bytes) -> bytes:
        """Return the plain message."""
        return self._cipher().decryptor().update(secret).rstrip(b"\0")[:-1]

    def _cipher(self) -> Cipher[CBC]:
        first = Cipher(AES(self.encryption), ECB()).encryptor().update(self.counter.to_bytes(BLOCK, "big"))  # noqa: S305
        return Cipher(AES(self.encryption), CBC(first))
