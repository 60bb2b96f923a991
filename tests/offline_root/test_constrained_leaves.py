"""What name constraints do: OpenSSL and cryptography refuse leaf certificates outside them and take those inside."""

import subprocess
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from itertools import product
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from offline_root import issue
from offline_root.keys import KeyKind
from offline_root.policy.model import NameConstraints
from tests.authorities import NOW, Root, common_name, key, policy, root, with_environment

ONLINE, LEAF = key(KeyKind.EC_P384, 50), key(KeyKind.EC_P256, 51)
POLICIES = {
    (dns, v4, v6, email, uri): NameConstraints(
        ("in.example",) if dns else None,
        (("10.0.0.0/8",) if v4 else ()) + (("2001:db8::/32",) if v6 else ()),
        (".in.example", "in.example") if email else None,
        (".in.example",) if uri else None,
    )
    for dns, v4, v6, email, uri in product((True, False), repeat=5)
}


@dataclass(frozen=True)
class Leaf:
    """A name that a leaf certificate is for, and whether constraints of (dns, v4, v6, email, uri) let it through."""

    name: x509.GeneralName
    family: int
    inside: bool

    def allowed(self, constrained: tuple[bool, ...]) -> bool:
        """Say so: an address family without an entry is excluded whole, any other kind without one is free."""
        if self.family in (1, 2):
            return constrained[self.family] and self.inside
        return self.inside or not constrained[self.family]


LEAVES = (
    Leaf(x509.DNSName("in.example"), 0, inside=True),
    Leaf(x509.DNSName("a.b.in.example"), 0, inside=True),
    Leaf(x509.DNSName("out.example"), 0, inside=False),
    Leaf(x509.DNSName("notin.example"), 0, inside=False),
    Leaf(x509.IPAddress(ip_address("10.1.2.3")), 1, inside=True),
    Leaf(x509.IPAddress(ip_address("11.0.0.1")), 1, inside=False),
    Leaf(x509.IPAddress(ip_address("2001:db8::5")), 2, inside=True),
    Leaf(x509.IPAddress(ip_address("2001:db9::5")), 2, inside=False),
    Leaf(x509.RFC822Name("a@in.example"), 3, inside=True),
    Leaf(x509.RFC822Name("a@b.in.example"), 3, inside=True),
    Leaf(x509.RFC822Name("a@out.example"), 3, inside=False),
    Leaf(x509.UniformResourceIdentifier("https://b.in.example/x"), 4, inside=True),
    Leaf(x509.UniformResourceIdentifier("spiffe://out.example/x"), 4, inside=False),
)


