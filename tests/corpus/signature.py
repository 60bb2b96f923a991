"""Signatures that prove nothing, and algorithms that nobody should accept."""

from offline_root import der
from tests.corpus.build import NULL, SUBJECT, Vector, Vectors, asking, called, csr, fields, info, signed
from tests.corpus.keys import GOOD, curve, ecdsa, edwards, integer, numbers, pkcs1, rsa
from tests.offline_root.request.structures import extension, oid

WHY = (
    "The signature of a request is the proof that the requester has the key, and that nobody changed the request on "
    "its way. A hash that can be collided, or an algorithm that says something else than was used, is no proof."
)

_SIGNATURE = GOOD.sign(info(), "sha384")
_PSS, _MGF = "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.8"
_HASHES = {
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}


def signatures() -> Vectors:
    """Yield them all."""
    for name, what, content in (*_hashes(), *_pss(), *_wrong(), *_algorithms(), *_ecdsa()):
        yield Vector(f"signature/{name}.der", what, content)


def _by_rsa(hash_: str, **parts: bytes) -> bytes:
    key = rsa("rsa-4096")
    return signed(info(spki=key.spki), key, hash_, **parts)


def _hashes() -> tuple[tuple[str, str, bytes], ...]:
    return (
        *((f"rsa-{each}", f"RSA with {each.upper()}", _by_rsa(each)) for each in ("md5", "sha1", "sha224")),
        *((f"rsa-{each}", f"good: RSA with {each.upper()}", _by_rsa(each)) for each in ("sha384", "sha512")),
        *((f"ecdsa-{each}", f"ECDSA with {each.upper()}", csr(hash_=each)) for each in ("sha1", "sha224", "sha3-256")),
        *((f"ecdsa-{each}", f"good: ECDSA with {each.upper()}", csr(hash_=each)) for each in ("sha256", "sha512")),
        ("ed25519", "Ed25519, by a key that the policy does not list", csr(by=edwards("one"))),
    )


def _pss_parameters(hash_: str, mask: str, salt: int) -> bytes:
    digest = der.sequence(oid(_HASHES[hash_]), NULL)
    masking = der.sequence(oid(_MGF), der.sequence(oid(_HASHES[mask]), NULL))
    parts = [der.wrap(0xA0, digest), der.wrap(0xA1, masking), der.wrap(0xA2, integer(salt))]
    # The defaults are not written (X.690 11.5): SHA-1, MGF1 with SHA-1, 20.
    kept = (
        part for part, default in zip(parts, (hash_ == "sha1", mask == "sha1", salt == 20), strict=True) if not default
    )
    return der.sequence(*kept)


def _by_pss(hash_: str, mask: str, salt: int, parameters: bytes | None = None) -> bytes:
    content = info(spki=rsa("rsa-4096").spki)
    told = _pss_parameters(hash_, mask, salt) if parameters is None else parameters
    signature = der.bit_string(numbers("rsa-4096").pss(content, hash_, mask, bytes(range(salt))))
    return signed(content, rsa("rsa-4096"), algorithm=der.sequence(oid(_PSS), told), signature=signature)


def _pss() -> tuple[tuple[str, str, bytes], ...]:
    return (
        ("pss-sha256", "good: RSASSA-PSS with SHA-256", _by_pss("sha256", "sha256", 32)),
        ("pss-sha384", "good: RSASSA-PSS with SHA-384", _by_pss("sha384", "sha384", 48)),
        ("pss-sha1", "RSASSA-PSS with SHA-1: the parameters are all defaults", _by_pss("sha1", "sha1", 20)),
        ("pss-mask-sha1", "RSASSA-PSS with SHA-256, but the mask comes from SHA-1", _by_pss("sha256", "sha1", 32)),
        ("pss-hash-sha1", "RSASSA-PSS with SHA-1, but the mask comes from SHA-256", _by_pss("sha1", "sha256", 20)),
        ("pss-no-salt", "RSASSA-PSS without salt", _by_pss("sha256", "sha256", 0)),
        ("pss-long-salt", "RSASSA-PSS with a salt of 200 octets", _by_pss("sha256", "sha256", 200)),
        ("pss-no-parameters", "RSASSA-PSS whose parameters are missing", _by_pss("sha256", "sha256", 32, b"")),
        ("pss-null", "RSASSA-PSS whose parameters are a NULL", _by_pss("sha256", "sha256", 32, NULL)),
        (
            "pss-trailer",
            "RSASSA-PSS with another trailer",
            _by_pss(
                "sha256",
                "sha256",
                32,
                der.sequence(
                    *(each.raw for each in der.element(_pss_parameters("sha256", "sha256", 32)).children()),
                    der.wrap(0xA3, integer(2)),
                ),
            ),
        ),
        (
            "pss-lie",
            "RSASSA-PSS that was made with SHA-1 and says SHA-256",
            _by_pss("sha1", "sha1", 20, _pss_parameters("sha256", "sha256", 20)),
        ),
    )


