"""A worker that crashes or hangs is a clean error; the token is as it was, and can be attached again."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hsm import Token, TokenKey, WorkerLost, process
from hsm.process import PROGRAM, Worker
from tests.hsm.softhsm import FAULTY, GUARD, PIN, SHORT, Fake, Stored, program, state_of, wait_until


@pytest.fixture
def key(furnished: Stored) -> TokenKey:
    with furnished.open() as token:
        return token.find("ec-p384")


def sign(token: Token, key: TokenKey) -> bytes:
    return token.sign(key, "ecdsa-sha384", b"message")


def assert_reaped(pid: int) -> None:
    assert state_of(pid) == ""


def assert_token_is_well(furnished: Stored, key: TokenKey) -> None:
    with furnished.open() as token:
        assert token.find("ec-p384") == key
        assert sign(token, key)


def test_killed_in_the_middle_of_signing(furnished: Stored, key: TokenKey, tmp_path: Path) -> None:
    marker = tmp_path / "in C_Sign"
    token = furnished.open(_program=program(FAULTY, f"C_Sign=hang:{marker}"))
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(sign, token, key)
        wait_until(marker.exists)
        os.kill(token._worker.pid, signal.SIGKILL)
        with pytest.raises(WorkerLost, match=r"ended during sign \(signal 9\)") as caught:
            call.result(GUARD)

    assert "key in the token is unharmed; nothing was written by this call to the log" in str(caught.value)
    assert not caught.value.retry
    assert_reaped(token._worker.pid)
    assert_token_is_well(furnished, key)


@pytest.mark.parametrize("pin", [PIN, "wrong pin"])
def test_killed_while_the_module_empties_the_tokens_settings(stored: Stored, pin: str) -> None:
    """SoftHSM does so at every login; without its copy the token would be lost, with every key in it."""
    (settings,) = stored.directory.rglob("token.object")
    kill = ("strace", "-f", "-qq", "-o", "/dev/null", "-P", str(settings), "-e", "inject=write:signal=KILL", *PROGRAM)
    with stored.attach(_program=kill) as token, pytest.raises(WorkerLost):
        token.login(pin)
    assert settings.read_bytes() == b""
    with stored.open() as again:
        assert again.facts.serial == stored.serial


def test_killed_while_it_is_stopped(furnished: Stored, key: TokenKey) -> None:
    token = furnished.open()
    os.kill(token._worker.pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(sign, token, key)
        wait_until(token._worker._lock.locked)
        os.kill(token._worker.pid, signal.SIGKILL)
        with pytest.raises(WorkerLost):
            call.result(GUARD)
    assert_reaped(token._worker.pid)
    assert_token_is_well(furnished, key)


def test_killed_while_a_key_is_made(furnished: Stored, stored: Stored, key: TokenKey, tmp_path: Path) -> None:
    marker = tmp_path / "in C_GenerateKeyPair"
    token = stored.open(_program=program(FAULTY, f"C_GenerateKeyPair=hang:{marker}"))
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(token.generate, "ec-p384", label="new", key_id=b"\1", extractable=False)
        wait_until(marker.exists)
        os.kill(token._worker.pid, signal.SIGKILL)
        with pytest.raises(WorkerLost):
            call.result(GUARD)
    with stored.open() as again:
        assert again.generate("ec-p384", label="new", key_id=b"\1", extractable=False) == again.find("new")


def test_a_module_that_ends_the_process_from_inside_a_call(furnished: Stored, key: TokenKey) -> None:
    """SoftHSM does that on some damaged keys, with this very exit code."""
    token = furnished.open(_program=program(FAULTY, "C_Sign=exit"))
    with pytest.raises(WorkerLost, match=r"ended during sign \(exit code 5\)"):
        sign(token, key)
    assert_reaped(token._worker.pid)
    assert_token_is_well(furnished, key)


def test_a_hanging_module_meets_its_deadline(furnished: Stored, key: TokenKey, tmp_path: Path) -> None:
    marker = tmp_path / "in C_Sign"
    hanging = program(FAULTY, f"C_Sign=hang:{marker}")
    token = furnished.open(_program=hanging, deadlines={"sign": SHORT})
    with pytest.raises(WorkerLost, match=rf"did not answer to sign within {SHORT} seconds \(now killed\)"):
        sign(token, key)
    assert_reaped(token._worker.pid)
    assert_token_is_well(furnished, key)


@pytest.mark.parametrize("size", [7, 4 * 1024 * 1024], ids=["waiting for the answer", "while still sending"])
def test_a_stopped_worker_meets_its_deadline(furnished: Stored, key: TokenKey, size: int) -> None:
    token = furnished.open(deadlines={"sign": SHORT})
    os.kill(token._worker.pid, signal.SIGSTOP)
    with pytest.raises(WorkerLost, match="did not answer to sign"):
        token.sign(key, "ecdsa-sha384", bytes(size))
    assert_reaped(token._worker.pid)


def test_a_deadline_that_has_passed_already(furnished: Stored, key: TokenKey) -> None:
    token = furnished.open(deadlines={"sign": 0.0})
    with pytest.raises(WorkerLost, match="within 0 seconds"):
        sign(token, key)
    assert_reaped(token._worker.pid)


def test_a_worker_that_hangs_at_the_start(furnished: Stored) -> None:
    asleep = (sys.executable, "-c", "import time; time.sleep(1000)")
    with pytest.raises(WorkerLost, match="did not answer to attach"):
        furnished.attach(_program=asleep, deadlines={"attach": SHORT})


def test_a_worker_that_cannot_be_started(furnished: Stored) -> None:
    with pytest.raises(WorkerLost, match="could not be started: No such file or directory"):
        furnished.attach(_program=("/no/such/python",))


def test_a_lost_worker_stays_lost(furnished: Stored, key: TokenKey) -> None:
    token = furnished.open()
    os.kill(token._worker.pid, signal.SIGKILL)
    calls: list[Callable[[], object]] = [lambda: sign(token, key), token.keys, lambda: token.login(PIN)]
    for call in calls:
        with pytest.raises(WorkerLost, match="signal 9"):
            call()
    token.close()
    token.close()


def test_closing_ends_the_worker_in_order(furnished: Stored) -> None:
    token = furnished.open()
    token.close()
    assert token._worker._process.returncode == 0
    with pytest.raises(WorkerLost, match="exit code 0"):
        token.login(PIN)
    token.close()


def test_closing_a_hanging_worker_kills_it(furnished: Stored) -> None:
    token = furnished.open(deadlines={"close": SHORT})
    os.kill(token._worker.pid, signal.SIGSTOP)
    token.close()
    assert_reaped(token._worker.pid)


def test_closing_ends_a_call_of_another_thread(furnished: Stored, key: TokenKey, tmp_path: Path) -> None:
    marker = tmp_path / "in C_Sign"
    hanging = program(FAULTY, f"C_Sign=hang:{marker}")
    token = furnished.open(_program=hanging, deadlines={"close": SHORT})
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(sign, token, key)
        wait_until(marker.exists)
        token.close()
        with pytest.raises(WorkerLost, match="ended during sign"):
            call.result(GUARD)
    assert_reaped(token._worker.pid)


def test_an_interrupted_call_ends_the_worker(
    furnished: Stored, key: TokenKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the next call would get the answer to this one."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    token = furnished.open()
    monkeypatch.setattr(process, "receive", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sign(token, key)
    assert_reaped(token._worker.pid)


def test_the_worker_outlives_the_thread_that_started_it(furnished: Stored, key: TokenKey) -> None:
    """Screens start it from threads that end at once. PR_SET_PDEATHSIG would kill it then."""
    opened: list[Token] = []
    thread = threading.Thread(target=lambda: opened.append(furnished.open()))
    thread.start()
    thread.join()
    with opened[0] as token:
        for _ in range(3):
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(sign, token, key).result(GUARD)


def test_calls_of_several_threads_wait_for_each_other(keys: Token, key: TokenKey) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: sign(keys, key), range(64)))) == 64


CLIENT = """
import sys
from pathlib import Path
from tests.hsm.softhsm import FAULTY, Stored, program
stored = Stored(Path(sys.argv[1]), sys.argv[2])
token = stored.open(_program=program(FAULTY, f"C_Sign=hang:{sys.argv[3]}"))
print(token._worker.pid, flush=True)
key = token.find("ec-p384")
if sys.argv[4] == "busy":
    token.sign(key, "ecdsa-sha384", b"message")
