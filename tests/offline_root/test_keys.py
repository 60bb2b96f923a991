"""Kinds of keys: told apart by the exact bytes of their AlgorithmIdentifier; signatures verify or they do not."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, padding, rsa, x448, x25519
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from hypothesis import given
from hypothesis import strategies as st

from offline_root import der
from offline_root.keys import (
    SIGNING,
    KeyKind,
    algorithm_of,
    describe,
    fingerprint,
    kind_of,
    rsa_numbers,
    signature_verifies,
    signing_kind,
    throwaway,
)
from offline_root.model import Der
from tests.authorities import key, sign, spki
from tests.unusual_keys import OID_EC, OID_PSS, OID_RSA, explicit_p256, with_algorithm

MESSAGE = b"the bytes that a token signs"
ROOTS = list(SIGNING)
EXPLICIT = "EC without the name of its curve (explicit parameters)"
NO_NULL = "RSA without the NULL of its AlgorithmIdentifier"
_SPKI = {kind: spki(key(kind)) for kind in KeyKind}
_NULL = b"\x05\x00"


class TestKindOf:
    @pytest.mark.parametrize("kind", KeyKind)
    def test_knows_every_kind(self, kind: KeyKind) -> None:
        assert kind_of(_SPKI[kind]) is kind
        assert describe(_SPKI[kind]) == kind.value

    @pytest.mark.parametrize(
        ("public", "words"),
        [
            (explicit_p256(), EXPLICIT),
            (with_algorithm(KeyKind.EC_P256, OID_EC, _NULL), EXPLICIT),
            (with_algorithm(KeyKind.EC_P256, OID_EC), EXPLICIT),
            (with_algorithm(KeyKind.EC_P256, OID_EC, b"\x06\x02\x2a\x03"), "EC over an unknown curve (1.2.3)"),
            (with_algorithm(KeyKind.RSA_4096, OID_RSA), NO_NULL),
            (with_algorithm(KeyKind.RSA_4096, OID_RSA, b"\x30\x00"), NO_NULL),
            (with_algorithm(KeyKind.RSA_4096, OID_PSS), "RSA for RSASSA-PSS alone (id-RSASSA-PSS)"),
            (with_algorithm(KeyKind.RSA_4096, OID_PSS, _NULL), "RSA for RSASSA-PSS alone (id-RSASSA-PSS)"),
            (with_algorithm(KeyKind.ED25519, bytes.fromhex("06032b6570"), _NULL), "an unknown kind (1.3.101.112)"),
            (spki(ed448.Ed448PrivateKey.generate()), "Ed448"),
            (spki(x25519.X25519PrivateKey.generate()), "X25519"),
            (spki(x448.X448PrivateKey.generate()), "X448"),
            (spki(ec.generate_private_key(ec.SECP256K1())), "secp256k1"),
            (spki(ec.generate_private_key(ec.SECP192R1())), "secp192r1"),
            (spki(ec.generate_private_key(ec.BrainpoolP256R1())), "brainpoolP256r1"),
            (spki(dsa.generate_private_key(1024)), "DSA"),  # noqa: S505  # it has to be refused
        ],
        ids=[
            "explicit-curve",
            "ec-null",
            "ec-nothing",
            "ec-unknown",
            "rsa-no-null",
            "rsa-sequence",
            "pss",
            "pss-null",
            "ed25519-null",
            "ed448",
            "x25519",
            "x448",
            "secp256k1",
            "p192",
            "brainpool",
            "dsa",
        ],
    )
    def test_takes_no_other_encoding(self, public: Der, words: str) -> None:
        assert kind_of(public) is None
        assert describe(public) == words
        assert signature_verifies(public, b"", MESSAGE) is False
        with pytest.raises(ValueError, match="a root cannot have a key of this kind"):
            signing_kind(public)

    @pytest.mark.parametrize("size", [1024, 2056, 3064])
    def test_takes_rsa_of_the_three_sizes_only(self, size: int) -> None:
        public = spki(rsa.generate_private_key(public_exponent=65537, key_size=size))
        assert kind_of(public) is None
        assert describe(public) == f"rsa-{size}"

    @pytest.mark.parametrize("kind", [KeyKind.EC_P384, KeyKind.ED25519, KeyKind.EC_P521])
    @given(data=st.data())
    def test_goes_by_every_bit_of_the_algorithm(self, kind: KeyKind, data: st.DataObject) -> None:
        algorithm = bytearray(algorithm_of(_SPKI[kind]))
        place = data.draw(st.integers(2, len(algorithm) - 1))
        algorithm[place] ^= data.draw(st.integers(1, 255))
        rest = der.element(_SPKI[kind]).children()[1].raw
        try:
            found = kind_of(Der(der.sequence(bytes(algorithm), rest)))
        except der.DerError:
            return
        assert found is not kind


class TestRsaNumbers:
    @pytest.mark.parametrize("exponent", [3, 65537])
    def test_are_those_of_the_key(self, exponent: int) -> None:
        private = rsa.generate_private_key(public_exponent=exponent, key_size=2048)
        assert rsa_numbers(spki(private)) == (private.public_key().public_numbers().n, exponent)

    def test_are_read_with_their_sign(self) -> None:
        """DER writes integers in two's complement: without a zero octet in front, a modulus is negative and no key."""
        numbers = der.sequence(der.wrap(2, b"\x80" + b"\0" * 255), der.wrap(2, b"\xff"))
        public = with_algorithm(KeyKind.RSA_2048, OID_RSA, _NULL)
        algorithm = der.element(public).children()[0].raw
        negative = Der(der.sequence(algorithm, der.bit_string(numbers)))
        assert rsa_numbers(negative) == (-(2**2047), -1)
        assert kind_of(negative) is None

    def test_are_none_for_other_keys(self) -> None:
        assert rsa_numbers(_SPKI[KeyKind.EC_P256]) is None


