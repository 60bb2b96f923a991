"""`revoke` and `crl` on the command line: what is shown first, what must be typed, what is handed over."""

from pathlib import Path

import pytest
from cryptography import x509

from tests.appliance import Appliance, Done, call


@pytest.fixture
def issued(appliance: Appliance, good: Path) -> dict[str, str]:
    """Return the intermediate that was issued on `appliance`."""
    done = appliance.sign("test", good)
    assert done.code == 0, done.err
    found: dict[str, str] = done.json["issued"][0]
    return found


def revoke(appliance: Appliance, serial: str, *, reason: str = "keyCompromise", **instead: str | None) -> Done:
    confirm = instead.pop("confirm", serial)
    confirmed = ("--confirm", confirm) if confirm else ()
    out = ("--out", appliance.out)
    return appliance.call("revoke", serial, "--reason", reason, *confirmed, *out, *appliance.ceremony(**instead))


def make(appliance: Appliance, **instead: str | None) -> Done:
    return appliance.call("crl", "--out", appliance.out, *appliance.ceremony(**instead))


def serials(path: Path) -> list[int]:
    return [each.serial_number for each in x509.load_der_x509_crl(path.read_bytes())]


class TestRevoke:
    def test_revokes_signs_a_crl_and_delivers_it(self, appliance: Appliance, issued: dict[str, str]) -> None:
        done = revoke(appliance, issued["serial"], confirm=issued["sha256"][:32])

        assert done.code == 0, done.err
        assert done.json["crl"]["revoked"] == [{"serial": issued["serial"], "reason": "keyCompromise"}]
        folder = Path(done.json["response"])
        assert serials(folder / "root-ca.crl") == [int(issued["serial"], 16)]
        assert (appliance.place / "root-ca.crl").read_bytes() == (folder / "root-ca.crl").read_bytes()
        assert (appliance.place / "root-ca.crl.pem").read_bytes() == (folder / "root-ca.crl.pem").read_bytes()
        status = appliance.call("status").json
        assert status["revoked"] == [{"serial": issued["serial"], "reason": "keyCompromise"}]
        assert [each["state"] for each in status["environments"]] == ["revoked", "nothing issued yet"]
        assert (status["crl_due"], status["not_on_crl"]) == ("", [])
        assert status["needs"] == ["test needs a new intermediate: its newest one is revoked."]
        assert "NEXT: test needs a new intermediate" in call("--home", appliance.home, "status").out
        verified = appliance.call("verify", folder).json
        assert (verified["ok"], verified["crl"]) == (True, done.json["crl"])

    def test_shows_the_consequences_before_anything_is_done(self, appliance: Appliance, issued: dict[str, str]) -> None:
        done = revoke(appliance, issued["serial"], reason="superseded")

        assert f"REVOKE test of root\n    serial       {issued['serial']}" in done.err
        assert "another intermediate has taken its place" in done.err
        assert "This is final." in done.err

    @pytest.mark.parametrize("confirm", ["00", "yes", "0" * 32])
    def test_costs_no_ceremony_where_the_confirmation_is_wrong(
        self, appliance: Appliance, issued: dict[str, str], confirm: str
    ) -> None:
        before = appliance.events()
        done = revoke(appliance, issued["serial"], confirm=confirm)
        assert (done.code, done.json["crl"]) == (1, None)
        assert "is not the certificate that would be revoked" in done.error["what"]
        assert appliance.events() == before

    @pytest.mark.parametrize("serial", ["0ABC", "xyz"])
    def test_costs_no_ceremony_where_there_is_no_such_certificate(self, appliance: Appliance, serial: str) -> None:
        before = appliance.events()
        assert revoke(appliance, serial).code == 1
        assert appliance.events() == before

    def test_is_ended_where_nobody_is_there_to_confirm(self, appliance: Appliance, issued: dict[str, str]) -> None:
        done = revoke(appliance, issued["serial"], confirm=None)
        assert done.code == 1
        assert "There is nobody to ask: To revoke it, type its serial" in done.error["what"]
        assert "certificate-revoked" not in appliance.events()
        assert appliance.events()[-1] == "ceremony-closed"

    def test_happens_once(self, appliance: Appliance, issued: dict[str, str]) -> None:
        assert revoke(appliance, issued["serial"]).code == 0
        again = revoke(appliance, issued["serial"])
        assert again.code == 1
        assert "is revoked already" in again.error["what"]

    @pytest.mark.parametrize("reason", ["unspecified", "certificateHold", "removeFromCRL", "aACompromise", ""])
    def test_has_only_reasons_that_fit_a_ca_and_are_final(self, appliance: Appliance, reason: str) -> None:
        done = revoke(appliance, "0ABC", reason=reason)
        assert done.code == 2

    def test_is_not_undone_by_people_who_disagree(self, appliance: Appliance, issued: dict[str, str]) -> None:
        done = revoke(appliance, issued["serial"], statement="Wanda: I do not agree")
        assert done.code == 1
        assert done.json["undelivered"]["revoked"] == [{"serial": issued["serial"], "reason": "keyCompromise"}]
        assert "The CRL was SIGNED and is safe in the audit log" in done.err
        # What was signed is in HOME, and every later response has it.
        assert f"--head {appliance.head})" in done.err
        exported = appliance.call("export", "--out", appliance.out, *appliance.ceremony(accept_tail="0"))
        assert exported.code == 0, exported.err
        assert serials(Path(exported.json["response"]) / "root-ca.crl") == [int(issued["serial"], 16)]


class TestCrl:
    def test_delivers_a_fresh_one(self, appliance: Appliance) -> None:
        before = appliance.call("status").json["crl"]
        done = make(appliance)
        assert done.code == 0, done.err
        assert done.json["crl"]["number"] > before["number"]
        assert done.json["crl"]["revoked"] == []
        assert appliance.call("status").json["crl"] == done.json["crl"]
        assert appliance.call("verify", done.json["response"]).json["ok"]

    def test_needs_somewhere_to_go(self, appliance: Appliance) -> None:
        appliance.out.write_text("a file")
        before = appliance.events()
        assert make(appliance).code == 1
        assert appliance.events() == before


def test_a_copy_in_home_that_was_lost_is_put_back(appliance: Appliance) -> None:
    (appliance.place / "root-ca.crl").unlink()
    done = make(appliance)
    assert done.code == 0, done.err
    assert (appliance.place / "root-ca.crl").read_bytes() == (Path(done.json["response"]) / "root-ca.crl").read_bytes()


def test_a_copy_in_home_that_cannot_be_written_is_told_of(appliance: Appliance) -> None:
    copy = appliance.place / "root-ca.crl"
    copy.unlink()
    copy.mkdir()
    done = make(appliance)
    assert done.code == 1
    assert "The copy of the CRL" in done.error["what"]
    assert appliance.events()[-1] == "ceremony-closed"
