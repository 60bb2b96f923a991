"""The overlay of a rehearsal: the same rules, marked, short-lived, leading nowhere."""

from dataclasses import replace
from datetime import timedelta

from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from offline_root.moments import Duration
from offline_root.names import matches, root_name
from offline_root.policy.model import Policy
from offline_root.policy.rehearsal import rehearsed
from tests.authorities import NOW, policy, root, with_environment, with_root


def test_every_name_is_marked() -> None:
    marked = rehearsed(policy())
    assert marked.root.common_name == "REHEARSAL PrivSec OFFLINE Root CA"
    assert [each.common_name for each in marked.environments] == [
        "REHEARSAL PrivSec Intermediate CA (test)",
        "REHEARSAL PrivSec Intermediate CA (prod)",
    ]


def test_nothing_lives_longer_than_a_week_and_each_within_its_issuer() -> None:
    marked = rehearsed(policy())
    end = marked.root.validity.after(NOW)
    assert end == NOW + timedelta(days=7)
    for each in marked.environments:
        assert each.max_leaf_validity.after(NOW) == NOW + timedelta(days=1)
        assert each.validity.after(NOW) == NOW + timedelta(days=6) < end
    assert marked.root.crl_validity.after(NOW) < end


def test_addresses_lead_nowhere() -> None:
    marked = rehearsed(policy()).root
    assert (marked.crl_url, marked.certificate_url) == (
        "http://rehearsal.invalid/root-ca.crl",
        "http://rehearsal.invalid/root-ca.der",
    )


def test_everything_else_is_the_policy_itself() -> None:
    def bare(of: Policy) -> Policy:
        same = {"common_name": "", "validity": Duration(1, "d")}
        root_only = {"crl_validity": Duration(1, "d"), "crl_url": "", "certificate_url": ""}
        environments = tuple(replace(each, **same, max_leaf_validity=Duration(1, "d")) for each in of.environments)  # type: ignore[arg-type]
        return replace(of, root=replace(of.root, **same, **root_only), environments=environments)  # type: ignore[arg-type]

    assert bare(rehearsed(policy())) == bare(policy())
    assert rehearsed(policy()) != policy()


@given(st.text("abcXYZ ()-.", min_size=1, max_size=64))
def test_a_name_of_any_length_still_fits_a_certificate(name: str) -> None:
    marked = rehearsed(with_root(with_environment(policy(), common_name=name), common_name=name))
    assert len(marked.root.common_name) == min(64, len("REHEARSAL ") + len(name))
    assert marked.root.common_name.startswith("REHEARSAL ")
    (common_name,) = root_name(marked.root).get_attributes_for_oid(NameOID.COMMON_NAME)
    assert str(common_name.value).endswith(name[-54:])


def test_long_names_keep_their_end_where_they_differ() -> None:
    long = "A Very Long Name of an Organisation With Many Words - CA ({})"
    of = policy()
    one, two = (rehearsed(with_environment(of, common_name=long.format(each))).environments[0] for each in ("a", "b"))
    assert one.common_name != two.common_name
    assert not matches(one.common_name, two.common_name)


def test_a_rehearsal_makes_its_root() -> None:
    made = root(rehearsed(policy()))
    assert made.parsed.not_valid_after_utc - made.parsed.not_valid_before_utc == timedelta(days=7, seconds=-1)