def _wrong() -> tuple[tuple[str, str, bytes], ...]:
    other, good = curve("two"), csr()
    changed = csr(subject=called("PrivSec Intermediate CA (tesu)"))
    return (
        ("other-key", "another key signed", signed(info(), other)),
        ("other-kind", "an RSA key signed for a P-384 key", signed(info(), rsa("rsa-4096"))),
        ("last-bit", "the last bit of the signature is changed", good[:-1] + bytes([good[-1] ^ 1])),
        ("changed-subject", "a letter of the subject was changed after signing", changed.replace(b"(tesu)", b"(test)")),
        ("changed-key", "the key was replaced after signing", good.replace(GOOD.spki, other.spki)),
        (
            "added-attribute",
            "a request for extensions was added after signing",
            der.sequence(_with_ca(), *(each.raw for each in der.element(good).children()[1:])),
        ),
        ("empty", "the signature has no octet", signed(info(), signature=der.bit_string(b""))),
        ("no-octets", "the signature has not even the octet of unused bits", signed(info(), signature=b"\x03\x00")),
        ("zeros", "the signature is zeros", signed(info(), signature=der.bit_string(bytes(96)))),
        (
            "of-the-subject",
            "the signature is over the subject alone",
            signed(info(), signature=der.bit_string(GOOD.sign(SUBJECT, "sha384"))),
        ),
        ("rsa-zeros", "an RSA signature of zeros", _by_rsa("sha256", signature=der.bit_string(bytes(512)))),
        ("rsa-one", "an RSA signature that is 1", _by_rsa("sha256", signature=der.bit_string(bytes(511) + b"\1"))),
        (
            "rsa-short",
            "an RSA signature that lacks its last octet",
            _by_rsa("sha256", signature=der.bit_string(bytes(511))),
        ),
        (
            "rsa-above",
            "an RSA signature that is larger than the modulus",
            _by_rsa("sha256", signature=der.bit_string(b"\xff" * 512)),
        ),
        ("ed25519-changed", "an Ed25519 signature with a changed bit", _flipped(csr(by=edwards("one")))),
        (
            "ed25519-malleable",
            "an Ed25519 signature whose S is larger than the order: the same to careless programs",
            _malleable(),
        ),
    )


def _with_ca() -> bytes:
    return info(attributes=fields(asking(extension("2.5.29.19", bytes.fromhex("30030101ff")))))


def _flipped(request: bytes) -> bytes:
    return request[:-1] + bytes([request[-1] ^ 1])


def _malleable() -> bytes:
    good = csr(by=edwards("one"))
    order = 2**252 + 27742317777372353535851937790883648493
    return good[:-32] + (int.from_bytes(good[-32:], "little") + order).to_bytes(32, "little")


