"""Failing and passing cases of the checks that need an authority, and of the comparison with paper."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from offline_root import der
from offline_root.checks import approval
from offline_root.checks.case import ReviewCase
from offline_root.history import History
from offline_root.issue import load
from offline_root.keys import KeyKind
from offline_root.model import Der, Intent, Issued, Serial
from offline_root.names import root_name
from offline_root.policy.model import FROM_REQUEST, NameConstraints, Policy
from tests import weak_keys
from tests.authorities import (
    NOW,
    attribute,
    common_name,
    csr,
    handmade,
    issued,
    key,
    policy,
    read,
    root,
    root_entry,
    spki,
    with_environment,
    with_root,
)
from tests.offline_root.checks.cases import GOOD, Pair, on_review, review_case

LONG_AGO = NOW - timedelta(days=9000)
KEYS = weak_keys.keys()
AGAIN = "0" * 64
"""SHA-256 of a request that is another one."""
RETIRED = common_name("PrivSec Intermediate CA (retired)")
EXPIRED = root(born=LONG_AGO).certified(spki(key(KeyKind.EC_P256, 9)), "retired", RETIRED, born=LONG_AGO)
"""A certificate that ended before today."""
ROOT_IN_PARTS = (
    (NameOID.COUNTRY_NAME, "CH"),
    (NameOID.ORGANIZATION_NAME, "PrivSec"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "PrivSec"),
    (NameOID.COMMON_NAME, "OFFLINE Root CA"),
)
"""The values of the root's name in a row, cut up in another way."""


def _pair(code: str, found: Iterable[ReviewCase], passed: Iterable[ReviewCase]) -> tuple[str, Pair]:
    return code, Pair(tuple(on_review(code, each) for each in found), tuple(on_review(code, each) for each in passed))


def _under(of: Policy) -> ReviewCase:
    return review_case(under=root(of))


def _begun(case: ReviewCase) -> Intent:
    """Return the intent of a signature over the case's certificate."""
    assert case.unsigned
    return Intent("test", Serial(0xDEAD), case.unsigned.tbs, "x.csr", AGAIN, AGAIN, "2026-01-02T03:04:05Z")


def _history() -> Iterable[tuple[str, Pair]]:
    def with_history(*entries: Issued) -> ReviewCase:
        return review_case(GOOD, *entries)

    own, foreign = root(), root(number=5)
    same = issued(GOOD, request_sha256=AGAIN)
    prod = issued(GOOD, "prod", request_sha256=AGAIN)
    answered = issued(GOOD)
    stranger = issued(read(csr(private=key(KeyKind.EC_P256, 9))))
    of_root = read(csr(private=own.private))
    of_other_root = read(csr(private=foreign.private))
    unrelated = (with_history(), with_history(stranger, root_entry(own)))
    yield _pair(
        "request.key.root",
        (review_case(of_root, root_entry(own)), review_case(of_other_root, root_entry(foreign, "elsewhere"))),
        (*unrelated, with_history(same, prod, answered)),
    )
    revoked = review_case()
    yield _pair(
        "request.key.revoked",
        (replace(revoked, history=History((same,), (same,))), replace(revoked, history=History((prod,), (prod,)))),
        (*unrelated, with_history(same), replace(revoked, history=History((same, stranger), (stranger,)))),
    )
    tried = replace(revoked, history=History(failed=(_begun(revoked),)))
    other_key, no_tbs = (
        replace(_begun(revoked), tbs=tbs) for tbs in (Der(load(stranger.certificate).tbs_certificate_bytes), Der(b""))
    )
    yield _pair(
        "request.key.abandoned",
        (tried,),
        (*unrelated, with_history(same), replace(revoked, history=History(failed=(other_key, no_tbs)))),
    )
    over = issued(GOOD, certificate=EXPIRED)
    yield _pair(
        "review.supersedes",
        (with_history(stranger), with_history(root_entry(own), stranger)),
        (
            *(with_history(each) for each in (prod, over, root_entry(own))),
            replace(revoked, history=History((stranger,), (stranger,))),
        ),
    )
    yield _pair(
        "request.key.other-environment",
        (with_history(prod), with_history(issued(GOOD, "retired", authority="elsewhere", request_sha256=AGAIN))),
        (
            *unrelated,
            with_history(same),
            with_history(answered),
            review_case(of_root, root_entry(own)),
            replace(revoked, history=History((prod,), (prod,))),
        ),
    )
    yield _pair(
        "request.key.earlier",
        (with_history(same), with_history(answered, same), replace(revoked, history=History((same,), (stranger,)))),
        (
            *unrelated,
            with_history(prod),
            with_history(answered),
            review_case(of_root, root_entry(own)),
            replace(revoked, history=History((same,), (same,))),
        ),
    )
    first, second = (read(KEYS[each].request()) for each in ("shared-first", "shared-second"))
    good_rsa = issued(read(KEYS["good"].request()), "prod")
    yield _pair(
        "request.key.shared-factor",
        (
            review_case(first, issued(second, "prod", authority="elsewhere")),
            review_case(second, root_entry(own), stranger, issued(first, request_sha256=AGAIN)),
        ),
        (
            *unrelated,
            review_case(first, issued(first, request_sha256=AGAIN), good_rsa, root_entry(own)),
            review_case(first),
        ),
    )
    drawn = revoked.draft.serial
    yield _pair(
        "review.serial-used",
        (
            with_history(replace(stranger, serial=drawn)),
            with_history(same, replace(root_entry(own), serial=drawn)),
            with_history(replace(stranger, serial=drawn, authority="elsewhere")),
        ),
        (*unrelated, with_history(same, prod, answered), with_history(replace(stranger, serial=Serial(drawn + 1)))),
    )
    yield _pair(
        "request.already-answered",
        (with_history(answered), with_history(issued(GOOD, "prod"))),
        (*unrelated, with_history(same), replace(revoked, history=History((answered,), (answered,)))),
    )


