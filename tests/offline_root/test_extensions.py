"""Extensions as text: every kind that a request or certificate may hold, uncut and safe to show."""

from ipaddress import IPv4Network, IPv6Network, ip_address

import pytest
from cryptography import x509
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    CertificatePoliciesOID,
    ExtendedKeyUsageOID,
    ExtensionOID,
    NameOID,
)

from offline_root.display import dangerous
from offline_root.extensions import described, general_name, oid_name
from offline_root.model import Requested

KEY_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=True,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A, B")])
URI = x509.UniformResourceIdentifier
UNKNOWN = x509.ObjectIdentifier("1.3.6.1.4.1.99999.1")


def text(value: x509.ExtensionType) -> str:
    return described(x509.Extensions([x509.Extension(value.oid, critical=False, value=value)]))[0].value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (x509.BasicConstraints(ca=False, path_length=None), "CA:FALSE"),
        (x509.BasicConstraints(ca=True, path_length=None), "CA:TRUE, path length unlimited"),
        (x509.BasicConstraints(ca=True, path_length=0), "CA:TRUE, path length 0"),
        (KEY_USAGE, "digitalSignature, keyEncipherment, keyCertSign, crlSign"),
        (
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, x509.ObjectIdentifier("1.2.3")]),
            "serverAuth, 1.2.3",
        ),
        (x509.SubjectKeyIdentifier(b"\xab\xcd"), "abcd"),
        (x509.AuthorityKeyIdentifier(b"\xab\xcd", None, None), "abcd"),
        (
            x509.AuthorityKeyIdentifier(None, [x509.DirectoryName(NAME)], 5),
            "no identifier with issuer and serial",
        ),
        (
            x509.NameConstraints([x509.DNSName("a.example")], [x509.IPAddress(IPv6Network("::/0"))]),
            "permitted DNS a.example, excluded IP ::/0",
        ),
        (x509.NameConstraints([x509.IPAddress(IPv4Network("10.0.0.0/8"))], None), "permitted IP 10.0.0.0/8"),
        (x509.NameConstraints(None, [x509.RFC822Name("a.example")]), "excluded e-mail a.example"),
        (
            x509.CRLDistributionPoints(
                [
                    x509.DistributionPoint([URI("http://a.example/1"), URI("http://a.example/2")], None, None, None),
                    x509.DistributionPoint(
                        None, x509.RelativeDistinguishedName([*NAME]), None, [x509.DirectoryName(NAME)]
                    ),
                ]
            ),
            "URI http://a.example/1, URI http://a.example/2",
        ),
        (
            x509.AuthorityInformationAccess(
                [
                    x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, URI("http://a.example/ca")),
                    x509.AccessDescription(AuthorityInformationAccessOID.OCSP, URI("http://a.example/ocsp")),
                ]
            ),
            "caIssuers URI http://a.example/ca, ocsp URI http://a.example/ocsp",
        ),
        (x509.SubjectAlternativeName([x509.DNSName("a.example\x1b[m")]), "DNS a.example<U+001B>[m"),
        (x509.UnrecognizedExtension(UNKNOWN, b"\x04\x02\xab\xcd"), "0402abcd"),
        (
            x509.CertificatePolicies([x509.PolicyInformation(CertificatePoliciesOID.ANY_POLICY, None)]),
            "300830060604551d2000",
        ),
    ],
)
def test_every_kind_has_its_text(value: x509.ExtensionType, shown: str) -> None:
    assert text(value) == shown
    assert dangerous(shown) == ()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (x509.DNSName("a.example"), "DNS a.example"),
        (x509.IPAddress(ip_address("192.0.2.1")), "IP 192.0.2.1"),
        (x509.RFC822Name("a@b.example"), "e-mail a@b.example"),
        (URI("spiffe://a.example/b"), "URI spiffe://a.example/b"),
        (x509.DirectoryName(NAME), "directoryName CN=A\\, B"),
        (x509.RegisteredID(UNKNOWN), "registeredID 1.3.6.1.4.1.99999.1"),
        (x509.OtherName(UNKNOWN, b"\x05\x00"), "otherName 1.3.6.1.4.1.99999.1 0500"),
    ],
)
def test_every_kind_of_general_name_says_what_it_is(name: x509.GeneralName, shown: str) -> None:
    assert general_name(name) == shown
    assert text(x509.SubjectAlternativeName([name])) == shown


def test_nothing_is_cut() -> None:
    names = [f"{number}.example" for number in range(200)]
    assert text(x509.SubjectAlternativeName(map(x509.DNSName, names))) == ", ".join(f"DNS {each}" for each in names)
    assert text(x509.UnrecognizedExtension(UNKNOWN, b"\x5a" * 5000)) == "5a" * 5000


def test_all_extensions_come_in_encoded_order_with_their_names() -> None:
    unknown = x509.UnrecognizedExtension(UNKNOWN, b"")
    extensions = x509.Extensions(
        [
            x509.Extension(UNKNOWN, critical=True, value=unknown),
            x509.Extension(ExtensionOID.KEY_USAGE, critical=False, value=KEY_USAGE),
        ]
    )
    assert described(extensions) == (
        Requested("1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.99999.1", critical=True, value=""),
        Requested(
            "2.5.29.15",
            "keyUsage",
            critical=False,
            value="digitalSignature, keyEncipherment, keyCertSign, crlSign",
        ),
    )


def test_names_are_those_of_rfc_5280() -> None:
    assert oid_name(ExtensionOID.CRL_DISTRIBUTION_POINTS) == "cRLDistributionPoints"
    assert oid_name(ExtendedKeyUsageOID.OCSP_SIGNING) == "OCSPSigning"
    assert oid_name(UNKNOWN) == UNKNOWN.dotted_string


def test_every_key_usage_has_a_word() -> None:
    """Also the two that mean something only with keyAgreement: a request must not hide any."""
    every = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=True,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=True,
        decipher_only=True,
    )
    assert text(every).split(", ") == [
        "digitalSignature",
        "contentCommitment",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "crlSign",
        "encipherOnly",
        "decipherOnly",
    ]
