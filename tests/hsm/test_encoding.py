"""Public keys and signatures as modules differ in giving them, and profiles as data."""

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hsm import ALGORITHMS, KINDS, PAIRS, SOFTHSM, Misuse
from hsm.encode import Malformed, kind_of, public_key, signature
from hsm.kinds import algorithm_for, kind_named
from hsm.mechanisms import Operation, operation

CKK_RSA, CKK_EC, CKK_EC_EDWARDS = 0, 3, 0x40
CURVES = {"ec-p256": ec.SECP256R1(), "ec-p384": ec.SECP384R1(), "ec-p521": ec.SECP521R1()}
RSA = rsa.generate_private_key(65537, 2048).public_key()


def spki(key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def octet_string(value: bytes) -> bytes:
    length = bytes([len(value)]) if len(value) < 128 else bytes([0x81, len(value)])
    return b"\x04" + length + value


@pytest.mark.parametrize("wrapped", [True, False], ids=["in an octet string", "bare"])
@pytest.mark.parametrize("name", CURVES)
def test_ec_points(name: str, wrapped: bool) -> None:
    key = ec.generate_private_key(CURVES[name]).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    given = {"EC_PARAMS": KINDS[name].curve, "EC_POINT": octet_string(point) if wrapped else point}

    assert public_key(CKK_EC, given.__getitem__) == spki(key)
    assert kind_of(spki(key)).name == name


@pytest.mark.parametrize("wrapped", [True, False], ids=["in an octet string", "bare"])
def test_ed25519_points(wrapped: bool) -> None:
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    raw = key.public_bytes_raw()

    assert public_key(CKK_EC_EDWARDS, {"EC_POINT": octet_string(raw) if wrapped else raw}.__getitem__) == spki(key)
    assert kind_of(spki(key)).name == "ed25519"


def test_rsa_numbers() -> None:
    numbers = RSA.public_numbers()
    given = {"MODULUS": b"\0" + numbers.n.to_bytes(256, "big"), "PUBLIC_EXPONENT": b"\1\0\1"}

    assert public_key(CKK_RSA, given.__getitem__) == spki(RSA)
    assert kind_of(spki(RSA)).name == "rsa-2048"


P256 = KINDS["ec-p256"].curve


@pytest.mark.parametrize(
    ("key_type", "given"),
    [
        (CKK_EC, {"EC_PARAMS": P256, "EC_POINT": b"\4" + bytes(64)}),  # not on the curve
        (CKK_EC, {"EC_PARAMS": P256, "EC_POINT": b""}),
        (CKK_EC, {"EC_PARAMS": b"", "EC_POINT": b""}),
        (CKK_EC, {"EC_PARAMS": bytes.fromhex("06052b8104000a"), "EC_POINT": b""}),  # secp256k1
        (CKK_EC_EDWARDS, {"EC_POINT": bytes(31)}),
        (CKK_RSA, {"MODULUS": b"", "PUBLIC_EXPONENT": b""}),
        (0x80000001, {}),
    ],
)
def test_what_is_no_key_of_ours_is_malformed(key_type: int, given: dict[str, bytes]) -> None:
    with pytest.raises(Malformed):
        public_key(key_type, given.__getitem__)


@pytest.mark.parametrize(
    "key",
    [
        b"",
        spki(ec.generate_private_key(ec.SECP256K1()).public_key()),
        spki(rsa.RSAPublicNumbers(65537, (1 << 1023) + 1).public_key()),
        bytes.fromhex("302a300506032b656e032100") + bytes(32),  # X25519, which does not sign
        bytes.fromhex("302a300506032b6501032100") + bytes(32),  # an algorithm that nobody knows
    ],
    ids=["nothing", "secp256k1", "rsa-1024", "x25519", "unknown"],
)
def test_a_public_key_of_no_kind_of_ours_is_misuse(key: bytes) -> None:
    with pytest.raises(Misuse):
        kind_of(key)


@pytest.mark.parametrize("name", CURVES)
def test_ecdsa_numbers_become_der(name: str) -> None:
    size = (KINDS[name].bits + 7) // 8
    raw = (0x80).to_bytes(size, "big") + (1).to_bytes(size, "big")
    assert decode_dss_signature(signature(KINDS[name], raw)) == (0x80, 1)


@pytest.mark.parametrize("name", KINDS)
def test_a_signature_has_one_length(name: str) -> None:
    kind = KINDS[name]
    size = kind.bits // 8 if kind.family == "rsa" else 2 * ((kind.bits + 7) // 8)
    assert signature(kind, bytes(size))
    for wrong in (0, size - 1, size + 1):
        with pytest.raises(Malformed, match=f"{wrong} bytes"):
            signature(kind, bytes(wrong))


def test_every_kind_has_its_algorithms() -> None:
    rsa_names = {f"rsa-{padding}-sha{bits}" for padding in ("pkcs1", "pss") for bits in (256, 384, 512)}
    assert {kind: set(names) for kind, names in PAIRS.items()} == {
        "ec-p256": {"ecdsa-sha256"},
        "ec-p384": {"ecdsa-sha384"},
        "ec-p521": {"ecdsa-sha512"},
        "rsa-2048": rsa_names,
        "rsa-3072": rsa_names,
        "rsa-4096": rsa_names,
        "ed25519": {"ed25519"},
    }
    assert set(KINDS) == set(PAIRS)
    assert set(ALGORITHMS) == {name for names in PAIRS.values() for name in names}


def test_names_that_do_not_exist_are_misuse() -> None:
    with pytest.raises(Misuse, match="dsa"):
        kind_named("dsa")
    with pytest.raises(Misuse, match="ecdsa-sha256"):
        algorithm_for("ec-p384", "ecdsa-sha256")


DIGEST = bytes.fromhex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
"""SHA-256 of "abc" (FIPS 180-2 appendix B.1)."""


@pytest.mark.parametrize(
    ("name", "listed", "expected"),
    [
        ("ecdsa-sha256", {"ECDSA_SHA256"}, Operation("ECDSA", DIGEST)),
        ("ed25519", set(), Operation("EDDSA", b"abc")),
        ("rsa-pkcs1-sha256", {"SHA256_RSA_PKCS"}, Operation("SHA256_RSA_PKCS", b"abc")),
        (
            "rsa-pkcs1-sha256",
            {"SHA384_RSA_PKCS"},
            Operation("RSA_PKCS", bytes.fromhex("3031300d060960864801650304020105000420") + DIGEST),
        ),
        ("rsa-pss-sha256", {"RSA_PKCS_PSS"}, Operation("RSA_PKCS_PSS", DIGEST, "SHA256", 32)),
        ("rsa-pss-sha256", set(), Operation("SHA256_RSA_PKCS_PSS", b"abc", "SHA256", 32)),
    ],
)
def test_mechanism_and_input(name: str, listed: set[str], expected: Operation) -> None:
    assert operation(ALGORITHMS[name], b"abc", listed) == expected


class TestProfile:
    def test_templates_are_the_portable_core(self) -> None:
        private = {"PRIVATE": True, "SENSITIVE": True, "SIGN": True, "DERIVE": False, "DECRYPT": False}
        assert SOFTHSM.private_template(extractable=False) == {**private, "EXTRACTABLE": False}
        assert SOFTHSM.private_template(extractable=True) == {**private, "EXTRACTABLE": True}
        assert SOFTHSM.public_template() == {"PRIVATE": False, "VERIFY": True, "ENCRYPT": False}

    def test_omitted_attributes_are_not_sent(self) -> None:
        profile = dataclasses.replace(SOFTHSM, omitted=("WRAP", "UNWRAP"))
        assert profile.public_template()["WRAP"] is None
        assert profile.private_template(extractable=False)["UNWRAP"] is None

    @pytest.mark.parametrize("value", [1, "yes", None, b"\1"])
    def test_a_value_that_would_crash_the_library_is_found(self, value: bool) -> None:
        with pytest.raises(Misuse, match="EXTRACTABLE"):
            SOFTHSM.private_template(extractable=value)

    def test_an_attribute_that_is_no_boolean_is_found(self) -> None:
        with pytest.raises(Misuse, match="ALLOWED_MECHANISMS"):
            dataclasses.replace(SOFTHSM, public=(("ALLOWED_MECHANISMS", True),)).public_template()