def leaf(name: x509.GeneralName, issuer: x509.Certificate) -> x509.Certificate:
    """Return a certificate from the online CA."""
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return (
        x509.CertificateBuilder()
        .subject_name(common_name("a leaf"))
        .issuer_name(issuer.subject)
        .public_key(LEAF.public_key())
        .serial_number(9)
        .not_valid_before(NOW - timedelta(minutes=1))
        .not_valid_after(NOW + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(usage, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(LEAF.public_key()), critical=False)
        .sign(ONLINE, SHA256())
    )


def chain(constraints: NameConstraints) -> tuple[Root, x509.Certificate]:
    """Return a root and the intermediate that it gives an environment with these constraints."""
    made = root(with_environment(policy(), name_constraints=constraints))
    return made, issue.load(made.intermediate(ONLINE))


def openssl_takes(folder: Path, made: Root, ca: x509.Certificate, leaves: list[x509.Certificate]) -> list[bool]:
    (folder / "root.pem").write_bytes(made.parsed.public_bytes(Encoding.PEM))
    (folder / "ca.pem").write_bytes(ca.public_bytes(Encoding.PEM))
    files = [f"leaf{number}.pem" for number, _ in enumerate(leaves)]
    for file, each in zip(files, leaves, strict=True):
        (folder / file).write_bytes(each.public_bytes(Encoding.PEM))
    at = str(int(NOW.timestamp()))
    asked = ["openssl", "verify", "-x509_strict", "-attime", at, "-CAfile", "root.pem", "-untrusted", "ca.pem"]
    said = subprocess.run([*asked, *files], cwd=folder, check=False, capture_output=True, text=True)
    refused = said.stderr.count("permitted subtree violation") + said.stderr.count("excluded subtree violation")
    taken = [f"{file}: OK" in said.stdout.splitlines() for file in files]
    assert refused == taken.count(False), said.stderr
    return taken


def cryptography_takes(made: Root, ca: x509.Certificate, each: x509.Certificate, name: x509.GeneralName) -> bool:
    assert isinstance(name, x509.DNSName | x509.IPAddress)
    verifier = PolicyBuilder().store(Store([made.parsed])).time(NOW).build_server_verifier(name)
    try:
        verifier.verify(each, [ca])
    except VerificationError:
        return False
    return True


@pytest.mark.parametrize("constrained", POLICIES, ids=str)
def test_leaves_outside_are_refused_and_those_inside_taken(constrained: tuple[bool, ...], tmp_path: Path) -> None:
    made, ca = chain(POLICIES[constrained])  # type: ignore[index]
    expected = [each.allowed(constrained) for each in LEAVES]
    leaves = [leaf(each.name, ca) for each in LEAVES]

    assert openssl_takes(tmp_path, made, ca, leaves) == expected
    for each, certificate, allowed in zip(LEAVES, leaves, expected, strict=True):
        if each.family < 3:
            assert cryptography_takes(made, ca, certificate, each.name) == allowed, each


def test_the_policy_of_the_design_page_holds(tmp_path: Path) -> None:
    made = root()
    ca = issue.load(made.intermediate(ONLINE))
    names: list[tuple[x509.GeneralName, bool]] = [
        (x509.DNSName("host.test.privsec.ch"), True),
        (x509.DNSName("localhost"), True),
        (x509.IPAddress(ip_address("127.0.0.1")), True),
        (x509.IPAddress(ip_address("::1")), True),
        (x509.DNSName("privsec.ch"), False),
        (x509.DNSName("www.privsec.ch"), False),
        (x509.IPAddress(ip_address("192.0.2.1")), False),
        (x509.IPAddress(ip_address("::2")), False),
    ]
    leaves = [leaf(name, ca) for name, _ in names]
    assert openssl_takes(tmp_path, made, ca, leaves) == [allowed for _, allowed in names]
    assert [cryptography_takes(made, ca, each, name) for each, (name, _) in zip(leaves, names, strict=True)] == [
        allowed for _, allowed in names
    ]


def test_no_ca_can_stand_below_the_intermediate(tmp_path: Path) -> None:
    made = root()
    ca = issue.load(made.intermediate(ONLINE))
    identifier = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    own = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    copied = [each for each in ca.extensions if not isinstance(each.value, x509.AuthorityKeyIdentifier)]
    below = (
        x509.CertificateBuilder(extensions=[*copied, x509.Extension(own.oid, critical=False, value=own)])
        .subject_name(common_name("below"))
        .issuer_name(ca.subject)
        .public_key(ONLINE.public_key())
        .serial_number(9)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=30))
        .sign(ONLINE, SHA256())
    )
    files = {"root": made.parsed, "ca": ca, "below": below, "leaf": leaf(x509.DNSName("a.test.privsec.ch"), below)}
    for name, each in files.items():
        (tmp_path / f"{name}.pem").write_bytes(each.public_bytes(Encoding.PEM))
    at = str(int(NOW.timestamp()))
    asked = [
        "openssl",
        "verify",
        "-attime",
        at,
        "-CAfile",
        "root.pem",
        "-untrusted",
        "ca.pem",
        "-untrusted",
        "below.pem",
    ]
    said = subprocess.run([*asked, "leaf.pem"], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert "path length constraint exceeded" in said.stderr
