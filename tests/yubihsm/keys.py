"""The asymmetric keys of the simulated device, and how it signs with them."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from tests.yubihsm.words import Refused, Status

ED25519 = 46
CURVES: dict[int, ec.EllipticCurve] = {12: ec.SECP256R1(), 13: ec.SECP384R1(), 14: ec.SECP521R1()}
RSA_BITS = {9: 2048, 10: 3072, 11: 4096}
_HASHES: dict[int, hashes.HashAlgorithm] = {
    20: hashes.SHA1(),  # noqa: S303 (the device knows it)
    32: hashes.SHA256(),
    48: hashes.SHA384(),
    64: hashes.SHA512(),
}
_MGF: dict[int, hashes.HashAlgorithm] = {33: hashes.SHA256(), 34: hashes.SHA384(), 35: hashes.SHA512()}

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def generated(algorithm: int) -> PrivateKey:
    """Return a new key (Refused)."""
    if algorithm in CURVES:
        return ec.generate_private_key(CURVES[algorithm])
    if algorithm == ED25519:
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm in RSA_BITS:
        return rsa.generate_private_key(65537, RSA_BITS[algorithm])
    raise Refused(Status.INVALID_DATA)


def public_bytes(key: PrivateKey) -> bytes:
    """Return the public half as the device gives it: point without its first byte, modulus, or raw."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]
    if isinstance(key, rsa.RSAPrivateKey):
        return key.public_key().public_numbers().n.to_bytes(key.key_size // 8, "big")
    return key.public_key().public_bytes_raw()


def private_bytes(key: PrivateKey) -> bytes:
    """Return PKCS#8: the inside of a wrapped object. The real device has a form of its own."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def private_from(data: bytes) -> PrivateKey:
    """Return the key that `private_bytes` gave."""
    key = load_der_private_key(data, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey)
    return key


def _hash(digest: bytes) -> Prehashed:
    if len(digest) not in _HASHES:
        raise Refused(Status.WRONG_LENGTH)
    return Prehashed(_HASHES[len(digest)])


def ecdsa(key: PrivateKey, digest: bytes) -> bytes:
    """Sign a digest; hosts fill it up in front to the size of the curve."""
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Refused(Status.INVALID_DATA)
    plain = digest[-64:] if len(digest) == 66 else digest
    return key.sign(plain, ec.ECDSA(_hash(plain)))


def eddsa(key: PrivateKey, data: bytes) -> bytes:
    """Sign a message."""
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise Refused(Status.INVALID_DATA)
    return key.sign(data)


def pkcs1(key: PrivateKey, digest: bytes) -> bytes:
    """Sign a digest by PKCS#1 v1.5."""
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Refused(Status.INVALID_DATA)
    return key.sign(digest, padding.PKCS1v15(), _hash(digest))


def pss(key: PrivateKey, data: bytes) -> bytes:
    """Sign a digest by PSS: mask function, length of the salt, digest."""
    if not isinstance(key, rsa.RSAPrivateKey) or data[0] not in _MGF:
        raise Refused(Status.INVALID_DATA)
    digest, salt = data[3:], int.from_bytes(data[1:3], "big")
    return key.sign(digest, padding.PSS(padding.MGF1(_MGF[data[0]]), salt), _hash(digest))
