"""The measurements themselves: small ones run, and a limit that is exceeded is an exit code."""

from pathlib import Path

import pytest

from offline_root import wire
from tests.bench import __main__ as bench
from tests.bench import bench_signing, bench_stick
from tests.bench.figures import Figure, offline_root
from tests.bench.long_logs import long_log


def test_a_long_log_is_a_log(tmp_path: Path) -> None:
    log = long_log(tmp_path, 57)
    found = wire.verify_log(log.folder, wire.read_anchor_of(log.room.place))
    assert (found.ok, found.size, found.unsigned) == (True, 57, 0)
    with log.room.ceremony() as station:
        assert len(station.state.issued) == 1 + 4


def test_the_peak_of_a_program_is_its_own(tmp_path: Path) -> None:
    done = offline_root("log", "verify", long_log(tmp_path, 20).folder)
    assert done.code == 1  # without an anchor
    assert 10 < done.peak < 200


def test_a_figure_beyond_its_limit_is_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = type("Module", (), {"measure": lambda: [Figure("kept", 1, "x", 2), Figure("free", 9, "x")]})
    monkeypatch.setattr("importlib.import_module", lambda _: module)
    assert bench.main([]) == 0
    module.measure = lambda: [Figure("broken", 3, "x", 2)]  # type: ignore[attr-defined]
    assert bench.main(["log"]) == 1
    assert "EXCEEDED" in capsys.readouterr().out


def test_a_measurement_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["nothing"]) == 2
    assert "nothing" in capsys.readouterr().err


@pytest.mark.long
def test_signing_is_measured_beside_other_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_signing, "COUNT", 3)
    monkeypatch.setattr(bench_signing, "FEW", 1)
    monkeypatch.setattr(bench_signing, "TIMES", 1)
    figures = {each.name: each.value for each in bench_signing.measure()}
    assert len(figures) == 2 * 7
    assert all(value > 0 for value in figures.values())


@pytest.mark.long
@pytest.mark.parametrize("known", [bench_stick.KNOWN, ()], ids=["a file system", "a folder"])
def test_the_list_of_requests_is_measured_against_mounting(
    monkeypatch: pytest.MonkeyPatch, known: tuple[str, ...]
) -> None:
    monkeypatch.setattr(bench_stick, "KNOWN", known)
    monkeypatch.setattr(bench_stick, "COUNT", 3)
    monkeypatch.setattr(bench_stick, "TIMES", 1)
    figures = [each.value for each in bench_stick.measure()]
    assert len(figures) == 4
    assert all(value > 0 for value in figures)
