"""Keys that are weak, wrong, or written in a way that somebody reads as another key."""

from cryptography.hazmat.primitives.asymmetric import ec, ed448

from offline_root import der
from tests.corpus.build import NULL, Vector, Vectors, called, csr, info, signed
from tests.corpus.keys import GOOD, Key, curve, edwards, integer, numbers, pkcs1, rsa, rsa_spki, seed
from tests.offline_root.request.structures import oid

WHY = (
    "Whoever finds the private key of an intermediate issues in its name for years. A weak key can be computed from "
    "the request; a key in another encoding is one key to one program and none, or another, to the next."
)

_P384 = bytes.fromhex("301006072a8648ce3d020106052b81040022")
_POINT = GOOD.spki[-97:]
_PSS, _RSA, _EC = "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.1", "1.2.840.10045.2.1"

_WEAK = {
    "exponent-3": "RSA-4096 with the exponent 3",
    "exponent-17": "RSA-4096 with the exponent 17",
    "exponent-257-bits": "RSA-4096 with an exponent of 257 bits",
    "close-primes": "RSA-4096 whose primes lie close to each other: Fermat's method finds them",
    "same-upper-half": "RSA-4096 whose primes have the upper half in common",
    "factor-3": "RSA-4096 with the factor 3",
    "factor-65521": "RSA-4096 with the factor 65521",
    "factor-48-bits": "RSA-4096 with a factor of 48 bits: the method of elliptic curves finds it",
    "prime-modulus": "RSA-4096 whose modulus is a prime",
    "square": "RSA-4096 whose modulus is a square",
    "roca": "RSA-4096 of the form that broken chips made (ROCA)",
    "small-private-exponent": "RSA-4096 with a small private exponent: Wiener's method finds it",
    "pattern": "RSA-4096 whose modulus begins with a pattern",
    "smooth": "RSA-4096 with a prime p where p-1 has small factors only: Pollard's method finds it",
}


def keys() -> Vectors:
    """Yield them all."""
    for name, what, content in (*_sizes(), *_weak(), *_rsa_encodings(), *_curves(), *_points(), *_others()):
        yield Vector(f"key/{name}.der", what, content)
    shared = csr(by=rsa("shared-prime"))
    yield Vector("key/shared-prime.der", "RSA-4096 that shares a prime with a key certified before", shared,
                 after=(("key/rsa-4096.der", "prod"),))  # fmt: skip
    for name, what, by, hash_ in (
        ("ed25519", "good: Ed25519, which the policy allows", edwards("one"), ""),
        ("p-521", "good: P-521, which the policy allows", curve("one", ec.SECP521R1), "sha512"),
        ("rsa-3072", "good: RSA-3072, which the policy allows", rsa("rsa-3072"), "sha256"),
        ("rsa-2048", "RSA-2048, which the policy allows, beyond 2030", rsa("rsa-2048"), "sha256"),
        ("exponent-3", "RSA-4096 with the exponent 3, where all sizes are allowed", rsa("exponent-3"), "sha256"),
    ):
        content = csr(subject=called("PrivSec Intermediate CA (wide)"), by=by, hash_=hash_)
        yield Vector(f"key/wide-{name}.der", what, content, environment="wide")


def _sizes() -> tuple[tuple[str, str, bytes], ...]:
    yes = (("rsa-4096", "good: RSA-4096, as the policy wants it", csr(by=rsa("rsa-4096"), hash_="sha256")),)
    return yes + tuple(
        (
            f"rsa-{bits}",
            f"RSA of {bits} bits, which the policy does not list",
            csr(by=rsa(f"rsa-{bits}"), hash_="sha256"),
        )
        for bits in (512, 1024, 2048, 3072, 4095, 8192)
    )