def _confusable() -> Iterable[tuple[str, Pair]]:
    any_name = with_environment(policy(), common_name="*", attributes=())
    kept = with_environment(any_name, subject=FROM_REQUEST)

    def asking(cn: str, *history: Issued, of: Policy = any_name) -> ReviewCase:
        return review_case(csr(common_name(cn)), *history, under=root(of))

    other = read(csr(private=key(KeyKind.EC_P256, 9)))
    prod, retired = issued(other, "prod"), issued(other, "retired", authority="elsewhere")
    own, expired = issued(other), replace(retired, certificate=EXPIRED)
    elsewhere = root(with_root(policy(), common_name="Elsewhere Root"), number=5)
    in_parts = [attribute(oid, text) for oid, text in ROOT_IN_PARTS]
    yield _pair(
        "request.subject.confusable",
        (
            asking("PrivSec OFFLINE Root CA"),
            asking("privsec offline r\u043eot ca"),
            asking("Pr1vSec 0FFL|NE  Root\u00a0CA", of=kept),
            asking("PrivSec OFFLINE R\u00f6\u00f6t\u200b CA"),
            asking("PrivSec Intermediate CA (pr0d)", of=policy()),
            asking("PrivSec Interrnediate CA (prod)", of=kept),
            asking("PrivSec Intermediate CA (retired)", retired),
            asking("PRIVSEC INTERMEDIATE CA (RETIRED)", retired, own),
            asking("E1sewhere R00t", root_entry(elsewhere, "elsewhere")),
            review_case(csr(x509.Name(in_parts)), under=root(kept)),
        ),
        (
            review_case(),
            review_case(GOOD, prod, own, retired, root_entry(root()), root_entry(elsewhere)),
            # Another check's: the root's own name, and that of another environment of the policy.
            review_case(csr(root_name(policy().root)), root_entry(root())),
            asking("PrivSec Intermediate CA (prod)"),
            asking("PrivSec Intermediate CA (retired)", expired),
            asking("PrivSec Intermediate CA (test)", own),
            asking("PrivSec OFFLINE Root CA" + " " * 42),  # over-long
        ),
    )


def _path_length() -> Iterable[tuple[str, Pair]]:
    def lengths(root_length: int | None, length: int) -> ReviewCase:
        return _under(with_environment(with_root(policy(), path_length=root_length), path_length=length))

    good = review_case()
    other = replace(good.case, environment=replace(good.case.environment, path_length=1))
    yield _pair("review.path-length", (replace(good, case=other),), (good, lengths(3, 2), replace(good, unsigned=None)))


def _name_constraints() -> Iterable[tuple[str, Pair]]:
    def constrained(constraints: NameConstraints) -> ReviewCase:
        return _under(with_environment(policy(), name_constraints=constraints))

    everything = NameConstraints(("a.example",), (), ("a.example",), (".a.example",))
    yield _pair(
        "review.name-constraints.absent",
        (constrained(NameConstraints(None)), constrained(NameConstraints(None, ("10.0.0.0/8",), ("a.example",)))),
        (review_case(), constrained(everything)),
    )
    # There is always one hole: whoever trusts common names is not bound by any constraint.
    yield _pair("review.name-constraints.open", (review_case(), constrained(everything)), ())


def _bytes_copied() -> Iterable[tuple[str, Pair]]:
    private = key(KeyKind.EC_P384, 1)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    algorithm = bytes.fromhex("301006072a8648ce3d020106052b81040022")
    compressed = handmade(private, public=der.sequence(algorithm, der.bit_string(point)))
    good = review_case()
    kept = _under(with_environment(policy(), subject=FROM_REQUEST))
    yield _pair(
        "review.bytes-copied",
        (
            review_case(compressed),
            replace(kept, unsigned=good.unsigned),
        ),
        (good, kept, replace(good, unsigned=None)),
    )


def _subject_is_root() -> Iterable[tuple[str, Pair]]:
    of = policy()
    anything = root(with_environment(of, common_name="*"))
    roots = csr(root_name(of.root))
    bare = with_root(with_environment(of, common_name="*", attributes=()), attributes=())
    yield _pair(
        "review.subject.root",
        (
            review_case(roots, under=anything),
            review_case(csr(root_name(bare.root)), under=root(bare)),
            review_case(roots),
        ),
        (review_case(), review_case(csr(root_name(of.root)), under=root(with_root(of, common_name="Other")))),
    )


def _paper() -> Iterable[tuple[str, Pair]]:
    right = GOOD.fingerprint
    wrong = ("", right[:31], "x" * 32, "0" + right[1:] if right[0] != "0" else "1" + right[1:], f"{right}0", right[1:])
    good = (right, right[:32], right[:33], right.upper(), " ".join(right[i : i + 4] for i in range(0, 64, 4)))

    yield (
        approval.FINGERPRINT_MISMATCH.name,
        Pair(
            tuple(lambda typed=typed: approval.confirm(typed, right) for typed in wrong),  # type: ignore[misc]
            tuple(lambda typed=typed: approval.confirm(typed, right) for typed in good),  # type: ignore[misc]
        ),
    )


PAIRS: dict[str, Pair] = dict(
    [
        *_history(),
        *_confusable(),
        *_path_length(),
        *_name_constraints(),
        *_bytes_copied(),
        *_subject_is_root(),
        *_paper(),
    ]
)
