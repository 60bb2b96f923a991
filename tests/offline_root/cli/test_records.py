"""`status`, `log show`, `log verify`, `abandon`: what was recorded, told to people and to programs."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from offline_root.checks.hierarchy import superseded
from tests.appliance import GUARD, Appliance, call

POWER_OFF = """
import os, sys
from offline_root.cli import run
from offline_root.signer import PROOF
from offline_root.tokens import WiredToken

sign = WiredToken.sign
WiredToken.sign = lambda self, key, algorithm, message: (
    os._exit(137) if key.label == "root" and not message.startswith(PROOF) else sign(self, key, algorithm, message)
)
run(sys.argv[1:])
"""
"""The program, on a machine that loses its power while the token is signing with the root key."""


@pytest.fixture
def stopped(appliance: Appliance, good: Path) -> tuple[Appliance, str]:
    """Return an appliance that lost its power while the token was signing, and the serial of the open intent."""
    slip = ("--environment", "test", "--out", str(appliance.out), "--confirm", appliance.fingerprint(good))
    sign = ("--home", str(appliance.home), "sign", str(good), *slip, *appliance.ceremony())
    ended = subprocess.run([sys.executable, "-c", POWER_OFF, *sign], check=False, capture_output=True, timeout=GUARD)
    assert ended.returncode == 137, ended.stderr
    [intent] = appliance.call("status").json["open_intents"]
    return appliance, intent["serial"]


class TestStatus:
    def test_of_a_new_authority_says_that_nothing_is_due(self, created: Appliance) -> None:
        done = call("--home", created.home, "status")

        assert done.code == 0
        assert "test           nothing issued yet" in done.out
        assert done.out.rstrip().endswith("NEXT: nothing is due.")
        assert [line for line in done.out.splitlines() if len(line) > 80] == []

    def test_lists_what_was_issued_with_its_end(self, appliance: Appliance, good: Path) -> None:
        [issued] = appliance.sign("test", good).json["issued"]

        done = call("--home", appliance.home, "status")

        assert issued["serial"] in done.out
        assert "valid" in done.out
        assert "RENEW BEFORE" in done.out

    def test_says_when_it_is_time_to_renew(
        self, appliance: Appliance, good: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        appliance.sign("test", good)
        later = datetime.now(UTC) + timedelta(days=3600)
        monkeypatch.setattr("offline_root.wire.SystemClock.now", lambda _: later)

        done = call("--home", appliance.home, "status")

        assert "renew now" in done.out
        assert "NEXT: test needs a new intermediate: certificates of full length" in done.out
        assert appliance.call("status").json["needs"] == [
            "test needs a new intermediate: certificates of full length would outlive its newest one."
        ]

    def test_without_the_token_still_answers(self, appliance: Appliance) -> None:
        shutil.rmtree(appliance.place / "token")

        done = call("--home", appliance.home, "--json", "status")

        assert done.code == 0
        assert done.json["token"]["state"].startswith("not available")

    def test_shows_an_open_intent_and_what_to_do(self, stopped: tuple[Appliance, str]) -> None:
        appliance, serial = stopped

        done = call("--home", appliance.home, "status")

        said = " ".join(done.out.split())
        assert f"OPEN INTENT The signing of test, serial {serial}" in said
        assert f"abandon {serial}" in said
        assert "NOT CLOSED The last ceremony (sign)" in said
        assert "NEXT: settle the open intent." in said

    def test_of_a_damaged_log_is_an_error(self, appliance: Appliance) -> None:
        log = appliance.place / "audit" / "log.jsonl"
        log.write_bytes(log.read_bytes().replace(b"Olga", b"Olaf", 1))

        done = appliance.call("status")

        assert done.code == 1
        assert "damaged" in done.error["what"]


class TestAnOpenIntent:
    def test_is_finished_by_signing_the_same_request(self, stopped: tuple[Appliance, str], good: Path) -> None:
        appliance, serial = stopped

        tail = str(appliance.call("status").json["unsigned"])
        done = appliance.sign("test", good, accept_tail=tail)

        assert done.code == 0, done.err
        assert [each["serial"] for each in done.json["issued"]] == [serial]
        assert appliance.call("status").json["open_intents"] == []

    @pytest.mark.parametrize("spelling", [str.upper, str.lower, ":".join])
    def test_is_given_up_by_its_serial(self, stopped: tuple[Appliance, str], spelling: Callable[[str], str]) -> None:
        appliance, serial = stopped
        tail = str(appliance.call("status").json["unsigned"])

        done = appliance.call("abandon", spelling(serial), *appliance.ceremony(accept_tail=tail))

        assert done.code == 0, done.err
        assert done.json["abandoned"] == serial
        assert appliance.call("status").json["abandoned"] == [serial]

    @pytest.mark.parametrize("serial", ["0", "12AB", "xyz", "-5", "", "1_0", "F" * 41])
    def test_that_does_not_exist_costs_no_ceremony(self, appliance: Appliance, serial: str) -> None:
        before = appliance.events()

        done = appliance.call("abandon", *appliance.ceremony(), "--", serial)

        assert done.code == 1
        assert done.error["next"]
        assert appliance.events() == before


class TestLogShow:
    def test_is_one_line_an_event_in_a_pipe(self, created: Appliance) -> None:
        done = call("--home", created.home, "log", "show")

        assert len(done.out.splitlines()) == len(created.events())
        assert done.err == ""

    def test_says_where_signatures_end(self, appliance: Appliance, good: Path, tmp_path: Path) -> None:
        (tmp_path / "wrong").write_text("wrong PIN")
        appliance.sign("test", good, pin_file=str(tmp_path / "wrong"))

        done = call("--home", appliance.home, "log", "show")

        assert "Lines from 12 on are not signed yet." in done.err
        assert call("--home", appliance.home, "--json", "log", "show").json["signed"] == 11

    def test_of_a_damaged_log_prints_what_is_there_and_says_so(self, appliance: Appliance) -> None:
        log = appliance.place / "audit" / "log.jsonl"
        log.write_bytes(log.read_bytes().replace(b"Olga", b"Olaf", 1) + b"garbage\n")

        done = call("--home", appliance.home, "log", "show")

        assert done.code == 1
        assert "ceremony opened" in done.out
        assert done.err.startswith("THE LOG IS DAMAGED")


class TestLogVerify:
    def test_needs_the_anchor_to_prove_an_origin(self, created: Appliance, tmp_path: Path) -> None:
        log = shutil.copytree(created.place / "audit", tmp_path / "audit")
        home = ("--home", tmp_path / "none")

        alone = call(*home, "--json", "log", "verify", log)
        anchored = call(*home, "--json", "log", "verify", log, "--anchor", created.anchor)

        assert (alone.code, alone.json["ok"], alone.json["origin_proven"]) == (1, False, False)
        assert "SELF-CONSISTENT ONLY" in alone.json["problems"][0]["reason"]
        assert (anchored.code, anchored.json["ok"], anchored.json["unsigned"]) == (0, True, 0)

    @pytest.mark.parametrize("below", ["", "audit", "audit/log.jsonl"])
    def test_takes_the_file_its_folder_or_what_holds_that(self, created: Appliance, below: str) -> None:
        assert call("log", "verify", created.place / below, "--anchor", created.anchor).code == 0

    @pytest.mark.parametrize("path", ["audit/log.json", "audit/checkpoint", "nowhere", "audit/nowhere/log.jsonl"])
    def test_of_another_file_does_not_judge_the_one_beside_it(self, created: Appliance, path: str) -> None:
        done = call("--json", "log", "verify", created.place / path, "--anchor", created.anchor)

        assert (done.code, done.json["ok"]) == (1, False)
        assert "There is no log.jsonl" in done.error["what"]

    def test_names_the_line_that_was_changed(self, appliance: Appliance) -> None:
        log = appliance.place / "audit" / "log.jsonl"
        log.write_bytes(log.read_bytes().replace(b"Olga", b"Olaf", 1))

        done = call("--home", appliance.home, "log", "verify")

        assert done.code == 1
        assert "line 2: prev is not the hash of the line before" in done.out
        assert "FAILED" in done.out

    def test_finds_that_lines_are_missing_at_the_end(self, appliance: Appliance) -> None:
        log = appliance.place / "audit" / "log.jsonl"
        log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))

        done = call("--home", appliance.home, "--json", "log", "verify")

        assert done.code == 1
        assert "lines are missing" in done.json["problems"][0]["reason"]


def test_status_tells_what_is_odd_about_all_that_was_issued(
    created: Appliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = superseded.code.finding("test of demo, serial 05, is old.", "serial")
    monkeypatch.setattr("offline_root.status.run", lambda *_: (odd,))
    facts = call("--home", created.home, "--json", "status").json
    assert facts["findings"] == [odd.facts()]
    said = " ".join(call("--home", created.home, "status").out.split())
    assert f"INFO hierarchy.superseded: test of demo, serial 05, is old. {odd.mend}" in said
