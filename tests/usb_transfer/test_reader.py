"""The reader process: what a stick can do to it, and what it can do to us."""

import os
import socket
import time
from pathlib import Path

import pytest

from usb_transfer import NotRegularError, VolumeError, heads, inside, is_confined, reader
from usb_transfer.inbox import ENTRY_LIMIT
from usb_transfer.reader import read_head

GUARD = 60.0
NAMES = (
    "\x1b[31mred.csr",
    "\u202egpj.csr",
    "two\nlines.csr",
    "\udcff.csr",
    "-rf.csr",
    "a b'\"$(x).csr",
    "n" * 251 + ".csr",
)

EATER = """
from sys import path
path[:0] = ["/reader"]
from usb_transfer import inside
inside.answer = lambda _: ({}, bytes(1 << 30))
inside.main([])
"""
"""Plays a reader that takes more memory than it may have."""


def at_work(stick: Path) -> bool:
    """Say whether a process still reads a stick."""
    found = (each.read_bytes() for each in Path("/proc").glob("[0-9]*/cmdline") if each.exists())
    return any(os.fsencode(stick) in each for each in found)


def makes(number: int, folder: Path) -> None:
    """Make files that may be requests."""
    for count in range(number):
        (folder / f"{count:06}.csr").touch()


class TestStick:
    @pytest.mark.parametrize("name", NAMES, ids=["escape", "bidi", "newline", "no-utf8", "dash", "shell", "long"])
    def test_names_are_data(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_bytes(b"content")
        assert heads(tmp_path, 100) == heads(tmp_path, 100, name) == {name: b"content"}

    def test_all_are_read_at_once_each_with_its_octets_or_its_error(self, tmp_path: Path) -> None:
        for name, data in (("a.csr", b"first\0\n"), ("c.csr", b""), ("d.csr", b"long" * 100), ("no.bin", b"-")):
            (tmp_path / name).write_bytes(data)
        os.mkfifo(tmp_path / "b.csr")
        found = heads(tmp_path, 101)
        assert list(found) == ["a.csr", "b.csr", "c.csr", "d.csr"]
        assert isinstance(found.pop("b.csr"), NotRegularError)
        assert found == {"a.csr": b"first\0\n", "c.csr": b"", "d.csr": (b"long" * 100)[:101]}

    def test_a_file_of_four_gigabytes_is_read_no_further_than_needed(self, tmp_path: Path) -> None:
        with (tmp_path / "huge.csr").open("wb") as file:
            file.truncate(4 << 30)
        assert read_head(tmp_path, "huge.csr", 65537) == bytes(65537)

    @pytest.mark.parametrize("kind", ["folder", "fifo", "socket", "link", "device"])
    def test_what_is_no_file_is_not_read(self, tmp_path: Path, kind: str) -> None:
        path = tmp_path / "x.csr"
        match kind:
            case "folder":
                path.mkdir()
            case "fifo":
                os.mkfifo(path)
            case "socket":
                with socket.socket(socket.AF_UNIX) as bound:
                    bound.bind(str(path))
            case "link":
                (tmp_path / "real").write_bytes(b"content")
                path.symlink_to("real")
            case _:
                path = Path("/dev/null")
        with pytest.raises(VolumeError):
            read_head(path.parent, path.name, 100)

    def test_more_files_than_anybody_can_look_through_are_not_listed(self, tmp_path: Path) -> None:
        makes(ENTRY_LIMIT, tmp_path)
        assert len(heads(tmp_path, 100)) == ENTRY_LIMIT
        makes(ENTRY_LIMIT + 1, tmp_path)
        with pytest.raises(VolumeError, match=f"more than {ENTRY_LIMIT}"):
            heads(tmp_path, 100)

    @pytest.mark.long
    def test_a_hundred_thousand_files_cost_no_more(self, tmp_path: Path) -> None:
        makes(100_000, tmp_path)
        with pytest.raises(VolumeError, match=f"more than {ENTRY_LIMIT}"):
            heads(tmp_path, 100)


class TestProcess:
    def test_is_shut_in_here(self) -> None:
        """`run` installs bubblewrap; where it does not work, this says so, and the next tests would prove nothing."""
        assert is_confined()

    def test_sees_nothing_but_the_stick(self, tmp_path: Path) -> None:
        (tmp_path / "secret").mkdir()
        (tmp_path / "secret" / "pin.txt").write_text("4711")
        stick = tmp_path / "stick"
        stick.mkdir()
        (stick / "out").symlink_to(tmp_path / "secret")
        (stick / "up").symlink_to("..")
        with pytest.raises(VolumeError, match="No such file"):
            read_head(stick, "out/pin.txt", 100)
        with pytest.raises(VolumeError, match="No such file"):
            read_head(stick, "up/secret/pin.txt", 100)

    @pytest.mark.parametrize(
        ("program", "said"),
        [
            ("import sys; sys.exit(7)", "ended with 7"),
            ("import os; os.kill(os.getpid(), 9)", "ended with"),
            ("print('[]')", "gave no answer"),
            ("print('{')", "gave no answer"),
            ("print('{\"size\": 3}'); print('x')", "not whole"),
            ("import sys; from pathlib import Path; sys.exit(9 if Path('/var').is_dir() else 8)", "ended with 8"),
            ("open('/stick/new', 'w')", "ended with 1"),
            ("import socket, sys; sys.exit(len(socket.if_nameindex()) + 40)", "ended with 41"),
            ("import os, sys; sys.exit(60 + len(os.environ))", "ended with 6"),
            (EATER, "ended with 1"),
            ("while True: print('x' * 100_000)", "said more than"),
        ],
        ids=[
            "exit",
            "killed",
            "list",
            "broken",
            "cut",
            "home",
            "writing",
            "network",
            "environment",
            "memory",
            "flood",
        ],
    )
    def test_is_an_answer_or_an_error(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, said: str
    ) -> None:
        monkeypatch.setattr(reader, "_START", program)
        with pytest.raises(VolumeError, match=said):
            read_head(tmp_path, "x.csr", 100)

    @pytest.mark.parametrize(
        ("before", "seconds"), [("", 0.3), ("import os; os.close(1); ", 3.0)], ids=["says", "shut"]
    )
    def test_that_hangs_is_given_up(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, seconds: float
    ) -> None:
        monkeypatch.setattr(reader, "_START", f"{before}import time; time.sleep(600)")
        monkeypatch.setattr(reader, "DEADLINE", seconds)
        with pytest.raises(VolumeError, match="took more than"):
            heads(tmp_path, 100)

    def test_that_is_given_up_leaves_nothing_behind(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert is_confined()
        monkeypatch.setattr(reader, "_START", "import time; time.sleep(600)")
        for milliseconds in range(0, 40, 2):  # bubblewrap begins one process after the other
            monkeypatch.setattr(reader, "DEADLINE", milliseconds / 1000)
            with pytest.raises(VolumeError, match="took more than"):
                heads(tmp_path, 100)
        until = time.monotonic() + GUARD
        while at_work(tmp_path):
            assert time.monotonic() < until, "a process waits for ever"
            time.sleep(0.1)

    @pytest.mark.parametrize("there", [True, False])
    def test_without_bubblewrap_the_limits_remain(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
    ) -> None:
        (tmp_path / "bwrap").write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / "bwrap").chmod(0o755)
        (tmp_path / "a.csr").write_bytes(b"content")
        monkeypatch.setenv("PATH", str(tmp_path) if there else "/nowhere")
        is_confined.cache_clear()
        try:
            assert not is_confined()
            assert heads(tmp_path, 100) == {"a.csr": b"content"}
        finally:
            is_confined.cache_clear()

    def test_an_unknown_question_is_a_mistake_of_ours(self) -> None:
        with pytest.raises(ValueError, match="write"):
            inside.answer(["write"])

    def test_an_answer_in_words(self, tmp_path: Path) -> None:
        (tmp_path / "a.csr").write_bytes(b"content")
        assert inside.answer(["heads", str(tmp_path), "3", "a.csr"]) == (
            {"size": 3, "files": {"a.csr": {"size": 3}}},
            b"con",
        )
        with pytest.raises(NotRegularError):
            read_head(tmp_path, "..", 3)
