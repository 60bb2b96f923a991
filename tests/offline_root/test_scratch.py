"""The folder of a scratch token: nothing is left of it, whatever happens; after kill -9, nothing at the next start."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from offline_root import scratch
from offline_root.errors import TokenError

HOLDS = """
import sys, time
from pathlib import Path
from offline_root import scratch
scratch.MEMORY = Path(sys.argv[1])
with scratch.folder() as folder:
    (folder / "token").mkdir()
    (folder / "token" / "key").write_bytes(b"wrapped")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(scratch, "MEMORY", tmp_path)
    return tmp_path


def left(memory: Path) -> list[Path]:
    return list(memory.glob(f"{scratch.NAME}*"))


def test_nothing_is_left_of_it(memory: Path) -> None:
    with scratch.folder() as folder:
        (folder / "key").write_bytes(b"wrapped")
        assert left(memory) == [folder]
        assert folder.stat().st_mode & 0o777 == 0o700
    assert left(memory) == []


def test_nothing_is_left_where_its_use_failed(memory: Path) -> None:
    with pytest.raises(FileExistsError), scratch.folder() as folder:
        folder.mkdir()
    assert left(memory) == []


def test_one_of_a_killed_program_is_removed_at_the_next_start_and_one_in_use_is_not(memory: Path) -> None:
    program = subprocess.Popen((sys.executable, "-c", HOLDS, str(memory)), stdout=subprocess.PIPE, text=True)
    with program:
        assert program.stdout
        folder = Path(program.stdout.readline().strip())
        assert (folder / "token" / "key").exists()
        assert scratch.sweep() == 0
        program.send_signal(signal.SIGKILL)
    assert left(memory) == [folder]
    assert scratch.sweep() == 1
    assert left(memory) == []
    assert scratch.sweep() == 0


def test_what_is_not_ours_is_left_alone(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (memory / "elsewhere").mkdir()
    (memory / f"{scratch.NAME}link").symlink_to(memory / "elsewhere")
    (memory / f"{scratch.NAME}file").write_bytes(b"")
    assert scratch.sweep() == 0
    (memory / f"{scratch.NAME}folder").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert scratch.sweep() == 0
    assert len(left(memory)) == 3


def test_without_memory_it_is_where_temporary_files_are(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "MEMORY", memory / "none")
    monkeypatch.setattr("tempfile.tempdir", str(memory))
    with scratch.folder() as folder:
        assert folder.parent == memory


def test_one_that_cannot_be_made_is_said_in_words(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "MEMORY", memory / "none")
    monkeypatch.setattr("tempfile.tempdir", str(memory / "none"))
    with pytest.raises(TokenError, match="could not be made"), scratch.folder():
        pass


def test_one_that_cannot_be_removed_is_said_in_words(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    with pytest.raises(TokenError, match="could not be removed: Input/output error") as error, scratch.folder():
        monkeypatch.setattr("shutil.rmtree", refused)
    assert "under a PIN that nobody knows" in error.value.meaning
    with pytest.raises(TokenError, match="could not be removed"):
        scratch.sweep()
