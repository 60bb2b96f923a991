"""Where the PIN must not be."""

import json
import traceback
from pathlib import Path
from types import TracebackType

import pytest

import hsm
from hsm import FolderUnusable, Misuse, PinUnfit, Token, TokenError, WorkerLost, WrongPin
from tests.hsm.softhsm import FAKE, FAULTY, LABEL, MODULE, PIN, SO_PIN, Stored, program

WRONG = "9f2c wrong but secret 77"


def frames_of_ours(trace: TracebackType | None) -> list[str]:
    """Return the local variables of all frames of hsm/ in a traceback, as a printer of tracebacks would show them."""
    package = str(Path(hsm.__file__).parent)
    frames = [frame for frame, _ in traceback.walk_tb(trace) if frame.f_code.co_filename.startswith(package)]
    assert frames
    return [repr(frame.f_locals) for frame in frames]


def assert_silent(error: BaseException, *secrets: str) -> None:
    shown = [repr(error), str(error), repr(error.__cause__), repr(error.__context__), repr(vars(error))]
    shown += traceback.format_exception(error) + frames_of_ours(error.__traceback__)
    assert [text for text in shown for secret in secrets if secret in text] == []


def test_the_measure_sees_a_secret() -> None:
    with pytest.raises(Misuse) as caught:
        Token.initialize(MODULE, None, label=WRONG + "\n", so_pin=SO_PIN, pin=PIN)
    with pytest.raises(AssertionError):
        assert_silent(caught.value, WRONG)


def test_not_in_a_wrong_pin(furnished: Stored) -> None:
    with furnished.attach() as token:
        with pytest.raises(WrongPin) as caught:
            token.login(WRONG)
        assert_silent(caught.value, WRONG)


def test_not_in_a_pin_that_is_no_text(furnished: Stored) -> None:
    with furnished.attach() as token, pytest.raises(WrongPin) as caught:
        token.login(WRONG + "\udcff")
    assert_silent(caught.value, WRONG)


@pytest.mark.parametrize("fault", ["C_Login=exit", "C_Login=0x5", "C_Login=0xa4", "C_Login=0x80001234"])
def test_not_in_any_other_end_of_a_login(furnished: Stored, fault: str) -> None:
    with furnished.attach(_program=program(FAULTY, fault)) as token, pytest.raises(TokenError) as caught:
        token.login(WRONG)
    assert_silent(caught.value, WRONG)


def test_not_in_a_login_that_hangs(furnished: Stored, tmp_path: Path) -> None:
    hanging = program(FAULTY, f"C_Login=hang:{tmp_path / 'marker'}")
    with pytest.raises(WorkerLost) as caught:
        furnished.attach(_program=hanging, deadlines={"login": 0.3}).login(WRONG)
    assert_silent(caught.value, WRONG)


def test_not_in_an_interrupted_login(furnished: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    token = furnished.attach()
    monkeypatch.setattr("hsm.process.receive", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        token.login(WRONG)
    assert_silent(caught.value, WRONG)


def test_not_in_pins_that_do_not_fit(tmp_path: Path) -> None:
    long = WRONG * 20
    with pytest.raises(PinUnfit) as caught:
        Token.initialize(MODULE, tmp_path, label=LABEL, so_pin=long, pin=long)
    assert_silent(caught.value, WRONG)


@pytest.mark.parametrize("fault", ["C_InitPIN=exit", "C_InitPIN=0x5", "C_Login=0xa0"])
def test_not_in_a_failed_initialisation(tmp_path: Path, fault: str) -> None:
    with pytest.raises(TokenError) as caught:
        Token.initialize(MODULE, tmp_path, label=LABEL, so_pin=WRONG, pin=PIN, _program=program(FAULTY, fault))
    assert_silent(caught.value, WRONG, PIN)


def test_not_in_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderUnusable) as caught:
        Token.initialize(MODULE, tmp_path / "file", label=LABEL, so_pin=SO_PIN, pin=PIN)
    assert_silent(caught.value, SO_PIN, PIN)


def test_not_in_what_others_see_of_the_worker(tmp_path: Path) -> None:
    with Token.initialize(MODULE, tmp_path, label=LABEL, so_pin=SO_PIN, pin=PIN) as token:
        token.login(PIN)
        worker = Path(f"/proc/{token._worker.pid}")
        shown = (worker / "cmdline").read_bytes() + Path("/proc/self/cmdline").read_bytes()
        for secret in (PIN, SO_PIN):
            assert secret.encode() not in shown
            assert secret not in repr(vars(token)) + repr(token)


def test_not_in_any_file_of_the_token(tmp_path: Path) -> None:
    with Token.initialize(MODULE, tmp_path, label=LABEL, so_pin=SO_PIN, pin=PIN) as token:
        token.login(PIN)
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 2
    assert [file for file in files if PIN.encode() in file or SO_PIN.encode() in file] == []


def how_started(furnished: Stored, tmp_path: Path) -> dict[str, object]:
    told = tmp_path / "told"
    with pytest.raises(WorkerLost):
        furnished.attach(_program=program(FAKE, "environ", str(told)))
    found = json.loads(told.read_text())
    assert isinstance(found, dict)
    return found


def test_the_worker_gets_nothing_but_its_folder(
    furnished: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    for name in ("TEXTUAL_PRESS", "PYTHONSTARTUP", "OFFLINE_ROOT_HOME"):
        monkeypatch.setenv(name, "x")
    config = furnished.directory / "softhsm2.conf"
    source = Path(hsm.__file__).parent.parent

    started = how_started(furnished, tmp_path)
    assert started["environ"] == {"LANG": "C.UTF-8", "PYTHONPATH": str(source), "SOFTHSM2_CONF": str(config)}
    assert started["folder"] == "/"
    assert started["streams"] == ["/dev/null"] * 3
    assert started["umask"] == 0o077


def test_coverage_is_let_through(furnished: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    monkeypatch.setenv("COVERAGE_PROCESS_START", "")  # empty: coverage does not start
    environ = how_started(furnished, tmp_path)["environ"]
    assert isinstance(environ, dict)
    assert environ["COVERAGE_PROCESS_START"] == ""
