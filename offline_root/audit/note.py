"""Signed checkpoints: C2SP signed-note with the text of C2SP tlog-checkpoint.

    offline-root/test                      origin
    11                                     size: number of log lines
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2M...   root hash, base64
                                           blank
    — offline-root/test Az3grlgtzPICa...   key name, base64(key ID || signature over the first three lines)

Stricter than C2SP where our own key never does otherwise: no extension lines, and base64 in its one canonical form.
Signing is done elsewhere: `body` gives the bytes for the token, `assemble` takes its signature.
"""

import base64
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Final, cast

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

MAX_NOTE: Final = 64 * 1024
"""Largest note, in bytes."""

MAX_SIGNATURES: Final = 16
"""Most signature lines in one note: what C2SP signed-note demands that a verifier accept."""

MAX_SIZE: Final = (1 << 63) - 1
"""Largest tree size: what Go's tlog package can hold."""

_DASH: Final = "\N{EM DASH}"
_ROOT_SIZE: Final = 32
_KEY_ID_SIZE: Final = 4


class UntrustedNote(ValueError):
    """A note that must not be believed; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: `size` lines with the Merkle root `root` (32 bytes). Making one checks it (ValueError)."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        """Refuse what could not stand in a note."""
        if not self.origin or _has_control(self.origin):
            raise ValueError("the origin is not one line of text")
        if not 0 <= self.size <= MAX_SIZE:
            raise ValueError("the size is out of range")
        if len(self.root) != _ROOT_SIZE:
            raise ValueError("the root hash is not 32 bytes")


class KeyKind(Enum):
    """The signature types of C2SP signed-note that the audit key may have, with their type byte."""

    ED25519 = b"\x01"
    ECDSA_P256 = b"\x02"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of the audit key. Making one checks it (ValueError).

    `public_key` is 32 raw bytes for Ed25519, a DER SubjectPublicKeyInfo for ECDSA P-256.
    """

    name: str
    kind: KeyKind
    public_key: bytes

    def __post_init__(self) -> None:
        """Refuse a name that C2SP forbids and a key that is not of its kind."""
        if not _is_name(self.name) or _has_control(self.name):
            raise ValueError("the key name is empty or has a space, a plus sign or a control character")
        if _raw_key(self.spki()) != (self.kind, self.public_key):
            raise ValueError("the public key is not of its kind")

    def key_id(self) -> bytes:
        """Return the key ID (4 bytes) as signed-note defines it for each signature type."""
        hashed = self.public_key
        if self.kind is KeyKind.ED25519:
            hashed = self.name.encode() + b"\n" + self.kind.value + self.public_key
        return hashlib.sha256(hashed).digest()[:_KEY_ID_SIZE]

    def text(self) -> str:
        """Return the verifier key as one word, `<name>+<key ID, 8 hex digits>+<base64>`."""
        return f"{self.name}+{self.key_id().hex()}+{_base64(self.kind.value + self.public_key)}"

    def spki(self) -> bytes:
        """Return the DER SubjectPublicKeyInfo, as openssl takes it."""
        if self.kind is KeyKind.ECDSA_P256:
            return self.public_key
        key = ed25519.Ed25519PublicKey.from_public_bytes(self.public_key)
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Return whether `signature` (Ed25519: 64 bytes; ECDSA with SHA-256: DER) is this key's over `message`."""
        try:
            if self.kind is KeyKind.ED25519:
                ed25519.Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
            else:
                key = cast("ec.EllipticCurvePublicKey", load_der_public_key(self.public_key))
                key.verify(signature, message, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


def parse_verifier(text: str) -> VerifierKey:
    """Return the verifier key that `VerifierKey.text` writes as `text` (ValueError for anything else)."""
    name, _, rest = text.partition("+")
    key = _unbase64(rest.partition("+")[2])
    verifier = VerifierKey(name, KeyKind(key[:1]), key[1:])
    if verifier.text() != text:
        raise ValueError("the verifier key has a wrong key ID or form")
    return verifier


def verifier_from_spki(name: str, spki_der: bytes) -> VerifierKey:
    """Return the verifier key of a DER SubjectPublicKeyInfo, Ed25519 or P-256 in its one form (else ValueError)."""
    kind, public_key = _raw_key(spki_der)
    return VerifierKey(name, kind, public_key)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who claims to have signed, which of their keys (4 bytes), and the signature."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart, with nothing verified. `text` is what the signatures are over."""

    text: bytes
    signatures: tuple[Signature, ...]


def body(checkpoint: Checkpoint) -> bytes:
    """Return the text of a checkpoint: the bytes to be signed."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{_base64(checkpoint.root)}\n".encode()


def assemble(checkpoint: Checkpoint, verifier: VerifierKey, signature: bytes) -> bytes:
    """Return the signed note that `verifier`'s key made of `checkpoint` with `signature` over its `body`."""
    line = f"{_DASH} {verifier.name} {_base64(verifier.key_id() + signature)}\n"
    return body(checkpoint) + b"\n" + line.encode()


def parse_note(data: bytes) -> Note:
    """Take a signed note apart, strictly; `UntrustedNote` when it is not one. Verifies nothing."""
    if len(data) > MAX_NOTE:
        raise UntrustedNote(f"the note is larger than {MAX_NOTE} bytes")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UntrustedNote("the note is not UTF-8") from error
    if _has_control(whole.replace("\n", "")):
        raise UntrustedNote("the note has a control character")
    text, blank, signed = whole.rpartition("\n\n")
    lines = signed.split("\n")
    if not blank or lines.pop() != "":
        raise UntrustedNote("the note does not end with a blank line and signature lines")
    if not 1 <= len(lines) <= MAX_SIGNATURES:
        raise UntrustedNote(f"the note does not have 1 to {MAX_SIGNATURES} signatures")
    return Note(f"{text}\n".encode(), tuple(_signature(line) for line in lines))


def parse_body(text: bytes) -> Checkpoint:
    """Return the checkpoint that `body` writes as `text`; `UntrustedNote` for anything else."""
    try:
        origin, size, root, _ = text.decode("utf-8").split("\n")
        checkpoint = Checkpoint(origin, int(size), _unbase64(root))
    except ValueError as error:
        raise UntrustedNote("the note is not a checkpoint of three lines") from error
    if body(checkpoint) != text:
        raise UntrustedNote("the checkpoint is not in canonical form")
    return checkpoint


def claimed_sizes(data: bytes | None) -> tuple[int, ...]:
    """Return the size that a note says it signs, with nothing verified; nothing where it says none."""
    try:
        return (parse_body(parse_note(data or b"").text).size,)
    except UntrustedNote:
        return ()


def verify_note(data: bytes, verifier: VerifierKey, *, exact: bool = False) -> Checkpoint:
    """Return the checkpoint in a note signed by `verifier`; `UntrustedNote` otherwise.

    Signatures of other keys are ignored, as signed-note demands, and one bad signature of this key refuses the note.
    With `exact` the note must be the very bytes that `assemble` makes: then no byte of it is free.
    """
    note = parse_note(data)
    ours = [each for each in note.signatures if (each.name, each.key_id) == (verifier.name, verifier.key_id())]
    if not ours:
        raise UntrustedNote("the note is not signed by the audit key")
    if not all(verifier.verify(each.signature, note.text) for each in ours):
        raise UntrustedNote("the signature of the audit key is wrong")
    checkpoint = parse_body(note.text)
    if exact and assemble(checkpoint, verifier, ours[0].signature) != data:
        raise UntrustedNote("the note has more than the one signature of the audit key")
    return checkpoint


def signer_of(data: bytes, keys: Sequence[VerifierKey]) -> VerifierKey:
    """Return the first of an authority's audit keys that signed a note; the last one where none of them did."""
    for key in keys[:-1]:
        with suppress(UntrustedNote):
            verify_note(data, key)
            return key
    return keys[-1]


def _signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        raw = _unbase64(encoded)
    except ValueError as error:
        raise UntrustedNote("a signature is not base64 in its canonical form") from error
    if dash != _DASH or not _is_name(name) or len(raw) <= _KEY_ID_SIZE:
        raise UntrustedNote("a signature line is malformed")
    return Signature(name, raw[:_KEY_ID_SIZE], raw[_KEY_ID_SIZE:])


def _raw_key(spki_der: bytes) -> tuple[KeyKind, bytes]:
    try:
        key = load_der_public_key(spki_der)
    except UnsupportedAlgorithm as error:
        raise ValueError("the public key is of an unknown kind") from error
    match key:
        case ed25519.Ed25519PublicKey():
            kind, raw = KeyKind.ED25519, key.public_bytes_raw()
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            kind, raw = KeyKind.ECDSA_P256, spki_der
        case _:
            raise ValueError("the public key is neither Ed25519 nor P-256")
    if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != spki_der:
        raise ValueError("the public key is not in its canonical DER form")
    return kind, raw


def _is_name(name: str) -> bool:
    return name.split() == [name] and "+" not in name


def _has_control(text: str) -> bool:
    return any(character < " " for character in text)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unbase64(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    if _base64(data) != text:
        raise ValueError("not the canonical base64")
    return data
