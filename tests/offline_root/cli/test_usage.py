"""The grammar: what is a usage error (exit 2), and what may stand where."""

from pathlib import Path

import pytest

from tests.appliance import Appliance, call
from tests.requests import request, written

WRONG = {
    "no verb": (),
    "an unknown verb": ("sing",),
    "an unknown option": ("status", "--verbose"),
    "a shortened option": ("status", "--jso"),
    "no file": ("sign", "--environment", "test", "--out", "x", "--operator", "O"),
    "no environment": ("sign", "a.csr", "--out", "x", "--operator", "O"),
    "no operator": ("sign", "a.csr", "--environment", "test", "--out", "x"),
    "more slips than files": (
        *("sign", "a.csr", "--environment", "test", "--out", "x", "--operator", "O"),
        *("--confirm", "00", "--confirm", "11"),
    ),
    "two secrets on one standard input": (
        *("create", "--policy", "p", "--operator", "O", "--pin-file", "-", "--so-pin-file", "-"),
    ),
    "lines that are no number": ("export", "--out", "x", "--operator", "O", "--accept-tail", "-4"),
    "an unknown preset": ("policy", "new", "--preset", "huge", "--name", "N"),
    "no kind of log verb": ("log",),
}

VERBS = (
    (),
    ("create",),
    ("status",),
    ("inspect",),
    ("sign",),
    ("abandon",),
    ("export",),
    ("log",),
    ("log", "show"),
    ("log", "verify"),
    ("verify",),
    ("policy",),
    ("policy", "new"),
    ("policy", "check"),
    ("policy", "show"),
    ("policy", "adopt"),
    ("policy", "explain"),
    ("rehearse",),
)


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
class TestAUsageError:
    def test_is_exit_2_and_says_where_to_look(self, arguments: tuple[str, ...]) -> None:
        done = call(*arguments)

        assert (done.code, done.out) == (2, "")
        assert "--help` shows how it is used." in done.err

    def test_is_one_object_with_json(self, arguments: tuple[str, ...]) -> None:
        done = call("--json", *arguments)

        assert done.code == 2
        assert done.json["error"]["kind"] == "UsageError"
        assert done.json["error"]["what"]


def test_what_a_terminal_would_obey_is_made_visible() -> None:
    done = call("status", "\x1b[2J\u202e")

    assert done.code == 2
    assert "<U+001B>[2J<U+202E>" in done.err


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_has_help_of_80_columns(verb: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    done = call(*verb, "--help")

    assert done.code == 0
    assert done.out.startswith(f"usage: {' '.join(('offline-root', *verb))}")
    assert [line for line in done.out.splitlines() if len(line) > 80] == []


def test_the_version_is_that_of_the_package() -> None:
    assert call("--version").out.startswith("offline-root 0")


class TestCommonOptions:
    @pytest.mark.parametrize("ahead", [True, False])
    def test_stand_before_or_after_the_verb(self, created: Appliance, *, ahead: bool) -> None:
        common = ("--home", str(created.home), "--authority", "root", "--json")

        done = call(*common, "status") if ahead else call("status", *common)

        assert (done.code, done.json["authority"]) == (0, "root")

    def test_after_the_verb_win(self, created: Appliance, tmp_path: Path) -> None:
        assert call("--home", tmp_path, "status", "--home", created.home).code == 0

    def test_of_home_may_come_from_the_environment(self, created: Appliance, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OFFLINE_ROOT_HOME", str(created.home))

        assert call("status").code == 0

    def test_of_the_authority_is_needed_where_there_are_several(self, created: Appliance, tmp_path: Path) -> None:
        home = created.copy(tmp_path / "copy").home
        (home / "other" / "audit").mkdir(parents=True)

        done = call("--home", home, "--json", "status")

        assert done.code == 1
        assert "Which authority is meant? Here: other, root." in done.error["what"]
        said = call("--home", home, "status", "--authority", "root")
        assert (said.code, "NOT READ" in said.out) == (0, True)


def test_files_and_slips_may_take_turns(appliance: Appliance, tmp_path: Path) -> None:
    """The n-th slip belongs to the n-th file: so people type them one after the other."""
    files = [written(tmp_path, name, request()) for name in ("a.csr", "b.csr")]
    turns = [word for file in files for word in (str(file), "--confirm", appliance.fingerprint(file))]
    common = ("--environment", "test", "--out", str(appliance.out))

    done = appliance.call("sign", *turns, *common, *appliance.ceremony())

    assert done.code == 0, done.err
    assert [each["file"] for each in done.json["issued"]] == [str(each) for each in files]
