"""Revoking an intermediate: which can be, what people must know, and what they must type."""

from dataclasses import replace

import pytest

from offline_root import crl, revocation
from offline_root.audit.state import State
from offline_root.errors import CeremonyError
from offline_root.keys import KeyKind
from offline_root.model import CrlNumber, Issued, Reason, Revocation, Serial
from offline_root.moments import utc_text
from tests.authorities import NOW, csr, issued, key, read, root, root_entry, with_environment

MADE = root()
CERTIFICATE = MADE.intermediate(key(KeyKind.EC_P384, 1))
ISSUED = issued(read(csr()), serial=Serial(0x0ABC), certificate=CERTIFICATE, sha256="a1" * 32)
DRAFT = crl.draw(MADE.policy.root, MADE.certificate, CrlNumber(0), NOW)


def state(*revocations: Revocation, known: Issued = ISSUED) -> State:
    return State(root=MADE.certificate, issued=(root_entry(MADE), known), revocations=revocations)


REVIEWED = revocation.review(state(), ISSUED.serial, Reason.KEY_COMPROMISE, DRAFT)


def test_a_review_shows_the_certificate_and_the_list_that_it_would_be_on() -> None:
    revoking = Revocation(ISSUED.serial, Reason.KEY_COMPROMISE, utc_text(NOW))
    assert (REVIEWED.issued, REVIEWED.revocation, REVIEWED.crl.entries) == (ISSUED, revoking, (revoking,))
    assert REVIEWED.crl == crl.review(state(revoking), DRAFT)


class TestRevocable:
    @pytest.mark.parametrize(
        ("serial", "match"),
        [(0xDEF, "Nothing was issued here with serial 0DEF"), (1, "A root cannot revoke itself")],
        ids=["unknown", "root"],
    )
    def test_is_only_an_intermediate_of_this_root(self, serial: int, match: str) -> None:
        with pytest.raises(CeremonyError, match=match) as error:
            revocation.revocable(state(), Serial(serial))
        assert error.value.meaning == "Nothing was revoked."

    def test_is_none_that_was_revoked_before(self) -> None:
        with pytest.raises(
            CeremonyError, match=r"0ABC is revoked already, since 2026-11-23T11:30:00Z \(keyComp"
        ) as error:
            revocation.revocable(state(REVIEWED.revocation), ISSUED.serial)
        assert "offline-root crl" in error.value.mend


class TestConfirmation:
    @pytest.mark.parametrize("typed", ["0ABC", "0abc", " 0a:bc ", "a1" * 16, "A1A1 " * 8, "a1" * 32])
    def test_names_the_certificate(self, typed: str) -> None:
        approval = revocation.approve(REVIEWED, typed)
        assert (approval.review, approval.crl) == (REVIEWED, crl.CrlApproval(REVIEWED.crl))

    @pytest.mark.parametrize("typed", ["", "yes", "ABC", "0ABD", "a1" * 15, "a1" * 15 + "a2", "a1" * 33])
    def test_of_anything_else_stops(self, typed: str) -> None:
        with pytest.raises(CeremonyError, match="is not the certificate that would be revoked") as error:
            revocation.approve(REVIEWED, typed)
        assert error.value.retry

    def test_is_kept_with_who_and_why(self) -> None:
        assert revocation.facts(revocation.approve(REVIEWED, "0a:bc"), "Olga") == {
            "serial": "0ABC",
            "environment": "test",
            "sha256": "a1" * 32,
            "reason": "keyCompromise",
            "date": utc_text(NOW),
            "confirmation": "0abc",
            "by": "Olga",
        }


class TestConsequences:
    def test_say_what_it_is_what_stops_and_that_it_is_final(self) -> None:
        said = " ".join(revocation.consequences(MADE.policy, ISSUED))
        assert "the intermediate of test (mount pki-test), issued 2026-01-02T03:04:05Z, good until 20" in said
        assert f"published at {MADE.policy.root.crl_url}" in said
        assert "Every certificate that it ever issued" in said
        assert "This is final." in said

    def test_are_told_of_an_environment_that_left_the_policy(self) -> None:
        said = revocation.consequences(MADE.policy, replace(ISSUED, environment="gone"))
        assert said[0].startswith("This is the intermediate of gone, issued ")

    def test_name_no_mount_where_the_policy_has_none(self) -> None:
        said = revocation.consequences(with_environment(MADE.policy, mount=""), ISSUED)
        assert said[0].startswith("This is the intermediate of test, issued ")

    def test_every_reason_has_a_meaning(self) -> None:
        assert set(revocation.MEANINGS) == set(Reason)
