"""The log on a disk that fails: nothing is acknowledged that is not there, and nothing is written after a failure."""

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from offline_root.audit.chain import check
from offline_root.audit.file import LogFile, read_only
from offline_root.errors import AuditError
from tests.offline_root.audit.logs import TIME, make_log


def fail(*_: object, **__: object) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def append(log: LogFile) -> None:
    log.append("note-made", {"text": "tea"}, TIME)


def write_checkpoint(log: LogFile) -> None:
    log.write_checkpoint(b"a note\n")


def fill(write: Callable[[], object]) -> None:
    while True:
        write()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 16 KiB."""
    mount: list[str | Path] = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", tmp_path]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"NOT TESTED, a full disk: mounting needs root: {done.stderr}")
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


class TestFailure:
    @pytest.mark.parametrize(
        ("name", "act"),
        [
            ("write", append),
            ("fsync", append),
            ("fstat", append),
            ("write", write_checkpoint),
            ("fsync", write_checkpoint),
            ("rename", write_checkpoint),
        ],
    )
    def test_ends_all_writing(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, act: Callable[[LogFile], None]
    ) -> None:
        with LogFile.open(folder) as log:
            with monkeypatch.context() as patch:
                patch.setattr(os, name, fail)
                with pytest.raises(AuditError, match="could not be written: Input/output error") as first:
                    act(log)
            with pytest.raises(AuditError, match="not written to any more"):
                log.check_sound()
            assert not first.value.retry
            before = {path: path.read_bytes() for path in folder.iterdir()}
            for again in (append, write_checkpoint):
                with pytest.raises(AuditError, match="not written to any more") as later:
                    again(log)
                assert not later.value.retry
            assert {path: path.read_bytes() for path in folder.iterdir()} == before
            assert (log.size, log.text, log.checkpoint) == (5, make_log(5), None)

    def test_that_is_no_error_of_the_system_ends_all_writing_too(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        with LogFile.open(folder) as log:
            with monkeypatch.context() as patch:
                patch.setattr(os, "fsync", interrupt)
                with pytest.raises(KeyboardInterrupt):
                    append(log)
            with pytest.raises(AuditError, match="not written to any more"):
                append(log)

    @pytest.mark.parametrize("name", ["fsync", "posix_fadvise", "open"])
    def test_at_opening_is_told_and_the_lock_given_up(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(os, name, fail)
            with pytest.raises(AuditError, match="could not be opened: Input/output error"):
                LogFile.open(folder)
        LogFile.open(folder).close()

    @pytest.mark.parametrize("name", ["write", "fsync", "ftruncate"])
    def test_while_a_torn_line_is_kept_aside_loses_nothing(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        with (folder / "log.jsonl").open("ab") as file:
            file.write(b'{"half')
        with monkeypatch.context() as patch:
            patch.setattr(os, name, fail)
            with pytest.raises(AuditError, match="could not be opened"):
                LogFile.open(folder)
        assert (folder / "log.jsonl").read_bytes() == make_log(5) + b'{"half'
        with LogFile.open(folder) as log:
            assert b'{"half' in {(folder / each).read_bytes() for each in log.torn}


class TestShortWrite:
    @pytest.mark.parametrize("most", [1, 7, 100])
    def test_is_gone_on_with(self, folder: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
        write = os.write
        monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:most]))
        with LogFile.open(folder) as log:
            append(log)
            write_checkpoint(log)
        assert (folder / "checkpoint").read_bytes() == b"a note\n"
        assert check((folder / "log.jsonl").read_bytes()).size == 6

    def test_that_then_fails_leaves_a_torn_line(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write, calls = os.write, iter(range(9))
        with LogFile.open(folder) as log, monkeypatch.context() as patch:
            patch.setattr(os, "write", lambda file, data: fail() if next(calls) else write(file, data[:40]))
            with pytest.raises(AuditError, match="could not be written"):
                append(log)
        with LogFile.open(folder) as log:
            assert log.torn == {"log.torn-1": 40}
            assert log.size == 5


class TestFullDisk:
    def test_ends_all_writing_and_loses_no_acknowledged_line(self, small_disk: Path) -> None:
        with LogFile.create(small_disk / "audit") as log:
            with pytest.raises(AuditError, match="could not be written: No space left on device"):
                fill(lambda: log.append("note-made", {"text": "x" * 999}, TIME))
            with pytest.raises(AuditError, match="not written to any more"):
                log.check_sound()
            acknowledged = log.size
        found = read_only(small_disk / "audit")
        assert 0 < acknowledged == found.check.size
        assert found.check.problems == ()
        assert found.check.torn != b""

    def test_refuses_to_open_a_torn_log_until_there_is_space(self, small_disk: Path) -> None:
        (small_disk / "audit").mkdir()
        (small_disk / "ballast").write_bytes(bytes(4096))
        (small_disk / "audit" / "log.jsonl").write_bytes(make_log(5) + b"{")
        with (small_disk / "rest").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            fill(lambda: file.write(bytes(512)))
        with pytest.raises(AuditError, match="could not be opened: No space left on device"):
            LogFile.open(small_disk / "audit")
        (small_disk / "ballast").unlink()
        with LogFile.open(small_disk / "audit") as log:
            assert 1 in log.torn.values()
