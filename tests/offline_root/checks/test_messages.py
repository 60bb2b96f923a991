"""What findings say, where a person decides by it."""

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from offline_root.keys import KeyKind
from offline_root.model import SigningRequest
from offline_root.policy.model import FROM_REQUEST, NameConstraints
from tests.authorities import GOOD_NAME, SHA1_REQUEST, attribute, common_name, csr, key, policy, root, with_environment
from tests.offline_root.checks.cases import GOOD, on_request, on_review, review_case
from tests.offline_root.checks.request_pairs import ca, rsa_key

E_ACUTE = "U+00E9 LATIN SMALL LETTER E WITH ACUTE"
OF_PROD = (
    "The request says 'PrivSec Intermediate CA (prod)'. The policy of test wants 'PrivSec Intermediate CA (test)'."
    " That is the name of prod."
)
LIKE_PROD = "PrivSec Intermediate CA (pr\u043ed)"


def said(code: str, data: bytes | SigningRequest, file: str = "x.csr") -> str:
    (finding,) = on_request(code, data, file=file)()
    return finding.message


@pytest.mark.parametrize(
    ("exponent", "shown"),
    [(3, "3"), (2**64 - 2, str(2**64 - 2)), (2**64, "longer than 64 bits"), (2**256, "longer than 64 bits")],
)
def test_an_exponent_is_shown_as_long_as_it_can_be_read(exponent: int, shown: str) -> None:
    assert said("request.key.rsa-exponent", rsa_key(exponent)) == f"The public exponent is {shown}."


@pytest.mark.parametrize(("critical", "word"), [(True, "critical "), (False, "")])
def test_a_dropped_extension_is_shown_with_its_value_and_criticality(critical: bool, word: str) -> None:
    names = x509.SubjectAlternativeName([x509.DNSName("a.example")])
    message = said("request.extension.dropped", csr(GOOD_NAME, None, (names, critical)))
    assert message == f"The request asks for {word}subjectAltName: DNS a.example. It is dropped."


def test_a_path_length_is_shown_beside_the_granted_one() -> None:
    message = said("request.extension.path-length", ca(5))
    assert message == "The request asks for path length 5; the policy grants 0."


def test_a_hash_is_named() -> None:
    assert said("request.signature.hash", SHA1_REQUEST) == "The request is signed with sha1."


def test_another_environment_is_named() -> None:
    message = said("request.file.other-environment", csr(), "PROD.csr")
    assert message == "The file name says prod; the environment chosen is test."


def test_a_key_is_named_beside_those_allowed() -> None:
    message = said("request.key.kind", csr(private=key(KeyKind.EC_P521)))
    assert message == "The key is ec-p521; the policy of test allows rsa-4096, ec-p256, ec-p384."


@pytest.mark.parametrize(
    ("code", "cn", "message"),
    [
        (
            "request.subject.characters",
            "CA\u202e\x1b",
            "'CA<U+202E><U+001B>' holds U+202E (bidirectional), U+001B (escape), which a screen would hide or obey.",
        ),
        ("request.subject.scripts", "\u0420rivSec", "'\u0420rivSec' mixes Cyrillic, Latin."),
        (
            "request.subject.ascii",
            "\u0420rivSec",
            "'\u0420rivSec' is not ASCII: it holds U+0420 CYRILLIC CAPITAL LETTER ER.",
        ),
        (
            "request.subject.ascii",
            "\u00e9" * 6,
            f"'{chr(233) * 6}' is not ASCII: it holds {', '.join([E_ACUTE] * 4)} and 2 more.",
        ),
        ("request.subject.spaces", "C  A ", "'C <U+0020>A<U+0020>' has a space at an end, or two in a row."),
        ("request.subject.common-name", LIKE_PROD[:-5] + "prod)", OF_PROD),
    ],
)
def test_what_is_odd_in_a_name_is_named(code: str, cn: str, message: str) -> None:
    assert said(code, csr(common_name(cn))) == message


def test_what_a_name_looks_like_is_named() -> None:
    (finding,) = on_review("request.subject.confusable", review_case(csr(common_name("PrivSec 0FFLINE Root CA"))))()
    assert finding.message == (
        "'CN=PrivSec 0FFLINE Root CA' looks like 'C=CH, O=PrivSec, CN=PrivSec OFFLINE Root CA',"
        " the name of the root that would sign it."
    )
    (finding,) = on_review("request.subject.confusable", review_case(csr(common_name(LIKE_PROD))))()
    assert finding.message == f"'{LIKE_PROD}' looks like 'PrivSec Intermediate CA (prod)' of prod."


def test_strings_and_groups_are_named() -> None:
    old = x509.Name([attribute(NameOID.COMMON_NAME, "CA", _ASN1Type.T61String)])
    kept = with_environment(policy(), common_name="*", subject=FROM_REQUEST)
    unit = attribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "x")
    both = x509.Name([x509.RelativeDistinguishedName([*common_name("CA"), unit]), *common_name("CA").rdns])

    def found(code: str, name: x509.Name) -> list[tuple[str, str]]:
        return [(each.field, each.message) for each in on_request(f"request.subject.{code}", csr(name), kept)()]

    assert found("string-type", old) == [
        ("subject.common_name", "The common_name is TeletexString; it should be UTF8String or PrintableString.")
    ]
    assert found("multi-valued", both) == [
        ("subject", "organizational_unit + common_name stand together in one part of the subject.")
    ]
    assert found("repeated", both) == [("subject.common_name", "The subject has 2 values of common_name.")]


def test_a_file_name_is_shown_with_what_it_hides() -> None:
    message = said("request.file.name-characters", csr(), "a\x1b")
    assert message == "The file name 'a<U+001B>' holds U+001B."


EVER = "a common name without a subjectAltName, other kinds of names (user principal names)"


@pytest.mark.parametrize("usages", [(), ("serverAuth", "clientAuth"), ("serverAuth",)], ids=["any", "both", "servers"])
@pytest.mark.parametrize("uri", [None, (".a.example",)], ids=["uri-open", "uri"])
@pytest.mark.parametrize("email", [None, ("a.example",)], ids=["email-open", "email"])
@pytest.mark.parametrize("dns", [None, ("a.example",)], ids=["dns-open", "dns"])
def test_what_is_not_constrained_is_named(
    dns: tuple[str, ...] | None, email: tuple[str, ...] | None, uri: tuple[str, ...] | None, usages: tuple[str, ...]
) -> None:
    constraints = NameConstraints(dns, (), email, uri)
    changed = with_environment(policy(), name_constraints=constraints, extended_key_usage=usages)
    (finding,) = on_review("review.name-constraints.open", review_case(GOOD, under=root(changed)))()
    holes = (("DNS names", dns), ("e-mail addresses", email), ("URIs (SPIFFE)", uri))
    named = ", ".join((*(kind for kind, permitted in holes if permitted is None), EVER))
    assert finding.message.startswith(f"test can issue for any of these, because nothing constrains them: {named}. ")
    assert ("leaves clientAuth out" in finding.message) == (usages == ("serverAuth",))
    assert finding.message.endswith("all of them get in: trust test-ca.pem there instead.")
