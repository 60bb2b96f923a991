"""A worker that crashes, hangs or goes mad is a clean error; the token is as it was, and can be attached again."""

import json
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hsm import Misuse, Token, TokenKey, TokenRefused, WorkerLost, process
from hsm.process import Worker
from tests.hsm.softhsm import FAKE, FAULTY, GUARD, LABEL, PIN, Stored, program, state_of, wait_until

SHORT = 0.3
"""A deadline (seconds) that is meant to pass."""


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


def test_killed_while_it_is_stopped(furnished: Stored, key: TokenKey) -> None:
    token = furnished.open()
    os.kill(token._worker.pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(sign, token, key)
        wait_until(lambda: token._worker._lock.locked())
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


def frame(value: object) -> bytes:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return struct.pack(">I", len(body)) + body


Fake = Callable[..., tuple[str, ...]]


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    """Return a function from bytes to the program that answers them."""

    def answering(answer: bytes, how: str = "answer") -> tuple[str, ...]:
        file = tmp_path / "answer"
        file.write_bytes(answer)
        return program(FAKE, how, str(file))

    return answering


FACTS = {"label": LABEL, "serial": "1", "manufacturer": "m", "model": "m", "firmware": "1.0", "module": "m"}
NONSENSE = {
    "not a frame": b"Segmentation fault (core dumped)\n",
    "a frame too long": struct.pack(">I", 1024 * 1024 + 1),
    "the longest length there is": b"\xff\xff\xff\xff",
    "no JSON": frame(b"{'number': 1}"),
    "no ASCII": frame('{"number": 1, "ok": "é"}'.encode()),
    "bytes that are no text": frame(b"\xff\xfe"),
    "a list": frame([1]),
    "a number": frame(1),
    "empty": frame(b""),
    "nested too deep": frame(b"[" * 100_000),
    "a float": frame(b'{"number": 1.0, "ok": {}}'),
    "not a number": frame(b'{"number": NaN, "ok": {}}'),
    "a huge number": frame(b'{"number": ' + b"9" * 5000 + b"}"),
    "a field twice": frame(b'{"number": 1, "number": 1, "ok": {}}'),
    "no number": frame({"ok": FACTS}),
    "true as number": frame({"number": True, "ok": FACTS}),
    "the answer to another question": frame({"number": 2, "ok": FACTS}),
    "neither ok nor error": frame({"number": 1}),
    "ok that is no object": frame({"number": 1, "ok": []}),
    "facts missing": frame({"number": 1, "ok": {}}),
    "a fact of the wrong type": frame({"number": 1, "ok": {**FACTS, "serial": 1}}),
    "an error that is no object": frame({"number": 1, "error": "no"}),
    "an error without kind": frame({"number": 1, "error": {"what": "", "code": ""}}),
    "an error of unknown kind": frame({"number": 1, "error": {"kind": "SystemExit", "what": "", "code": ""}}),
    "an error without code": frame({"number": 1, "error": {"kind": "WrongPin", "what": "no"}}),
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_a_lost_worker(furnished: Stored, fake: Fake, answer: bytes) -> None:
    with pytest.raises(WorkerLost, match="answered nonsense to attach"):
        furnished.attach(_program=fake(answer))


@pytest.mark.parametrize("cut", [0, 1, 3, 4, 20], ids=lambda cut: f"{cut} bytes")
def test_an_answer_that_stops_half_way(furnished: Stored, fake: Fake, cut: int) -> None:
    answer = frame({"number": 1, "ok": FACTS})[:cut]
    with pytest.raises(WorkerLost, match=r"ended during attach \(exit code 0\)"):
        furnished.attach(_program=fake(answer, "half"))
    with pytest.raises(WorkerLost, match="did not answer"):
        furnished.attach(_program=fake(answer), deadlines={"attach": SHORT})


def test_the_fake_is_believed_when_it_makes_sense(furnished: Stored, fake: Fake) -> None:
    """So that the cases above fail for what they say, not for something else."""
    token = furnished.attach(_program=fake(frame({"number": 1, "ok": FACTS})))
    assert token.facts.serial == "1"
    token.close()


@pytest.mark.parametrize(("kind", "error"), [("TokenRefused", TokenRefused), ("Misuse", Misuse)])
def test_an_error_in_its_words(furnished: Stored, fake: Fake, kind: str, error: type[Exception]) -> None:
    answer = frame({"number": 1, "error": {"kind": kind, "what": "No.", "code": "1"}})
    with pytest.raises(error, match=r"No\."):
        furnished.attach(_program=fake(answer))


ROWS = {
    "keys that are no list": {"keys": {}},
    "a key that is no object": {"keys": [1]},
    "a key that is neither half": {"keys": [{"label": "a", "key_id": "", "half": "secret"}]},
    "an id that is no base64": {"keys": [{"label": "a", "key_id": "é", "half": "public"}]},
    "an id in another base64": {"keys": [{"label": "a", "key_id": "AB==", "half": "public"}]},
}


@pytest.mark.parametrize("answer", ROWS.values(), ids=ROWS)
def test_nonsense_about_keys_is_a_lost_worker(furnished: Stored, fake: Fake, answer: object) -> None:
    token = furnished.attach(_program=fake(frame({"number": 1, "ok": FACTS}) + frame({"number": 2, "ok": answer})))
    with pytest.raises(WorkerLost, match="answered nonsense to keys"):
        token.keys()


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
