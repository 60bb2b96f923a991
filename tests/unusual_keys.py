"""Keys whose SubjectPublicKeyInfo is readable, but in other bytes than programs usually write, and points of no use."""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from offline_root import der
from offline_root.keys import KeyKind
from offline_root.model import Der
from tests.authorities import handmade, key, spki

OID_EC = bytes.fromhex("06072a8648ce3d0201")
OID_RSA = bytes.fromhex("06092a864886f70d010101")
OID_PSS = bytes.fromhex("06092a864886f70d01010a")
_ED25519 = bytes.fromhex("300506032b6570")
_FIELD = 2**255 - 19
_EIGHTH = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826

SMALL_ORDER = (0, 1, _FIELD - 1, _FIELD, _FIELD + 1, _EIGHTH, _FIELD - _EIGHTH)
"""The y of points whose order divides 8, in every encoding that there is (RFC 8032 5.1.2)."""


def ed25519_request(point: int) -> bytes:
    """Return a request for the Ed25519 key of an encoded point, signed by another key."""
    return handmade(
        key(KeyKind.EC_P384, 1), public=der.sequence(_ED25519, der.bit_string(point.to_bytes(32, "little")))
    )


def with_algorithm(kind: KeyKind, *algorithm: bytes) -> Der:
    """Return the SubjectPublicKeyInfo of a key with another AlgorithmIdentifier."""
    bits = der.element(spki(key(kind))).children()[1]
    return Der(der.sequence(der.sequence(*algorithm), bits.raw))


def unusual_algorithms() -> dict[str, Der]:
    """Return keys whose AlgorithmIdentifier is an unusual one, by the words for it."""
    return {
        "EC without the name of its curve (explicit parameters)": explicit_p256(),
        "RSA without the NULL of its AlgorithmIdentifier": with_algorithm(KeyKind.RSA_4096, OID_RSA),
        "RSA for RSASSA-PSS alone (id-RSASSA-PSS)": with_algorithm(KeyKind.RSA_4096, OID_PSS),
    }


def unusual_points() -> dict[str, Der]:
    """Return keys whose point is not the uncompressed one, by form."""
    private = key(KeyKind.EC_P256)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    algorithm, bits = der.element(spki(private)).children()
    compressed = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    hybrid = bytes([compressed[0] + 4]) + bits.content[2:]
    forms = {"compressed": compressed, "hybrid": hybrid}
    return {name: Der(der.sequence(algorithm.raw, der.bit_string(point))) for name, point in forms.items()}


def explicit_p256() -> Der:
    """Return a P-256 key whose curve is written out (RFC 3279 2.3.5), as some old tools do."""
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    base = bytes.fromhex(
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    )

    def number(value: int) -> bytes:
        return der.wrap(2, value.to_bytes(33).lstrip(b"\0") if value.bit_length() % 8 else b"\0" + value.to_bytes(32))

    field = der.sequence(bytes.fromhex("06072a8648ce3d0101"), number(prime))
    curve = der.sequence(der.wrap(4, (prime - 3).to_bytes(32)), der.wrap(4, b.to_bytes(32)))
    parameters = der.sequence(b"\x02\x01\x01", field, curve, der.wrap(4, base), number(order), b"\x02\x01\x01")
    return with_algorithm(KeyKind.EC_P256, OID_EC, parameters)
