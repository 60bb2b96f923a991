"""A request's subject held against the policy: what is issued, and what is said about it."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from offline_root.names import Subject, plan, text
from offline_root.policy.model import FROM_REQUEST, EnvironmentPolicy
from tests.authorities import attribute, environment, policy, with_environment

CN = "PrivSec Intermediate CA (test)"
_OIDS = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "C": NameOID.COUNTRY_NAME,
    "E": NameOID.EMAIL_ADDRESS,
}


def asked(*pairs: tuple[str, str], kind: _ASN1Type = _ASN1Type.UTF8String) -> x509.Name:
    return x509.Name([attribute(_OIDS[each], value, kind) for each, value in pairs])


def env(**changes: Any) -> EnvironmentPolicy:  # noqa: ANN401  # fields of EnvironmentPolicy
    return environment(with_environment(policy(), **changes))


def messages(details: tuple[tuple[str, str], ...]) -> list[str]:
    return [f"{field}: {message}" for field, message in details]


def test_what_the_policy_names_is_added() -> None:
    found = plan(asked(("CN", CN)), env())
    assert found.name is not None
    assert text(found.name) == f"C=CH, O=PrivSec, CN={CN}"
    assert messages(found.added) == [
        "subject.country: The request has no country; the policy says 'CH'.",
        "subject.organization: The request has no organization; the policy says 'PrivSec'.",
    ]
    assert (found.common_name, found.length, found.different, found.dropped) == ((), (), (), ())


def test_what_the_policy_names_stays_when_it_is_the_same() -> None:
    found = plan(asked(("O", "PrivSec"), ("CN", CN), ("C", "CH")), env())
    assert found == Subject(plan(asked(("CN", CN)), env()).name)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ((("O", "Other"),), "subject.organization: The request says 'Other'; the policy says 'PrivSec'."),
        ((("O", "privsec"),), "subject.organization: The request says 'privsec'; the policy says 'PrivSec'."),
        ((("O", "PrivSec"), ("O", "PrivSec")), "The request says 'PrivSec, PrivSec'; the policy says 'PrivSec'."),
        ((("C", "DE"),), "subject.country: The request says 'DE'; the policy says 'CH'."),
        ((("O", "Priv\u202eSec"),), "The request says 'Priv<U+202E>Sec'; the policy says 'PrivSec'."),
    ],
)
def test_another_value_leaves_no_name(pairs: tuple[tuple[str, str], ...], message: str) -> None:
    found = plan(asked(("CN", CN), *pairs), env())
    assert found.name is None
    assert message in messages(found.different)[0]
    assert len(found.different) == 1


def test_what_the_policy_does_not_know_is_dropped() -> None:
    found = plan(asked(("CN", CN), ("OU", "a"), ("E", "a@b"), ("OU", "b")), env())
    assert found.name is not None
    assert text(found.name) == f"C=CH, O=PrivSec, CN={CN}"
    assert messages(found.dropped) == [
        "subject.organizational_unit: The policy does not know organizational_unit = a, b.",
        "subject.1.2.840.113549.1.9.1: The policy does not know 1.2.840.113549.1.9.1 = a@b.",
    ]


class TestStar:
    @pytest.mark.parametrize("value", ["PrivSec", "Anyone"])
    def test_takes_any_value(self, value: str) -> None:
        found = plan(asked(("CN", CN), ("O", value)), env(attributes=(("organization", "*"),)))
        assert found.name is not None
        assert text(found.name) == f"O={value}, CN={CN}"
        assert found.added == found.dropped == ()

    def test_takes_an_absent_attribute(self) -> None:
        found = plan(asked(("CN", CN)), env(attributes=(("organization", "*"),)))
        assert found == Subject(asked(("CN", CN)))

    def test_takes_no_two_values(self) -> None:
        found = plan(asked(("CN", CN), ("O", "a"), ("O", "b")), env(attributes=(("organization", "*"),)))
        assert found.name is None
        assert messages(found.different) == ["subject.organization: The request says 'a, b'; the policy says '*'."]


class TestCommonName:
    @pytest.mark.parametrize(
        ("names", "message"),
        [
            ((), "The request has no common name."),
            ((CN, CN), "The request has 2 common names."),
            (("Other\x1b",), "The request says 'Other<U+001B>'."),
        ],
    )
    def test_must_be_there_once_and_fit(self, names: tuple[str, ...], message: str) -> None:
        found = plan(asked(*(("CN", each) for each in names)), env())
        assert found.name is None
        assert messages(found.common_name) == [f"subject.common_name: {message} The policy of test wants '{CN}'."]

    def test_of_a_pattern_is_the_requests(self) -> None:
        found = plan(asked(("CN", "CA G7")), env(common_name="CA G*", attributes=()))
        assert found == Subject(asked(("CN", "CA G7")))


class TestLength:
    @pytest.mark.parametrize(
        ("pair", "message"),
        [
            (("CN", "G" * 65), "subject.common_name: The common_name has 65 octets in UTF-8; 1 to 64 are possible."),
            (
                ("CN", "\u00fc" * 33),
                "subject.common_name: The common_name has 66 octets in UTF-8; 1 to 64 are possible.",
            ),
            (("CN", ""), "subject.common_name: The common_name has 0 octets in UTF-8; 1 to 64 are possible."),
            (("O", "o" * 65), "subject.organization: The organization has 65 octets in UTF-8; 1 to 64 are possible."),
            (("O", ""), "subject.organization: The organization has 0 octets in UTF-8; 1 to 64 are possible."),
            (("C", "CHE"), "subject.country: The country has 3 octets in UTF-8; exactly 2 are possible."),
            (("C", "C"), "subject.country: The country has 1 octets in UTF-8; exactly 2 are possible."),
            (("C", "\u00e9"), "subject.country: The country '\u00e9' is not a code of two letters."),
            (("C", "1A"), "subject.country: The country '1A' is not a code of two letters."),
        ],
    )
    @pytest.mark.parametrize("subject", ["from-policy", "from-request"])
    def test_beyond_what_a_certificate_holds_leaves_no_name(
        self, pair: tuple[str, str], message: str, subject: str
    ) -> None:
        anything = env(common_name="*", attributes=(("country", "*"), ("organization", "*")), subject=subject)
        found = plan(asked(pair, ("OU", "x" * 64)), anything)
        assert (found.name, messages(found.length)) == (None, [message])
        assert (found.common_name, found.different, found.added) == ((), (), ())
        assert [field for field, _ in found.dropped] == ["subject.organizational_unit"]

    @pytest.mark.parametrize(
        ("pair", "message"),
        [
            (("OU", "x" * 65), "subject.organizational_unit: The organizational_unit has 65 octets"),
            (("OU", ""), "subject.organizational_unit: The organizational_unit has 0 octets"),
            (("E", "x" * 256), "subject.1.2.840.113549.1.9.1: The 1.2.840.113549.1.9.1 has 256 octets"),
        ],
    )
    def test_counts_for_unknown_attributes_where_they_would_be_kept(self, pair: tuple[str, str], message: str) -> None:
        kept = plan(asked(("CN", CN), pair), env(subject=FROM_REQUEST))
        assert kept.name is None
        assert [each.startswith(message) for each in messages(kept.length)] == [True]
        assert plan(asked(("CN", CN), pair), env()).length == ()
        assert plan(asked(("CN", CN), ("E", "x" * 255)), env(subject=FROM_REQUEST)).length == ()

    @pytest.mark.parametrize(
        "pair", [("CN", "G" * 64), ("CN", "\u00fc" * 32), ("CN", "G"), ("O", "o" * 64), ("C", "ZZ")]
    )
    def test_up_to_the_bound_is_issued(self, pair: tuple[str, str]) -> None:
        anything = env(common_name="*", attributes=(("country", "*"), ("organization", "*")))
        found = plan(asked(*({"CN": "a"} | dict([pair])).items()), anything)
        assert found.length == ()
        assert found.name is not None


class TestFromRequest:
    def test_keeps_the_bytes(self) -> None:
        chosen = env(subject=FROM_REQUEST)
        organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "PrivSec", _ASN1Type.PrintableString)
        unit = x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "IT", _ASN1Type.T61String)
        common = x509.NameAttribute(NameOID.COMMON_NAME, CN, _ASN1Type.BMPString)
        grouped = x509.Name(
            [x509.RelativeDistinguishedName([common, unit]), x509.RelativeDistinguishedName([organization])]
        )
        found = plan(grouped, chosen)
        assert found.name is not None
        assert found.name.public_bytes() == grouped.public_bytes()
        assert [field for field, _ in found.dropped] == ["subject.organizational_unit"]
        assert [field for field, _ in found.added] == ["subject.country"]

    def test_is_not_from_policy(self) -> None:
        printable = asked(("CN", CN), kind=_ASN1Type.PrintableString)
        built = plan(printable, env(attributes=())).name
        assert built is not None
        assert built.public_bytes() != printable.public_bytes()
        assert text(built) == text(printable)

    def test_still_refuses_what_differs(self) -> None:
        assert plan(asked(("CN", "Other")), env(subject=FROM_REQUEST)).name is None
        assert plan(asked(("CN", CN), ("O", "Other")), env(subject=FROM_REQUEST)).name is None