def _weak() -> tuple[tuple[str, str, bytes], ...]:
    good = numbers("rsa-4096")
    one = Key(rsa_spki(good.modulus, 1), _padded, pkcs1)
    return (
        *((name, what, csr(by=rsa(name), hash_="sha256")) for name, what in _WEAK.items()),
        ("exponent-1", "RSA-4096 with the exponent 1: anybody can sign", csr(by=one, hash_="sha256")),
        ("exponent-2", "RSA-4096 with the exponent 2", _rsa_like(rsa_spki(good.modulus, 2))),
        ("exponent-even", "RSA-4096 with the exponent 65536", _rsa_like(rsa_spki(good.modulus, 65536))),
        ("exponent-0", "RSA-4096 with the exponent 0", _rsa_like(rsa_spki(good.modulus, 0))),
        (
            "exponent-negative",
            "RSA-4096 with the exponent -65537",
            _rsa_like(_numbers(integer(good.modulus), bytes.fromhex("0203feffff"))),
        ),
        (
            "exponent-above-modulus",
            "RSA-4096 whose exponent is larger than the modulus",
            _rsa_like(rsa_spki(good.modulus, good.modulus * 2 + 1)),
        ),
        ("modulus-even", "RSA-4096 whose modulus is even", _rsa_like(rsa_spki(good.modulus - 1, 65537))),
        ("modulus-zero", "RSA whose modulus is 0", _rsa_like(rsa_spki(0, 65537))),
        ("modulus-one", "RSA whose modulus is 1", _rsa_like(rsa_spki(1, 65537))),
        (
            "modulus-negative",
            "RSA-4096 whose modulus lacks the zero octet, so that it is negative",
            _rsa_like(_numbers(b"\x02\x82\x02\x00" + good.modulus.to_bytes(512), integer(65537))),
        ),
        ("modulus-huge", "RSA of 100,000 bits", _rsa_like(rsa_spki((1 << 100_000) - 1, 65537))),
        (
            "exponent-huge",
            "RSA-4096 with an exponent of 50,000 bits",
            _rsa_like(rsa_spki(good.modulus, (1 << 50_000) - 1)),
        ),
    )


def _padded(message: bytes, hash_: str) -> bytes:
    """Return the signature of an RSA key whose exponents are 1."""
    good = numbers("rsa-4096")
    return type(good)(good.p, good.q, 1).signature(message, hash_)


def _rsa_like(spki: bytes) -> bytes:
    """Return a request for an RSA key that has no private part; the good RSA key signs."""
    return signed(info(spki=spki), rsa("rsa-4096"), "sha256")


def _numbers(modulus: bytes, exponent: bytes, *more: bytes, algorithm: bytes = b"") -> bytes:
    identifier = algorithm or der.sequence(oid(_RSA), NULL)
    return der.sequence(identifier, der.bit_string(der.sequence(modulus, exponent, *more)))


def _rsa_encodings() -> tuple[tuple[str, str, bytes], ...]:
    good = numbers("rsa-4096")
    modulus, exponent = integer(good.modulus), integer(65537)
    key = rsa_spki(good.modulus, 65537)
    bits = der.element(key).children()[1].raw
    salted = der.sequence(oid(_PSS), der.sequence(der.wrap(0xA0, der.sequence(oid("2.16.840.1.101.3.4.2.1"), NULL))))
    return (
        (
            "rsa-no-null",
            "RSA without the NULL of its parameters",
            _rsa_like(der.sequence(der.sequence(oid(_RSA)), bits)),
        ),
        (
            "rsa-other-parameters",
            "RSA with an OCTET STRING for parameters",
            _rsa_like(der.sequence(der.sequence(oid(_RSA), b"\x04\x00"), bits)),
        ),
        (
            "rsa-pss",
            "an RSA key for PSS alone, without parameters",
            _rsa_like(_numbers(modulus, exponent, algorithm=der.sequence(oid(_PSS)))),
        ),
        (
            "rsa-pss-parameters",
            "an RSA key for PSS alone, with parameters",
            _rsa_like(_numbers(modulus, exponent, algorithm=salted)),
        ),
        (
            "rsa-oaep",
            "an RSA key for encryption alone (OAEP)",
            _rsa_like(_numbers(modulus, exponent, algorithm=der.sequence(oid("1.2.840.113549.1.1.7")))),
        ),
        (
            "rsa-signature-algorithm",
            "the key's algorithm is that of a signature",
            _rsa_like(_numbers(modulus, exponent, algorithm=pkcs1("sha256"))),
        ),
        (
            "rsa-old-oid",
            "the key's algorithm is the RSA of X.500 (2.5.8.1.1)",
            _rsa_like(_numbers(modulus, exponent, algorithm=der.sequence(oid("2.5.8.1.1"), integer(4096)))),
        ),
        (
            "rsa-padded-modulus",
            "the modulus has two zero octets in front, inside the key's bits",
            _rsa_like(_numbers(b"\x02\x82\x02\x02" + bytes(2) + good.modulus.to_bytes(512), exponent)),
        ),
        (
            "rsa-padded-exponent",
            "the exponent has a zero octet in front, inside the key's bits",
            _rsa_like(_numbers(modulus, bytes.fromhex("020400010001"))),
        ),
        ("rsa-third-number", "a third number stands in the key", _rsa_like(_numbers(modulus, exponent, integer(1)))),
        (
            "rsa-one-number",
            "the exponent is missing",
            _rsa_like(der.sequence(der.sequence(oid(_RSA), NULL), der.bit_string(der.sequence(modulus)))),
        ),
        (
            "rsa-behind",
            "an octet stands behind the key, inside its bits",
            _rsa_like(
                der.sequence(der.sequence(oid(_RSA), NULL), der.bit_string(der.sequence(modulus, exponent) + b"\0"))
            ),
        ),
        (
            "rsa-indefinite",
            "the key has an indefinite length inside its bits",
            _rsa_like(
                der.sequence(der.sequence(oid(_RSA), NULL), der.bit_string(b"\x30\x80" + modulus + exponent + b"\0\0"))
            ),
        ),
        (
            "rsa-empty",
            "the key's bits are empty",
            _rsa_like(der.sequence(der.sequence(oid(_RSA), NULL), der.bit_string(b""))),
        ),
        (
            "rsa-null-inside",
            "the key's bits are a NULL",
            _rsa_like(der.sequence(der.sequence(oid(_RSA), NULL), der.bit_string(NULL))),
        ),
    )


