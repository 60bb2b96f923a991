"""The practice stick of a rehearsal: requests as an online CA would make them, good ones and five that must be refused.

The keys are software keys that nobody keeps. They certify nothing: a rehearsal's root is worthless by construction.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from offline_root.keys import KeyKind, fingerprint
from offline_root.model import Fingerprint
from offline_root.policy.model import LONGEST, WILDCARD, EnvironmentPolicy


@dataclass(frozen=True, slots=True)
class PracticeRequest:
    """One file on the practice stick, and the paper slip that came with it.

    `lesson` says what it teaches; empty for a good one.
    """

    file: str
    data: bytes
    environment: str
    fingerprint: Fingerprint
    lesson: str = ""


def practice_requests(environment: EnvironmentPolicy) -> tuple[PracticeRequest, ...]:
    """Return a good request for an environment, then five bad ones."""
    return (
        _request(environment, "good", _Recipe()),
        _request(
            environment, "wrong-name", _Recipe(common_name="Some other CA"), "the common name is not the policy's"
        ),
        _request(environment, "leaf", _Recipe(ca=False), "it asks for a leaf certificate, not for a CA"),
        _request(
            environment, "hidden", _Recipe(suffix="\u202e"), "the name hides a character that turns the text around"
        ),
        _request(environment, "broken", _Recipe(broken=True), "it was changed after it was signed"),
        _request(environment, "exposed", _Recipe(with_key=True), "the private key lies beside the request"),
    )


@dataclass(frozen=True, slots=True)
class _Recipe:
    """How a practice request differs from a good one."""

    common_name: str = ""
    suffix: str = ""
    ca: bool = True
    broken: bool = False
    with_key: bool = False


_MAKERS: tuple[tuple[KeyKind, Callable[[], CertificateIssuerPrivateKeyTypes]], ...] = (
    (KeyKind.EC_P384, lambda: ec.generate_private_key(ec.SECP384R1())),
    (KeyKind.EC_P256, lambda: ec.generate_private_key(ec.SECP256R1())),
    (KeyKind.EC_P521, lambda: ec.generate_private_key(ec.SECP521R1())),
    (KeyKind.ED25519, ed25519.Ed25519PrivateKey.generate),
    (KeyKind.RSA_2048, lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    (KeyKind.RSA_3072, lambda: rsa.generate_private_key(public_exponent=65537, key_size=3072)),
    (KeyKind.RSA_4096, lambda: rsa.generate_private_key(public_exponent=65537, key_size=4096)),
)
"""Every kind that a policy can list, the quick ones first."""


def _request(environment: EnvironmentPolicy, name: str, recipe: _Recipe, lesson: str = "") -> PracticeRequest:
    key = next(make for kind, make in _MAKERS if kind in environment.keys)()
    wanted = environment.common_name.replace(WILDCARD, "1")
    longest = LONGEST["common_name"] - len(recipe.suffix.encode())
    common_name = (recipe.common_name or wanted)[:longest] + recipe.suffix
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    )
    if not recipe.ca:
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    hash_ = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA384()
    der = builder.sign(key, hash_).public_bytes(Encoding.DER)
    if recipe.broken:
        der = der[:-1] + bytes([der[-1] ^ 1])
    data = x509.load_der_x509_csr(der).public_bytes(Encoding.PEM)
    if recipe.with_key:
        data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + data
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return PracticeRequest(f"{environment.name}-{name}.csr", data, environment.name, fingerprint(spki), lesson)
