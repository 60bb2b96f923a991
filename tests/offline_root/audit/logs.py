"""Logs and keys for the tests of the audit log."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from offline_root.audit.entry import FIRST_PREV, Entry, Facts, encode, link
from offline_root.audit.note import Checkpoint, VerifierKey, assemble, body, verifier_from_spki

TIME = "2026-11-23T11:30:00Z"
ORIGIN = "offline-root/test"
LOG_LINES: tuple[tuple[str, Facts], ...] = (
    ("authority-created", {"policy": "format = 1\n", "key": "ec-p384"}),
    ("ceremony-opened", {"people": [{"name": "Zoë", "role": "operator"}, {"name": "Bo", "role": "witness"}]}),
    ("request-approved", {"environment": "test", "acknowledged": ["request.key.rsa-exponent"], "count": 1}),
    ("signing-started", {"serial": "0a1b", "tbs": "MIIB" * 40}),
    ("certificate-issued", {"serial": "0a1b", "der": "MIIC" * 50}),
    ("note-made", {"text": 'tea → \x7f \\ " \u2028 \U0001f980'}),
    ("ceremony-closed", {}),
)


def line_after(log: bytes, event: str, facts: Facts) -> bytes:
    """Return the line that continues `log`."""
    lines = log.splitlines(keepends=True)
    prev = link(lines[-1]) if lines else FIRST_PREV
    return encode(Entry(len(lines), TIME, prev, event, facts))


def make_log(size: int) -> bytes:
    """Return a valid log of `size` lines of different shapes."""
    log = b""
    for number in range(size):
        event, facts = LOG_LINES[number % len(LOG_LINES)]
        log += line_after(log, event, {**facts, "n": number})
    return log


def naive_root(leaves: list[bytes]) -> bytes:
    """Return the Merkle root of whole lines, as RFC 6962 section 2.1 writes it down."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


@dataclass(frozen=True)
class Signer:
    """An audit key: what verifies, and what signs (bytes to signature)."""

    verifier: VerifierKey
    sign: Callable[[bytes], bytes]

    def note(self, checkpoint: Checkpoint) -> bytes:
        return assemble(checkpoint, self.verifier, self.sign(body(checkpoint)))


def ed25519_signer(seed: bytes = bytes(32), name: str = ORIGIN) -> Signer:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Signer(verifier_from_spki(name, spki), key.sign)


def p256_signer(secret: int = 12345, name: str = ORIGIN) -> Signer:
    key = ec.derive_private_key(secret, ec.SECP256R1())
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Signer(verifier_from_spki(name, spki), lambda data: key.sign(data, ec.ECDSA(SHA256())))


SIGNERS = {"ed25519": ed25519_signer(), "ecdsa-p256": p256_signer()}


def checkpoint_of(log: bytes, size: int) -> Checkpoint:
    """Return the checkpoint of the first `size` lines."""
    return Checkpoint(ORIGIN, size, naive_root(log.splitlines(keepends=True)[:size]))
