"""What is in a response: every form of every certificate, the texts for people, and the summary for programs."""

import html
import json
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from offline_root.audit.entry import FIRST_PREV, Entry
from offline_root.issue import key_identifier, load
from offline_root.keys import fingerprint
from offline_root.model import Der, Issued, Refused, Serial, serial_text
from offline_root.response import codes, report
from offline_root.response.files import name_answers
from offline_root.response.manifest import complete, sums
from offline_root.response.refusal import finding_text, refusal
from offline_root.response.report import line
from tests.offline_root.audit.logs import TIME, ed25519_signer, make_log
from tests.offline_root.response.folders import Response, held, of_log
from tests.offline_root.station.rooms import Slip, fake_room, policy_of, slip

END = b"-----END CERTIFICATE-----\n"
NAMES = {
    *(f"{stem}{end}" for stem in ("test-ca", "prod-ca") for end in (".pem", ".der", ".p7b", "-chain.pem")),
    "test-ca-refused.txt",
    "root-ca.pem",
    "root-ca.der",
    "root-ca.crl",
    "root-ca.crl.pem",
    "NEXT-STEPS.txt",
    "report.txt",
    "report.html",
    "expiry.ics",
    "response.json",
    "audit/log.jsonl",
    "audit/checkpoint",
    "VERIFY.txt",
    "SHA256SUMS",
    "SHA256SUMS.sig",
    "COMPLETE",
    "closing-checkpoint",
}


def openssl(*arguments: str | Path) -> str:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


G2 = "PrivSec Intermediate CA (test) G2"


def subject(generation: str) -> str:
    """Return the subject of an intermediate of test, as people read it."""
    return f"O=PrivSec, CN=PrivSec Intermediate CA (test) {generation}"


def refused(environment: str, file: str = "x.csr") -> Refused:
    return Refused(file, environment, ())