class TestSigningKind:
    def test_is_every_kind_but_small_rsa(self) -> None:
        assert set(KeyKind) - set(SIGNING) == {KeyKind.RSA_2048}
        with pytest.raises(ValueError, match="rsa-2048"):
            signing_kind(_SPKI[KeyKind.RSA_2048])

    @pytest.mark.parametrize("kind", ROOTS)
    def test_is_told_from_the_key(self, kind: KeyKind) -> None:
        assert signing_kind(_SPKI[kind]) is kind


class TestSignatureVerifies:
    @pytest.mark.parametrize("kind", ROOTS)
    def test_with_the_right_key_and_hash(self, kind: KeyKind) -> None:
        assert signature_verifies(_SPKI[kind], sign(key(kind), kind, MESSAGE), MESSAGE)

    @pytest.mark.parametrize("kind", ROOTS)
    def test_not_over_other_bytes(self, kind: KeyKind) -> None:
        assert not signature_verifies(_SPKI[kind], sign(key(kind), kind, MESSAGE), MESSAGE + b".")

    @pytest.mark.parametrize("kind", ROOTS)
    def test_not_with_another_key_of_any_kind(self, kind: KeyKind) -> None:
        signature = sign(key(kind), kind, MESSAGE)
        others = [spki(key(kind, 1)), *(public for other, public in _SPKI.items() if other is not kind)]
        assert [public for public in others if signature_verifies(public, signature, MESSAGE)] == []

    @pytest.mark.parametrize("kind", [KeyKind.EC_P256, KeyKind.EC_P384, KeyKind.ED25519, KeyKind.RSA_3072])
    def test_not_with_any_flipped_bit(self, kind: KeyKind) -> None:
        signature = sign(key(kind), kind, MESSAGE)
        step = max(1, len(signature) // 48)
        for bit in range(0, len(signature) * 8, step):
            flipped = bytearray(signature)
            flipped[bit // 8] ^= 1 << bit % 8
            assert not signature_verifies(_SPKI[kind], bytes(flipped), MESSAGE), bit

    @pytest.mark.parametrize("kind", ROOTS)
    @pytest.mark.parametrize("signature", [b"", b"\0", b"\0" * 64, b"\x30\x06\x02\x01\x00\x02\x01\x00", b"\xff" * 512])
    def test_not_with_rubbish(self, kind: KeyKind, signature: bytes) -> None:
        assert signature_verifies(_SPKI[kind], signature, MESSAGE) is False

    def test_not_with_another_hash_or_padding(self) -> None:
        curve, strong = key(KeyKind.EC_P384), key(KeyKind.RSA_3072)
        assert isinstance(curve, ec.EllipticCurvePrivateKey)
        assert isinstance(strong, rsa.RSAPrivateKey)
        pss = padding.PSS(padding.MGF1(SHA256()), 32)
        assert not signature_verifies(spki(curve), curve.sign(MESSAGE, ec.ECDSA(SHA256())), MESSAGE)
        assert not signature_verifies(spki(strong), strong.sign(MESSAGE, padding.PKCS1v15(), SHA384()), MESSAGE)
        assert not signature_verifies(spki(strong), strong.sign(MESSAGE, pss, SHA256()), MESSAGE)

    def test_not_with_a_small_rsa_key_though_it_is_right(self) -> None:
        small = key(KeyKind.RSA_2048)
        assert not signature_verifies(spki(small), sign(small, KeyKind.RSA_3072, MESSAGE), MESSAGE)

    def test_not_with_a_point_off_the_curve(self) -> None:
        algorithm = der.element(_SPKI[KeyKind.EC_P256]).children()[0].raw
        off = Der(der.sequence(algorithm, der.bit_string(b"\x04" + b"\x01" * 64)))
        assert kind_of(off) is KeyKind.EC_P256
        assert not signature_verifies(off, sign(key(KeyKind.EC_P256), KeyKind.EC_P256, MESSAGE), MESSAGE)


@pytest.mark.parametrize("kind", ROOTS)
def test_a_throwaway_key_is_kept_and_of_its_kind(kind: KeyKind) -> None:
    assert throwaway(kind) is throwaway(kind)
    ours, roots = algorithm_of(spki(throwaway(kind))), algorithm_of(_SPKI[kind])
    assert ours == roots


def test_a_fingerprint_is_sha256_in_hex() -> None:
    assert fingerprint(b"abc") == hashlib.sha256(b"abc").hexdigest()
    assert fingerprint(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
