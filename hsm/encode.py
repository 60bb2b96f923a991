"""From what a module answers to what others read: SubjectPublicKeyInfo, Ecdsa-Sig-Value. Pure."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from hsm.errors import Misuse
from hsm.kinds import ALGORITHMS, KINDS, PAIRS, Kind, kind_named

_CURVES: dict[str, ec.EllipticCurve] = {
    "ec-p256": ec.SECP256R1(),
    "ec-p384": ec.SECP384R1(),
    "ec-p521": ec.SECP521R1(),
}
_HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
_CKK_RSA, _CKK_EC, _CKK_EC_EDWARDS = 0x00, 0x03, 0x40
_ED25519_BYTES = 32


class Malformed(ValueError):
    """The module answered something that is no key or no signature of the expected kind."""


def public_key(key_type: int, attribute: Callable[[str], bytes]) -> bytes:
    """Return the DER SubjectPublicKeyInfo (RFC 5280) of a public key object.

    `key_type` is its CKA_KEY_TYPE; `attribute` returns the bytes of an attribute by its name without CKA_. Malformed
    for anything that is not a key of our kinds.
    """
    try:
        if key_type == _CKK_EC:
            key: PublicKeyTypes = _ec_key(attribute("EC_PARAMS"), attribute("EC_POINT"))
        elif key_type == _CKK_EC_EDWARDS:
            key = ed25519.Ed25519PublicKey.from_public_bytes(_unwrapped(attribute("EC_POINT"), _ED25519_BYTES))
        elif key_type == _CKK_RSA:
            modulus, exponent = attribute("MODULUS"), attribute("PUBLIC_EXPONENT")
            key = rsa.RSAPublicNumbers(int.from_bytes(exponent, "big"), int.from_bytes(modulus, "big")).public_key()
        else:
            raise Malformed(f"a key of the type {key_type:#x}")
    except ValueError as error:
        raise Malformed(f"no public key: {error}") from None
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def kind_of(public_key: bytes) -> Kind:
    """Return the kind of a DER SubjectPublicKeyInfo; Misuse if it is none of ours."""
    try:
        key = load_der_public_key(public_key)
    except (ValueError, UnsupportedAlgorithm):
        raise Misuse("not a public key") from None
    name = ""
    if isinstance(key, ec.EllipticCurvePublicKey):
        name = next((name for name, curve in _CURVES.items() if curve.name == key.curve.name), "")
    elif isinstance(key, rsa.RSAPublicKey):
        name = f"rsa-{key.key_size}"
    elif isinstance(key, ed25519.Ed25519PublicKey):
        name = "ed25519"
    return kind_named(name)


def signature(kind: Kind, raw: bytes) -> bytes:
    """Return the `raw` signature of a token as X.509 carries it.

    The two numbers of ECDSA become DER Ecdsa-Sig-Value (RFC 3279), the others stay. Malformed at a wrong length.
    """
    size = (kind.bits + 7) // 8
    if len(raw) != (size if kind.family == "rsa" else 2 * size):
        raise Malformed(f"{len(raw)} bytes are no signature of a key of kind {kind.name}")
    if kind.family != "ec":
        return raw
    return encode_dss_signature(int.from_bytes(raw[:size], "big"), int.from_bytes(raw[size:], "big"))


def verifies(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether a signature, as X.509 carries it, is that of a key by the first algorithm of its kind (PAIRS)."""
    kind, key = kind_of(public_key), load_der_public_key(public_key)
    digest = _HASHES.get(ALGORITHMS[PAIRS[kind.name][0]].digest, hashes.SHA256())
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(digest))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), digest)
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _ec_key(curve: bytes, point: bytes) -> ec.EllipticCurvePublicKey:
    kind = next((kind for kind in KINDS.values() if kind.curve and kind.curve == curve), None)
    if kind is None:
        raise Malformed(f"a curve that we do not use ({curve.hex()})")
    plain = _unwrapped(point, 1 + 2 * ((kind.bits + 7) // 8))
    return ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[kind.name], plain)


def _unwrapped(value: bytes, length: int) -> bytes:
    """Return `value` without the OCTET STRING around it, if it is exactly one of `length` bytes: modules disagree."""
    header = bytes((0x04, length)) if length < 0x80 else bytes((0x04, 0x81, length))
    return value[len(header) :] if value.startswith(header) and len(value) == len(header) + length else value
