"""`inspect`: what a file is, and what the policy says of it, on any machine."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.appliance import Appliance, Done, call, example_policy, start
from tests.authorities import root
from tests.bad_certificates import samples as bad_certificates
from tests.crls import REVOKED, Parts, some_crl
from tests.requests import Bad, bad_requests, request, written


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """Return a policy file: all that another machine needs."""
    return written(tmp_path, "policy.toml", example_policy().encode())


def inspect(policy: Path, *arguments: str | Path) -> Done:
    return call("--home", "/nonexistent", "--json", "inspect", "--policy", policy, *arguments)


def test_a_good_request_is_shown_with_its_fingerprint(policy: Path, good: Path) -> None:
    done = inspect(policy, good, "--environment", "test")

    [report] = done.json["files"]
    assert (done.code, report["kind"], report["refused"]) == (0, "request", False)
    assert report["key"] == "ec-p384"
    assert len(report["fingerprint"]) == 64


def test_every_environment_is_asked_unless_one_is_chosen(policy: Path, good: Path) -> None:
    done = inspect(policy, good)

    findings = done.json["files"][0]["findings"]
    assert done.code == 0  # one that would take it is enough
    assert list(findings) == ["test", "prod"]
    assert {each["code"] for each in findings["prod"] if each["severity"] == "refuse"} == {
        "request.subject.common-name"
    }
    assert inspect(policy, good, "--environment", "prod").code == 1


def test_an_environment_that_the_policy_does_not_have_is_an_error(policy: Path, good: Path) -> None:
    done = inspect(policy, good, "--environment", "tset")

    assert (done.code, done.json["files"]) == (1, [])
    assert "no environment 'tset'" in done.error["what"]
    assert "test, prod" in done.error["next"]


@pytest.mark.parametrize(("name", "bad"), bad_requests().items())
def test_a_bad_request_is_a_finding(policy: Path, tmp_path: Path, name: str, bad: Bad) -> None:
    done = inspect(policy, written(tmp_path, name, bad.content), "--environment", "test")

    [report] = done.json["files"]
    codes = {each["code"] for found in report["findings"].values() for each in found}
    if report["kind"] != "certificate":
        assert (done.code, report["refused"]) == (1, True)
        assert bad.code in codes


STRANGE: dict[str, Callable[[Path], None]] = {
    "folder": Path.mkdir,
    "link": lambda path: path.symlink_to("/dev/null"),
    "fifo": os.mkfifo,
}


@pytest.mark.parametrize("make", STRANGE.values(), ids=STRANGE)
def test_what_is_no_plain_file_is_a_finding(policy: Path, tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "strange")

    done = inspect(policy, tmp_path / "strange")

    assert done.code == 1
    assert [each["code"] for each in done.json["files"][0]["findings"]["file"]] == ["request.file.unreadable"]


def test_a_certificate_is_shown_too(policy: Path, created: Appliance) -> None:
    done = inspect(policy, created.place / "root-ca.pem")

    [report] = done.json["files"]
    assert (done.code, report["kind"]) == (0, "certificate")
    assert report["subject"] == report["issuer"] == "C=CH, O=PrivSec, CN=PrivSec OFFLINE Root CA"
    assert {"basicConstraints", "keyUsage"} <= {each["name"] for each in report["extensions"]}


def test_a_certificate_gets_its_findings(policy: Path, created: Appliance, tmp_path: Path) -> None:
    samples = bad_certificates()
    assert inspect(policy, created.place / "root-ca.pem").json["files"][0]["findings"] == {"certificate": []}
    for sample in (samples["no key usage"], samples["extension twice"], samples["version 2"], samples["ca false"]):
        (tmp_path / "bad.der").write_bytes(sample.certificate)
        done = inspect(policy, tmp_path / "bad.der")
        [report] = done.json["files"]
        assert (done.code, report["kind"], report["refused"]) == (1, "certificate", True)
        own = {each["code"] for each in report["findings"]["certificate"] if not each["code"].startswith("pkilint.")}
        assert own == sample.codes - {"certificate.signature"}


class TestWouldAllow:
    """The name test: which leaf would verify below what is inspected."""

    def test_each_environment_answers_for_a_request(self, policy: Path, good: Path) -> None:
        names = (
            "--would-allow",
            "a.test.privsec.ch",
            "--would-allow",
            "a.prod.privsec.ch",
            "--would-allow",
            "10.0.0.1",
        )
        done = inspect(policy, good, *names)

        tested = done.json["files"][0]["would_allow"]
        assert {heading: [each["allowed"] for each in answers] for heading, answers in tested.items()} == {
            "test": [True, False, False],
            "prod": [False, True, False],
        }
        assert tested["test"][0]["constraint"] == "permitted DNS test.privsec.ch"
        assert tested["test"][0]["rule"] == "RFC 5280 4.2.1.10"
        assert done.code == 1  # no environment would have the address
        assert inspect(policy, good, *names[:4]).code == 0

    def test_a_certificate_answers_for_itself(self, policy: Path, created: Appliance) -> None:
        done = inspect(policy, created.place / "root-ca.pem", "--would-allow", "www.privsec.ch")

        [answer] = done.json["files"][0]["would_allow"]["certificate"]
        assert (done.code, answer["verdict"]) == (0, "open")

    def test_a_certificate_answers_where_there_is_no_policy(self, created: Appliance, tmp_path: Path) -> None:
        file = created.place / "root-ca.pem"
        done = call("--home", tmp_path / "none", "inspect", file, "--would-allow", "www.privsec.ch")
        assert done.code == 0, done.err
        assert "www.privsec.ch (DNS name)" in done.out

    def test_nobody_is_asked_without_it(self, policy: Path, good: Path) -> None:
        assert inspect(policy, good).json["files"][0]["would_allow"] == {"test": [], "prod": []}

    def test_people_read_it_in_80_columns(
        self, created: Appliance, good: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(good.parent)
        names = ("--would-allow", "a.test.privsec.ch", "--would-allow", "\x1b[31m\u202e.ch")
        done = call("--home", created.home, "inspect", good.name, "--environment", "test", *names)

        assert "TEST WOULD ALLOW (RFC 5280 4.2.1.10)\n    YES     a.test.privsec.ch (DNS name): A leaf" in done.out
        assert "    UNCLEAR <U+001B>[31m<U+202E>.ch (DNS name): " in done.out
        assert not {"\x1b", "\u202e"} & set(done.out + done.err)
        assert [line for line in done.out.splitlines() if len(line) > 80] == []


def test_several_files_are_reported_in_order(policy: Path, good: Path, tmp_path: Path) -> None:
    done = inspect(policy, good, tmp_path / "missing.csr", good)

    assert [each["kind"] for each in done.json["files"]] == ["request", "unreadable", "request"]
    assert done.code == 1


def test_people_read_it_in_80_columns(created: Appliance, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(good.parent)
    done = call("--home", created.home, "inspect", good.name, "--environment", "test")

    assert done.out.startswith("REQUEST good.csr\n")
    assert "TEST: OK" in done.out
    assert "What to do:" in done.out
    assert [line for line in done.out.splitlines() if len(line) > 80] == []


def test_what_a_screen_would_obey_is_made_visible(created: Appliance, tmp_path: Path) -> None:
    file = written(tmp_path, "\x1b]0;x\x07.csr", request("PrivSec\x1b[31m\u202e CA"))

    done = call("--home", created.home, "inspect", file)

    assert not {"\x1b", "\x07", "\u202e"} & set(done.out + done.err)
    assert "PrivSec<U+001B>[31m<U+202E> CA" in done.out


def test_without_policy_and_home_it_says_what_is_missing(good: Path, tmp_path: Path) -> None:
    done = call("--home", tmp_path / "nothing", "--json", "inspect", good)

    assert (done.code, done.json["files"]) == (1, [])
    assert "--policy FILE" in done.error["next"]


def test_a_policy_that_is_not_there_is_an_error_in_words(good: Path, tmp_path: Path) -> None:
    done = start("inspect", good, "--policy", tmp_path / "none.toml")

    assert done.code == 1
    assert "none.toml could not be read" in done.err
    assert "policy file" in done.err


class TestCrl:
    def test_of_the_authority_is_held_against_root_and_log(self, appliance: Appliance) -> None:
        for name in ("root-ca.crl", "root-ca.crl.pem"):
            done = appliance.call("inspect", appliance.place / name)
            (report,) = done.json["files"]
            assert (done.code, report["kind"], report["revoked"]) == (0, "crl", "none")
            assert report["findings"] == {"crl": []}
            assert report["number"] == str(appliance.call("status").json["crl"]["number"])

    def test_of_another_root_is_refused(self, appliance: Appliance, tmp_path: Path) -> None:
        file = written(tmp_path, "other.crl", some_crl(REVOKED).der)
        done = appliance.call("inspect", file)
        (report,) = done.json["files"]
        assert (done.code, report["revoked"]) == (1, "0ABC")
        assert {"crl.signature", "crl.authority-key", "crl.entry-unknown"} <= {
            each["code"] for each in report["findings"]["crl"]
        }

    def test_needs_neither_authority_nor_policy(self, tmp_path: Path) -> None:
        file = written(tmp_path, "some.crl", some_crl().der)
        done = call("--home", tmp_path / "none", "inspect", file)
        assert done.code == 0, done.err
        assert "CRL " in done.out
        assert "number       7" in done.out

    def test_without_end_says_so(self, appliance: Appliance, tmp_path: Path) -> None:
        file = written(tmp_path, "endless.crl", Parts(next_update=b"").signed(root()))
        (report,) = appliance.call("inspect", file).json["files"]
        assert report["next_update"] == "none"
        assert report["refused"]
