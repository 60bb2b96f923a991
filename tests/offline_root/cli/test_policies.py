"""`policy`: new, check, show, explain. Adopting one is a ceremony, and tested as one."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.appliance import Appliance, call, command, example_policy
from tests.requests import written

NEW = ("policy", "new", "--preset", "solo", "--name", "Example")


class TestNew:
    def test_gathers_the_names_of_an_environment(self) -> None:
        given = ("--environment", "test=a.example", "--environment", "lab=l.example", "--environment", "test=b.example")

        done = call(*NEW, *given)

        assert done.code == 0
        assert 'permitted_dns = ["a.example", "b.example"]' in done.out
        assert done.out.index("[environments.test]") < done.out.index("[environments.lab]")

    def test_has_two_environments_by_default(self) -> None:
        assert "[environments.test]" in call(*NEW).out
        assert "[environments.prod]" in call(*NEW).out

    @pytest.mark.parametrize("given", ["test", "=a.example", "Test=a.example", "test=", "test=.example"])
    def test_refuses_what_is_no_environment(self, given: str) -> None:
        done = call("--json", *NEW, "--environment", given)

        assert done.code == 1
        assert done.error["next"]

    def test_is_the_same_text_in_json(self) -> None:
        assert call("--json", *NEW).json["policy"].rstrip() == call(*NEW).out.rstrip()


class TestCheck:
    def test_lists_everything_that_is_wrong(self, tmp_path: Path) -> None:
        text = example_policy().replace('validity = "20y"', 'validity = "20 years"').replace("mount =", "mont =")

        done = call("--json", "policy", "check", written(tmp_path, "policy.toml", text.encode()))

        assert (done.code, done.json["ok"]) == (1, False)
        assert [each["code"] for each in done.json["findings"]].count("policy.key.unknown") == 2
        assert all(each["message"].startswith("line ") for each in done.json["findings"])

    def test_says_so_in_words(self, tmp_path: Path) -> None:
        assert call("policy", "check", written(tmp_path, "good.toml", example_policy().encode())).out.startswith("OK")
        done = call("policy", "check", written(tmp_path, "bad.toml", b"format = 2\n"))
        assert (done.code, done.out.splitlines()[0]) == (1, "REFUSED: this policy cannot be used.")

    @pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"\x00" * 10, b"[" * 10_000, b"a = 1\n" * 100_000])
    def test_survives_any_file(self, tmp_path: Path, content: bytes | None) -> None:
        done = call("--json", "policy", "check", written(tmp_path, "policy.toml", content))

        assert (done.code, done.json["ok"]) == (1, False)
        assert "Traceback" not in done.err

    def test_of_a_file_with_a_name_that_a_terminal_would_obey_shows_it(self, tmp_path: Path) -> None:
        done = call("policy", "check", tmp_path / "\x1b[2J.toml")

        assert done.code == 1
        assert "<U+001B>[2J.toml" in done.err
        assert "\x1b" not in done.err


class TestCreate:
    def test_refuses_a_policy_that_is_not_good(self, tmp_path: Path) -> None:
        done = Appliance(tmp_path).create(example_policy().replace("format = 1", "format = 7"))

        assert done.code == 1
        assert "policy check FILE" in done.error["next"]
        assert not (tmp_path / "home").exists()

    def test_never_makes_an_authority_twice(self, appliance: Appliance) -> None:
        done = appliance.create(example_policy())

        assert done.code == 1
        assert "already" in done.error["what"]
        assert appliance.log_is_whole()

    @pytest.mark.parametrize("name", ["Root", "../x", "a" * 40, "é"])
    def test_refuses_a_name_that_is_unfit_for_a_path(self, tmp_path: Path, name: str) -> None:
        done = Appliance(tmp_path).create(example_policy(), authority=name)

        assert done.code == 1
        assert "cannot be the name of an authority" in done.error["what"]

    def test_says_what_goes_on_paper(self, tmp_path: Path) -> None:
        appliance = Appliance(tmp_path)
        policy = written(tmp_path, "policy.toml", example_policy().encode())

        done = call("--home", appliance.home, "create", "--policy", policy, *appliance.ceremony())

        facts = call("--home", appliance.home, "--json", "status").json
        shown = "".join(done.out.split())
        assert facts["root_sha256"] in shown
        assert "SO PIN: write it on paper now" in done.err
        assert "CLOSING SHEET" in done.err
        assert [line for line in (done.out + done.err).splitlines() if len(line) > 80 and "/" not in line] == []


class TestShow:
    def test_prints_the_text_in_force_whatever_the_file_says(self, appliance: Appliance) -> None:
        (appliance.place / "policy.toml").write_text("format = 1\n")

        done = call("--home", appliance.home, "policy", "show")

        assert done.code == 0
        assert done.out.rstrip() == example_policy().rstrip()

    @pytest.mark.parametrize("ending", ["", "\n", "\n\n# K\u00e4se\n\n", "\r\n"])
    def test_into_a_file_is_the_text_byte_for_byte(self, tmp_path: Path, ending: str) -> None:
        """Written back as policy.toml it has to be the policy in force, whatever the terminal's encoding."""
        appliance, policy = Appliance(tmp_path), (example_policy().rstrip() + ending).encode()
        file = written(tmp_path, "policy.toml", policy)
        assert call("--home", appliance.home, "create", "--policy", file, *appliance.ceremony()).code == 0

        done = subprocess.run(
            command("--home", appliance.home, "policy", "show"),
            env={**os.environ, "PYTHONIOENCODING": "latin-1"},
            capture_output=True,
            check=True,
        )

        assert done.stdout == policy


class TestExplain:
    def test_of_one_code_says_what_it_does(self) -> None:
        done = call("policy", "explain", "request.key.rsa-exponent")

        assert done.out.startswith("request.key.rsa-exponent\n")
        assert "REFUSE: a request with this finding is not signed." in " ".join(done.out.split())
        assert "A policy may lower it" in " ".join(done.out.split())
        assert "What to do:" in done.out

    def test_of_nothing_lists_every_code_in_80_columns(self) -> None:
        done = call("policy", "explain")

        assert len(call("--json", "policy", "explain").json["checks"]) > 60
        assert [line for line in done.out.splitlines() if len(line) > 80] == []

    def test_of_a_misspelt_code_names_the_right_one(self) -> None:
        done = call("--json", "policy", "explain", "request.key.kin")

        assert (done.code, done.json["checks"]) == (1, [])
        assert "request.key.kind" in done.error["next"]

    def test_as_markdown_is_the_page_of_the_documents(self) -> None:
        assert call("policy", "explain", "--markdown").out.startswith("# Checks\n")
