"""The review: a pure function of request, policy, history and draft, and the three columns that people see."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from offline_root import issue
from offline_root.display import dangerous
from offline_root.findings import Severity
from offline_root.keys import KeyKind, fingerprint
from offline_root.model import Draft, Review, Row, Serial
from offline_root.moments import Duration
from offline_root.policy.model import FROM_REQUEST
from offline_root.review import draw, inspect
from tests.authorities import (
    GOOD_NAME,
    NOW,
    attribute,
    common_name,
    csr,
    environment,
    issued,
    key,
    policy,
    read,
    root,
    with_environment,
    with_root,
)

CN = "PrivSec Intermediate CA (test)"
REQUEST = read(csr())
SAN = (x509.SubjectAlternativeName([x509.DNSName("a.example")]), True)


def rows(of: Review) -> dict[str, Row]:
    return {each.label: each for each in of.rows}


class TestDraw:
    def test_goes_back_a_little_and_ends_with_the_last_second(self) -> None:
        of = policy()
        drawn = draw(environment(of), of, datetime(2026, 11, 23, 11, 30, 17, 999_999, tzinfo=UTC), Serial(5))
        begin = datetime(2026, 11, 23, 11, 25, 17, tzinfo=UTC)
        assert drawn == Draft(Serial(5), begin, begin + timedelta(days=3650, seconds=-1))

    def test_takes_years_from_the_calendar(self) -> None:
        of = with_environment(policy(), validity=Duration(4, "y"))
        drawn = draw(environment(of), of, datetime(2096, 2, 29, 12, 0, tzinfo=UTC), Serial(5))
        assert drawn.not_after == datetime(2100, 2, 28, 11, 54, 59, tzinfo=UTC)


class TestPurity:
    @pytest.mark.parametrize("kind", [KeyKind.EC_P384, KeyKind.RSA_3072, KeyKind.ED25519])
    def test_the_same_again_is_equal_though_its_throwaway_signature_is_not(self, kind: KeyKind) -> None:
        made = root(with_root(policy(), key=kind))
        first, second = made.review(REQUEST), made.review(REQUEST)
        assert first == second
        assert first.tbs == second.tbs
        if kind is KeyKind.EC_P384:
            assert first.throwaway != second.throwaway

    def test_the_throwaway_is_the_tbs_under_another_key(self) -> None:
        reviewed = root().review(REQUEST)
        assert reviewed.throwaway is not None
        assert issue.load(reviewed.throwaway).tbs_certificate_bytes == reviewed.tbs
        assert replace(reviewed, throwaway=None) == reviewed

    def test_every_input_counts(self) -> None:
        made = root()
        first = made.review(REQUEST)
        draft = first.draft
        others = [
            made.review(REQUEST, "prod"),
            made.review(read(REQUEST.der, "other.csr")),
            made.review(read(csr(private=key(KeyKind.EC_P256)))),
            made.review(REQUEST, draft=replace(draft, serial=Serial(5))),
            made.review(REQUEST, draft=replace(draft, not_before=NOW)),
            made.review(REQUEST, draft=replace(draft, not_after=NOW + timedelta(days=5))),
            made.review(REQUEST, issued=[issued(REQUEST)]),
            root(with_environment(policy(), path_length=1)).review(REQUEST),
            root(policy(('"test.privsec.ch", ', ""))).review(REQUEST),
            root(number=3).review(REQUEST),
        ]
        assert first not in others

    def test_another_process_makes_the_same_bytes(self) -> None:
        """Nothing of this process is in them: no throwaway key, no hash order, no clock."""
        made = root()
        program = (
            "import sys; from tests.authorities import *\n"
            "data = sys.stdin.buffer.read().split(b'--')\n"
            "certificate, request = (Der(bytes.fromhex(each.decode())) for each in data)\n"
            "made = Root(policy(), key(KeyKind.EC_P384), certificate)\n"
            "print(made.review(read(request)).tbs.hex())\n"
        )
        given = f"{made.certificate.hex()}--{REQUEST.der.hex()}"
        said = subprocess.run([sys.executable, "-c", program], input=given.encode(), check=True, capture_output=True)
        tbs = made.review(REQUEST).tbs
        assert tbs is not None
        assert said.stdout.decode().strip() == tbs.hex()


class TestRows:
    def test_hold_what_was_asked_for_what_is_policy_and_what_will_be_issued(self) -> None:
        found = rows(
            root().review(read(csr(GOOD_NAME, None, SAN, (x509.BasicConstraints(ca=True, path_length=0), True))))
        )
        policys = f"CN={CN}, country=CH, organization=PrivSec"
        assert found["subject"] == Row("subject", f"CN={CN}", policys, f"C=CH, O=PrivSec, CN={CN}")
        assert found["key"] == Row("key", "ec-p384", "rsa-4096, ec-p256, ec-p384", "ec-p384")
        assert found["serial"] == Row("serial", "", "random", "0123456789ABCDEF0123")
        assert found["not before"] == Row("not before", "", "now - 5min", "2026-11-23T11:25:00Z")
        assert found["not after"] == Row("not after", "", "3650d", "2036-11-20T11:24:59Z")
        constraints = "CA:TRUE, path length 0"
        assert found["basicConstraints"] == Row("basicConstraints", constraints, constraints, constraints)
        assert found["subjectAltName"] == Row("subjectAltName", "DNS a.example", "", "")
        assert found["keyUsage"] == Row("keyUsage", "", "keyCertSign, crlSign", "keyCertSign, crlSign")

    def test_show_every_extension_that_will_be_issued(self) -> None:
        reviewed = root().review(REQUEST)
        assert reviewed.tbs is not None
        certificate = issue.load(issue.assemble(reviewed.tbs, b""))
        shown = [each.label for each in reviewed.rows]
        assert len(shown) == 5 + len(certificate.extensions)
        assert len(set(shown)) == len(shown)

    def test_say_that_nothing_is_issued_where_nothing_is_built(self) -> None:
        found = rows(root().review(read(csr(common_name("Other"), key(KeyKind.EC_P521), SAN))))
        nothing = "(nothing: see the findings)"
        assert found["subject"].issued == found["key"].issued == nothing
        assert found["subjectAltName"] == Row("subjectAltName", "DNS a.example", "", "")
        assert "keyUsage" not in found

    def test_are_safe_to_show(self) -> None:
        name = x509.Name([attribute(NameOID.COMMON_NAME, "\u202e\x1b]0;"), attribute(NameOID.EMAIL_ADDRESS, "\u3164")])
        reviewed = root().review(read(csr(name, None, SAN)))
        assert (
            dangerous("".join(part for row in reviewed.rows for part in (row.label, row.requested, row.issued))) == ()
        )

    def test_show_the_digest_of_a_subject_that_is_kept(self) -> None:
        """Two encodings of one name read the same and are different bytes."""
        made = root(with_environment(policy(), subject=FROM_REQUEST))
        utf8 = read(csr())
        printable = read(csr(x509.Name([attribute(NameOID.COMMON_NAME, CN, _ASN1Type.PrintableString)])))
        first, second = rows(made.review(utf8)), rows(made.review(printable))
        assert first["subject"] == second["subject"]
        assert first["subject SHA-256"] != second["subject SHA-256"]
        assert list(second)[:3] == ["subject", "subject SHA-256", "key"]
        digest = fingerprint(printable.subject)
        assert second["subject SHA-256"] == Row("subject SHA-256", digest, "from-request", digest)

    def test_show_no_digest_of_a_subject_that_is_not_kept(self) -> None:
        made = root(with_environment(policy(), subject=FROM_REQUEST))
        found = rows(made.review(read(csr(common_name("Other")))))
        assert found["subject SHA-256"].issued == "(nothing: see the findings)"
        assert "subject SHA-256" not in rows(root().review(REQUEST))


class TestSubject:
    def test_kept_from_the_request_is_issued_byte_for_byte(self) -> None:
        made = root(with_environment(policy(), subject=FROM_REQUEST))
        rdn = x509.RelativeDistinguishedName(
            [
                attribute(NameOID.COMMON_NAME, CN, _ASN1Type.BMPString),
                attribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "IT", _ASN1Type.PrintableString),
            ]
        )
        organization = attribute(NameOID.ORGANIZATION_NAME, "PrivSec", _ASN1Type.T61String)
        name = x509.Name([rdn, x509.RelativeDistinguishedName([organization])])
        request = read(csr(name))
        reviewed = made.review(request)
        assert reviewed.tbs is not None
        assert issue.fields(reviewed.tbs).subject == request.subject == name.public_bytes()
        severities = {each.code: each.severity for each in reviewed.findings}
        assert severities["request.subject.unknown"] is Severity.WARN
        assert "review.bytes-copied" not in severities

    def test_built_from_the_policy_has_one_encoding(self) -> None:
        printable = x509.Name([attribute(NameOID.COMMON_NAME, CN, _ASN1Type.PrintableString)])
        first, second = (root().review(read(csr(name))).tbs for name in (GOOD_NAME, printable))
        assert first is not None
        assert second == first


def test_findings_of_the_reader_come_first() -> None:
    text = b"A note from the online CA\n" + x509.load_der_x509_csr(csr()).public_bytes(Encoding.PEM)
    request = read(text)
    assert [each.code for each in request.findings] == ["request.file.text-before"]
    assert root().review(request).findings[0] == request.findings[0]
    assert inspect(request, policy(), environment(policy()))[0] == request.findings[0]


def test_the_default_request_of_an_online_ca_gives_no_warning() -> None:
    """A common name and nothing else is what Vault and OpenBao send by default."""
    for name in ("test", "prod"):
        request = read(csr(common_name(f"PrivSec Intermediate CA ({name})"), key(KeyKind.RSA_4096)))
        assert {each.severity for each in root().review(request, name).findings} == {Severity.INFO}