class TestResponse:
    def test_has_these_files_and_no_others(self, response: Response) -> None:
        assert set(response.files) == NAMES

    def test_has_no_name_that_fat_cannot_hold(self, response: Response) -> None:
        assert not any(set(name) & set('\\:*?"<>|') for name in response.files)

    def test_sums_are_those_of_sha256sum(self, response: Response, tmp_path: Path) -> None:
        folder = response.write(tmp_path / "folder")
        done = subprocess.run(
            ["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True, check=False
        )
        assert done.returncode == 0
        assert response.files["SHA256SUMS"] == sums(response.files)
        made = subprocess.run(["sha256sum", "SHA256SUMS"], cwd=folder, capture_output=True, check=True).stdout
        assert response.files["COMPLETE"] == made == complete(response.files["SHA256SUMS"])

    def test_summary_is_what_is_there(self, response: Response) -> None:
        summary = json.loads(response.files["response.json"])
        assert summary["format"] == "offline-root response 1"
        assert summary["origin"] == response.anchor.verifier.name == "offline-root/root"
        assert summary["root"] == {"certificate": "root-ca.pem", "sha256": response.anchor.root_sha256}
        assert summary["log"]["size"] == response.files["audit/log.jsonl"].count(b"\n")
        for each in summary["issued"]:
            certificate = x509.load_pem_x509_certificate(response.files[each["certificate"]])
            assert each["serial"] == serial_text(Serial(certificate.serial_number))
            assert each["sha256"] == fingerprint(certificate.public_bytes(Encoding.DER))
            assert response.files[each["chain"]].startswith(response.files[each["certificate"]])
        (bad,) = summary["refused"]
        assert (bad["environment"], bad["report"]) == ("test", "test-ca-refused.txt")
        assert any(code.startswith("request.subject") for code in bad["codes"])

    def test_reads_the_same_whoever_reads_it(self, response: Response) -> None:
        texts = [data for name, data in response.files.items() if name.endswith((".txt", ".json", ".jsonl", ".pem"))]
        assert all(data.decode().isprintable() or b"\n" in data for data in texts)
        assert not any(b"\r" in data or not data.endswith(b"\n") for data in texts)


class TestCertificate:
    def test_is_the_same_in_every_form(self, response: Response, tmp_path: Path) -> None:
        folder = response.write(tmp_path / "folder")
        for stem in ("test-ca", "prod-ca"):
            der = response.files[f"{stem}.der"]
            assert x509.load_pem_x509_certificate(response.files[f"{stem}.pem"]).public_bytes(Encoding.DER) == der
            (inside,) = pkcs7.load_pem_pkcs7_certificates(response.files[f"{stem}.p7b"])
            assert inside.public_bytes(Encoding.DER) == der
            printed = openssl("pkcs7", "-in", folder / f"{stem}.p7b", "-print_certs")
            assert f"CN = PrivSec Intermediate CA ({stem.removesuffix('-ca')}) G1" in printed
            openssl("verify", "-x509_strict", "-CAfile", folder / "root-ca.pem", folder / f"{stem}.pem")

    def test_chain_is_the_certificate_then_the_root_and_ends_right_after_it(self, response: Response) -> None:
        for stem in ("test-ca", "prod-ca"):
            chain = response.files[f"{stem}-chain.pem"]
            assert chain == response.files[f"{stem}.pem"] + response.files["root-ca.pem"]
            assert chain.endswith(END)
            assert chain.count(END) == 2
            assert not chain.endswith(END + b"\n")

    def test_root_is_the_same_in_both_forms(self, response: Response) -> None:
        root = x509.load_pem_x509_certificate(response.files["root-ca.pem"])
        assert root.public_bytes(Encoding.DER) == response.files["root-ca.der"]
        root.verify_directly_issued_by(root)


class TestTexts:
    def test_next_steps_name_file_mount_and_serial(self, response: Response) -> None:
        text = response.files["NEXT-STEPS.txt"].decode()
        for stem, mount in (("test-ca", "pki-test"), ("prod-ca", "pki-prod")):
            assert f"vault write {mount}/intermediate/set-signed certificate=@{stem}-chain.pem" in text
            serial = x509.load_der_x509_certificate(response.files[f"{stem}.der"]).serial_number
            assert serial_text(Serial(serial)) in text
            identifier = key_identifier(load(Der(response.files[f"{stem}.der"])))
            assert f"That of the new one is\n\n           {identifier.hex()}\n" in text
        assert "For CLIENT authentication trust test-ca.pem or prod-ca.pem, never the root." in text
        assert "-partial_chain -purpose sslclient -CAfile test-ca.pem client.pem" in text
        assert response.anchor.root_sha256 in text
        for address in ("crl", "der"):
            assert f"           http://pki.privsec.ch/root-ca.{address}\n" in text
        assert "Revoked" not in text

    def test_next_steps_tell_the_crl_number_as_openssl_prints_it(self, response: Response, tmp_path: Path) -> None:
        text = response.files["NEXT-STEPS.txt"].decode()
        folder = response.write(tmp_path / "folder")
        said = openssl("crl", "-inform", "DER", "-in", folder / "root-ca.crl", "-noout", "-crlnumber")
        number = said.strip().removeprefix("crlNumber=").removeprefix("0x")
        assert f"(in hex {number}), good until" in text
        assert f"crlNumber must be {number}:" in text

    def test_refusal_says_what_to_do(self, response: Response) -> None:
        text = response.files["test-ca-refused.txt"].decode()
        assert text.startswith("This request was not signed.\n")
        assert "REFUSE request.subject" in text
        assert text.count("Rule: ") == text.count("What to do: ") > 0

    def test_report_tells_the_last_ceremony_in_order(self, response: Response) -> None:
        lines = response.files["report.txt"].decode().splitlines()
        said = [
            "ceremony opened: sign; operator Olga Operator",
            "signing started",
            "certificate issued",
            "statement of",
        ]
        places = [next(number for number, line in enumerate(lines) if each in line) for each in said]
        assert places == sorted(places)
        assert not any("authority root created" in line for line in lines)

    def test_report_for_a_browser_says_the_same_and_fetches_nothing(self, response: Response) -> None:
        page = response.files["report.html"].decode()
        assert "default-src 'none'" in page
        told = html.unescape(page.partition("<pre>")[2].rpartition("</pre>")[0])
        assert told == response.files["report.txt"].decode()
        assert "<pre>&lt;script&gt; &amp;amp;</pre>" in report.page("<script> &amp;")

    def test_report_tells_what_changed_since_the_last_of_the_environment(self, tmp_path: Path) -> None:
        room = fake_room(tmp_path / "home")

        def changes(number: int, *asked: Slip) -> list[list[str]]:
            lines = held(room, tmp_path / str(number), *asked).files["report.txt"].decode().splitlines()
            places = [place for place, line in enumerate(lines) if "certificate issued" in line]
            ends = [next(n for n in range(place + 1, len(lines)) if lines[n][:5].strip()) for place in places]
            return [lines[place + 1 : end] for place, end in zip(places, ends, strict=True)]

        none = ["       None was issued before: this is the first intermediate of this environment."]
        assert changes(1, slip(), slip("prod")) == [none, none]
        second, third = changes(2, slip(name=G2), slip(name=G2))
        assert second[0].startswith("       Since serial ")
        assert second[0].endswith(", besides key, serial and dates:")
        assert [each.split() for each in second[1:]] == [
            ["subject:", "before", *subject("G1").split()],
            ["now", *subject("G2").split()],
        ]
        assert third == [third[0]]
        assert third[0].endswith(": nothing changes but key, serial and dates.")

    def test_report_shows_a_line_of_another_version_as_far_as_it_can(self) -> None:
        first = Entry(0, TIME, FIRST_PREV, "ceremony-closed", {})
        assert line(first) == f"    1  {TIME}  ceremony closed: (outcome not recorded)"
        assert line(Entry(41, TIME, FIRST_PREV, "moon-landed", {})) == f"   42  {TIME}  moon landed"
        said = line(
            Entry(0, TIME, FIRST_PREV, "ceremony-closed", {"outcome": {"a": ["x", "y"], "b": [], "c": 1, "d": ""}})
        )
        assert said.endswith("ceremony closed: a x, y, b none, c 1, d none")

    def test_report_cannot_deceive_a_terminal(self) -> None:
        assert "\x1b" not in line(Entry(0, TIME, FIRST_PREV, "ceremony-closed", {"outcome": "\x1b[2J"}))

    def test_finding_cannot_deceive_a_terminal(self) -> None:
        text = finding_text(codes.UNLISTED.finding("see \x1b[2J", "evil\x1b]0;\u202e.pem"))
        assert text.isascii()
        assert "\x1b" not in text
        assert "REFUSE response.file-unlisted (evil<U+001B>]0;<U+202E>.pem)" in text

    def test_refusal_cannot_deceive_a_terminal(self) -> None:
        assert "\x1b" not in refusal(refused("test", "\x1b[2J.csr"))

    def test_finding_about_the_whole_has_no_field(self) -> None:
        assert finding_text(codes.NO_ANCHOR.finding("all of it")).startswith("REFUSE response.no-anchor\n")


class TestNames:
    def issued(self, environment: str, sha256: str) -> Issued:
        return Issued(
            "root", environment, Serial(1), Der(b""), fingerprint(sha256.encode()), fingerprint(b""), "", "", ""
        )

    def test_of_one_certificate_is_the_file_name_of_the_policy(self) -> None:
        answers = name_answers(policy_of(), (self.issued("test", "a"), self.issued("prod", "b")))
        assert [(each.stem, each.mount) for each in answers] == [("test-ca", "pki-test"), ("prod-ca", "pki-prod")]

    def test_of_several_of_one_environment_has_a_piece_of_the_hash(self) -> None:
        one, two = self.issued("test", "a"), self.issued("test", "b")
        stems = [each.stem for each in name_answers(policy_of(), (one, two, self.issued("prod", "c")))]
        assert stems == [f"test-ca-{one.sha256[:8]}", f"test-ca-{two.sha256[:8]}", "prod-ca"]

    def test_of_an_environment_that_left_never_hides_another(self) -> None:
        answers = name_answers(policy_of(), (self.issued("test-ca", "a"), self.issued("test", "b")))
        assert len({each.stem for each in answers}) == 2

    def test_of_refusals_are_all_different(self, response: Response) -> None:
        text = policy_of().text.replace('file_name = "prod-ca"', 'file_name = "test-ca-2"')
        several = (refused("test"), refused("test"), refused("prod"), refused("gone"), refused("test"))
        made = of_log(make_log(3), ed25519_signer(), response.files, refused=several, policy=policy_of(text))
        assert {name for name in made if name.endswith("-refused.txt")} == {
            "test-ca-refused.txt",
            "test-ca-2-refused.txt",
            "test-ca-2-2-refused.txt",
            "gone-refused.txt",
            "test-ca-3-refused.txt",
        }
        assert json.loads(made["response.json"])["refused"][2]["report"] == "test-ca-2-2-refused.txt"
