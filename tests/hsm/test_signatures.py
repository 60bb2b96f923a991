"""Signatures of every kind of key by every algorithm that goes with it, checked by two other implementations."""

import subprocess
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from hsm import ALGORITHMS, KINDS, PAIRS, KeyAbsent, Misuse, Token, TokenKey
from tests.hsm.softhsm import FAULTY, Stored, program

MESSAGE = b"to be signed \x00\xff" * 77
HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
GOES = [(kind, algorithm) for kind, algorithms in PAIRS.items() for algorithm in algorithms]
GOES_NOT = [(kind, algorithm) for kind in KINDS for algorithm in ALGORITHMS if algorithm not in PAIRS[kind]]


def verify(key: TokenKey, algorithm: str, signature: bytes, message: bytes) -> None:
    public, name = load_der_public_key(key.public_key), algorithm.rpartition("-")[2]
    if isinstance(public, ed25519.Ed25519PublicKey):
        public.verify(signature, message)
    elif isinstance(public, ec.EllipticCurvePublicKey):
        public.verify(signature, message, ec.ECDSA(HASHES[name]))
    else:
        assert isinstance(public, rsa.RSAPublicKey)
        used = HASHES[name]
        pss = padding.PSS(padding.MGF1(used), used.digest_size)
        public.verify(signature, message, pss if "pss" in algorithm else padding.PKCS1v15(), used)


@pytest.mark.parametrize(("kind", "algorithm"), GOES)
def test_signature_verifies(keys: Token, kind: str, algorithm: str) -> None:
    key = keys.find(kind)
    signature = keys.sign(key, algorithm, MESSAGE)

    verify(key, algorithm, signature, MESSAGE)
    with pytest.raises(InvalidSignature):
        verify(key, algorithm, signature, MESSAGE + b"!")


@pytest.mark.parametrize(("kind", "algorithm"), [pair for pair in GOES if pair[0] != "ed25519"])
def test_openssl_accepts_the_signature(keys: Token, tmp_path: Path, kind: str, algorithm: str) -> None:
    key = keys.find(kind)
    for name, content in (
        ("key", load_der_public_key(key.public_key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)),
        ("signature", keys.sign(key, algorithm, MESSAGE)),
        ("message", MESSAGE),
    ):
        (tmp_path / name).write_bytes(content)
    digest = algorithm.rpartition("-")[2]
    pss = ("rsa_padding_mode:pss", "rsa_pss_saltlen:digest", f"rsa_mgf1_md:{digest}")
    options = [word for option in pss for word in ("-sigopt", option)] if "pss" in algorithm else []
    command = ["openssl", "dgst", f"-{digest}", "-verify", "key", "-signature", "signature", *options, "message"]

    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).stdout == b"Verified OK\n"


@pytest.mark.parametrize("message", [b"", b"x", bytes(16 * 1024 * 1024)], ids=["empty", "one byte", "the longest"])
def test_messages_of_any_length_are_signed(keys: Token, message: bytes) -> None:
    for kind in ("ec-p384", "ed25519"):
        key, algorithm = keys.find(kind), PAIRS[kind][0]
        verify(key, algorithm, keys.sign(key, algorithm, message), message)


def test_a_longer_message_is_refused(keys: Token) -> None:
    with pytest.raises(Misuse):
        keys.sign(keys.find("ec-p384"), "ecdsa-sha384", bytes(16 * 1024 * 1024 + 1))


@pytest.mark.parametrize(("kind", "algorithm"), GOES_NOT)
def test_an_algorithm_that_does_not_go_with_the_key_is_refused(keys: Token, kind: str, algorithm: str) -> None:
    """SoftHSM itself would cut a SHA-384 digest to fit P-256 and sign it."""
    with pytest.raises(Misuse, match=algorithm):
        keys.sign(keys.find(kind), algorithm, MESSAGE)


def test_an_unknown_algorithm_is_refused(keys: Token) -> None:
    with pytest.raises(Misuse, match="ecdsa-sha1"):
        keys.sign(keys.find("ec-p256"), "ecdsa-sha1", MESSAGE)


CKM_RSA_PKCS, CKM_RSA_PKCS_PSS = 0x01, 0x0D
CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS = 0x40, 0x43
VENDOR = 0x80000001


@pytest.mark.parametrize(
    ("algorithm", "mechanism"),
    [
        ("rsa-pkcs1-sha256", CKM_RSA_PKCS),
        ("rsa-pkcs1-sha256", CKM_SHA256_RSA_PKCS),
        ("rsa-pss-sha256", CKM_RSA_PKCS_PSS),
        ("rsa-pss-sha256", CKM_SHA256_RSA_PKCS_PSS),
    ],
    ids=["raw pkcs1", "hashing pkcs1", "raw pss", "hashing pss"],
)
def test_a_signature_by_the_only_mechanism_that_the_module_has(
    furnished: Stored, algorithm: str, mechanism: int
) -> None:
    faults = (f"C_GetMechanismList=only:{mechanism},{VENDOR}", f"C_SignInit=takes:{mechanism}")
    with furnished.open(_program=program(FAULTY, *faults)) as token:
        key = token.find("rsa-2048")
        verify(key, algorithm, token.sign(key, algorithm, MESSAGE), MESSAGE)


def test_a_key_that_is_not_the_tokens_is_not_signed_with(keys: Token, token: Token) -> None:
    token.generate("ec-p384", label="ec-p384", key_id=b"\x02", extractable=False)  # same label, same id

    with pytest.raises(KeyAbsent, match="not the one"):
        token.sign(keys.find("ec-p384"), "ecdsa-sha384", MESSAGE)


def test_a_public_key_that_is_none_is_refused(keys: Token) -> None:
    with pytest.raises(Misuse):
        keys.sign(TokenKey("ec-p384", b"\x02", b"nonsense", ()), "ecdsa-sha384", MESSAGE)
