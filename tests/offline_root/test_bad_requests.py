"""Bad requests under policies that the corpus does not have (tests/test_corpus.py), and requests with a past."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from offline_root.findings import Severity, refusals
from offline_root.keys import KeyKind
from offline_root.model import ROOT, Issued
from offline_root.moments import Duration
from offline_root.policy.model import NameConstraints, Policy
from offline_root.review import inspect
from tests.authorities import (
    NOW,
    Root,
    attribute,
    changed,
    codes,
    common_name,
    csr,
    environment,
    issued,
    key,
    policy,
    read,
    root,
    root_entry,
    with_environment,
    with_root,
)

CN = "PrivSec Intermediate CA (test)"
EVERY = {"review.name-constraints.open"}
"""What every review says."""
BUILT = {"certificate.extended-key-usage.absent"}
"""What is said of every certificate that would be issued."""
OF_REVIEWS = ("review.", "certificate.", "pkilint.")
ADDED = {"request.subject.added"}
P384 = key(KeyKind.EC_P384, 1)
RSA_1024 = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  # it has to be refused
RSA_E3 = rsa.generate_private_key(public_exponent=3, key_size=4096)
SAN = (x509.SubjectAlternativeName([x509.DNSName("a.example")]), False)
EKU = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), True)
STRICT = replace(with_environment(policy(), strictness=Severity.REFUSE), severity=())


def ca(*, is_ca: bool, length: int | None) -> tuple[x509.ExtensionType, bool]:
    return x509.BasicConstraints(ca=is_ca, path_length=length), True


def name(*pairs: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([*(attribute(oid, value) for oid, value in pairs), attribute(NameOID.COMMON_NAME, CN)])


@dataclass(frozen=True)
class Bad:
    """A request, and every code of its review that not every review has."""

    data: bytes
    codes: set[str]
    built: bool = True
    of: Policy = STRICT
    file: str = "request.csr"
    worst: Severity = Severity.REFUSE


BAD = {
    "rsa-e3": Bad(csr(private=RSA_E3), {"request.key.rsa-exponent", "pkilint.warning"} | ADDED),
    "rsa-e3 lowered": Bad(
        csr(private=RSA_E3),
        {"request.key.rsa-exponent", "policy.check-lowered", "pkilint.warning"} | ADDED,
        of=policy(),
        worst=Severity.WARN,
    ),
    "bidi that fits the pattern": Bad(
        csr(common_name("CA \u202eG1")),
        {"request.subject.characters"} | ADDED,
        of=with_environment(STRICT, common_name="CA *"),
    ),
    "common name too long": Bad(
        csr(common_name("CA " + "x" * 62)),
        {"request.subject.length"},
        built=False,
        of=with_environment(STRICT, common_name="CA *"),
    ),
    "country of three letters": Bad(
        csr(name((NameOID.COUNTRY_NAME, "CHE"))),
        {"request.subject.length"},
        built=False,
        of=with_environment(STRICT, attributes=(("country", "*"),)),
    ),
    "outlives the root": Bad(
        csr(), {"certificate.validity.outside-issuer"} | ADDED, of=with_environment(STRICT, validity=Duration(21, "y"))
    ),
    "root of path length 0": Bad(csr(), {"certificate.path-length"} | ADDED, of=with_root(STRICT, path_length=0)),
    "no name constraints": Bad(
        csr(),
        {"review.name-constraints.absent"} | ADDED,
        of=with_environment(STRICT, name_constraints=NameConstraints(None)),
        worst=Severity.WARN,
    ),
    "everything at once": Bad(
        changed(csr(name((NameOID.ORGANIZATION_NAME, "\x1b[2J"), (NameOID.EMAIL_ADDRESS, "a@b")), RSA_1024, SAN)),
        {
            "request.signature.invalid",
            "request.key.kind",
            "request.subject.attribute",
            "request.subject.characters",
            "request.subject.unknown",
            "request.extension.dropped",
            "request.file.other-environment",
        }
        | ADDED,
        built=False,
        file="prod.csr",
    ),
}


def of_history(case: str, made: Root) -> tuple[bytes, tuple[Issued, ...], set[str]]:
    """Return a request, what was issued before it, and the codes that come of it."""
    good = read(csr())
    earlier, elsewhere = (issued(good, name, request_sha256="0" * 64) for name in ("test", "prod"))
    cases = {
        "key of the root": (
            csr(private=made.private),
            (root_entry(made),),
            {"request.key.root", "certificate.key.issuer"},
        ),
        "key of another authority's root": (
            csr(private=made.private),
            (root_entry(made, "old"),),
            {"request.key.root", "certificate.key.issuer"},
        ),
        "key of another environment": (
            good.der,
            (elsewhere,),
            {"request.key.other-environment"},
        ),
        "earlier key": (good.der, (earlier,), {"request.key.earlier"}),
        "already answered": (good.der, (issued(good),), {"request.already-answered"}),
        "already answered elsewhere": (good.der, (issued(good, "prod"),), {"request.already-answered"}),
        "all of it": (
            good.der,
            (issued(good), earlier, elsewhere, issued(good, ROOT, request_sha256="0" * 64)),
            {"request.already-answered", "request.key.earlier", "request.key.other-environment", "request.key.root"},
        ),
        "nothing of it": (good.der, (root_entry(made), issued(read(csr(private=key(KeyKind.EC_P256))))), set[str]()),
    }
    return cases[case]


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_request_gives_exactly_its_codes(bad: Bad) -> None:
    review = root(bad.of).review(read(bad.data, bad.file))

    assert codes(review) == bad.codes | EVERY | (BUILT if bad.built else set())
    assert (review.tbs is not None) == (review.throwaway is not None) == bad.built
    severities = [each.severity for each in review.findings]
    assert (Severity.REFUSE in severities) == (bad.worst is Severity.REFUSE)
    assert bad.worst in severities


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_inspect_says_the_same_without_an_authority(bad: Bad) -> None:
    request = read(bad.data, bad.file)
    found = inspect(request, bad.of, environment(bad.of))
    reviewed = root(bad.of).review(request).findings
    assert found == tuple(each for each in reviewed if not each.code.startswith(OF_REVIEWS))


@pytest.mark.parametrize(
    "case",
    [
        "key of the root",
        "key of another authority's root",
        "key of another environment",
        "earlier key",
        "already answered",
        "already answered elsewhere",
        "all of it",
        "nothing of it",
    ],
)
def test_a_key_or_request_of_the_past_gives_exactly_its_codes(case: str) -> None:
    made = root(STRICT)
    data, history, expected = of_history(case, made)
    review = made.review(read(data), issued=history)
    before = {"earlier key", "already answered", "all of it", "nothing of it"}  # the environment has one already
    superseding = {"review.supersedes"} if case in before else set()
    assert codes(review) == expected | superseding | ADDED | EVERY | BUILT
    assert codes(refusals(review.findings)) == expected


def test_who_used_the_key_is_said() -> None:
    made, request = root(STRICT), read(csr())
    before = (issued(request, "prod", authority="old", request_sha256="0" * 64),)
    (finding,) = (each for each in made.review(request, issued=before).findings if each.severity is Severity.REFUSE)
    assert finding.message == "The key is that of prod of old, serial 0ABC, issued 2026-01-02T03:04:05Z."


def test_a_root_younger_than_the_certificate_is_refused() -> None:
    made = root(STRICT, born=NOW + timedelta(minutes=10))
    assert codes(made.review(read(csr()))) == {"certificate.validity.outside-issuer"} | ADDED | EVERY | BUILT
