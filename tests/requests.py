"""Requests as an online CA might send them, good and bad."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

COMMON_NAME = "PrivSec Intermediate CA (test)"
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@cache
def small_key() -> rsa.RSAPrivateKey:
    """Return an RSA key of a size that the policy does not list."""
    return rsa.generate_private_key(65537, 2048)


def request(
    common_name: str = COMMON_NAME,
    *others: x509.NameAttribute[str],
    key: PrivateKey | None = None,
    ca: bool | None = None,
) -> bytes:
    """Return a request in PEM, good unless told otherwise; `ca` asks for basicConstraints."""
    name = x509.Name([*others, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    private = key or ec.generate_private_key(ec.SECP384R1())
    return builder.sign(private, hashes.SHA384()).public_bytes(Encoding.PEM)


def forged() -> bytes:
    """Return a request whose signature is not that of its key."""
    der = bytearray(x509.load_pem_x509_csr(request()).public_bytes(Encoding.DER))
    der[-1] ^= 1
    return x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM)


def with_its_key() -> bytes:
    """Return a private key and its request in one file, as `generate/exported` with `pem_bundle` does."""
    key = ec.generate_private_key(ec.SECP384R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + request(key=key)


@dataclass(frozen=True)
class Bad:
    """A request that must not be signed: its bytes (None: no such file) and the code that must be named."""

    content: bytes | None
    code: str


def bad_requests() -> dict[str, Bad]:
    """Return bad requests by file name."""
    return {
        "missing.csr": Bad(None, "request.file.unreadable"),
        "empty.csr": Bad(b"", "request.file.empty"),
        "noise.csr": Bad(b"this is not a request\n", "request.file.form"),
        "large.csr": Bad(b"x" * 70_000, "request.file.too-large"),
        "two.csr": Bad(request() + request(), "request.file.two-requests"),
        "exposed.csr": Bad(with_its_key(), "request.file.private-key"),
        "cut.csr": Bad(request()[:-40], "request.file.cut-off"),
        "trailing.csr": Bad(request() + b"and more\n", "request.file.trailing-data"),
        "damaged.csr": Bad(request().replace(b"M", b"!", 1), "request.file.base64"),
        "forged.csr": Bad(forged(), "request.signature.invalid"),
        "name.csr": Bad(request("Some other CA"), "request.subject.common-name"),
        "country.csr": Bad(
            request(COMMON_NAME, x509.NameAttribute(NameOID.COUNTRY_NAME, "DE")), "request.subject.attribute"
        ),
        "hidden.csr": Bad(request(COMMON_NAME + "\u202e"), "request.subject.characters"),
        "leaf.csr": Bad(request(ca=False), "request.extension.not-ca"),
        "small.csr": Bad(request(key=small_key()), "request.key.kind"),
        "certificate.pem": Bad(
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "request.file.not-a-request"
        ),
    }


def written(folder: Path, name: str, content: bytes | None) -> Path:
    """Write a request onto the stick; without content, only return where it would be."""
    path = folder / name
    if content is not None:
        path.write_bytes(content)
    return path
