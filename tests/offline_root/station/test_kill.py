"""kill -9 in the middle of a real `offline-root sign` on SoftHSM: of the worker, and of the command itself."""

import time
from pathlib import Path

import pytest

from offline_root import wire
from offline_root.audit.state import State
from offline_root.intents import explain
from offline_root.issue import load
from offline_root.model import serial_text
from tests.offline_root.station.commands import arguments, run, sign_arguments, status, stopped, verified
from tests.offline_root.station.rooms import Room, slip

pytestmark = [pytest.mark.e2e, pytest.mark.no_cover]
FIRST = slip()


def state(room: Room) -> State:
    return wire.read_state(room.place)


class TestWorker:
    def test_killed_while_it_signs_is_an_error_and_not_the_end(self, room: Room, tmp_path: Path) -> None:
        with stopped(room, sign_arguments(room, FIRST, tmp_path / "stick")) as command:
            dead = state(room).intents[0].serial
            done = command.kill_worker()

        assert done.code == 1
        assert done.facts["response"] is None
        assert done.facts["error"]["kind"] == "TokenError"
        assert "worker process ended during sign (signal 9)" in done.facts["error"]["what"]
        assert "Traceback" not in done.said
        assert not (tmp_path / "stick").exists()
        assert room.events()[-2:] == ["signing-failed", "ceremony-closed"]
        assert verified(room)

        again = run(room, sign_arguments(room, FIRST, tmp_path / "stick"))
        assert again.code == 0, again.said
        assert state(room).abandoned == (dead,)
        assert again.facts["issued"][0]["serial"] != serial_text(dead)
        assert run(room, ["--json", "--home", str(room.home.path), "verify", again.facts["response"]]).code == 0


class TestCommand:
    def test_killed_while_the_token_signs_is_explained_and_finished_with_the_identical_tbs(
        self, room: Room, tmp_path: Path
    ) -> None:
        with stopped(room, sign_arguments(room, FIRST, tmp_path / "stick")) as command:
            command.kill()
        (intent,) = state(room).intents
        assert room.events()[-1] == "signing-started"
        assert verified(room)
        told = status(room)["open_intents"]
        assert [each["serial"] for each in told] == [serial_text(intent.serial)]

        other = run(room, sign_arguments(room, slip("prod"), tmp_path / "stick"))
        assert other.code == 1
        assert other.facts["error"]["what"] == explain(intent)
        assert not (tmp_path / "stick").exists()

        again = run(room, sign_arguments(room, FIRST, tmp_path / "stick"))
        assert again.code == 0, again.said
        assert again.facts["issued"][0]["serial"] == serial_text(intent.serial)
        assert load(state(room).issued[-1].certificate).tbs_certificate_bytes == intent.tbs
        assert state(room).intents == ()
        assert verified(room)

    def test_killed_while_the_token_signs_may_be_given_up(self, room: Room, tmp_path: Path) -> None:
        with stopped(room, sign_arguments(room, FIRST, tmp_path / "stick")) as command:
            command.kill()
        (intent,) = state(room).intents

        done = run(room, arguments(room, "abandon", serial_text(intent.serial), "--reason", "not wanted any more"))
        assert done.code == 0, done.said
        assert done.facts["abandoned"] == serial_text(intent.serial)

        again = run(room, sign_arguments(room, FIRST, tmp_path / "stick"))
        assert again.code == 0, again.said
        assert again.facts["issued"][0]["serial"] != serial_text(intent.serial)
        assert status(room)["abandoned"] == [serial_text(intent.serial)]

    def test_killed_gives_up_its_lock_and_its_worker(self, room: Room, tmp_path: Path) -> None:
        with stopped(room, sign_arguments(room, FIRST, tmp_path / "stick")) as command:
            busy = run(room, arguments(room, "export", "--out", str(tmp_path / "stick")))
            assert busy.code == 1
            assert str(command.process.pid) in busy.facts["error"]["what"]
            command.kill()
            Path(f"/proc/{command.worker}/stat").read_text()  # it is stopped, so it is still there
        gone_by = time.monotonic() + 120
        while Path(f"/proc/{command.worker}").exists():
            assert time.monotonic() < gone_by
            time.sleep(0.01)
