"""The keys of the corpus: all test keys, none of them secret, the same on every machine.

RSA keys come from numbers.json, where their primes stand; the others follow from their names. Every signature is the
same each time: RSA is computed here, which also works for keys that no library loads; ECDSA takes RFC 6979.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from offline_root import der
from tests.offline_root.request.structures import oid

_NUMBERS = json.loads(Path(__file__).with_name("numbers.json").read_text())
_INTEGER = 0x02
_NULL = b"\x05\x00"

# Algorithm of a signature: its dotted OID, by the name of its hash.
_ECDSA = {
    "sha1": "1.2.840.10045.4.1",
    "sha224": "1.2.840.10045.4.3.1",
    "sha256": "1.2.840.10045.4.3.2",
    "sha384": "1.2.840.10045.4.3.3",
    "sha512": "1.2.840.10045.4.3.4",
    "sha3-256": "2.16.840.1.101.3.4.3.10",
}
_RSA = {
    "md5": "1.2.840.113549.1.1.4",
    "sha1": "1.2.840.113549.1.1.5",
    "sha224": "1.2.840.113549.1.1.14",
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
}
_DIGESTS = {
    "md5": "1.2.840.113549.2.5",
    "sha1": "1.3.14.3.2.26",
    "sha224": "2.16.840.1.101.3.4.2.4",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
_HASHES = {
    "sha1": hashes.SHA1(),  # noqa: S303  # what has to be refused
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
    "sha3-256": hashes.SHA3_256(),
}


@dataclass(frozen=True)
class Key:
    """A key as a request needs it: its SubjectPublicKeyInfo, and how it signs with a hash of some name."""

    spki: bytes
    sign: Callable[[bytes, str], bytes]
    algorithm: Callable[[str], bytes]


def ecdsa(hash_: str) -> bytes:
    """Return the AlgorithmIdentifier of ECDSA."""
    return der.sequence(oid(_ECDSA[hash_]))


def pkcs1(hash_: str) -> bytes:
    """Return the AlgorithmIdentifier of RSASSA-PKCS1-v1_5."""
    return der.sequence(oid(_RSA[hash_]), _NULL)


def integer(number: int) -> bytes:
    """Return an INTEGER that is not negative."""
    return der.wrap(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1))


def rsa_spki(modulus: int, exponent: int, algorithm: bytes | None = None) -> bytes:
    """Return the SubjectPublicKeyInfo of an RSA key."""
    identifier = algorithm or der.sequence(oid("1.2.840.113549.1.1.1"), _NULL)
    return der.sequence(identifier, der.bit_string(der.sequence(integer(modulus), integer(exponent))))


def seed(name: str, size: int) -> bytes:
    """Return the private octets of the test key called `name`."""
    return hashlib.shake_256(f"offline-root test key {name}".encode()).digest(size)


def private_curve(name: str, on: type[ec.EllipticCurve] = ec.SECP384R1, secret: int = 0) -> ec.EllipticCurvePrivateKey:
    """Return the EC private key called `name`, or the one with a given private number."""
    return ec.derive_private_key(secret or int.from_bytes(seed(name, on().key_size // 8 - 1)), on())


@cache
def curve(name: str, on: type[ec.EllipticCurve] = ec.SECP384R1, secret: int = 0) -> Key:
    """Return the EC key called `name`, or the one with a given private number."""
    private = private_curve(name, on, secret)

    def sign(message: bytes, hash_: str) -> bytes:
        return private.sign(message, ec.ECDSA(_HASHES[hash_], deterministic_signing=True))

    return Key(_spki(private), sign, ecdsa)


@cache
def edwards(
    name: str, kind: type[ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey] = ed25519.Ed25519PrivateKey
) -> Key:
    """Return the Ed25519 or Ed448 key called `name`."""
    small = kind is ed25519.Ed25519PrivateKey
    private = kind.from_private_bytes(seed(name, 32 if small else 57))
    identifier = der.sequence(oid("1.3.101.112" if small else "1.3.101.113"))
    return Key(_spki(private), lambda message, _: private.sign(message), lambda _: identifier)


def _spki(private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True)
class Rsa:
    """An RSA key of numbers.json: its two primes (the first may be 1, the two may be equal) and its exponents."""

    p: int
    q: int
    e: int

    @property
    def modulus(self) -> int:
        """Return the modulus."""
        return self.p * self.q

    def power(self, base: int) -> int:
        """Return base to the private exponent."""
        if self.e == 1:
            return base
        if self.p == self.q:
            return pow(base, pow(self.e, -1, self.p * (self.p - 1)), self.modulus)
        parts = [(prime, pow(base, pow(self.e, -1, prime - 1), prime)) for prime in (self.p, self.q) if prime > 1]
        number, modulus = 0, 1
        for prime, part in parts:
            number += modulus * ((part - number) * pow(modulus, -1, prime) % prime)
            modulus *= prime
        return number

    def signature(self, message: bytes, hash_: str) -> bytes:
        """Return the signature of RSASSA-PKCS1-v1_5 (RFC 8017 8.2.1)."""
        size = (self.modulus.bit_length() + 7) // 8
        digest = der.wrap(0x04, hashlib.new(hash_, message).digest())
        info = der.sequence(der.sequence(oid(_DIGESTS[hash_]), _NULL), digest)
        padded = b"\x00\x01" + b"\xff" * (size - len(info) - 3) + b"\x00" + info
        return self.power(int.from_bytes(padded)).to_bytes(size)

    def pss(self, message: bytes, hash_: str, mask: str, salt: bytes) -> bytes:
        """Return the signature of RSASSA-PSS with a fixed salt (RFC 8017 8.1.1)."""
        bits = self.modulus.bit_length() - 1
        size = (bits + 7) // 8
        hashed = hashlib.new(hash_, bytes(8) + hashlib.new(hash_, message).digest() + salt).digest()
        block = bytes(size - len(salt) - len(hashed) - 2) + b"\x01" + salt
        stream = b"".join(
            hashlib.new(mask, hashed + count.to_bytes(4)).digest() for count in range(len(block) // 20 + 1)
        )
        masked = int.from_bytes(block) ^ int.from_bytes(stream[: len(block)])
        masked &= (1 << (bits - 8 * (size - len(block)))) - 1
        encoded = masked.to_bytes(len(block)) + hashed + b"\xbc"
        return self.power(int.from_bytes(encoded)).to_bytes((bits + 8) // 8)

    def key(self) -> Key:
        """Return it as a request needs it."""
        return Key(rsa_spki(self.modulus, self.e), self.signature, pkcs1)


@cache
def numbers(name: str) -> Rsa:
    """Return the RSA key called `name`."""
    return Rsa(*(int(_NUMBERS[name][part], 16) for part in ("p", "q", "e")))


@cache
def rsa(name: str) -> Key:
    """Return the RSA key called `name`, as a request needs it."""
    return numbers(name).key()


GOOD = curve("one")
"""The P-384 key of every case that is not about keys."""
