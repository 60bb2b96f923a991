"""Leaf certificates as an online CA issues them, and what other programs make of them. None shares code with us."""

import subprocess
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from offline_root import issue
from offline_root.keys import KeyKind
from offline_root.policy.model import NameConstraints
from offline_root.profile import intermediate_extensions
from tests.authorities import NOW, Root, common_name, environment, key, policy, root, spki, with_environment

ONLINE, LEAF = key(KeyKind.EC_P384, 50), key(KeyKind.EC_P256, 51)


# No common name: OpenSSL takes one that looks like a host name for a DNS name, GnuTLS takes any.
PLAIN = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "a leaf")])


def leaf(
    *names: x509.GeneralName,
    issuer: x509.Certificate,
    by: Any = ONLINE,  # noqa: ANN401  # any of cryptography's private keys
    subject: x509.Name = PLAIN,
) -> x509.Certificate:
    """Return a certificate from an online CA, signed `by` its key, for servers and clients."""
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject)
        .public_key(LEAF.public_key())
        .serial_number(9)
        .not_valid_before(issuer.not_valid_before_utc)
        .not_valid_after(issuer.not_valid_before_utc + timedelta(days=30))
        .add_extension(usage, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(LEAF.public_key()), critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    signed: x509.Certificate = builder.sign(by, SHA256())
    return signed


def chain(constraints: NameConstraints) -> tuple[Root, x509.Certificate]:
    """Return a root and the intermediate that it gives an environment with these constraints."""
    made = root(with_environment(policy(), name_constraints=constraints))
    return made, issue.load(made.intermediate(ONLINE))


def constrained(constraints: x509.NameConstraints | None, at: datetime = NOW) -> tuple[Root, x509.Certificate]:
    """Return a root and an intermediate with constraints that no policy can have, or with none."""
    made = root(born=at)
    own = intermediate_extensions(environment(made.policy), made.policy.root, made.parsed, spki(ONLINE))
    others = [(value, critical) for value, critical in own if not isinstance(value, x509.NameConstraints)]
    builder = (
        x509.CertificateBuilder()
        .subject_name(common_name("constrained"))
        .issuer_name(made.parsed.subject)
        .public_key(ONLINE.public_key())
        .serial_number(77)
        .not_valid_before(at - timedelta(minutes=5))
        .not_valid_after(at + timedelta(days=90))
    )
    for value, critical in [*others, *([(constraints, True)] if constraints else [])]:
        builder = builder.add_extension(value, critical=critical)
    assert made.private is not None
    return made, builder.sign(made.private, SHA256())


def openssl_takes(folder: Path, made: Root, ca: x509.Certificate, leaves: Sequence[x509.Certificate]) -> list[bool]:
    """Say of each leaf whether OpenSSL takes it. What it refuses, it must refuse for its name."""
    files = _written(folder, made, ca, leaves)
    at = str(int(ca.not_valid_before_utc.timestamp()) + 60)
    asked = ["openssl", "verify", "-x509_strict", "-attime", at, "-CAfile", "root.pem", "-untrusted", "ca.pem"]
    said = subprocess.run([*asked, *files], cwd=folder, check=False, capture_output=True, text=True)
    reasons = ("permitted subtree violation", "excluded subtree violation", "unsupported or invalid name syntax")
    refused = sum(said.stderr.count(each) for each in reasons)
    taken = [f"{file}: OK" in said.stdout.splitlines() for file in files]
    assert refused == taken.count(False), said.stderr
    return taken


def gnutls_takes(folder: Path, made: Root, ca: x509.Certificate, leaves: Sequence[x509.Certificate]) -> list[bool]:
    """Say of each leaf whether GnuTLS takes it, now: it cannot be asked about another time."""
    return [_gnutls_takes(folder, file) for file in _written(folder, made, ca, leaves)]


def _gnutls_takes(folder: Path, file: str) -> bool:
    chained = (folder / file).read_bytes() + (folder / "ca.pem").read_bytes()
    asked = ["certtool", "--verify", "--load-ca-certificate", "root.pem"]
    done = subprocess.run(asked, cwd=folder, input=chained, check=False, capture_output=True)
    assert done.returncode == 0 or b"violates the signer's constraints" in done.stdout, done.stdout + done.stderr
    return done.returncode == 0


def _written(folder: Path, made: Root, ca: x509.Certificate, leaves: Sequence[x509.Certificate]) -> list[str]:
    (folder / "root.pem").write_bytes(made.parsed.public_bytes(Encoding.PEM))
    (folder / "ca.pem").write_bytes(ca.public_bytes(Encoding.PEM))
    files = [f"leaf{number}.pem" for number, _ in enumerate(leaves)]
    for file, each in zip(files, leaves, strict=True):
        (folder / file).write_bytes(each.public_bytes(Encoding.PEM))
    return files


def cryptography_takes(made: Root, ca: x509.Certificate, each: x509.Certificate) -> bool:
    """Say whether cryptography's verifier takes a leaf, as a client: all its names are looked at."""
    verifier = (
        PolicyBuilder()
        .store(Store([made.parsed]))
        .time(ca.not_valid_before_utc + timedelta(minutes=1))
        .build_client_verifier()
    )
    try:
        verifier.verify(each, [ca])
    except VerificationError:
        return False
    return True
