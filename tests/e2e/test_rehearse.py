"""`offline-root rehearse`: the first thing that anybody types, and what is left of it."""

from pathlib import Path

import pytest

from offline_root.policy.model import EnvironmentPolicy
from offline_root.practice import PracticeRequest, practice_requests
from tests.appliance import Done, call, example_policy, start

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Done, Path]:
    """Return a rehearsal, run as a program of its own, and its folder."""
    folder = tmp_path_factory.mktemp("rehearsal")
    return start("rehearse", "--out", folder, "--json"), folder


def test_it_issues_two_and_refuses_five(rehearsed: tuple[Done, Path]) -> None:
    done, folder = rehearsed

    assert (done.code, done.json["as_expected"]) == (0, True), done.err
    assert (done.err.count("4. ISSUED"), done.err.count("4. REFUSED")) == (2, 5)
    log = call("--home", folder / "home", "--json", "log", "show").json["entries"]
    assert [each["event"] for each in log].count("certificate-issued") == 3  # the root and two
    assert [each["event"] for each in log].count("request-refused") == 5


def test_its_response_verifies_as_a_rehearsal_only(rehearsed: tuple[Done, Path]) -> None:
    done, folder = rehearsed
    verify = ("--home", folder / "home", "--json", "verify", done.json["response"])

    assert call(*verify, "--rehearsal").code == 0
    without = call(*verify)
    assert without.code == 1
    assert {each["code"] for each in without.json["findings"]} == {"response.rehearsal"}


def test_it_is_marked_wherever_one_looks(rehearsed: tuple[Done, Path]) -> None:
    done, folder = rehearsed

    assert done.err.startswith("*** REHEARSAL ***")
    assert call("--home", folder / "home", "status").out.startswith("*** REHEARSAL ***")
    response = Path(done.json["response"])
    assert "REHEARSAL" in (response / "report.txt").read_text()
    shown = call("--json", "--home", folder / "home", "inspect", response / "test-ca.pem").json["files"][0]
    assert "REHEARSAL " in shown["subject"]
    assert "REHEARSAL " in shown["issuer"]


def test_it_prints_the_way_to_check_it(tmp_path: Path) -> None:
    done = call("rehearse", "--out", tmp_path)

    assert done.code == 0
    assert "offline-root verify --rehearsal" in done.out
    assert "sh VERIFY.txt" in done.out


def test_it_never_overwrites_an_earlier_one(rehearsed: tuple[Done, Path]) -> None:
    _, folder = rehearsed

    done = call("--json", "rehearse", "--out", folder)

    assert (done.code, done.json["response"]) == (1, None)
    assert "holds a rehearsal already" in done.error["what"]


def test_one_that_does_not_go_as_it_should_is_exit_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(environment: EnvironmentPolicy) -> tuple[PracticeRequest, ...]:
        return practice_requests(environment)[:1] * 2

    monkeypatch.setattr("offline_root.rehearsal.practice_requests", twice)

    done = call("--json", "rehearse", "--out", tmp_path)

    assert (done.code, done.json["as_expected"]) == (1, False)


@pytest.mark.parametrize("interfaces", ['["tui"]', '["tui", "cli"]'])
def test_the_policy_of_the_house_can_be_rehearsed(tmp_path: Path, interfaces: str) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(example_policy(interfaces=interfaces).replace("witnesses = 1 ", "witnesses = 2 "))

    done = call("--json", "rehearse", "--out", tmp_path / "out", "--policy", policy)

    assert (done.code, done.json["as_expected"]) == (0, True), done.err
