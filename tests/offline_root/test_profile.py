"""The two certificates, extension by extension."""

from itertools import product
from typing import Any, TypeVar

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from offline_root.keys import KeyKind
from offline_root.policy.model import NameConstraints
from offline_root.profile import (
    EXTENDED_KEY_USAGES,
    Extensions,
    intermediate_extensions,
    name_constraints,
    root_extensions,
    subject_key_identifier,
)
from tests.authorities import environment, key, policy, root, spki, with_environment, with_root

PUBLIC = spki(key(KeyKind.EC_P256))
Value = TypeVar("Value", bound=x509.ExtensionType)


def intermediate(**changes: Any) -> Extensions:  # noqa: ANN401  # fields of EnvironmentPolicy
    made = root()
    chosen = environment(with_environment(made.policy, **changes))
    return intermediate_extensions(chosen, made.policy.root, made.parsed, PUBLIC)


def kinds(extensions: Extensions) -> list[tuple[str, bool]]:
    return [(type(value).__name__, critical) for value, critical in extensions]


def only(extensions: Extensions, kind: type[Value]) -> Value:
    (found,) = (value for value, _ in extensions if isinstance(value, kind))
    return found


class TestRoot:
    def test_has_three_extensions_and_no_more(self) -> None:
        assert kinds(root_extensions(policy().root, PUBLIC)) == [
            ("BasicConstraints", True),
            ("KeyUsage", True),
            ("SubjectKeyIdentifier", False),
        ]

    @pytest.mark.parametrize("length", [None, 1, 3])
    def test_has_the_path_length_of_the_policy(self, length: int | None) -> None:
        extensions = root_extensions(with_root(policy(), path_length=length).root, PUBLIC)
        assert only(extensions, x509.BasicConstraints) == x509.BasicConstraints(ca=True, path_length=length)


class TestIntermediate:
    def test_has_eight_extensions_at_most(self) -> None:
        assert kinds(intermediate(extended_key_usage=("serverAuth", "clientAuth"))) == [
            ("BasicConstraints", True),
            ("KeyUsage", True),
            ("SubjectKeyIdentifier", False),
            ("AuthorityKeyIdentifier", False),
            ("NameConstraints", True),
            ("ExtendedKeyUsage", False),
            ("CRLDistributionPoints", False),
            ("AuthorityInformationAccess", False),
        ]

    def test_leaves_out_extended_key_usages_where_the_policy_has_none(self) -> None:
        assert "ExtendedKeyUsage" not in dict(kinds(intermediate(extended_key_usage=())))

    @pytest.mark.parametrize("length", [0, 2])
    def test_is_a_ca_of_the_policys_path_length(self, length: int) -> None:
        found = only(intermediate(path_length=length), x509.BasicConstraints)
        assert found == x509.BasicConstraints(ca=True, path_length=length)

    @pytest.mark.parametrize("extensions", [root_extensions(policy().root, PUBLIC), intermediate()], ids=["root", "ca"])
    def test_signs_certificates_and_crls_and_nothing_else(self, extensions: Extensions) -> None:
        usage = only(extensions, x509.KeyUsage)
        assert usage.public_bytes().hex() == "03020106"

    def test_names_keys_by_sha1_of_their_bits(self) -> None:
        made = root()
        extensions = intermediate()
        assert only(extensions, x509.SubjectKeyIdentifier) == subject_key_identifier(PUBLIC)
        public = key(KeyKind.EC_P256).public_key()
        assert subject_key_identifier(PUBLIC) == x509.SubjectKeyIdentifier.from_public_key(public)
        own = made.parsed.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        authority = only(extensions, x509.AuthorityKeyIdentifier)
        assert authority.key_identifier == own.digest
        assert (authority.authority_cert_issuer, authority.authority_cert_serial_number) == (None, None)

    def test_takes_the_roots_own_identifier_however_it_was_made(self) -> None:
        made = root()
        other = x509.SubjectKeyIdentifier(b"another method")
        certificate = (
            x509.CertificateBuilder(extensions=[x509.Extension(other.oid, critical=False, value=other)])
            .subject_name(made.parsed.subject)
            .issuer_name(made.parsed.subject)
            .public_key(made.private.public_key())
            .serial_number(5)
            .not_valid_before(made.parsed.not_valid_before_utc)
            .not_valid_after(made.parsed.not_valid_after_utc)
            .sign(made.private, made.parsed.signature_hash_algorithm)  # type: ignore[arg-type]
        )
        found = intermediate_extensions(environment(made.policy), made.policy.root, certificate, PUBLIC)
        assert only(found, x509.AuthorityKeyIdentifier).key_identifier == b"another method"

    def test_says_where_the_crl_and_the_root_are(self) -> None:
        extensions = intermediate()
        (point,) = only(extensions, x509.CRLDistributionPoints)
        assert point.full_name == [x509.UniformResourceIdentifier("http://pki.example.org/root-ca.crl")]
        assert (point.relative_name, point.reasons, point.crl_issuer) == (None, None, None)
        (access,) = only(extensions, x509.AuthorityInformationAccess)
        assert access.access_method == AuthorityInformationAccessOID.CA_ISSUERS
        assert access.access_location == x509.UniformResourceIdentifier("http://pki.example.org/root-ca.der")

    @pytest.mark.parametrize("usages", [("serverAuth",), ("clientAuth", "serverAuth"), tuple(EXTENDED_KEY_USAGES)])
    def test_has_the_extended_key_usages_of_the_policy(self, usages: tuple[str, ...]) -> None:
        found = only(intermediate(extended_key_usage=usages), x509.ExtendedKeyUsage)
        assert [each._name for each in found] == list(usages)

    def test_knows_the_words_of_extended_key_usages(self) -> None:
        assert EXTENDED_KEY_USAGES["serverAuth"] == ExtendedKeyUsageOID.SERVER_AUTH
        assert {word: oid._name for word, oid in EXTENDED_KEY_USAGES.items()} == {
            each: each for each in EXTENDED_KEY_USAGES
        }


