"""CRLs and revocations in a ceremony: recorded first, signed once, delivered each time, whatever happens between."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from offline_root import crl, revocation, wire
from offline_root.audit.state import State
from offline_root.checks.crl_case import CrlCase
from offline_root.crl import CrlApproval
from offline_root.delivery import Delivered
from offline_root.errors import CeremonyError, StationError, TokenError
from offline_root.issue import load
from offline_root.model import Issued, Reason, SigningRequest, serial_text
from offline_root.opening import ADOPT
from offline_root.response.report import line
from offline_root.station import Station
from tests.fakes.token import Fault, flipped, lost
from tests.offline_root.station.rooms import POLICY, Room, agreed, approved, later, signed, slip, whole

KEY = Reason.KEY_COMPROMISE


def listed(state: State) -> dict[int, str]:
    """Return what the newest CRL lists, read from its bytes."""
    assert state.crl
    found = x509.load_der_x509_crl(state.crl.der)
    assert found.is_signature_valid(load(state.root).public_key())  # type: ignore[arg-type]
    reasons = {each.serial_number: each.extensions.get_extension_for_class(x509.CRLReason) for each in found}
    return {serial: each.value.reason.value for serial, each in reasons.items()}


def revoke(station: Station, issued: Issued, reason: Reason = KEY) -> None:
    reviewed = station.review_revocation(issued.serial, reason)
    station.revoke(revocation.approve(reviewed, issued.sha256[:32]))


def fresh(station: Station) -> None:
    station.issue_crl(crl.approve(station.review_crl()))


def delivered(room: Room, station: Station, stick: Path) -> Delivered:
    agreed(station)
    made = station.deliver(wire.WiredFolder(stick))
    room.close(station)
    return made


@pytest.fixture
def issued(fake: Room, tmp_path: Path) -> Issued:
    """Return an intermediate of `fake`."""
    (answer,) = whole(fake, tmp_path / "first", slip()).answers
    return answer.issued


def faulty(room: Room, fault: Fault) -> None:
    assert room.tokens
    room.tokens.calls.clear()
    room.tokens.faults = {("sign-root", 1): fault}


def calm(room: Room) -> None:
    assert room.tokens
    room.tokens.faults = {}


def test_an_authority_begins_with_a_crl_that_lists_nothing(fake: Room) -> None:
    with fake.station() as station:
        assert listed(station.state) == {}
        assert fake.events().count("crl-issued") == 1
        assert station.state.crl
        assert station.state.crl.number == station.state.crl_number


class TestFreshCrl:
    def test_has_a_higher_number_and_is_in_the_response(self, fake: Room, tmp_path: Path) -> None:
        later(fake, days=100)
        with fake.ceremony("crl") as station:
            first = crl.newest(station.state)
            fresh(station)
            made = delivered(fake, station, tmp_path / "stick")
            second = crl.newest(station.state)
        assert second.number > first.number
        assert (made.path / "root-ca.crl").read_bytes() == second.der
        told = json.loads((made.path / "response.json").read_bytes())["crl"]
        assert (told["number"], told["sha256"]) == (second.number, second.sha256)
        assert f"number {second.number}" in (made.path / "NEXT-STEPS.txt").read_text()

    def test_within_the_same_second_has_a_higher_number_all_the_same(self, fake: Room) -> None:
        with fake.ceremony("crl") as station:
            numbers = [crl.newest(station.state).number]
            for _ in range(3):
                fresh(station)
                numbers.append(crl.newest(station.state).number)
        assert numbers == list(range(numbers[0], numbers[0] + 4))

    def test_that_nobody_reviewed_as_it_would_be_now_is_not_signed(self, fake: Room, issued: Issued) -> None:
        with fake.ceremony("crl") as station:
            approval = crl.approve(station.review_crl())
            revoke(station, issued)
            with pytest.raises(CeremonyError, match="What was approved is not what would be signed now"):
                station.issue_crl(approval)

    def test_that_is_not_sound_is_not_signed_whoever_says_so(self, fake: Room) -> None:
        with fake.ceremony("crl") as station:
            draft = station.review_crl().draft
            endless = replace(draft, next_update=draft.next_update + timedelta(days=366))
            reviewed = crl.review(station.state, endless)
            before = fake.log
            with pytest.raises(CeremonyError, match="valid from"):
                station.issue_crl(CrlApproval(reviewed))
            assert fake.log == before

    def test_is_not_made_while_a_policy_is_adopted(self, fake: Room) -> None:
        with fake.ceremony(ADOPT) as station:
            approval = crl.approve(station.review_crl())
            with pytest.raises(CeremonyError, match="opened for something else"):
                station.issue_crl(approval)

    def test_lists_serials_that_died(self, fake: Room) -> None:
        with fake.ceremony() as station:
            faulty(fake, flipped)
            approval = approved(station, slip())
            with pytest.raises(CeremonyError, match="does not verify"):
                station.sign(approval)
            calm(fake)
            dead = approval.review.draft.serial
            assert [each.serial for each in station.state.unlisted] == [dead]
            fresh(station)
            assert listed(station.state) == {dead: "cessationOfOperation"}
            assert station.state.unlisted == ()


class TestRevocation:
    def test_is_recorded_and_on_the_crl_of_the_same_ceremony(self, fake: Room, issued: Issued, tmp_path: Path) -> None:
        with fake.ceremony("revoke") as station:
            revoke(station, issued)
            assert listed(station.state) == {issued.serial: "keyCompromise"}
            made = delivered(fake, station, tmp_path / "stick")
            assert [each.serial for each in station.state.revoked] == [issued.serial]
        assert made.answers == ()
        events = fake.events()
        assert events.index("certificate-revoked") < events.index(
            "signing-started", events.index("certificate-revoked")
        )
        assert b"certificate revoked: serial" in (made.path / "report.txt").read_bytes()

    def test_is_what_the_next_steps_of_every_later_response_begin_with(
        self, fake: Room, issued: Issued, tmp_path: Path
    ) -> None:
        serial = serial_text(issued.serial)
        with fake.ceremony("revoke") as station:
            revoke(station, issued)
            fresh(station)
            told = (delivered(fake, station, tmp_path / "stick").path / "NEXT-STEPS.txt").read_text()
        assert f"Revoked, and on this CRL\n    {serial} (keyCompromise)\n" in told
        with fake.ceremony("export") as station:
            agreed(station)
            again = (station.export(wire.WiredFolder(tmp_path / "again")).path / "NEXT-STEPS.txt").read_text()
            fake.close(station)
        assert f"test: serial {serial}\n" in again
        assert "REVOKED (keyCompromise). Do not import it;" in again
        assert "set-signed" not in again
        assert "trust test-ca.pem" not in again

    def test_takes_its_key_back_for_good(self, fake: Room, tmp_path: Path) -> None:
        asked = slip()
        (answer,) = whole(fake, tmp_path / "first", asked).answers
        with fake.ceremony("revoke") as station:
            revoke(station, answer.issued)
            request = station.read(asked.file, asked.data)
            assert isinstance(request, SigningRequest)
            assert "request.key.revoked" in {each.code for each in station.review(request, "test").findings}

    def test_stays_on_every_later_crl(self, fake: Room, issued: Issued) -> None:
        with fake.ceremony("revoke") as station:
            revoke(station, issued)
            fake.close(station)
        later(fake, days=4000)
        with fake.ceremony("crl") as station:
            fresh(station)
            assert listed(station.state) == {issued.serial: "keyCompromise"}

    def test_happens_once(self, fake: Room, issued: Issued) -> None:
        with fake.ceremony("revoke") as station:
            reviewed = station.review_revocation(issued.serial, KEY)
            approval = revocation.approve(reviewed, serial_text(issued.serial))
            station.revoke(approval)
            with pytest.raises(CeremonyError, match="is revoked already"):
                station.revoke(approval)
            assert fake.events().count("certificate-revoked") == 1

    def test_that_would_be_another_now_is_not_recorded(self, fake: Room, tmp_path: Path) -> None:
        one, two = (each.issued for each in whole(fake, tmp_path / "first", slip(), slip("prod")).answers)
        with fake.ceremony("revoke") as station:
            approval = revocation.approve(station.review_revocation(one.serial, KEY), one.sha256)
            revoke(station, two)
            with pytest.raises(CeremonyError, match="What was approved is not"):
                station.revoke(approval)
            assert listed(station.state) == {two.serial: "keyCompromise"}

    def test_that_nobody_confirmed_is_not_recorded(self, fake: Room, issued: Issued) -> None:
        with fake.ceremony("revoke") as station:
            approval = revocation.approve(station.review_revocation(issued.serial, KEY), issued.sha256)
            before = fake.log
            with pytest.raises(CeremonyError, match="is not the certificate that would be revoked"):
                station.revoke(replace(approval, confirmation="0" * 32))
            assert fake.log == before

    def test_needs_the_token_and_a_ceremony_for_it(self, fake: Room, issued: Issued) -> None:
        with fake.station() as station:
            approval = revocation.approve(station.review_revocation(issued.serial, KEY), issued.sha256)
            with pytest.raises(CeremonyError, match="No ceremony is open"):
                station.revoke(approval)
            station.open(fake.opening("revoke"))
            with pytest.raises(CeremonyError, match="The token is not open"):
                station.revoke(approval)
        with fake.ceremony(ADOPT) as station, pytest.raises(CeremonyError, match="opened for something else"):
            station.revoke(approval)
        assert "certificate-revoked" not in fake.events()


WRONG: dict[str, tuple[Fault, type[StationError]]] = {
    "wrong": (flipped, CeremonyError),
    "lost": (lost(), TokenError),
}


class TestFailure:
    @pytest.mark.parametrize("name", WRONG)
    def test_of_the_token_leaves_the_revocation_on_record_and_no_crl(
        self, fake: Room, issued: Issued, name: str
    ) -> None:
        fault, kind = WRONG[name]
        with fake.ceremony("revoke") as station:
            before = crl.newest(station.state)
            faulty(fake, fault)
            with pytest.raises(kind):
                revoke(station, issued)
            assert crl.newest(station.state) == before
            assert [each.serial for each in station.state.unlisted] == [issued.serial]
            assert (station.state.intents, station.state.abandoned) == ((), ())
            spent = station.state.crl_number
            calm(fake)
            fresh(station)
            assert crl.newest(station.state).number > spent > before.number
            assert listed(station.state) == {issued.serial: "keyCompromise"}


@pytest.fixture
def begun(fake: Room, issued: Issued) -> Issued:
    """Return the intermediate whose revocation was on record when the power failed while its CRL was signed."""
    with fake.ceremony("revoke") as station:
        faulty(fake, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            revoke(station, issued)
    calm(fake)
    return issued


class TestOpenIntent:
    def test_is_finished_with_the_identical_list(self, fake: Room, begun: Issued, tmp_path: Path) -> None:
        later(fake, hours=23)
        with fake.ceremony("crl") as station:
            (intent,) = station.state.intents
            fresh(station)
            made = delivered(fake, station, tmp_path / "stick")
            assert station.state.intents == ()
            newest = crl.newest(station.state)
        assert newest.number == intent.crl
        assert x509.load_der_x509_crl(newest.der).tbs_certlist_bytes == intent.tbs
        assert (made.path / "root-ca.crl").read_bytes() == newest.der
        assert [each.serial for each in newest.entries] == [begun.serial]

    def test_keeps_everything_else_from_being_signed(self, fake: Room, begun: Issued) -> None:
        with fake.ceremony() as station:
            (intent,) = station.state.intents
            with pytest.raises(CeremonyError, match=f"The signing of CRL-{intent.crl}, begun ") as error:
                signed(station, slip("prod"))
            assert error.value.mend.startswith("Make the CRL again (offline-root crl) to finish it, or give it up: ")
            assert error.value.mend.endswith(f"offline-root abandon CRL-{intent.crl}.")

    def test_keeps_another_revocation_from_being_recorded(self, fake: Room, begun: Issued, tmp_path: Path) -> None:
        with fake.ceremony() as station:
            fresh(station)
            other = signed(station, slip("prod"))
            faulty(fake, KeyboardInterrupt())
            with pytest.raises(KeyboardInterrupt):
                fresh(station)
            calm(fake)
            with pytest.raises(CeremonyError, match="The signing of CRL-"):
                revoke(station, other)
            assert [each.serial for each in station.state.revoked] == [begun.serial]

    def test_of_a_certificate_keeps_a_crl_from_being_signed(self, fake: Room) -> None:
        with fake.ceremony() as station:
            faulty(fake, KeyboardInterrupt())
            approval = approved(station, slip())
            with pytest.raises(KeyboardInterrupt):
                station.sign(approval)
            calm(fake)
            with pytest.raises(CeremonyError, match="The signing of test, serial "):
                fresh(station)
            station.abandon(serial_text(approval.review.draft.serial), "no")
            fresh(station)
            assert listed(station.state) == {approval.review.draft.serial: "cessationOfOperation"}

    def test_that_is_given_up_has_spent_its_number(self, fake: Room, begun: Issued) -> None:
        with fake.ceremony("abandon") as station:
            (intent,) = station.state.intents
            station.abandon(intent.label, "late")
            assert (station.state.intents, station.state.abandoned) == ((), ())
            fresh(station)
            assert intent.crl
            assert crl.newest(station.state).number > intent.crl
            assert listed(station.state) == {begun.serial: "keyCompromise"}

    def test_can_only_be_given_up_after_a_day(self, fake: Room, begun: Issued) -> None:
        later(fake, hours=24, seconds=1)
        with fake.ceremony("crl") as station, pytest.raises(CeremonyError, match="CRL-") as error:
            fresh(station)
        assert "more than 24 hours have passed" in error.value.meaning

    def test_can_only_be_given_up_under_another_policy(self, fake: Room, begun: Issued) -> None:
        fake.adopt(POLICY + "# a remark\n")
        with fake.ceremony("crl") as station, pytest.raises(CeremonyError, match="CRL-") as error:
            fresh(station)
        assert "the policy or the content is another one now" in error.value.meaning


def test_the_log_tells_all_of_it_in_words(fake: Room, begun: Issued) -> None:
    with fake.ceremony("abandon") as station:
        (intent,) = station.state.intents
        station.abandon(intent.label, "late")
        faulty(fake, flipped)
        with pytest.raises(CeremonyError):
            fresh(station)
        calm(fake)
        fresh(station)
        told = "\n".join(line(each) for each in station.entries)
        number = crl.newest(station.state).number
    assert f"signing started: CRL number {intent.crl}" in told
    assert f"CRL number {intent.crl} abandoned; late" in told
    assert f"signing failed: CRL number {number - 1}; The token returned" in told
    assert f"CRL issued: number {number}, until " in told
    assert "keyCompromise; by Olga Operator" in told
    assert CrlCase(crl.newest(station.state).der).number == number