def _curves() -> tuple[tuple[str, str, bytes], ...]:
    return (
        ("p-256", "good: P-256, which the policy lists", csr(by=curve("one", ec.SECP256R1), hash_="sha256")),
        ("p-384", "good: P-384, which the policy lists", csr()),
        ("p-192", "P-192", csr(by=curve("one", ec.SECP192R1), hash_="sha256")),
        ("p-224", "P-224", csr(by=curve("one", ec.SECP224R1), hash_="sha256")),
        ("p-521", "P-521, which the policy does not list", csr(by=curve("one", ec.SECP521R1), hash_="sha512")),
        ("secp256k1", "the curve of Bitcoin", csr(by=curve("one", ec.SECP256K1), hash_="sha256")),
        ("brainpool", "brainpoolP384r1", csr(by=curve("one", ec.BrainpoolP384R1))),
        ("generator", "P-384 with the private key 1: the point is the generator", csr(by=curve("one", secret=1))),
        ("private-2", "P-384 with the private key 2", csr(by=curve("one", secret=2))),
        (
            "private-minus-1",
            "P-384 with the largest private key: the generator mirrored",
            csr(by=curve("one", secret=_ORDER - 1)),
        ),
        ("ed25519", "Ed25519, which the policy does not list", csr(by=edwards("one"))),
        ("ed448", "Ed448", csr(by=edwards("one", ed448.Ed448PrivateKey))),
    )


_ORDER = int("ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973", 16)
_PRIME = 2**384 - 2**128 - 2**96 + 2**32 - 1
_B = "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef"


def _ec(parameters: bytes, point: bytes) -> bytes:
    spki = der.sequence(der.sequence(oid(_EC), parameters), der.bit_string(point))
    return signed(info(spki=spki))


def _explicit(generator: bytes) -> bytes:
    """Return the parameters of P-384 written out, with a generator of one's choice."""
    field = der.sequence(oid("1.2.840.10045.1.1"), integer(_PRIME))
    coefficients = der.sequence(der.wrap(4, (_PRIME - 3).to_bytes(48)), der.wrap(4, bytes.fromhex(_B)))
    return der.sequence(integer(1), field, coefficients, der.wrap(4, generator), integer(_ORDER), integer(1))


def _points() -> tuple[tuple[str, str, bytes], ...]:
    p384 = oid("1.3.132.0.34")
    x, y = _POINT[1:49], _POINT[49:]
    generator = curve("one", secret=1).spki[-97:]
    return (
        ("explicit", "the parameters of P-384 are written out", _ec(_explicit(generator), _POINT)),
        (
            "explicit-own-generator",
            "the parameters of P-384 are written out, with the public key as generator (CVE-2020-0601)",
            _ec(_explicit(_POINT), _POINT),
        ),
        ("implicit", "the curve is inherited: NULL", _ec(NULL, _POINT)),
        ("no-curve", "the curve is missing", _ec(b"", _POINT)),
        ("two-curves", "two curves are named", _ec(p384 + oid("1.2.840.10045.3.1.7"), _POINT)),
        ("other-curve", "a point of P-384 with the name of P-256", _ec(oid("1.2.840.10045.3.1.7"), _POINT)),
        ("unknown-curve", "a curve that nobody knows", _ec(oid("1.2.3.4"), _POINT)),
        ("compressed", "the point is compressed", _ec(p384, bytes([2 + y[-1] % 2]) + x)),
        ("hybrid", "the point is hybrid: compressed and not", _ec(p384, bytes([6 + y[-1] % 2]) + x + y)),
        ("infinity", "the point is the one at infinity", _ec(p384, b"\0")),
        ("infinity-long", "the point is the one at infinity, at full length", _ec(p384, bytes(97))),
        ("off-curve", "the point is not on the curve", _ec(p384, _POINT[:-1] + bytes([_POINT[-1] ^ 1]))),
        ("origin", "the point is 0, 0", _ec(p384, b"\x04" + bytes(96))),
        ("above-prime", "a coordinate is the prime of the curve, and more", _ec(p384, b"\x04" + b"\xff" * 96)),
        ("short-point", "the last octet of the point is missing", _ec(p384, _POINT[:-1])),
        ("long-point", "an octet stands behind the point", _ec(p384, _POINT + b"\0")),
        ("octets-inside", "the point stands in an OCTET STRING inside the bits", _ec(p384, der.wrap(4, _POINT))),
        (
            "ecdh-only",
            "a key for key agreement alone (id-ecDH)",
            signed(info(spki=der.sequence(der.sequence(oid("1.3.132.1.12"), p384), der.bit_string(_POINT)))),
        ),
    )


