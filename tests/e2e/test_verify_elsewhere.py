"""`verify` on another machine: a folder, an anchor, and nothing else of the appliance."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.appliance import Appliance, Done, call, example_policy
from tests.requests import request, written

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def delivered(created: Appliance, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a response folder and the anchor; tests copy the first."""
    appliance = created.copy(tmp_path_factory.mktemp("delivered"))
    done = appliance.sign("test", written(appliance.base, "ca.csr", request()))
    return Path(done.json["response"]), appliance.anchor


@pytest.fixture
def stick(delivered: tuple[Path, Path], tmp_path: Path) -> Path:
    """Return the response on a stick of this test."""
    shutil.copytree(delivered[0], tmp_path / "response")
    shutil.copy(delivered[1], tmp_path / "anchor.json")
    return tmp_path / "response"


def verify(stick: Path, *options: str | Path) -> Done:
    """Run `verify` where there is no HOME."""
    return call("--home", stick.parent / "no-home", "--json", "verify", stick, *options)


def codes(done: Done) -> set[str]:
    return {each["code"] for each in done.json["findings"]}


def test_a_whole_response_of_the_anchor_is_good(stick: Path) -> None:
    done = verify(stick, "--anchor", stick.parent / "anchor.json")

    assert (done.code, done.json["ok"], done.json["findings"]) == (0, True, [])
    assert done.json["origin"] == "offline-root/root"
    assert [each["environment"] for each in done.json["issued"]] == ["", "test"]


def test_people_are_told_in_words(stick: Path) -> None:
    done = call("--home", stick.parent / "no-home", "verify", stick, "--anchor", stick.parent / "anchor.json")

    assert done.out.startswith("OK: a whole response")
    assert "test of root" in done.out


def test_without_an_anchor_it_only_fits_itself(stick: Path) -> None:
    done = call("--home", stick.parent / "no-home", "verify", stick)

    assert done.code == 1
    assert "SELF-CONSISTENT ONLY, origin not proven" in done.out
    assert "--anchor FILE" in done.out


def test_the_anchor_of_home_is_used_where_there_is_one(created: Appliance, stick: Path) -> None:
    assert call("--home", created.home, "verify", stick).code == 0


def test_the_anchor_of_another_authority_is_refused(stick: Path, tmp_path: Path) -> None:
    other = Appliance(tmp_path / "other")
    other.base.mkdir()
    assert other.create(example_policy("ec-p256")).code == 0

    assert codes(verify(stick, "--anchor", other.anchor)) >= {"response.anchor"}


@pytest.mark.parametrize("anchor", [b"", b"{}", b"not json", b"[" * 100_000])
def test_a_file_that_is_no_anchor_is_an_error_in_words(stick: Path, anchor: bytes) -> None:
    (stick.parent / "anchor.json").write_bytes(anchor)

    done = verify(stick, "--anchor", stick.parent / "anchor.json")

    assert (done.code, done.json["ok"]) == (1, False)
    assert "anchor" in done.error["what"]


def test_a_folder_that_is_not_there_is_an_error_in_words(tmp_path: Path) -> None:
    done = verify(tmp_path / "nowhere")

    assert (done.code, done.json["ok"], done.json["findings"]) == (1, False, [])
    assert "nowhere" in done.error["what"]


class TestASpoiltFolder:
    @staticmethod
    def found(stick: Path) -> set[str]:
        return codes(verify(stick, "--anchor", stick.parent / "anchor.json"))

    @pytest.mark.parametrize("name", ["test-ca.pem", "NEXT-STEPS.txt", "audit/log.jsonl", "COMPLETE", "SHA256SUMS.sig"])
    def test_is_refused_where_a_file_is_missing(self, stick: Path, name: str) -> None:
        (stick / name).unlink()

        assert "response.file-missing" in self.found(stick)

    def test_is_refused_where_a_file_was_changed(self, stick: Path) -> None:
        steps = stick / "NEXT-STEPS.txt"
        steps.write_text(steps.read_text().replace("pki-test", "pki-prod"))

        assert self.found(stick) == {"response.file-changed"}

    def test_is_refused_where_a_file_was_added(self, stick: Path) -> None:
        (stick / "autorun.inf").write_text("")

        assert self.found(stick) == {"response.file-unlisted"}

    def test_is_refused_where_the_log_lost_its_last_line(self, stick: Path) -> None:
        log = stick / "audit" / "log.jsonl"
        log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))

        assert {"response.file-changed", "response.checkpoint"} <= self.found(stick)


def test_verify_txt_says_the_same_with_openssl_alone(stick: Path) -> None:
    def run() -> str:
        script = ["sh", "VERIFY.txt"]
        return subprocess.run(script, cwd=stick, capture_output=True, check=False, text=True).stdout

    assert run().endswith("ALL CHECKS PASSED, if step 1 did.\n")
    (stick / "test-ca.pem").write_bytes((stick / "root-ca.pem").read_bytes())
    assert "FAILED" in run()