V4, V6 = ("10.0.0.0/8", "192.0.2.0/24"), ("2001:db8::/32",)
DNS = ("a.example", "b.example")
CHOICES = list(product((None, DNS), ((), V4), ((), V6), (None, (".m.example",)), (None, (".u.example",))))


class TestNameConstraints:
    @pytest.mark.parametrize(("dns", "v4", "v6", "email", "uri"), CHOICES, ids=range(len(CHOICES)))
    def test_permit_what_is_listed_and_exclude_absent_address_families(
        self,
        dns: tuple[str, ...] | None,
        v4: tuple[str, ...],
        v6: tuple[str, ...],
        email: tuple[str, ...] | None,
        uri: tuple[str, ...] | None,
    ) -> None:
        made = name_constraints(NameConstraints(dns, (*v6, *v4), email, uri))
        permitted = {*(dns or ()), *v4, *v6, *(email or ()), *(uri or ())}
        excluded = {whole for whole, given in (("0.0.0.0/0", v4), ("::/0", v6)) if not given}
        assert {str(each.value) for each in made.permitted_subtrees or ()} == permitted
        assert {str(each.value) for each in made.excluded_subtrees or ()} == excluded

    def test_are_of_the_right_kind_of_name(self) -> None:
        made = name_constraints(NameConstraints(("a",), ("10.0.0.0/8",), ("b.example",), ("c.example",)))
        assert [type(each) for each in made.permitted_subtrees or ()] == [
            x509.DNSName,
            x509.IPAddress,
            x509.RFC822Name,
            x509.UniformResourceIdentifier,
        ]
        assert [type(each) for each in made.excluded_subtrees or ()] == [x509.IPAddress]

    def test_have_no_empty_list(self) -> None:
        assert name_constraints(NameConstraints(None)).permitted_subtrees is None
        assert name_constraints(NameConstraints(None, ("0.0.0.0/0", "::/0"))).excluded_subtrees is None
