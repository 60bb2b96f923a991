"""Ceremonies that sign nothing new: export, abandon, adopt; statements; and the rehearsal."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from offline_root import wire
from offline_root.errors import CeremonyError, PolicyError
from offline_root.model import Refused, serial_text
from offline_root.opening import ADOPT
from offline_root.policy.rehearsal import PREFIX
from offline_root.response.verify import verify_response
from offline_root.statement import Statement, statements
from tests.fakes.token import PIN
from tests.offline_root.station.rooms import (
    PEOPLE,
    POLICY,
    Room,
    agreed,
    approve,
    approved,
    fake_room,
    signed,
    slip,
    softhsm_room,
    whole,
)

WITHOUT_PROD = POLICY[: POLICY.index("[environments.prod]")]
WIDER = POLICY.replace('"test.privsec.ch"', '"test.privsec.ch", "localhost"')


@pytest.mark.e2e
class TestExport:
    def test_delivers_again_byte_for_byte_in_a_new_folder(self, room: Room, tmp_path: Path) -> None:
        first = whole(room, tmp_path / "stick", slip(), slip("prod"))

        with room.ceremony("export") as station:
            agreed(station)
            again = station.export(wire.WiredFolder(tmp_path / "stick"))
            room.close(station)

        assert again.path != first.path
        names = [f"{stem}{end}" for stem in ("test-ca", "prod-ca") for end in (".pem", ".der", ".p7b", "-chain.pem")]
        for name in names:
            assert (again.path / name).read_bytes() == (first.path / name).read_bytes()

    def test_delivers_what_the_ceremony_could_not(self, room: Room, tmp_path: Path) -> None:
        with room.ceremony() as station:
            issued = signed(station, slip())
            room.close(station, "failed: the stick was full")

        with room.ceremony("export") as station:
            agreed(station)
            delivered = station.export(wire.WiredFolder(tmp_path / "stick"))
            room.close(station)

        assert (delivered.path / "test-ca.der").read_bytes() == issued.certificate

    def test_delivers_certificates_of_an_environment_that_has_left_the_policy(self, fake: Room, tmp_path: Path) -> None:
        # Its own name is its file name now, and the file name of another environment: both get a piece of their hash.
        text = WITHOUT_PROD.replace('file_name = "test-ca"', 'file_name = "prod"')
        with fake.ceremony() as station:
            issued = [signed(station, slip()), signed(station, slip("prod"))]
            fake.close(station)
        fake.adopt(text)

        with fake.ceremony("export") as station:
            agreed(station)
            delivered = station.export(wire.WiredFolder(tmp_path / "stick"))
            fake.close(station)

        for each in issued:
            assert (delivered.path / f"prod-{each.sha256[:8]}.der").read_bytes() == each.certificate
        assert b"vault write <mount>/intermediate" in (delivered.path / "NEXT-STEPS.txt").read_bytes()


class TestAbandon:
    def test_needs_an_open_intent(self, fake: Room) -> None:
        with fake.ceremony("abandon") as station:
            before = station.state
            with pytest.raises(CeremonyError, match="There is no open intent 0ABC") as error:
                station.abandon("0ABC", "a mistake")
            assert "Open intents: none." in error.value.mend
            assert station.state == before


class TestAdopt:
    @pytest.mark.e2e
    def test_puts_a_policy_in_force_and_shows_the_difference(self, room: Room, tmp_path: Path) -> None:
        # The file is the new one already: the very reason for which only this ceremony may open.
        (room.place.path / "policy.toml").write_text(WIDER)
        differs = room.adopt(WIDER)

        assert '-permitted_dns = ["test.privsec.ch"]' in differs.splitlines()
        assert '+permitted_dns = ["test.privsec.ch", "localhost"]' in differs.splitlines()
        delivered = whole(room, tmp_path / "stick", slip())
        certificate = x509.load_der_x509_certificate((delivered.path / "test-ca.der").read_bytes())
        constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        assert x509.DNSName("localhost") in (constraints.permitted_subtrees or [])

    def test_refuses_to_change_the_root(self, fake: Room) -> None:
        with fake.ceremony(ADOPT) as station:
            before = fake.log
            with pytest.raises(PolicyError, match=r"changes \[root\]"):
                station.adopt(POLICY.replace('organization = "PrivSec"', 'organization = "Other"'))
            assert fake.log == before

    def test_refuses_a_text_that_is_no_policy(self, fake: Room) -> None:
        with fake.ceremony(ADOPT) as station:
            before = fake.log
            with pytest.raises(PolicyError, match="does not accept the policy"):
                station.adopt("format = 2\n")
            assert fake.log == before

    @pytest.mark.parametrize("said", [(), ("I agree",), ("I agree", "no, I do not")])
    def test_needs_everybody_to_agree(self, said: tuple[str, ...], fake: Room) -> None:
        with fake.ceremony(ADOPT) as station:
            named = zip((PEOPLE.operator, *PEOPLE.witnesses), said, strict=False)
            station.state_all([Statement(person, text) for person, text in named])
            with pytest.raises(CeremonyError):
                station.adopt(WIDER)
            assert fake.events().count("policy-adopted") == 1

    def test_is_a_ceremony_of_its_own(self, fake: Room) -> None:
        with fake.ceremony() as station, pytest.raises(CeremonyError, match="opened for something else"):
            station.adopt(WIDER)
        with fake.ceremony(ADOPT) as station:
            approval = approved(station, slip())
            with pytest.raises(CeremonyError, match="opened for something else"):
                station.sign(approval)
        assert fake.events().count("signing-started") == 2  # the root and its first CRL


class TestStatement:
    def test_does_not_cover_what_is_signed_after_it(self, fake: Room, tmp_path: Path) -> None:
        with fake.ceremony() as station:
            approval = approved(station, slip())
            agreed(station)
            station.sign(approval)
            with pytest.raises(CeremonyError, match="has not said anything yet"):
                station.deliver(wire.WiredFolder(tmp_path / "stick"))

    def test_does_not_cover_what_is_refused_after_it(self, fake: Room, tmp_path: Path) -> None:
        with fake.ceremony() as station:
            agreed(station)
            station.refuse("x.csr", "test", ())
            with pytest.raises(CeremonyError, match="has not said anything yet"):
                station.deliver(wire.WiredFolder(tmp_path / "stick"))

    def test_that_disagrees_stands_whatever_is_signed_and_said_after_it(self, fake: Room, tmp_path: Path) -> None:
        with fake.ceremony() as station:
            approval = approved(station, slip())
            station.state_all(statements(PEOPLE, (f"{PEOPLE.operator}: no",)))
            station.sign(approval)
            agreed(station)
            with pytest.raises(CeremonyError, match=f"{PEOPLE.operator} did not agree"):
                station.deliver(wire.WiredFolder(tmp_path / "stick"))

    def test_the_token_is_opened_once(self, fake: Room) -> None:
        with fake.ceremony() as station, pytest.raises(CeremonyError, match="open already"):
            station.unlock(PIN)

    @pytest.mark.parametrize("person", [PEOPLE.operator, *PEOPLE.witnesses])
    def test_that_disagrees_stops_delivery_and_export(self, fake: Room, tmp_path: Path, person: str) -> None:
        stick = tmp_path / "stick"
        with fake.ceremony() as station:
            signed(station, slip())
            station.state_all(statements(PEOPLE, (f"{person}: I do not agree, the window was open",)))
            before = fake.log
            for deliver in (station.deliver, station.export):
                with pytest.raises(CeremonyError, match=f"{person} did not agree") as error:
                    deliver(wire.WiredFolder(stick))
                assert not error.value.retry
            assert fake.log == before
            fake.close(station, "failed: disagreement")
        assert not stick.exists()
        assert "response-written" not in fake.events()
        assert b"the window was open" in fake.log

    def test_is_asked_of_everyone_before_delivery(self, fake: Room, tmp_path: Path) -> None:
        stick = tmp_path / "stick"
        with fake.ceremony() as station:
            signed(station, slip())
            with pytest.raises(CeremonyError, match="Olga Operator, Wanda Witness has not said anything"):
                station.deliver(wire.WiredFolder(stick))
            station.state_all([Statement(PEOPLE.operator, "agree")])
            with pytest.raises(CeremonyError, match=r"^Wanda Witness has not said anything"):
                station.deliver(wire.WiredFolder(stick))
            station.state_all([Statement(PEOPLE.witnesses[0], "agree")])
            assert not stick.exists()
            assert station.deliver(wire.WiredFolder(stick)).path.is_dir()


@pytest.mark.e2e
def test_a_rehearsal_is_marked_everywhere(tmp_path: Path) -> None:
    room = softhsm_room(tmp_path / "home", rehearsal=True)
    delivered = whole(room, tmp_path / "stick", slip("test", PREFIX + "PrivSec Intermediate CA (test) G1"))

    files = wire.read_folder(delivered.path)
    for name in ("root-ca.der", "test-ca.der"):
        subject = x509.load_der_x509_certificate(files[name]).subject
        assert str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value).startswith("REHEARSAL ")
    assert all(b"*** REHEARSAL:" in files[f"report.{end}"] for end in ("txt", "html"))
    assert files["expiry.ics"].count(b"SUMMARY:") == files["expiry.ics"].count(b"SUMMARY:REHEARSAL ") > 0
    assert files["audit/checkpoint"].startswith(b"rehearsal.invalid/root\n")
    anchor = wire.read_anchor_of(room.place)
    assert [each.code for each in verify_response(files, anchor).findings] == ["response.rehearsal"]
    assert verify_response(files, anchor, rehearsal=True).findings == ()


@pytest.mark.e2e
def test_a_key_of_another_authority_in_home_is_refused(room: Room, tmp_path: Path) -> None:
    asked = slip()
    other = softhsm_room(room.home.path, name="second")
    whole(room, tmp_path / "stick", asked)

    with other.ceremony() as station:
        refused = approve(station, asked)
        other.close(station)

    assert isinstance(refused, Refused)
    assert "request.already-answered" in {each.code for each in refused.findings}


def test_an_environment_that_is_not_in_the_policy_is_refused(fake: Room) -> None:
    with fake.ceremony() as station, pytest.raises(PolicyError, match="no environment 'qa'") as error:
        station.environment("qa")
    assert "test, prod" in error.value.mend


def test_serials_are_drawn_anew_for_each_certificate(tmp_path: Path) -> None:
    room = fake_room(tmp_path / "home")
    with room.ceremony() as station:
        serials = [signed(station, slip(name=f"PrivSec Intermediate CA (test) G{n}")).serial for n in range(5)]
    assert len(set(serials)) == 5
    assert all(0 < each < 1 << 159 and len(serial_text(each)) <= 40 for each in serials)
