"""The log between processes: one at a time, and killed at any moment."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from offline_root.audit import disk
from offline_root.audit.file import LogFile, read_only
from offline_root.errors import AuditError
from tests.offline_root.audit.logs import make_log
from tests.offline_root.audit.writer import NOTE

ROOT = Path(__file__).parents[3]
WRITER = [sys.executable, "-m", "tests.offline_root.audit.writer"]
KILL_BEFORE, KILL_AFTER = "error=EIO:signal=SIGKILL", "signal=SIGKILL"
CALLS = {"write": 3, "fsync": 6, "renameat": 1}
"""How often the writer makes each call on the log's files: both lines and the checkpoint, from `create`."""


@pytest.fixture
def holder(folder: Path) -> Iterator[int]:
    """Let another process hold the log; give its id."""
    with subprocess.Popen([*WRITER, "hold", folder], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        yield other.pid
        other.communicate()


def hurt(verb: str, folder: Path, call: str, count: int, injection: str) -> list[str]:
    """Run the writer, hurt at the count-th `call` on the log's files; return what it said."""
    names = ("", "log.jsonl", "checkpoint", "checkpoint.tmp", "log.torn-1")
    paths = [f"-P{folder / name}" for name in names]
    inject = [f"-etrace={call}", f"-einject={call}:{injection}:when={count}"]
    if "error" in injection:
        inject.append("--seccomp-bpf")  # three times faster, but then strace sends no signal after a call
    command = ["strace", "-f", "-qq", "-o/dev/null", *inject, *paths, *WRITER, verb, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.stdout.splitlines()


class TestSecondProcess:
    def test_is_refused_by_name(self, folder: Path, holder: int) -> None:
        with pytest.raises(AuditError, match=f"^Another process \\({holder}\\) has this authority open") as refused:
            LogFile.open(folder)
        assert refused.value.retry

    def test_is_refused_where_the_holder_cannot_be_known(
        self, folder: Path, holder: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        for table in (tmp_path / "none", tmp_path / "empty"):
            monkeypatch.setattr(disk, "_LOCKS", table)
            with pytest.raises(AuditError, match=r"^Another process has this authority open\.$"):
                LogFile.open(folder)
            (tmp_path / "empty").write_text("1: FLOCK  ADVISORY  WRITE 1 00:00:1 0 EOF\n")

    def test_may_read(self, folder: Path, holder: int) -> None:
        assert read_only(folder).text == make_log(5)

    def test_may_open_it_afterwards(self, folder: Path) -> None:
        for _ in range(2):
            done = subprocess.run([*WRITER, "open", folder], cwd=ROOT, capture_output=True, text=True, check=True)
            assert done.stdout.splitlines()[-1] == "checkpoint"

    def test_is_not_kept_out_by_a_child_that_lives_on(self, folder: Path) -> None:
        with LogFile.open(folder):
            child = subprocess.Popen(["sleep", "60"], close_fds=False)
        with child:
            LogFile.open(folder).close()
            child.kill()


@pytest.mark.parametrize(("call", "count"), [(call, count + 1) for call in CALLS for count in range(CALLS[call])])
class TestHurtWriter:
    """Each system call that writes: the process killed before it and after it, and the call failing."""

    @pytest.mark.parametrize("injection", [KILL_BEFORE, KILL_AFTER], ids=["before", "after"])
    def test_killed_leaves_a_log_that_opens(self, tmp_path: Path, call: str, count: int, injection: str) -> None:
        said = hurt("create", tmp_path, call, count, injection)
        assert "checkpoint" not in said
        with LogFile.open(tmp_path) as log:
            assert log.torn == {}
            acknowledged = sum(line.startswith("line") for line in said)
            assert log.size in {acknowledged, acknowledged + 1}
            assert log.checkpoint in {None, NOTE}

    def test_failing_writes_nothing_more(self, tmp_path: Path, call: str, count: int) -> None:
        said = hurt("create", tmp_path, call, count, "error=EIO")
        if "open" in said:
            first = next(number for number, line in enumerate(said) if line.startswith("refused"))
            assert said[first].endswith("Input/output error.")
            assert all(line.endswith("not written to any more.") for line in said[first + 1 :])
            assert len(said) == 4
        with LogFile.open(tmp_path) as log:
            acknowledged = sum(line.startswith("line") for line in said)
            assert log.size in {acknowledged, acknowledged + 1}


@pytest.mark.parametrize("injection", [KILL_BEFORE, KILL_AFTER], ids=["before", "after"])
@pytest.mark.parametrize(
    ("call", "count"), [("write", 1), ("fsync", 3), ("fsync", 4), ("ftruncate", 1), ("fsync", 5)], ids=str
)
def test_killed_while_it_keeps_a_torn_line_aside(folder: Path, call: str, count: int, injection: str) -> None:
    with (folder / "log.jsonl").open("ab") as file:
        file.write(b'{"half')
    assert hurt("open", folder, call, count, injection) == []
    with LogFile.open(folder) as log:
        assert log.text == make_log(5)
    kept = [path.read_bytes() for path in folder.glob("log.torn-*")]
    assert b'{"half' in kept


@pytest.mark.parametrize("call", CALLS)
def test_no_call_is_left_out(tmp_path: Path, call: str) -> None:
    assert hurt("create", tmp_path, call, CALLS[call] + 1, KILL_BEFORE) == [
        "open",
        "line 0",
        "line 1",
        "checkpoint",
    ]