def _others() -> tuple[tuple[str, str, bytes], ...]:
    plain = edwards("one")
    octets = plain.spki[-32:]
    order = (2**252 + 27742317777372353535851937790883648493).to_bytes(32, "little")

    def of(identifier: bytes, public: bytes) -> bytes:
        return signed(info(spki=der.sequence(identifier, der.bit_string(public))), plain)

    edwards_id = der.sequence(oid("1.3.101.112"))
    return (
        ("ed25519-null", "Ed25519 with a NULL for parameters", of(der.sequence(oid("1.3.101.112"), NULL), octets)),
        ("ed25519-zero", "an Ed25519 key of zero octets alone: a point of small order", of(edwards_id, bytes(32))),
        ("ed25519-neutral", "the neutral element as Ed25519 key: signatures that anybody makes", _neutral(edwards_id)),
        ("ed25519-above", "an Ed25519 key that is larger than the prime", of(edwards_id, b"\xff" * 32)),
        ("ed25519-no-point", "an Ed25519 key that is no point", of(edwards_id, order)),
        ("ed25519-short", "an Ed25519 key of 31 octets", of(edwards_id, octets[:31])),
        ("x25519", "a key for X25519, which cannot sign", of(der.sequence(oid("1.3.101.110")), octets)),
        (
            "dsa",
            "a DSA key",
            of(
                der.sequence(
                    oid("1.2.840.10040.4.1"), der.sequence(integer(2**2047 + 1), integer(2**255 + 95), integer(2))
                ),
                integer(2**2046),
            ),
        ),
        (
            "dh",
            "a Diffie-Hellman key",
            of(der.sequence(oid("1.2.840.113549.1.3.1"), der.sequence(integer(_PRIME), integer(2))), integer(2**300)),
        ),
        (
            "ml-dsa",
            "an ML-DSA-65 key (after quantum computers)",
            of(der.sequence(oid("2.16.840.1.101.3.4.3.18")), seed("ml-dsa", 1952)),
        ),
        (
            "gost",
            "a GOST R 34.10-2012 key",
            of(
                der.sequence(oid("1.2.643.7.1.1.1.1"), der.sequence(oid("1.2.643.7.1.2.1.1.1"))),
                der.wrap(4, seed("gost", 64)),
            ),
        ),
        ("sm2", "a key on the curve of SM2", _ec(oid("1.2.156.10197.1.301"), b"\x04" + seed("sm2", 64))),
        ("unknown", "a key of an algorithm that nobody knows", of(der.sequence(oid("1.2.3.4")), b"x")),
        ("no-algorithm", "the algorithm of the key is empty", of(der.sequence(), octets)),
        ("null", "the key is a SEQUENCE with a NULL", signed(info(spki=der.sequence(NULL)))),
        (
            "three-members",
            "a third member stands in the key",
            signed(info(spki=der.sequence(_P384, der.bit_string(_POINT), NULL))),
        ),
    )


def _neutral(identifier: bytes) -> bytes:
    """Return a request for the neutral element: R is the base point times 1, S is 1, for every message."""
    base = bytes.fromhex("5866666666666666666666666666666666666666666666666666666666666666")
    spki = der.sequence(identifier, der.bit_string(b"\x01" + bytes(31)))
    return signed(info(spki=spki), edwards("one"), signature=der.bit_string(base + b"\x01" + bytes(31)))
