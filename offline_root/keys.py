"""Kinds of keys: their SubjectPublicKeyInfo, how the root of each kind signs, and throwaway keys of each kind."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509 import ObjectIdentifier

from offline_root import der
from offline_root.model import Der, Fingerprint


class KeyKind(Enum):
    """A kind of key that a policy can name. The value is the policy's word."""

    EC_P256 = "ec-p256"
    EC_P384 = "ec-p384"
    EC_P521 = "ec-p521"
    RSA_2048 = "rsa-2048"
    RSA_3072 = "rsa-3072"
    RSA_4096 = "rsa-4096"
    ED25519 = "ed25519"


@dataclass(frozen=True, slots=True)
class Signing:
    """How a key of one kind signs: the token's word for it, and the hash that cryptography's builder wants."""

    token_algorithm: str
    hash: hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None


_RSA = Signing("rsa-pkcs1-sha256", hashes.SHA256())

SIGNING = {
    KeyKind.EC_P256: Signing("ecdsa-sha256", hashes.SHA256()),
    KeyKind.EC_P384: Signing("ecdsa-sha384", hashes.SHA384()),
    KeyKind.EC_P521: Signing("ecdsa-sha512", hashes.SHA512()),
    KeyKind.RSA_3072: _RSA,
    KeyKind.RSA_4096: _RSA,
    KeyKind.ED25519: Signing("ed25519", None),
}
"""The kinds a root key may have. Curve and hash belong together (BR 7.1.3.2).

A 2048-bit root is too small for its lifetime.
"""

# The only AlgorithmIdentifier encodings accepted (BR 7.1.3.1 and RFC 8410 3): no explicit curve parameters, no
# id-RSASSA-PSS.
_EC_ALGORITHMS = {
    bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107"): KeyKind.EC_P256,
    bytes.fromhex("301006072a8648ce3d020106052b81040022"): KeyKind.EC_P384,
    bytes.fromhex("301006072a8648ce3d020106052b81040023"): KeyKind.EC_P521,
    bytes.fromhex("300506032b6570"): KeyKind.ED25519,
}
_RSA_ALGORITHM = bytes.fromhex("300d06092a864886f70d0101010500")
_EC = "1.2.840.10045.2.1"
_OTHERS = {
    "1.2.840.113549.1.1.1": "RSA without the NULL of its AlgorithmIdentifier",
    "1.2.840.113549.1.1.10": "RSA for RSASSA-PSS alone (id-RSASSA-PSS)",
    "1.2.840.10040.4.1": "DSA",
    "1.3.101.110": "X25519",
    "1.3.101.111": "X448",
    "1.3.101.113": "Ed448",
}
_RSA_KINDS = {2048: KeyKind.RSA_2048, 3072: KeyKind.RSA_3072, 4096: KeyKind.RSA_4096}


def algorithm_of(spki: Der) -> bytes:
    """Return the AlgorithmIdentifier of a SubjectPublicKeyInfo, as it is encoded (RFC 5280 4.1.2.7; DerError)."""
    return der.element(spki).children()[0].raw


def rsa_numbers(spki: Der) -> tuple[int, int] | None:
    """Return modulus and public exponent where the key is RSA (RFC 8017 A.1.1), else None."""
    algorithm, bits = der.element(spki).children()
    if algorithm.raw != _RSA_ALGORITHM:
        return None
    modulus, exponent = der.element(bits.content[1:]).children()
    return int.from_bytes(modulus.content, signed=True), int.from_bytes(exponent.content, signed=True)


def kind_of(spki: Der) -> KeyKind | None:
    """Return the kind of a SubjectPublicKeyInfo, or None where it is none that a policy can name."""
    numbers = rsa_numbers(spki)
    if numbers is not None:
        return _RSA_KINDS.get(numbers[0].bit_length()) if numbers[0] > 0 else None
    return _EC_ALGORITHMS.get(algorithm_of(spki))


def signing_kind(spki: Der) -> KeyKind:
    """Return the kind of a root's key (ValueError where it is none that can sign here)."""
    kind = kind_of(spki)
    if kind not in SIGNING:
        raise ValueError(f"a root cannot have a key of this kind: {describe(spki)}")
    return kind


def describe(spki: Der) -> str:
    """Return the key in the policy's words, or its size, curve or algorithm where the policy has no word for it."""
    kind = kind_of(spki)
    if kind is not None:
        return kind.value
    numbers = rsa_numbers(spki)
    if numbers is not None:
        return f"rsa-{numbers[0].bit_length()}"
    type_, *parameters = der.element(algorithm_of(spki)).children()
    oid = der.dotted(type_)
    return _curve(parameters) if oid == _EC else _OTHERS.get(oid, f"an unknown kind ({oid})")


def _curve(parameters: list[der.Element]) -> str:
    if [each.tag for each in parameters] != [der.OBJECT_IDENTIFIER]:
        return "EC without the name of its curve (explicit parameters)"
    oid = der.dotted(parameters[0])
    try:
        curve = ec.get_curve_for_oid(ObjectIdentifier(oid))
    except LookupError:
        return f"EC over an unknown curve ({oid})"
    return curve().name


def fingerprint(data: bytes) -> Fingerprint:
    """Return SHA-256 of `data` in lower-case hex: of a SubjectPublicKeyInfo it is the fingerprint on the paper slip."""
    return Fingerprint(hashlib.sha256(data).hexdigest())


def signature_verifies(spki: Der, signature: bytes, message: bytes) -> bool:
    """Say whether `signature` is that of a root key of a SIGNING kind over `message` (False for any other key, too)."""
    try:
        kind, key = signing_kind(spki), load_der_public_key(spki)
    except ValueError:
        return False
    hash_ = SIGNING[kind].hash
    try:
        match key:
            case ec.EllipticCurvePublicKey() if hash_:
                key.verify(signature, message, ec.ECDSA(hash_))
            case rsa.RSAPublicKey() if hash_:
                key.verify(signature, message, padding.PKCS1v15(), hash_)
            case ed25519.Ed25519PublicKey():
                key.verify(signature, message)
            case _:  # pragma: no cover  # SIGNING and the classes above name the same kinds
                return False
    except InvalidSignature:
        return False
    return True


def _rsa() -> rsa.RSAPrivateKey:
    # The AlgorithmIdentifier of a signature does not depend on the size of the key, and 2048 bits are quick to make.
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


_MAKERS: dict[KeyKind, Callable[[], CertificateIssuerPrivateKeyTypes]] = {
    KeyKind.EC_P256: lambda: ec.generate_private_key(ec.SECP256R1()),
    KeyKind.EC_P384: lambda: ec.generate_private_key(ec.SECP384R1()),
    KeyKind.EC_P521: lambda: ec.generate_private_key(ec.SECP521R1()),
    KeyKind.RSA_3072: _rsa,
    KeyKind.RSA_4096: _rsa,
    KeyKind.ED25519: ed25519.Ed25519PrivateKey.generate,
}


@cache
def throwaway(kind: KeyKind) -> CertificateIssuerPrivateKeyTypes:
    """Return this process's throwaway key whose signatures have the AlgorithmIdentifier of a root of `kind`."""
    return _MAKERS[kind]()