sys.stdin.read()
"""


@pytest.mark.parametrize("when", ["busy", "idle"])
def test_the_worker_dies_with_its_client(furnished: Stored, tmp_path: Path, when: str) -> None:
    marker = tmp_path / "in C_Sign"
    command = [sys.executable, "-c", CLIENT, str(furnished.directory), furnished.serial, str(marker), when]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        pid = int(client.stdout.readline())
        if when == "busy":
            wait_until(marker.exists)
        assert state_of(pid) in set("SR")
        client.kill()
    wait_until(lambda: state_of(pid) in {"", "Z"})


def test_ctrl_c_in_the_clients_terminal_does_not_reach_the_worker(furnished: Stored, key: TokenKey) -> None:
    with furnished.open() as token:
        assert os.getsid(token._worker.pid) == token._worker.pid != os.getsid(0)
        os.kill(token._worker.pid, signal.SIGINT)
        assert sign(token, key)


def test_no_descriptor_is_left_behind(furnished: Stored, fake: Fake) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    furnished.attach().close()
    before = descriptors()
    for _ in range(3):
        furnished.attach().close()
        with pytest.raises(WorkerLost):
            furnished.attach(_program=fake(b""), deadlines={"attach": SHORT})
        with pytest.raises(WorkerLost):
            Worker({}, ("/no/such/python",))
    assert descriptors() == before
