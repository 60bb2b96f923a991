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

from offline_root import issue
from offline_root.policy.model import NameConstraints
from tests.authorities import NOW, common_name, root
from tests.leaves import ONLINE, chain, cryptography_takes, leaf, openssl_takes

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


@pytest.mark.parametrize("constrained", POLICIES, ids=str)
def test_leaves_outside_are_refused_and_those_inside_taken(constrained: tuple[bool, ...], tmp_path: Path) -> None:
    made, ca = chain(POLICIES[constrained])  # type: ignore[index]
    expected = [each.allowed(constrained) for each in LEAVES]
    leaves = [leaf(each.name, issuer=ca) for each in LEAVES]

    assert openssl_takes(tmp_path, made, ca, leaves) == expected
    for each, certificate, allowed in zip(LEAVES, leaves, expected, strict=True):
        # cryptography knows no constraints of URIs, and refuses every URI where there are some.
        if each.family < 4 or not constrained[4]:
            assert cryptography_takes(made, ca, certificate) == allowed, each


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
    leaves = [leaf(name, issuer=ca) for name, _ in names]
    assert openssl_takes(tmp_path, made, ca, leaves) == [allowed for _, allowed in names]
    assert [cryptography_takes(made, ca, each) for each in leaves] == [allowed for _, allowed in names]


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
    files = {
        "root": made.parsed,
        "ca": ca,
        "below": below,
        "leaf": leaf(x509.DNSName("a.test.privsec.ch"), issuer=below),
    }
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
