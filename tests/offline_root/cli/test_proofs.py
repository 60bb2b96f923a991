"""`log prove` and `log verify` of what it wrote: for somebody who has only the anchor and two files."""

import shutil
from pathlib import Path

import pytest

from tests.appliance import Appliance, call


@pytest.fixture(scope="module")
def older(created: Appliance, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the checkpoint of the create ceremony, kept by an auditor."""
    return Path(shutil.copy(created.place / "audit" / "checkpoint", tmp_path_factory.mktemp("older") / "checkpoint"))


@pytest.fixture(scope="module")
def grown(created: Appliance, tmp_path_factory: pytest.TempPathFactory) -> Appliance:
    """Return an appliance that held one more ceremony."""
    appliance = created.copy(tmp_path_factory.mktemp("grown"))
    done = appliance.call("export", "--out", appliance.out, *appliance.ceremony())
    assert done.code == 0, done.err
    return appliance


def written(grown: Appliance, path: Path, *what: str | Path) -> Path:
    done = call("--home", grown.home, "log", "prove", *what)
    assert done.code == 0, done.err
    path.write_text(done.out)
    return path


def check(grown: Appliance, *what: str | Path, anchor: bool = True) -> tuple[int, str]:
    """Check as a stranger does: without HOME."""
    anchored = ("--anchor", grown.anchor) if anchor else ()
    done = call("--home", grown.base / "none", "log", "verify", *what, *anchored)
    assert "Traceback" not in done.err
    return done.code, " ".join((done.out + done.err).split())


class TestOfALine:
    def test_shows_a_stranger_what_the_line_says(self, grown: Appliance, tmp_path: Path) -> None:
        code, said = check(grown, written(grown, tmp_path / "1.tlog-proof", "--line", "1"))
        assert code == 0
        assert said.startswith("OK line 1 of a log of")
        assert "ceremony opened: create; operator Olga" in said

    def test_of_a_certificate_is_asked_for_by_its_serial(self, grown: Appliance, tmp_path: Path) -> None:
        serial = next(each["serial"] for each in grown.entries() if each["event"] == "certificate-issued")
        code, said = check(grown, written(grown, tmp_path / "c.tlog-proof", "--serial", serial.lower()))
        assert code == 0
        assert f"certificate issued: serial {serial}" in said

    def test_is_stable_for_programs(self, grown: Appliance, tmp_path: Path) -> None:
        made = call("--home", grown.home, "--json", "log", "prove", "--line", "3").json
        assert (made["kind"], made["line"], made["index"]) == ("inclusion", 3, 2)
        assert all(len(bytes.fromhex(each)) == 32 for each in made["hashes"])
        path = tmp_path / "p"
        path.write_text(made["proof"])
        found = call("--home", grown.home, "--json", "log", "verify", path).json
        assert (found["ok"], found["line"], found["size"]) == (True, 3, made["size"])
        assert found["entry"]["event"] == "token-initialized"

    def test_with_one_letter_of_the_line_changed_is_refused(self, grown: Appliance, tmp_path: Path) -> None:
        path = written(grown, tmp_path / "1", "--line", "1")
        first, extra, rest = path.read_text().split("\n", 2)
        path.write_text(f"{first}\n{extra[:40]}{'A' if extra[40] != 'A' else 'B'}{extra[41:]}\n{rest}")
        code, said = check(grown, path)
        assert (code, said) == (1, "FAILED the line is not in the log that the checkpoint signs")

    @pytest.mark.parametrize("what", [("--line", "0"), ("--line", "999"), ("--serial", "AB")])
    def test_that_is_not_there_is_not_proven(self, grown: Appliance, what: tuple[str, str]) -> None:
        done = call("--home", grown.home, "--json", "log", "prove", *what)
        assert (done.code, done.json["proof"]) == (1, None)
        assert "log show" in done.error["next"]


class TestOfGrowth:
    @pytest.mark.parametrize("by_file", [True, False])
    def test_shows_a_stranger_that_the_log_only_grew(
        self, grown: Appliance, older: Path, tmp_path: Path, by_file: bool
    ) -> None:
        size = older.read_text().split("\n")[1]
        path = written(grown, tmp_path / "growth", "--since", older if by_file else size)
        code, said = check(grown, path, "--since", older)
        assert code == 0
        assert f"begins with the {size} that the older checkpoint signs" in said

    def test_needs_the_older_checkpoint(self, grown: Appliance, older: Path, tmp_path: Path) -> None:
        path = written(grown, tmp_path / "growth", "--since", older)
        code, said = check(grown, path)
        assert code == 1
        assert "--since FILE" in said

    def test_from_something_else_than_a_checkpoint_is_refused(self, grown: Appliance, older: Path) -> None:
        done = call("--home", grown.home, "--json", "log", "prove", "--since", grown.anchor)
        assert done.code == 1
        assert "not a checkpoint" in done.error["what"]
        assert check(grown, grown.place, "--since", grown.anchor)[0] == 1


class TestTheWholeLog:
    def test_begins_with_an_older_checkpoint(self, grown: Appliance, older: Path) -> None:
        assert check(grown, grown.place, "--since", older)[0] == 0

    def test_that_was_put_back_is_found_by_a_newer_one(self, grown: Appliance, created: Appliance) -> None:
        code, said = check(created, created.place, "--since", grown.place / "audit" / "checkpoint")
        assert code == 1
        assert "lines are missing" in said


def test_nothing_is_proven_without_an_anchor(grown: Appliance, older: Path, tmp_path: Path) -> None:
    path = written(grown, tmp_path / "1", "--line", "1")
    code, said = check(grown, path, anchor=False)
    assert code == 1
    assert "--anchor FILE" in said
    assert check(grown, grown.place, "--since", older, anchor=False)[0] == 1


def test_a_damaged_log_proves_nothing(grown: Appliance, tmp_path: Path) -> None:
    spoilt = grown.copy(tmp_path / "spoilt")
    (spoilt.place / "audit" / "checkpoint").unlink()
    done = call("--home", spoilt.home, "--json", "log", "prove", "--line", "1")
    assert done.code == 1
    assert "log verify" in done.error["next"]
