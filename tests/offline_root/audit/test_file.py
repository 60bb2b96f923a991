"""The log on disk, on a disk that works."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from offline_root.audit import chain
from offline_root.audit.file import LogFile, read_only
from offline_root.errors import AuditError
from tests.offline_root.audit.logs import LOG_LINES, SIGNERS, TIME, checkpoint_of, make_log, naive_root

NOTE = SIGNERS["ed25519"].note(checkpoint_of(make_log(5), 5))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class TestCreate:
    def test_begins_an_empty_private_log(self, tmp_path: Path) -> None:
        with LogFile.create(tmp_path / "audit") as log:
            assert (log.size, log.entries, log.text, log.checkpoint, log.torn) == (0, (), b"", None, {})
            assert log.root == naive_root([])
        assert contents(tmp_path / "audit") == {"log.jsonl": b""}
        assert stat.S_IMODE((tmp_path / "audit").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "audit" / "log.jsonl").stat().st_mode) == 0o600

    def test_takes_a_folder_that_is_there_and_makes_it_private(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o755)
        with LogFile.create(tmp_path) as log:
            log.append("note-made", {}, TIME)
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700

    def test_is_locked_from_the_beginning(self, tmp_path: Path) -> None:
        with LogFile.create(tmp_path), pytest.raises(AuditError, match="Another process"):
            LogFile.open(tmp_path)

    def test_outlives_a_power_failure(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        synced: list[int] = []
        monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_ino))
        with LogFile.create(tmp_path / "audit"):
            assert synced == [
                path.stat().st_ino for path in (tmp_path, tmp_path / "audit/log.jsonl", tmp_path / "audit")
            ]

    def test_never_replaces_a_log(self, folder: Path) -> None:
        before = contents(folder)
        with pytest.raises(AuditError, match=r"could not be created: File exists"):
            LogFile.create(folder)
        assert contents(folder) == before

    def test_needs_the_folder_above(self, tmp_path: Path) -> None:
        with pytest.raises(AuditError, match="No such file"):
            LogFile.create(tmp_path / "none" / "audit")


class TestAppend:
    def test_writes_what_the_chain_needs(self, tmp_path: Path) -> None:
        with LogFile.create(tmp_path) as log:
            for event, facts in LOG_LINES:
                entry = log.append(event, facts, TIME)
                assert entry == log.entries[-1]
                assert (tmp_path / "log.jsonl").read_bytes() == log.text
                assert (log.size, log.root) == (entry.seq + 1, naive_root(log.text.splitlines(keepends=True)))
        assert chain.check(log.text).problems == ()

    def test_goes_on_where_the_log_ends(self, folder: Path) -> None:
        with LogFile.open(folder) as log:
            log.append("note-made", {}, TIME)
        with LogFile.open(folder) as log:
            log.append("note-made", {}, TIME)
            assert [entry.seq for entry in log.entries] == list(range(7))

    def test_a_fact_that_no_line_can_hold_does_no_harm(self, folder: Path) -> None:
        with LogFile.open(folder) as log:
            for facts in ({"seq": 1}, {"x": "x" * (1 << 20)}):
                with pytest.raises(ValueError, match=r"^(a fact|the line)"):
                    log.append("note-made", facts, TIME)
            assert contents(folder)["log.jsonl"] == make_log(5)
            log.check_sound()
            assert log.append("note-made", {}, TIME).seq == 5

    def test_threads_take_turns(self, folder: Path) -> None:
        with LogFile.open(folder) as log, ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: log.append("note-made", {"n": number}, TIME), range(64)))
        found = read_only(folder)
        assert (found.check.problems, found.check.size) == ((), 69)


class TestOpen:
    def test_reads_what_is_there(self, folder: Path) -> None:
        (folder / "checkpoint").write_bytes(NOTE)
        with LogFile.open(folder) as log:
            assert (log.size, log.text, log.checkpoint, log.torn) == (5, make_log(5), NOTE, {})
            assert log.root == naive_root(make_log(5).splitlines(keepends=True))
            assert [entry.event for entry in log.entries] == [event for event, _ in LOG_LINES[:5]]

    def test_takes_a_log_without_lines(self, folder: Path) -> None:
        (folder / "log.jsonl").write_bytes(b"")
        with LogFile.open(folder) as log:
            assert log.append("authority-created", {}, TIME).seq == 0

    @pytest.mark.parametrize("torn", [b"", b'{"half'], ids=["whole", "torn"])
    def test_refuses_a_damaged_log_and_changes_nothing(self, folder: Path, torn: bytes) -> None:
        lines = make_log(5).splitlines(keepends=True)
        (folder / "log.jsonl").write_bytes(b"".join([*lines[:2], *lines[3:], torn]))
        before = contents(folder)
        with pytest.raises(AuditError, match="damaged: line 3: prev is not the hash") as refused:
            LogFile.open(folder)
        assert not refused.value.retry
        assert contents(folder) == before

    def test_refuses_where_there_is_no_log(self, tmp_path: Path) -> None:
        for missing in (tmp_path, tmp_path / "none"):
            with pytest.raises(AuditError, match="could not be opened: No such file"):
                LogFile.open(missing)

    def test_writes_out_and_forgets_the_cache_before_it_reads(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done: list[str] = []

        def note(name: str) -> None:
            monkeypatch.setattr(os, name, lambda *_: done.append(name))

        note("fsync")
        note("posix_fadvise")
        with LogFile.open(folder):
            assert done == ["fsync", "fsync", "posix_fadvise"]

    def test_closing_ends_it(self, folder: Path) -> None:
        with LogFile.open(folder) as log:
            pass
        with pytest.raises(AuditError, match="not written to any more"):
            log.append("note-made", {}, TIME)
        with pytest.raises(AuditError, match="not written to any more"):
            log.write_checkpoint(NOTE)
        LogFile.open(folder).close()


class TestTorn:
    @pytest.mark.parametrize("torn", [b"{", make_log(6)[len(make_log(5)) : -1], b"\0" * 30 + b"\n"], ids=range(3))
    def test_is_kept_aside_and_cut_off(self, folder: Path, torn: bytes) -> None:
        with (folder / "log.jsonl").open("ab") as file:
            file.write(torn)
        with LogFile.open(folder) as log:
            assert log.torn == {"log.torn-1": len(torn)}
            assert contents(folder) == {"log.jsonl": make_log(5), "log.torn-1": torn}
            assert stat.S_IMODE((folder / "log.torn-1").stat().st_mode) == 0o600
            log.append("note-made", {}, TIME)
        with LogFile.open(folder) as log:
            assert (log.torn, log.size) == ({"log.torn-1": len(torn)}, 6)

    def test_overwrites_no_older_one(self, folder: Path) -> None:
        (folder / "log.torn-1").write_bytes(b"old")
        (folder / "log.torn-2").symlink_to("log.torn-9")
        (folder / "log.torn-4").write_bytes(b"older")
        with (folder / "log.jsonl").open("ab") as file:
            file.write(b"{")
        with LogFile.open(folder) as log:
            assert log.torn == {"log.torn-1": 3, "log.torn-3": 1, "log.torn-4": 5}
        assert (folder / "log.torn-3").read_bytes() == b"{"
        assert (folder / "log.torn-1").read_bytes() == b"old"
        assert not (folder / "log.torn-9").exists()


class TestCheckpoint:
    def test_replaces_the_old_one_whole(self, folder: Path) -> None:
        with LogFile.open(folder) as log:
            for note in (NOTE, b"longer " * 99, NOTE):
                log.write_checkpoint(note)
                assert log.checkpoint == note
                assert contents(folder) == {"log.jsonl": make_log(5), "checkpoint": note}
        assert stat.S_IMODE((folder / "checkpoint").stat().st_mode) == 0o600

    def test_takes_no_notice_of_one_left_half_written(self, folder: Path) -> None:
        (folder / "checkpoint.tmp").write_bytes(b"half" * 999)
        with LogFile.open(folder) as log:
            assert log.checkpoint is None
            log.write_checkpoint(NOTE)
        assert contents(folder) == {"log.jsonl": make_log(5), "checkpoint": NOTE}

    def test_is_not_read_beyond_what_a_note_can_be(self, folder: Path) -> None:
        (folder / "checkpoint").write_bytes(b"x" * 10_000_000)
        assert len(read_only(folder).checkpoint or b"") == 64 * 1024 + 1


class TestReadOnly:
    def test_needs_no_lock_and_changes_nothing(self, folder: Path) -> None:
        with LogFile.open(folder) as log:
            log.write_checkpoint(NOTE)
            with (folder / "log.jsonl").open("ab") as file:
                file.write(b'{"half')
            before = contents(folder)
            found = read_only(folder)
            assert contents(folder) == before
        assert (found.text, found.entries, found.checkpoint) == (log.text, log.entries, NOTE)
        assert (found.check.torn, found.check.problems) == (b'{"half', ())

    def test_shows_a_damaged_log(self, folder: Path) -> None:
        (folder / "log.jsonl").write_bytes(make_log(5) + b"{}\n")
        found = read_only(folder)
        assert [problem.line for problem in found.check.problems] == [6]
        assert (len(found.entries), found.text) == (5, make_log(5) + b"{}\n")

    def test_refuses_where_there_is_no_log(self, tmp_path: Path) -> None:
        with pytest.raises(AuditError, match="could not be read: No such file"):
            read_only(tmp_path)


class TestForeignHands:
    """Links, devices and other programs in the folder."""

    @pytest.mark.parametrize("name", ["log.jsonl", "checkpoint"])
    def test_no_link_is_followed_for_reading(self, folder: Path, name: str) -> None:
        target = folder.parent / "elsewhere"
        (folder / "log.jsonl").rename(target)
        (folder / "log.jsonl").write_bytes(make_log(5))
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)
        for act in (LogFile.open, read_only):
            with pytest.raises(AuditError, match="symbolic links"):
                act(folder)

    def test_no_link_is_followed_for_the_folder(self, folder: Path) -> None:
        link = folder.parent / "link"
        link.symlink_to(folder)
        for act in (LogFile.open, LogFile.create, read_only):
            with pytest.raises(AuditError, match="Not a directory"):
                act(link)

    def test_no_link_is_followed_for_writing(self, folder: Path) -> None:
        (folder / "checkpoint.tmp").symlink_to(folder.parent / "elsewhere")
        with LogFile.open(folder) as log:
            with pytest.raises(AuditError, match="symbolic links"):
                log.write_checkpoint(NOTE)
            with pytest.raises(AuditError, match="not written to any more"):
                log.check_sound()
        assert not (folder.parent / "elsewhere").exists()

    @pytest.mark.parametrize("name", ["log.jsonl", "checkpoint"])
    def test_only_regular_files_are_read(self, folder: Path, name: str) -> None:
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)
        for act in (LogFile.open, read_only):
            with pytest.raises(AuditError, match=f"{name} is not a regular file"):
                act(folder)

    def test_a_line_that_another_program_added_stops_writing(self, folder: Path) -> None:
        with LogFile.open(folder) as log:
            with (folder / "log.jsonl").open("ab") as file:
                file.write(b"x")
            with pytest.raises(AuditError, match="Another program has changed"):
                log.append("note-made", {}, TIME)
            with pytest.raises(AuditError, match="not written to any more"):
                log.check_sound()
        assert (folder / "log.jsonl").read_bytes() == make_log(5) + b"x"

    @pytest.mark.parametrize("replaced", [True, False], ids=["replaced", "removed"])
    def test_a_log_that_was_swapped_stops_writing(self, folder: Path, replaced: bool) -> None:
        with LogFile.open(folder) as log:
            (folder / "log.jsonl").unlink()
            if replaced:
                (folder / "log.jsonl").write_bytes(make_log(5))
            with pytest.raises(AuditError, match=r"Another program has changed|No such file"):
                log.append("note-made", {}, TIME)
            with pytest.raises(AuditError, match="not written to any more"):
                log.check_sound()