def _algorithms() -> tuple[tuple[str, str, bytes], ...]:
    key = rsa("rsa-4096")
    return (
        (
            "says-sha256",
            "signed with SHA-384, but the algorithm says SHA-256",
            signed(info(), algorithm=ecdsa("sha256")),
        ),
        ("says-rsa", "an ECDSA signature that says RSA", signed(info(), algorithm=pkcs1("sha384"))),
        ("says-ecdsa", "an RSA signature that says ECDSA", _by_rsa("sha256", algorithm=ecdsa("sha256"))),
        (
            "says-ed25519",
            "an ECDSA signature that says Ed25519",
            signed(info(), algorithm=edwards("one").algorithm("")),
        ),
        (
            "ecdsa-null",
            "ECDSA with a NULL for parameters",
            signed(info(), algorithm=der.sequence(oid("1.2.840.10045.4.3.3"), NULL)),
        ),
        (
            "ecdsa-curve",
            "ECDSA with the curve for parameters",
            signed(info(), algorithm=der.sequence(oid("1.2.840.10045.4.3.3"), oid("1.3.132.0.34"))),
        ),
        (
            "rsa-no-null",
            "RSA without the NULL of its parameters",
            _by_rsa("sha256", algorithm=der.sequence(oid("1.2.840.113549.1.1.11"))),
        ),
        (
            "rsa-other-parameters",
            "RSA with an OCTET STRING for parameters",
            _by_rsa("sha256", algorithm=der.sequence(oid("1.2.840.113549.1.1.11"), b"\x04\x00")),
        ),
        (
            "ed25519-null",
            "Ed25519 with a NULL for parameters",
            signed(info(spki=edwards("one").spki), edwards("one"), algorithm=der.sequence(oid("1.3.101.112"), NULL)),
        ),
        ("md4", "RSA with MD4", _by_rsa("md5", algorithm=der.sequence(oid("1.2.840.113549.1.1.3"), NULL))),
        ("md2", "RSA with MD2", _by_rsa("md5", algorithm=der.sequence(oid("1.2.840.113549.1.1.2"), NULL))),
        (
            "sha1-old",
            "RSA with SHA-1, by its old name (1.3.14.3.2.29)",
            _by_rsa("sha1", algorithm=der.sequence(oid("1.3.14.3.2.29"), NULL)),
        ),
        (
            "rsa-encryption",
            "the algorithm is that of a key, rsaEncryption",
            _by_rsa("sha256", algorithm=der.sequence(oid("1.2.840.113549.1.1.1"), NULL)),
        ),
        ("unknown", "an algorithm that nobody knows", signed(info(), algorithm=der.sequence(oid("1.2.3.4")))),
        ("none", "an empty algorithm", signed(info(), algorithm=der.sequence())),
        ("no-algorithm", "the algorithm is a NULL", signed(info(), algorithm=NULL)),
        (
            "dsa",
            "the algorithm is DSA with SHA-256",
            signed(info(), algorithm=der.sequence(oid("2.16.840.1.101.3.4.3.2"))),
        ),
        (
            "ml-dsa",
            "the algorithm is ML-DSA-65",
            signed(info(spki=key.spki), key, algorithm=der.sequence(oid("2.16.840.1.101.3.4.3.18"))),
        ),
    )


def _ecdsa() -> tuple[tuple[str, str, bytes], ...]:
    first, second = (each.raw for each in der.element(_SIGNATURE).children())
    order = int("ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973", 16)
    mirrored = order - int.from_bytes(der.element(second).content)

    def of(octets: bytes) -> bytes:
        return signed(info(), signature=der.bit_string(octets))

    zero = integer(0)
    return (
        ("ecdsa-zero", "ECDSA with r and s zero", of(der.sequence(zero, zero))),
        ("ecdsa-order", "ECDSA with r and s the order of the curve", of(der.sequence(integer(order), integer(order)))),
        ("ecdsa-negative", "ECDSA with a negative s", of(der.sequence(first, b"\x02\x01\xff"))),
        (
            "ecdsa-mirrored",
            "good: ECDSA with n-s for s, as valid as the first, but other octets",
            of(der.sequence(first, integer(mirrored))),
        ),
        ("ecdsa-long-length", "ECDSA in BER: a length of one octet too many", of(b"\x30\x81" + _SIGNATURE[1:])),
        (
            "ecdsa-padded",
            "ECDSA in BER: zero octets in front of r",
            of(der.sequence(der.wrap(2, bytes(2) + der.element(first).content), second)),
        ),
        ("ecdsa-behind", "an octet stands behind the ECDSA signature, in its bits", of(_SIGNATURE + b"\0")),
        ("ecdsa-third", "a third number stands in the ECDSA signature", of(der.sequence(first, second, zero))),
        (
            "ecdsa-raw",
            "ECDSA as r and s alone, as PKCS#11 gives them",
            of(b"".join(int.from_bytes(der.element(each).content).to_bytes(48) for each in (first, second))),
        ),
    )
