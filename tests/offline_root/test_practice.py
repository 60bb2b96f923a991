"""The practice stick: the good request is signed, and each bad one is refused for the reason that its lesson tells."""

import pytest
from cryptography import x509

from offline_root.findings import refusals
from offline_root.keys import KeyKind, fingerprint
from offline_root.model import Approval, SigningRequest, Unreadable
from offline_root.policy.model import Policy
from offline_root.policy.rehearsal import rehearsed
from offline_root.practice import PracticeRequest, practice_requests
from offline_root.request.reader import read_request
from offline_root.review import approve
from tests.authorities import codes, environment, policy, root, with_environment

POLICY = rehearsed(policy())
LESSONS = {
    "": set[str](),
    "the common name is not the policy's": {"request.subject.common-name"},
    "it asks for a leaf certificate, not for a CA": {"request.extension.not-ca"},
    "the name hides a character that turns the text around": {
        "request.subject.characters",
        "request.subject.common-name",
    },
    "it was changed after it was signed": {"request.signature.invalid"},
    "the private key lies beside the request": {"request.file.private-key"},
}


def outcome(given: PracticeRequest, of: Policy = POLICY) -> set[str]:
    """Return the codes that refuse a practice request; none where it is approved with its paper slip."""
    request = read_request(given.file, given.data)
    if isinstance(request, Unreadable):
        return codes(refusals(request.findings))
    assert request.fingerprint == given.fingerprint
    found = approve(root(of).review(request, given.environment), given.fingerprint[:32], ())
    return set() if isinstance(found, Approval) else codes(refusals(found))


@pytest.mark.parametrize("name", ["test", "prod"])
def test_each_is_refused_for_the_reason_that_its_lesson_tells(name: str) -> None:
    made = practice_requests(environment(POLICY, name))
    assert {each.lesson: outcome(each) for each in made} == LESSONS
    assert len(made) == len(LESSONS)


def test_the_good_one_comes_first_and_gives_no_warning() -> None:
    good, *bad = practice_requests(environment(POLICY))
    assert good.lesson == ""
    assert all(each.lesson for each in bad)
    request = read_request(good.file, good.data)
    assert isinstance(request, SigningRequest)
    assert {each.severity.value for each in root(POLICY).review(request).findings} == {"info"}


def test_files_are_named_after_their_environment_and_are_all_different() -> None:
    made = practice_requests(environment(POLICY, "prod"))
    assert [each.file for each in made] == [
        "prod-good.csr",
        "prod-wrong-name.csr",
        "prod-leaf.csr",
        "prod-hidden.csr",
        "prod-broken.csr",
        "prod-exposed.csr",
    ]
    assert {each.environment for each in made} == {"prod"}
    assert len({each.fingerprint for each in made}) == len(made)


def test_the_exposed_one_really_holds_its_key() -> None:
    exposed = practice_requests(environment(POLICY))[-1]
    assert b"PRIVATE KEY" in exposed.data
    spki = x509.load_pem_x509_csr(exposed.data).public_key()
    assert spki is not None
    assert len(exposed.fingerprint) == len(fingerprint(b""))


@pytest.mark.parametrize("kind", KeyKind)
def test_there_is_one_for_every_kind_of_key_that_a_policy_may_ask_for(kind: KeyKind) -> None:
    of = rehearsed(with_environment(policy(), keys=(kind,)))
    if kind in (KeyKind.RSA_3072, KeyKind.RSA_4096):
        # Slow to make: the good one alone says that it fits.
        assert outcome(practice_requests(environment(of))[0], of) == set()
    else:
        assert [outcome(each, of) for each in practice_requests(environment(of))] == list(LESSONS.values())


@pytest.mark.parametrize("common_name", ["x" * 64, "CA G*", "*"])
def test_names_of_any_length_and_patterns_work(common_name: str) -> None:
    of = rehearsed(with_environment(policy(), common_name=common_name))
    found = [outcome(each, of) for each in practice_requests(environment(of))]
    assert found[0] == set()
    assert "request.subject.characters" in found[3]
    assert all(found[1:])
