"""From nothing to a verified response, by the commands that a reader of the front page types."""

from pathlib import Path

import pytest

from tests.appliance import Appliance, call
from tests.e2e.chains import openssl
from tests.requests import request, written

pytestmark = pytest.mark.e2e

NEW = (
    "policy",
    "new",
    "--name",
    "Example",
    "--environment",
    "test=test.example.org",
    "--environment",
    "prod=example.com",
)


def from_preset(tmp_path: Path, preset: str) -> tuple[Appliance, str]:
    """Return an appliance whose authority is not made yet, and the policy of a preset, which `policy check` accepts."""
    policy = call(*NEW, "--preset", preset).out
    file = written(tmp_path, "policy.toml", policy.encode())
    checked = call("policy", "check", file)
    assert checked.code == 0, checked.out
    assert checked.out.startswith("OK: this policy can be used.")
    return Appliance(tmp_path, witnesses=("Wanda",) if preset == "team" else ()), policy


def test_one_person_alone(tmp_path: Path) -> None:
    appliance, policy = from_preset(tmp_path, "solo")

    assert appliance.create(policy).code == 0
    done = appliance.sign("test", written(tmp_path, "test.csr", request("Example Intermediate CA (test)")), head=None)

    assert done.code == 0, done.err
    assert call("verify", done.json["response"], "--anchor", appliance.anchor).code == 0
    files = done.json["issued"][0]["files"]
    assert openssl("verify", "-x509_strict", "-CAfile", files["root"], files["certificate"]).returncode == 0
    assert [each["person"] for each in appliance.entries() if each["event"] == "statement-made"] == ["Olga"]


def test_a_team_signs_on_screen_only(tmp_path: Path) -> None:
    appliance, policy = from_preset(tmp_path, "team")
    assert appliance.create(policy).code == 0
    file = written(tmp_path, "test.csr", request("Example Intermediate CA (test)"))

    assert "does not allow the cli" in appliance.sign("test", file).error["what"]
    assert appliance.call("export", "--out", appliance.out, *appliance.ceremony()).code == 0


def test_a_team_that_allows_the_command_line(tmp_path: Path) -> None:
    appliance, policy = from_preset(tmp_path, "team")
    assert policy.count('interfaces = ["tui"]') == 1

    assert appliance.create(policy.replace('interfaces = ["tui"]', 'interfaces = ["tui", "cli"]')).code == 0
    request_file = written(tmp_path, "prod.csr", request("Example Intermediate CA (prod)"))
    done = appliance.sign("prod", request_file)

    assert done.code == 0, done.err
    statements = {each["person"] for each in appliance.entries() if each["event"] == "statement-made"}
    assert statements == {"Olga", "Wanda"}


def test_adopting_a_policy_opens_a_new_environment(tmp_path: Path) -> None:
    appliance, policy = from_preset(tmp_path, "solo")
    assert appliance.create(policy).code == 0
    more = call(*NEW, "--environment", "lab=lab.example.org", "--preset", "solo").out
    file = written(tmp_path, "new.toml", more.encode())

    adopted = appliance.call("policy", "adopt", file, *appliance.ceremony())

    assert adopted.code == 0, adopted.err
    assert "+[environments.lab]" in adopted.err
    assert call("--home", appliance.home, "policy", "show").out.rstrip() == more.rstrip()
    lab = written(tmp_path, "lab.csr", request("Example Intermediate CA (lab)"))
    assert appliance.sign("lab", lab).code == 0


def test_a_policy_that_changes_the_root_is_refused_before_the_ceremony(tmp_path: Path) -> None:
    appliance, policy = from_preset(tmp_path, "solo")
    assert appliance.create(policy).code == 0
    before = appliance.events()
    file = written(tmp_path, "new.toml", policy.replace("OFFLINE Root CA", "Other Root CA").encode())

    done = appliance.call("policy", "adopt", file, *appliance.ceremony())

    assert done.code == 1
    assert "changes [root]" in done.error["what"]
    assert appliance.events() == before
