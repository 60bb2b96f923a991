"""Failing and passing cases of the checks on everything that was ever issued."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from offline_root import issue
from offline_root.audit.state import Correction, State
from offline_root.checks import HIERARCHY_CHECKS
from offline_root.checks.hierarchy import Hierarchy
from offline_root.findings import Finding
from offline_root.keys import KeyKind, fingerprint
from offline_root.model import ROOT, Der, Issued, Reason, Revocation, Serial
from offline_root.moments import Duration
from offline_root.policy.model import Policy
from offline_root.profile import intermediate_extensions
from offline_root.review import draw
from tests.authorities import (
    GOOD_NAME,
    NOW,
    PrivateKey,
    environment,
    key,
    policy,
    root,
    spki,
    with_environment,
    with_root,
)
from tests.offline_root.checks.cases import Pair, Run

OWN, OTHER = root(), root(with_root(policy(), common_name="Other Root"), number=5)
ONE, TWO = (key(KeyKind.EC_P384, number) for number in (21, 22))
LONG = with_environment(policy(), validity=Duration(21, "y"))
END = issue.load(OWN.certificate).not_valid_after_utc


def entry(certificate: Der, private: PrivateKey, name: str, serial: int, authority: str = "demo") -> Issued:
    """Return what the log says of a certificate."""
    sha256, public = fingerprint(certificate), fingerprint(spki(private))
    return Issued(authority, name, Serial(serial), certificate, sha256, public, "", "a.csr", "2026-01-02T03:04:05Z")


def intermediate(private: PrivateKey, name: str = "test", serial: int = 2, **others: str) -> Issued:
    """Return an intermediate of an environment."""
    return entry(OWN.certified(spki(private), name, GOOD_NAME), private, name, serial, **others)


ROOT_ENTRY = entry(OWN.certificate, OWN.private, ROOT, 1)
OTHER_ENTRY = entry(OTHER.certificate, OTHER.private, ROOT, 1, "other")
FIRST, SECOND = intermediate(ONE), intermediate(TWO, serial=3)
PROD = intermediate(TWO, "prod", 3)


def state(*issued: Issued, revoked: int = 0) -> State:
    """Return an authority with these certificates."""
    revocation = Revocation(Serial(revoked), Reason.SUPERSEDED, "2026-01-02T03:04:05Z")
    return State(authority=issued[0].authority, issued=issued, revocations=(revocation,))


def hierarchy(*issued: Issued, revoked: int = 0, of: Policy | None = None, now: datetime = NOW) -> Hierarchy:
    """Return the hierarchy of one authority and its root."""
    return Hierarchy.of(state(ROOT_ENTRY, *issued, revoked=revoked), (), of or policy(), now)


def beside(own: Issued, *others: Issued) -> Hierarchy:
    """Return the hierarchy of two authorities."""
    return Hierarchy.of(state(ROOT_ENTRY, own), (state(*others),), policy(), NOW)


def _like_first() -> Issued:
    """Return a certificate with the key identifier of FIRST and a key of its own."""
    chosen = environment(policy())
    extensions = intermediate_extensions(chosen, policy().root, OWN.parsed, spki(ONE))
    draft, issuer = draw(chosen, policy(), NOW, Serial(3)), OWN.parsed.subject
    made = issue.build(
        subject=GOOD_NAME, issuer=issuer, spki=spki(TWO), draft=draft, extensions=extensions, kind=OWN.kind
    )
    return entry(OWN.signed(made.tbs), TWO, "test", 3)


def _pair(code: str, found: Iterable[Hierarchy], passed: Iterable[Hierarchy]) -> tuple[str, Pair]:
    (check,) = (each for each in HIERARCHY_CHECKS if each.code.name == f"hierarchy.{code}")

    def run(case: Hierarchy) -> Run:
        return lambda: check.run(case)

    return check.code.name, Pair(tuple(map(run, found)), tuple(map(run, passed)))


def messages(code: str, case: Hierarchy) -> list[str]:
    """Return what one check says."""
    (check,) = (each for each in HIERARCHY_CHECKS if each.code.name == f"hierarchy.{code}")
    found: tuple[Finding, ...] = check.run(case)
    return [each.message for each in found]


ELSEWHERE = intermediate(TWO, serial=2, authority="other")
OUTLIVES = entry(replace(OWN, policy=LONG).certified(spki(ONE), "test", GOOD_NAME), ONE, "test", 2)
ALIKE = root(with_root(policy(), common_name="PrivSec 0FFLINE R00T CA"), number=6)
SHORT = with_root(policy(), validity=Duration(7, "d"))
REHEARSAL = entry(root(SHORT).certificate, OWN.private, ROOT, 1)
ALONE = Correction(7, "Olga", "2026-03-01T00:00:00Z", "2026-02-01T00:00:00Z", ("05",))
DAY = timedelta(days=1)
QUIET = END - timedelta(days=3650 + 367)
"""Before a notice of one year for the intermediates of ten years and less."""

PAIRS: dict[str, Pair] = dict(
    [
        _pair(
            "serial",
            (hierarchy(FIRST, replace(SECOND, serial=FIRST.serial)),),
            (hierarchy(FIRST, SECOND), beside(FIRST, OTHER_ENTRY, ELSEWHERE)),
        ),
        _pair(
            "key",
            (
                hierarchy(SECOND, PROD),
                beside(FIRST, OTHER_ENTRY, intermediate(ONE, authority="other")),
                beside(intermediate(OTHER.private), OTHER_ENTRY),
                hierarchy(intermediate(OWN.private)),
                beside(FIRST, replace(ROOT_ENTRY, authority="other")),
            ),
            (hierarchy(FIRST, SECOND), hierarchy(FIRST, intermediate(ONE, serial=4)), beside(FIRST, OTHER_ENTRY)),
        ),
        _pair(
            "key-identifier",
            (hierarchy(FIRST, _like_first()),),
            (hierarchy(FIRST, SECOND), hierarchy(FIRST, intermediate(ONE, serial=4))),
        ),
        _pair(
            "root-name",
            (
                beside(FIRST, entry(ALIKE.certificate, ALIKE.private, ROOT, 1, "other")),
                beside(FIRST, entry(root(number=5).certificate, OTHER.private, ROOT, 1, "other")),
            ),
            (beside(FIRST, OTHER_ENTRY), hierarchy(FIRST)),
        ),
        _pair(
            "outlives-root",
            (hierarchy(OUTLIVES), hierarchy(FIRST, OUTLIVES)),
            (hierarchy(FIRST, SECOND), Hierarchy.of(state(OUTLIVES), (), policy(), NOW)),
        ),
        _pair(
            "root-age",
            (hierarchy(now=END - DAY), hierarchy(now=QUIET + 3 * DAY), hierarchy(of=LONG)),
            (
                hierarchy(FIRST),
                hierarchy(now=QUIET),
                Hierarchy.of(state(REHEARSAL), (), SHORT, NOW),
                Hierarchy.of(state(FIRST), (state(OTHER_ENTRY),), policy(), END),
            ),
        ),
        _pair(
            "environment",
            (hierarchy(intermediate(ONE, "retired")),),
            (
                hierarchy(FIRST, PROD),
                hierarchy(intermediate(ONE, "retired"), revoked=2),
                hierarchy(intermediate(ONE, "retired"), now=END),
                beside(FIRST, OTHER_ENTRY, intermediate(TWO, "retired", authority="other")),
            ),
        ),
        _pair(
            "stranger",
            (replace(hierarchy(FIRST), strangers=("0123456789abcdef secret key, label 'x', id 07",)),),
            (hierarchy(FIRST),),
        ),
        _pair("clock", (replace(hierarchy(FIRST), corrections=(ALONE,)),), (hierarchy(FIRST),)),
        _pair(
            "superseded",
            (hierarchy(FIRST, SECOND), hierarchy(FIRST, SECOND, PROD)),
            (
                hierarchy(FIRST, PROD),
                hierarchy(FIRST, SECOND, revoked=2),
                hierarchy(FIRST, SECOND, revoked=3),
                hierarchy(FIRST, SECOND, now=END),
                beside(FIRST, OTHER_ENTRY, ELSEWHERE),
            ),
        ),
    ]
)
