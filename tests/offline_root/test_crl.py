"""A CRL: its number and dates, the exact list that is signed, and what keeps it from being signed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from offline_root import crl, issue
from offline_root.audit.state import State
from offline_root.checks.crl_case import read
from offline_root.errors import CeremonyError
from offline_root.keys import SIGNING, KeyKind
from offline_root.model import CrlNumber, Der, Intent, Reason, Revocation, Serial
from offline_root.moments import Duration, utc_text
from tests.authorities import NOW, policy, root, spki, with_root
from tests.crls import DRAFT, REVOKED, signed, some_crl

MADE = root()
ROOT_POLICY = MADE.policy.root
LISTED = some_crl(REVOKED).der
MOMENTS = st.datetimes(datetime(2026, 12, 1), datetime(2045, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def state(*revocations: Revocation, of: Der = MADE.certificate) -> State:
    return State(root=of, revocations=revocations)


def parsed(reviewed: crl.CrlReview) -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl(reviewed.throwaway)


class TestDraft:
    def test_takes_number_and_dates_from_clock_and_policy(self) -> None:
        now = datetime(2026, 11, 24, 9, 30, 15, 999999, UTC)
        draft = crl.draw(ROOT_POLICY, MADE.certificate, CrlNumber(0), now)
        begin = datetime(2026, 11, 24, 9, 30, 15, tzinfo=UTC)
        assert draft == crl.CrlDraft(CrlNumber(1795512615), begin, begin + timedelta(days=180))

    def test_is_above_the_highest_number_where_the_clock_was_put_back(self) -> None:
        assert crl.draw(ROOT_POLICY, MADE.certificate, CrlNumber(1 << 40), NOW).number == (1 << 40) + 1

    def test_never_outlives_the_root(self) -> None:
        end = MADE.parsed.not_valid_after_utc
        draft = crl.draw(ROOT_POLICY, MADE.certificate, CrlNumber(0), end - timedelta(days=3))
        assert draft.next_update == end

    def test_of_a_root_that_is_over_says_nothing_that_could_be_signed(self) -> None:
        now = MADE.parsed.not_valid_after_utc + timedelta(seconds=1)
        reviewed = crl.review(state(), crl.draw(ROOT_POLICY, MADE.certificate, CrlNumber(0), now))
        with pytest.raises(CeremonyError, match="It ends after the root does") as error:
            crl.approve(reviewed)
        assert "crl.next-update, crl.outside-root" in error.value.meaning

    @settings(deadline=None, max_examples=25)
    @given(st.lists(st.tuples(MOMENTS, st.booleans()), min_size=1, max_size=8))
    def test_never_repeats_a_number_or_goes_back_whatever_the_clock_and_the_power_do(
        self, tries: list[tuple[datetime, bool]]
    ) -> None:
        """Each try begins a signature; True: it came to an end. The log remembers begun numbers, not issued ones."""
        begun: list[CrlNumber] = []
        after: CrlNumber | None = None
        for now, ended in tries:
            draft = crl.draw(ROOT_POLICY, MADE.certificate, max(begun, default=CrlNumber(0)), now)
            assert draft.number > max(begun, default=0)
            assert draft.number >= int(now.timestamp())
            before = replace(state(), crl=some_crl(draft=replace(DRAFT, number=after)) if after else None)
            assert crl.approve(crl.review(before, draft)).review.draft == draft
            begun.append(draft.number)
            after = draft.number if ended else after


class TestReview:
    def test_gives_a_full_list_of_version_2_sorted_by_serial(self) -> None:
        other = Revocation(Serial(5), Reason.KEY_COMPROMISE, utc_text(NOW - timedelta(days=9)))
        reviewed = crl.review(state(REVOKED, other), DRAFT)
        listed = parsed(reviewed)
        assert reviewed.entries == (other, REVOKED)
        assert [each.serial_number for each in listed] == [5, 0xABC]
        assert [each.revocation_date_utc for each in listed] == [NOW - timedelta(days=9), NOW]
        assert [each.extensions[0].value.reason.value for each in listed] == ["keyCompromise", "superseded"]
        assert [each.oid.dotted_string for each in listed.extensions] == ["2.5.29.35", "2.5.29.20"]
        assert (listed.last_update_utc, listed.next_update_utc) == (DRAFT.this_update, DRAFT.next_update)
        assert reviewed.findings == ()

    def test_leaves_an_empty_list_out(self) -> None:
        assert len(parsed(crl.review(state(), DRAFT))) == 0
        assert crl.review(state(), DRAFT).findings == ()

    def test_lets_no_certificate_be_revoked_later_than_the_list_that_says_so(self) -> None:
        """A clock that ran ahead when the revocation was recorded, and was put back."""
        ahead = replace(REVOKED, time=utc_text(NOW + timedelta(days=400)))
        (entry,) = parsed(crl.review(state(ahead), DRAFT))
        assert entry.revocation_date_utc == NOW

    def test_is_the_same_each_time(self) -> None:
        assert crl.review(state(REVOKED), DRAFT) == crl.review(state(REVOKED), DRAFT)

    @pytest.mark.parametrize("kind", [each for each in SIGNING if each is not KeyKind.RSA_4096])
    def test_is_signed_as_reviewed_by_a_root_of_each_kind(self, kind: KeyKind) -> None:
        made = root(with_root(policy(), key=kind))
        reviewed = crl.review(state(REVOKED, of=made.certificate), DRAFT)
        data = signed(made, reviewed.tbs)
        issue.verify(data, reviewed.tbs, spki(made.private))
        assert x509.load_der_x509_crl(data).is_signature_valid(made.parsed.public_key())  # type: ignore[arg-type]

    def test_is_refused_where_its_number_is_not_above_the_last(self) -> None:
        before = replace(state(), crl=some_crl())
        with pytest.raises(CeremonyError, match="The number 7 is not above 7") as error:
            crl.approve(crl.review(before, DRAFT))
        assert not error.value.retry

    def test_of_an_open_intent_is_made_from_its_own_draft(self) -> None:
        reviewed = crl.review(state(REVOKED), DRAFT)
        intent = Intent("", Serial(0), reviewed.tbs, "", "", "", utc_text(NOW), DRAFT.number)
        assert crl.draft_of(intent) == DRAFT
        assert crl.review(state(REVOKED), crl.draft_of(intent)) == reviewed

    def test_of_an_intent_that_is_of_no_crl_is_a_mistake(self) -> None:
        tbs = crl.review(state(), DRAFT).tbs
        with pytest.raises(ValueError, match="not the intent of a CRL"):
            crl.draft_of(Intent("test", Serial(5), tbs, "", "", "", utc_text(NOW)))


def test_a_rehearsal_is_bound_to_the_end_of_its_root() -> None:
    short = replace(ROOT_POLICY, validity=Duration(7, "d"), crl_validity=Duration(7, "d"))
    made = root(with_root(policy(), validity=Duration(7, "d")))
    draft = crl.draw(short, made.certificate, CrlNumber(0), NOW)
    assert draft.next_update == made.parsed.not_valid_after_utc
    assert crl.review(state(of=made.certificate), draft).findings == ()


def test_an_authority_without_any_crl_is_told_to_make_one() -> None:
    with pytest.raises(CeremonyError, match="no CRL yet") as error:
        crl.newest(state())
    assert "offline-root crl" in error.value.mend
    issued = some_crl()
    assert crl.newest(replace(state(), crl=issued)) == issued


class TestRead:
    def test_takes_der_and_pem(self) -> None:
        data = some_crl(REVOKED).der
        pem = x509.load_der_x509_crl(data).public_bytes(Encoding.PEM)
        assert read(data) == read(pem) == read(b"\r\n" + pem) == data

    def test_gives_nothing_where_something_stands_behind_it(self) -> None:
        pem = x509.load_der_x509_crl(LISTED).public_bytes(Encoding.PEM)
        assert read(pem.replace(b"\n", b"\r\n")) == LISTED
        assert read(pem + b"-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----\n") is None
        assert read(pem + pem) is None

    @pytest.mark.parametrize(
        "data",
        [b"", b"no CRL", some_crl().der[:-1], some_crl().der + b"\0", MADE.certificate, b"-----BEGIN X509 CRL-----\n"],
        ids=["empty", "text", "cut", "longer", "certificate", "half"],
    )
    def test_gives_nothing_for_anything_else(self, data: bytes) -> None:
        assert read(data) is None

    @given(st.integers(0, len(LISTED) - 1), st.integers(1, 255))
    def test_never_fails_on_a_crl_that_was_touched(self, place: int, change: int) -> None:
        data = bytearray(LISTED)
        data[place] ^= change
        found = read(bytes(data))
        assert found is None or found == bytes(data)
