"""What findings say, where a person decides by it."""

import pytest
from cryptography import x509

from offline_root.keys import KeyKind
from offline_root.model import SigningRequest
from offline_root.policy.model import NameConstraints
from tests.authorities import GOOD_NAME, SHA1_REQUEST, csr, key, policy, root, with_environment
from tests.offline_root.checks.cases import GOOD, on_request, on_review, review_case
from tests.offline_root.checks.request_pairs import ca, rsa_key


def said(code: str, data: bytes | SigningRequest, file: str = "x.csr") -> str:
    (finding,) = on_request(code, data, file=file)()
    return finding.message


@pytest.mark.parametrize(
    ("exponent", "shown"),
    [(3, "3"), (2**64 - 2, str(2**64 - 2)), (2**64, "longer than 64 bits"), (2**256 + 1, "longer than 64 bits")],
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


def test_a_file_name_is_shown_with_what_it_hides() -> None:
    message = said("request.file.name-characters", csr(), "a\x1b")
    assert message == "The file name 'a<U+001B>' holds U+001B."


@pytest.mark.parametrize(
    ("email", "uri", "more"),
    [
        (None, None, ", e-mail addresses, URIs (SPIFFE)"),
        (("a.example",), None, ", URIs (SPIFFE)"),
        (None, (".a.example",), ", e-mail addresses"),
        (("a.example",), (".a.example",), ""),
    ],
)
def test_what_is_not_constrained_is_named(
    email: tuple[str, ...] | None, uri: tuple[str, ...] | None, more: str
) -> None:
    constraints = NameConstraints(("a.example",), (), email, uri)
    case = review_case(GOOD, under=root(with_environment(policy(), name_constraints=constraints)))
    (finding,) = on_review("review.name-constraints.open", case)()
    assert finding.message == f"Not constrained: common names without a subjectAltName{more}."
