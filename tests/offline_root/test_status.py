"""Where an authority stands at one moment, from its log alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from offline_root.audit.state import State
from offline_root.errors import PolicyError
from offline_root.keys import KeyKind, fingerprint
from offline_root.model import Serial
from offline_root.moments import utc_text
from offline_root.status import CrlStanding, Line, crl_standing, status_of
from tests.authorities import NOW, key, root, root_entry
from tests.crls import REVOKED, some_crl
from tests.logbook import created, issue_into, signing

ROOT = root()
TEST = ROOT.intermediate(key(KeyKind.EC_P384))
PROD = ROOT.intermediate(key(KeyKind.EC_P256), "prod")
NONE = (Line("test", "nothing issued yet"), Line("prod", "nothing issued yet"))
END = NOW + timedelta(minutes=-5, days=3650, seconds=-1)


def test_a_new_authority_has_issued_nothing() -> None:
    found = status_of(created(ROOT).state, NOW)
    assert (found.authority, found.rehearsal, found.lines) == ("demo", False, NONE)
    assert found.root_sha256 == fingerprint(ROOT.certificate)
    assert found.root_not_after == "2046-11-23T11:24:59Z"
    assert (found.intents, found.abandoned, found.attempts) == ((), (), 0)
    assert (found.log_size, found.last_time) == (8, "2026-11-23T11:37:00Z")


def test_each_certificate_has_a_line_environments_in_the_order_of_the_policy() -> None:
    log = created(ROOT)
    issue_into(log, 6, "prod", PROD)
    issue_into(log, 5, "test", TEST)
    issue_into(log, 7, "test", TEST)
    found = status_of(log.state, NOW)
    assert [(each.environment, each.serial, each.state) for each in found.lines] == [
        ("test", "05", "valid"),
        ("test", "07", "valid"),
        ("prod", "06", "valid"),
    ]
    assert found.lines[0] == Line(
        "test", "valid", "05", fingerprint(TEST), "2036-11-20T11:24:59Z", "2036-08-22T11:24:59Z"
    )


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        (END - timedelta(days=90), "valid"),
        (END - timedelta(days=90) + timedelta(seconds=1), "renew now"),
        (END, "renew now"),
        (END + timedelta(seconds=1), "expired"),
    ],
)
def test_a_certificate_is_renewed_before_its_leaves_outlive_it(moment: object, state: str) -> None:
    log = issue_into(created(ROOT), 5, "test", TEST)
    assert status_of(log.state, moment).lines[0].state == state  # type: ignore[arg-type]


def test_an_environment_that_left_the_policy_is_still_told() -> None:
    log = issue_into(created(ROOT), 5, "retired", TEST)
    assert status_of(log.state, NOW).lines == (
        *NONE,
        Line("retired", "valid", "05", fingerprint(TEST), "2036-11-20T11:24:59Z", "2036-11-20T11:24:59Z"),
    )


@pytest.mark.parametrize(
    ("days", "why"),
    [
        (0, ""),
        (3600, "certificates of full length would outlive its newest one"),
        (3651, "its newest one has expired"),
    ],
)
def test_an_environment_is_told_to_need_a_new_intermediate(days: int, why: str) -> None:
    log = issue_into(issue_into(created(ROOT), 5, "test", TEST), 6, "retired", PROD)
    expected = (f"test needs a new intermediate: {why}.",) if why else ()
    assert status_of(log.state, NOW + timedelta(days=days)).needs == expected


def test_an_environment_needs_a_new_intermediate_where_its_newest_one_is_revoked() -> None:
    log = issue_into(issue_into(created(ROOT), 5, "test", TEST), 6, "test", PROD)
    log.add("certificate-revoked", {"serial": "05", "reason": "superseded", "date": utc_text(NOW)})
    assert status_of(log.state, NOW).needs == ()
    log.add("certificate-revoked", {"serial": "06", "reason": "keyCompromise", "date": utc_text(NOW)})
    assert status_of(log.state, NOW).needs == ("test needs a new intermediate: its newest one is revoked.",)


def test_what_is_unsettled_is_told() -> None:
    log = created(ROOT).add("token-open-attempted").add("signing-started", signing(8))
    log.add("signing-failed", {"serial": "08"}).add("signing-started", signing(9))
    found = status_of(log.state, NOW)
    assert [each.serial for each in found.intents] == [9]
    assert (found.abandoned, found.attempts) == ((Serial(8),), 1)


def test_a_rehearsal_is_told_as_one() -> None:
    assert status_of(created(ROOT, rehearsal=True).state, NOW).rehearsal


def test_a_policy_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(PolicyError, match="does not accept the policy"):
        status_of(replace(created(ROOT).state, policy="format = 2"), NOW)


def test_what_is_odd_about_all_that_was_issued_is_told() -> None:
    assert status_of(created(ROOT).state, NOW).findings == ()
    log = issue_into(issue_into(created(ROOT), 5, "test", TEST), 7, "test", ROOT.intermediate(key(KeyKind.EC_P256)))
    *same_key, finding = status_of(log.state, NOW).findings
    assert {each.code for each in same_key} == {"hierarchy.key"}
    assert finding.message == "test of demo, serial 05, is valid until 2036-11-20T11:24:59Z; serial 07 took its place."
    elsewhere = replace(log.state, issued=(root_entry(root(number=5), "other"),))
    assert [each.code for each in status_of(created(ROOT).state, NOW, (elsewhere,)).findings] == ["hierarchy.root-name"]


class TestCrl:
    """The newest CRL is good for 180 days from NOW."""

    @pytest.mark.parametrize(
        ("days", "due"),
        [
            (0, ""),
            (119, ""),
            (120, "a third of its time is left, or less, until 2027-05-22T11:30:00Z"),
            (180, "a third of its time is left, or less, until 2027-05-22T11:30:00Z"),
            (181, "overdue since 2027-05-22T11:30:00Z"),
        ],
    )
    def test_is_due_when_a_third_of_its_time_is_left(self, days: int, due: str) -> None:
        made = some_crl()
        found = crl_standing(State(crl=made), NOW + timedelta(days=days))
        assert found == CrlStanding(made, due)

    def test_is_due_at_once_where_something_is_not_on_it(self) -> None:
        found = crl_standing(State(crl=some_crl(), revocations=(REVOKED,)), NOW)
        assert (found.due, found.unlisted) == ("1 not on the newest one", (REVOKED,))

    def test_is_due_where_there_is_none(self) -> None:
        assert crl_standing(State(revocations=(REVOKED,)), NOW) == CrlStanding(None, "there is none yet", (REVOKED,))

    def test_makes_its_certificate_one_that_is_revoked(self) -> None:
        log = issue_into(created(ROOT), 5, "test", ROOT.intermediate(key(KeyKind.EC_P384, 1)))
        log.add("certificate-revoked", {"serial": "05", "reason": "superseded", "date": utc_text(NOW)})
        found = status_of(log.state, NOW)
        assert [each.state for each in found.lines if each.serial] == ["revoked"]
        assert [each.serial for each in found.revoked] == [5]
