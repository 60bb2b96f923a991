"""What a new intermediate changes: every field and extension, and nothing that changes each time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from offline_root import issue
from offline_root.difference import changes, difference
from offline_root.history import History
from offline_root.keys import KeyKind
from offline_root.model import Change, Der, Difference, Draft, Serial
from offline_root.policy.model import NameConstraints
from offline_root.profile import intermediate_extensions
from tests.authorities import (
    NOW,
    Root,
    attribute,
    csr,
    environment,
    issued,
    key,
    policy,
    read,
    root,
    spki,
    with_environment,
    with_root,
)

EC, OTHER = key(KeyKind.EC_P384, 60), key(KeyKind.EC_P384, 61)


def made(of: Root, private: Any = EC, **changed: Any) -> Der:  # noqa: ANN401  # a key; fields of a certificate
    """Return an intermediate of the environment `test`, some of it changed."""
    chosen, public = environment(of.policy), spki(private)
    usual: dict[str, Any] = {
        "subject": x509.Name([attribute(NameOID.COMMON_NAME, "PrivSec Intermediate CA (test)")]),
        "issuer": of.parsed.subject,
        "draft": Draft(Serial(77), NOW, chosen.validity.last_second(NOW)),
        "extensions": intermediate_extensions(chosen, of.policy.root, of.parsed, public),
    }
    return of.signed(issue.build(spki=public, kind=of.kind, **{**usual, **changed}).tbs)


BEFORE = made(root())
ADDRESSES = "permitted IP 127.0.0.0/8, permitted IP ::1/128"
NARROW = NameConstraints(("test.privsec.ch",))
CHANGED: dict[str, tuple[Der, tuple[tuple[str, str, str], ...]]] = {
    "nothing": (
        made(root(), OTHER, draft=Draft(Serial(5), NOW + timedelta(days=1), NOW + timedelta(days=3651, seconds=-1))),
        (),
    ),
    "kind of key": (made(root(), key(KeyKind.EC_P256, 60)), (("key", "ec-p384", "ec-p256"),)),
    "subject": (
        made(root(), subject=x509.Name([attribute(NameOID.COMMON_NAME, "G2")])),
        (("subject", "CN=PrivSec Intermediate CA (test)", "CN=G2"),),
    ),
    "years": (
        made(root(), draft=Draft(Serial(5), NOW, NOW.replace(year=2031) - timedelta(seconds=1))),
        (("validity", "3650 d", "5 y"),),
    ),
    "a second": (
        made(root(), draft=Draft(Serial(5), NOW, NOW + timedelta(days=3650))),
        (("validity", "3650 d", "3650 days, 0:00:01"),),
    ),
    "path length": (
        made(root(with_environment(policy(), path_length=1))),
        (("basicConstraints", "critical, CA:TRUE, path length 0", "critical, CA:TRUE, path length 1"),),
    ),
    "one extension more": (
        made(root(with_environment(policy(), extended_key_usage=("serverAuth",)))),
        (("extKeyUsage", "(none)", "serverAuth"),),
    ),
    "addresses": (
        made(root(with_environment(policy(), name_constraints=NARROW))),
        (
            (
                "nameConstraints",
                f"critical, permitted DNS test.privsec.ch, permitted DNS localhost, {ADDRESSES}",
                "critical, permitted DNS test.privsec.ch, excluded IP 0.0.0.0/0, excluded IP ::/0",
            ),
        ),
    ),
    "address of the CRL": (
        made(root(with_root(policy(), crl_url="http://pki.example.org/new.crl"))),
        (("cRLDistributionPoints", "URI http://pki.example.org/root-ca.crl", "URI http://pki.example.org/new.crl"),),
    ),
}


@pytest.mark.parametrize("name", CHANGED)
def test_each_change_is_told_and_nothing_else(name: str) -> None:
    now, expected = CHANGED[name]

    assert changes(BEFORE, now) == tuple(Change(*each) for each in expected)
    assert changes(now, BEFORE) == tuple(Change(label, b, a) for label, a, b in expected)


def test_an_extension_taken_away_is_told() -> None:
    now, before = BEFORE, CHANGED["one extension more"][0]

    assert changes(before, now) == (Change("extKeyUsage", "serverAuth", "(none)"),)


def test_criticality_alone_is_a_change() -> None:
    of = root()
    extensions = intermediate_extensions(environment(of.policy), of.policy.root, of.parsed, spki(EC))
    loose = tuple((value, critical and not isinstance(value, x509.NameConstraints)) for value, critical in extensions)

    [change] = changes(BEFORE, made(of, extensions=loose))
    assert (change.label, change.before.removeprefix("critical, ")) == ("nameConstraints", change.now)


def test_another_root_changes_the_authority_key_identifier() -> None:
    assert [each.label for each in changes(BEFORE, made(root(number=4)))] == ["authorityKeyIdentifier"]


@pytest.mark.parametrize("extra", [(), ("key",)], ids=["alone", "beside the key"])
def test_what_no_text_shows_is_a_change_of_the_encoding(extra: tuple[str, ...]) -> None:
    """The same letters in another type of string, or the same extensions in another order."""
    of, private = root(), key(KeyKind.EC_P256, 60) if extra else EC
    printable = attribute(NameOID.COMMON_NAME, "PrivSec Intermediate CA (test)", _ASN1Type.PrintableString)
    extensions = intermediate_extensions(environment(of.policy), of.policy.root, of.parsed, spki(private))

    for now in (made(of, private, subject=x509.Name([printable])), made(of, private, extensions=extensions[::-1])):
        found = changes(BEFORE, now)
        assert [each.label for each in found] == [*extra, "encoding, SHA-256"]
        assert found[-1].before != found[-1].now


class TestReview:
    """What a review says of its environment's last certificate."""

    REQUEST = read(csr(private=OTHER))

    def test_the_first_of_an_environment_has_none_before_it(self) -> None:
        of = root()
        prod, elsewhere = issued(self.REQUEST, "prod"), issued(self.REQUEST, authority="other")

        for history in ((), (prod,), (elsewhere,), (prod, elsewhere)):
            found = of.review(self.REQUEST, issued=history).difference
            assert found == Difference(None, "", ())
            assert "this is the first intermediate" in found.summary

    def test_the_newest_of_this_environment_and_authority_counts(self) -> None:
        of = root()
        draft = Draft(Serial(9), NOW, environment(of.policy).validity.last_second(NOW))
        now = of.review(self.REQUEST, draft=draft)
        assert now.throwaway is not None
        same = of.review(read(csr(private=EC)), draft=draft).throwaway
        assert same is not None
        history = (
            issued(self.REQUEST, serial=Serial(1), certificate=CHANGED["path length"][0]),
            issued(self.REQUEST, serial=Serial(2), certificate=same),
            issued(self.REQUEST, "prod", serial=Serial(3), certificate=CHANGED["path length"][0]),
        )

        found = of.review(self.REQUEST, issued=history, draft=draft).difference
        assert found == Difference(Serial(2), "2026-01-02T03:04:05Z", ())
        assert (
            found.summary == "Since serial 02, issued 2026-01-02T03:04:05Z: nothing changes but key, serial and dates."
        )
        changed = difference(History(history[:1]), "demo", "test", now.throwaway)
        assert changed.summary.endswith("besides key, serial and dates:")
        assert [each.label for each in changed.changes] == ["subject", "basicConstraints"]

    def test_nothing_is_compared_where_nothing_can_be_built(self) -> None:
        nameless = read(csr(x509.Name([]), OTHER))
        found = root().review(nameless, issued=(issued(nameless),))

        assert (found.tbs, found.difference) == (None, None)

    def test_a_refused_request_is_compared_too(self) -> None:
        found = root().review(self.REQUEST, issued=(replace(issued(self.REQUEST), request_sha256="0" * 64),))
        assert found.difference is not None
        assert found.difference.since == Serial(0xABC)
