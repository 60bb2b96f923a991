"""The name test says what validators do: a few hundred names under constraints, asked of three of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from offline_root import issue
from offline_root.display import dangerous
from offline_root.profile import name_constraints
from offline_root.would_allow import Verdict, under, would_allow
from tests.authorities import NOW, environment, policy, root
from tests.leaves import ONLINE, constrained, cryptography_takes, gnutls_takes, leaf, openssl_takes


def dns(*names: str) -> list[x509.GeneralName]:
    return [x509.DNSName(each) for each in names]


def networks(*names: str) -> list[x509.GeneralName]:
    return [x509.IPAddress(ip_network(each)) for each in names]


def mail(*names: str) -> list[x509.GeneralName]:
    return [x509.RFC822Name(each) for each in names]


def uri(*names: str) -> list[x509.GeneralName]:
    return [x509.UniformResourceIdentifier(each) for each in names]


CONSTRAINTS: Mapping[str, x509.NameConstraints | None] = {
    "none": None,
    "names": x509.NameConstraints(dns("in.example", "localhost"), networks("0.0.0.0/0", "::/0")),
    "hole": x509.NameConstraints(dns("in.example"), [*dns("secret.in.example"), *networks("::/0")]),
    "excluded": x509.NameConstraints(
        None, [*dns("out.example"), *mail("out.example"), *uri("out.example"), *networks("10.0.0.0/8")]
    ),
    "capitals": x509.NameConstraints([*dns("IN.Example"), *mail("IN.example"), *uri("B.In.example")], None),
    "dotted": x509.NameConstraints(dns(".in.example"), None),
    "v4": x509.NameConstraints(networks("10.0.0.0/8", "192.0.2.7/32"), None),
    "both": x509.NameConstraints(networks("10.0.0.0/8", "2001:db8::/32"), None),
    "v6": x509.NameConstraints(networks("2001:db8::/32"), networks("0.0.0.0/0")),
    "mail": x509.NameConstraints(mail("in.example", ".sub.example", "One@box.example"), None),
    "uri": x509.NameConstraints(uri("in.example", ".sub.example"), None),
    "no-dns": x509.NameConstraints(None, dns("")),
}
DNS = (
    *("in.example", "a.in.example", "a.b.in.example", "IN.EXAMPLE", "A.In.Example", "notin.example", "example"),
    *("out.example", "www.out.example", "secret.in.example", "a.secret.in.example", "*.in.example", "*.a.in.example"),
    *("*.example", "*.secret.in.example", "localhost", "xn--mnchen-3ya.in.example", "in.example."),
)
ADDRESSES = (
    *("10.0.0.1", "10.255.255.255", "11.0.0.1", "192.0.2.7", "192.0.2.8"),
    *("2001:db8::5", "2001:db9::5", "::1", "::ffff:10.0.0.1"),
)
MAIL = (
    *("a@in.example", "A@IN.example", "a@b.in.example", "a@x.sub.example", "a@sub.example", "One@box.example"),
    *("one@box.example", "One@BOX.example", "two@box.example", "a@out.example", "a@b.out.example"),
)
NO_HOST = ("https://10.0.0.1/", "https://[2001:db8::1]/", "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8")
URIS = (
    *("https://in.example/x", "https://IN.example:8443/", "https://b.in.example/", "spiffe://in.example/web"),
    *("spiffe://sub.example/x", "spiffe://x.sub.example/y", "https://user@in.example/x"),
    *("https://out.example/", "https://a.out.example/", *NO_HOST),
)
NAMES = (*DNS, *ADDRESSES, *MAIL, *URIS)

OTHERWISE: Mapping[str, tuple[tuple[str, tuple[str, ...], str], ...]] = {
    "openssl": (
        ("uri", ("https://user@in.example/x",), "takes what stands before the @ for a part of the host"),
        ("excluded", NO_HOST[:2], "takes an address in a URI for a host name that nothing excludes"),
    ),
    "cryptography": (
        ("hole", ("*.in.example",), "the * could stand for the excluded name below it"),
        ("excluded", ("*.example",), "the * could stand for the excluded name below it"),
        (
            "dotted",
            tuple(each for each in DNS if each.lower().rstrip(".").endswith(".in.example")),
            "a leading dot is malformed to it",
        ),
        (
            "uri",
            ("https://in.example/x", "https://IN.example:8443/", "spiffe://in.example/web"),
            "knows no such constraint",
        ),
        (
            "uri",
            ("spiffe://x.sub.example/y", "https://user@in.example/x"),
            "knows no such constraint, and refuses every URI",
        ),
        ("capitals", ("https://b.in.example/",), "knows no such constraint, and refuses every URI"),
        (
            "excluded",
            tuple(each for each in URIS if each not in (*NO_HOST, "https://out.example/")),
            "knows no such constraint, and refuses every URI",
        ),
    ),
    "gnutls": (
        ("uri", ("https://b.in.example/", "spiffe://sub.example/x", *URIS[7:]), "does not look at permitted URIs"),
        ("capitals", tuple(each for each in URIS if "b.in" not in each), "does not look at permitted URIs"),
        (
            "excluded",
            tuple(each for each in URIS if each not in (*NO_HOST, "https://out.example/")),
            "refuses all URIs",
        ),
        ("v4", ADDRESSES[5:], "takes the two families of addresses for two kinds of names"),
    ),
}
"""Where a validator decides otherwise than we say: under which constraints, about which names, and why."""


def others(validator: str) -> set[tuple[str, str]]:
    """Return the pairs of constraints and name about which a validator is known to decide otherwise."""
    return {(chosen, name) for chosen, names, _ in OTHERWISE[validator] for name in names}


def general(typed: str) -> x509.GeneralName:
    """Return the name as a certificate holds it."""
    if typed in DNS:
        return x509.DNSName(typed.removesuffix("."))
    if typed in ADDRESSES:
        return x509.IPAddress(ip_address(typed))
    return x509.RFC822Name(typed) if typed in MAIL else x509.UniformResourceIdentifier(typed)


@pytest.mark.parametrize("chosen", CONSTRAINTS)
def test_openssl_and_cryptography_decide_as_it_says(chosen: str, tmp_path: Path) -> None:
    constraints = CONSTRAINTS[chosen]
    made, ca = constrained(constraints)
    leaves = [leaf(general(each), issuer=ca) for each in NAMES]
    said = {each: would_allow(constraints, each).allowed for each in NAMES}

    for validator, taken in (
        ("openssl", openssl_takes(tmp_path, made, ca, leaves)),
        ("cryptography", [cryptography_takes(made, ca, each) for each in leaves]),
    ):
        differs = {(chosen, name) for name, took in zip(NAMES, taken, strict=True) if took != said[name]}
        assert differs == {pair for pair in others(validator) if pair[0] == chosen}, validator
    assert [under(ca, each) for each in NAMES] == [would_allow(constraints, each) for each in NAMES]


@pytest.mark.long
@pytest.mark.parametrize("chosen", CONSTRAINTS)
def test_gnutls_decides_as_it_says(chosen: str, tmp_path: Path) -> None:
    constraints = CONSTRAINTS[chosen]
    made, ca = constrained(constraints, datetime.now(UTC).replace(microsecond=0))
    taken = gnutls_takes(tmp_path, made, ca, [leaf(general(each), issuer=ca) for each in NAMES])

    differs = {(chosen, n) for n, took in zip(NAMES, taken, strict=True) if took != would_allow(constraints, n).allowed}
    assert differs == {pair for pair in others("gnutls") if pair[0] == chosen}


DESIGN = name_constraints(environment(policy()).name_constraints)
SAID = {
    "a.test.privsec.ch": (
        Verdict.PERMITTED,
        "DNS name",
        "permitted DNS test.privsec.ch covers that name and all below it",
    ),
    " a.test.privsec.ch ": (Verdict.PERMITTED, "DNS name", "would verify"),
    "A.Test.Privsec.ch.": (Verdict.PERMITTED, "DNS name", "read without the dot at its end"),
    "*.test.privsec.ch": (Verdict.PERMITTED, "DNS name", "The * stands for exactly one label."),
    "*.privsec.ch": (Verdict.OUTSIDE, "DNS name", "would not verify: it is not within permitted DNS test.privsec.ch, "),
    "a.*.privsec.ch": (Verdict.UNUSABLE, "DNS name", "a * is not possible here"),
    "z\u00fcrich.test.privsec.ch": (
        Verdict.UNUSABLE,
        "DNS name",
        "holds the A-label, which begins with xn--; type that",
    ),
    "xn--zrich-kva.test.privsec.ch": (Verdict.PERMITTED, "DNS name", "would verify"),
    "xn--99999999.privsec.ch": (Verdict.UNUSABLE, "DNS name", "not an encoded name"),
    "localhost:8443": (Verdict.UNUSABLE, "DNS name", "names no port"),
    "Alice Admin": (Verdict.UNUSABLE, "no kind of name", "a common name without a subjectAltName"),
    "": (Verdict.UNUSABLE, "no kind of name", "cannot be compared"),
    "127.0.0.1": (Verdict.PERMITTED, "IPv4 address", "permitted IP 127.0.0.0/8 covers it"),
    "[::1]": (Verdict.PERMITTED, "IPv6 address", "permitted IP ::1/128 covers it"),
    "192.0.2.1": (Verdict.OUTSIDE, "IPv4 address", "not within permitted IP 127.0.0.0/8, permitted IP ::1/128"),
    "fe80::1%eth0": (Verdict.UNUSABLE, "IPv6 address", "no zone"),
    "10.0.0.0/8": (Verdict.UNUSABLE, "network", "type one address"),
    "192.168.001.1": (Verdict.UNUSABLE, "DNS name", "the last part of a host name is not a number"),
    "olga@privsec.ch": (Verdict.OPEN, "e-mail address", "can issue for any e-mail address"),
    "o..a@privsec.ch": (Verdict.UNUSABLE, "e-mail address", "not the name of a mailbox"),
    "olga@privsec..ch": (Verdict.UNUSABLE, "e-mail address", "not a host name"),
    "spiffe://privsec.ch/web": (Verdict.OPEN, "SPIFFE id", "can issue for any SPIFFE id"),
    "https://privsec.ch/": (Verdict.OPEN, "URI", "can issue for any URI"),
    "https://[::1/": (Verdict.UNUSABLE, "URI", "not a host"),
    "https://privsec.ch/z\u00fcrich": (Verdict.UNUSABLE, "URI", "only plain characters"),
}


@pytest.mark.parametrize(("typed", "said"), SAID.items(), ids=map(ascii, SAID))
def test_it_teaches(typed: str, said: tuple[Verdict, str, str]) -> None:
    answer = would_allow(DESIGN, typed)

    assert (answer.verdict, answer.kind) == said[:2]
    assert said[2] in answer.message
    assert answer.facts()["allowed"] == answer.allowed == ("would verify" in answer.message)
    assert (answer.word == "UNCLEAR") == (answer.verdict is Verdict.UNUSABLE)
    assert (answer.word == "YES") == answer.allowed


def test_a_family_excluded_whole_is_said_in_words() -> None:
    answer = would_allow(CONSTRAINTS["names"], "10.0.0.1")

    assert (answer.verdict, answer.constraint) == (Verdict.EXCLUDED, "excluded IP 0.0.0.0/0")
    assert "covers every IPv4 address" in answer.message
    assert "covers every DNS name" in would_allow(CONSTRAINTS["no-dns"], "a.example").message


def test_a_wildcard_above_an_exclusion_is_doubtful() -> None:
    assert "Some validators refuse it" in would_allow(CONSTRAINTS["hole"], "*.in.example").message
    assert "Some validators" not in would_allow(CONSTRAINTS["hole"], "*.a.in.example").message
    assert "Some validators" not in would_allow(CONSTRAINTS["hole"], "in.example").message


def test_a_uri_without_a_host_is_outside_every_constraint_of_uris() -> None:
    answer = would_allow(CONSTRAINTS["excluded"], NO_HOST[2])

    assert (answer.verdict, answer.constraint) == (Verdict.OUTSIDE, "excluded URI out.example")
    assert "compares host names, and this URI has none" in answer.message


def test_what_nothing_excludes_is_open() -> None:
    answer = would_allow(CONSTRAINTS["excluded"], "a.in.example")

    assert (answer.verdict, answer.constraint) == (Verdict.OPEN, "")
    assert "not within excluded DNS out.example" in answer.message


def test_nothing_verifies_under_a_leaf() -> None:
    ca = issue.load(root().intermediate(ONLINE))

    answer = under(leaf(x509.DNSName("a.test.privsec.ch"), issuer=ca), "a.test.privsec.ch")
    assert (answer.verdict, answer.allowed) == (Verdict.UNUSABLE, False)
    assert "is no CA" in answer.message
    assert under(root().parsed, "a.test.privsec.ch").verdict is Verdict.OPEN
    assert ca.not_valid_before_utc < NOW


@given(st.text(max_size=40) | st.from_regex(r"[a-zA-Z*.@:/%\[\]0-9xn-]{0,40}"), st.sampled_from(sorted(CONSTRAINTS)))
def test_it_answers_whatever_is_typed(typed: str, chosen: str) -> None:
    answer = would_allow(CONSTRAINTS[chosen], typed)

    assert answer.name == typed
    assert not dangerous(answer.message)
    assert (answer.verdict in (Verdict.PERMITTED, Verdict.EXCLUDED)) <= bool(answer.constraint)


@given(st.sampled_from(DNS), st.sampled_from(sorted(CONSTRAINTS)))
def test_capitals_do_not_matter_in_a_dns_name(typed: str, chosen: str) -> None:
    lower, upper = (would_allow(CONSTRAINTS[chosen], each) for each in (typed.lower(), typed.upper()))
    assert (lower.verdict, lower.message) == (upper.verdict, upper.message)
