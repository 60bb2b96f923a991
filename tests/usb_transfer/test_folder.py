"""Writing a response folder: once, whole, durable file by file, never over anything; and reading one."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

import usb_transfer
from usb_transfer import Folder, NotRegularError, VolumeError, read_tree
from usb_transfer.folder import ENTRY_LIMIT

FILES = {"b.pem": b"1", "audit/log": b"22", "audit/deep/x": b"", "a": b"333", "COMPLETE": b"4"}
GUARD = 120.0


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Path]:
    """Mount a stick of 64 KiB."""
    command: list[str | Path] = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"NOT TESTED, a stick that is full or read-only: mounting needs root: {done.stderr}")
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


class TestWriting:
    @pytest.mark.parametrize("link", ["offline-root", "offline-root/root"])
    def test_does_not_follow_a_link_off_the_stick(self, tmp_path: Path, link: str) -> None:
        stick, elsewhere = tmp_path / "stick", tmp_path / "elsewhere"
        elsewhere.mkdir()
        (stick / link).parent.mkdir(parents=True)
        (stick / link).symlink_to(elsewhere)
        with pytest.raises(VolumeError, match="is a link"):
            Folder(stick).write("offline-root/root/one", {"a": b"a"})
        assert not list(elsewhere.iterdir())

    def test_makes_what_is_missing_and_reads_back_the_same(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path / "not" / "there")
        path = folder.write("offline-root/root/one", FILES)
        assert path == tmp_path / "not/there/offline-root/root/one"
        assert dict(folder.read_back("offline-root/root/one")) == FILES == read_tree(path)

    def test_gives_an_absolute_path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert Folder(Path("out")).write("one", {}) == tmp_path / "out" / "one"

    def test_of_nothing_makes_an_empty_folder(self, tmp_path: Path) -> None:
        assert read_tree(Folder(tmp_path).write("one", {})) == {}

    def test_a_place_that_the_disk_cannot_tell_of_is_an_error_in_words(self, tmp_path: Path) -> None:
        with pytest.raises(VolumeError, match="File name too long"):  # a damaged FAT: Input/output error
            Folder(tmp_path).write(f"{'x' * 300}/root", {"a": b""})

    @pytest.mark.parametrize("kind", ["folder", "empty folder", "file", "link", "link to nothing"])
    def test_never_touches_what_is_there(self, tmp_path: Path, kind: str) -> None:
        there = tmp_path / "one"
        if kind.endswith("folder"):
            there.mkdir()
            if kind == "folder":
                (there / "a").write_text("mine")
        elif kind == "file":
            there.write_text("mine")
        else:
            there.symlink_to(tmp_path / "target")
            if kind == "link":
                (tmp_path / "target").mkdir()
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(VolumeError, match=r"one could not be written: File exists"):
            Folder(tmp_path).write("one", FILES)
        assert sorted(tmp_path.rglob("*")) == before

    def test_below_a_file_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("mine")
        with pytest.raises(VolumeError, match="could not be written"):
            Folder(tmp_path / "file").write("one", FILES)
        assert (tmp_path / "file").read_text() == "mine"


class TestAdding:
    def test_adds_one_file(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path)
        folder.write("one", FILES)
        folder.add("one", "closing", b"5")
        assert read_tree(tmp_path / "one") == {**FILES, "closing": b"5"}

    def test_never_over_what_is_there(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path)
        folder.write("one", FILES)
        with pytest.raises(VolumeError, match="File exists"):
            folder.add("one", "a", b"other")
        assert read_tree(tmp_path / "one") == FILES

    def test_never_through_a_link(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path)
        folder.write("one", FILES)
        (tmp_path / "one" / "closing").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(VolumeError):
            folder.add("one", "closing", b"5")
        assert not (tmp_path / "elsewhere").exists()

    def test_never_to_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        """As on another stick that was put in meanwhile."""
        with pytest.raises(VolumeError, match="No such file or directory"):
            Folder(tmp_path).add("one", "closing", b"5")
        assert list(tmp_path.iterdir()) == []


class TestStick:
    def test_that_is_full_is_an_error_without_a_complete(self, mount: Path) -> None:
        with pytest.raises(VolumeError, match="No space left on device") as error:
            Folder(mount).write("one", {"a": b"1", "big": bytes(80 * 1024), "COMPLETE": b""})
        assert "export" in error.value.mend
        assert not (mount / "one" / "COMPLETE").exists()
        assert (mount / "one" / "a").read_bytes() == b"1"

    def test_that_is_full_takes_no_closing_checkpoint(self, mount: Path) -> None:
        Folder(mount).write("one", {"a": bytes(56 * 1024)})
        with pytest.raises(VolumeError, match="No space left on device"):
            Folder(mount).add("one", "closing", bytes(16 * 1024))

    def test_that_is_read_only_is_an_error(self, mount: Path) -> None:
        Folder(mount).write("one", {})
        subprocess.run(["mount", "-o", "remount,ro", mount], check=True)
        for folder in ("one", "two"):
            with pytest.raises(VolumeError, match=r"Read-only file system|File exists"):
                Folder(mount).write(folder, FILES)
        with pytest.raises(VolumeError, match="Read-only file system"):
            Folder(mount).add("one", "closing", b"5")

    def test_that_takes_a_few_bytes_at_a_time_is_written_whole(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fdopen = os.fdopen

        class Slow:
            def __init__(self, descriptor: int) -> None:
                self.file = fdopen(descriptor, "wb", buffering=0)

            def __enter__(self) -> Self:
                return self

            def __exit__(self, *_: object) -> None:
                self.file.close()

            def write(self, data: memoryview) -> int:
                return self.file.write(data[:2])

        monkeypatch.setattr(os, "fdopen", lambda descriptor, *_, **__: Slow(descriptor))
        Folder(tmp_path).write("one", FILES)
        assert read_tree(tmp_path / "one") == FILES

    @pytest.mark.parametrize("name", ["fsync", "open", "close"])
    def test_that_fails_is_an_error(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        real = getattr(os, name)

        def fail(*arguments: object, **options: object) -> object:
            real(*arguments, **options)
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as patch:
            patch.setattr(os, name, fail)
            with pytest.raises(VolumeError, match="Input/output error"):
                Folder(tmp_path).write("one", FILES)


def test_each_file_and_its_folder_are_on_the_disk_before_the_next_is_made(tmp_path: Path) -> None:
    """By strace. A folder is flushed into the one above as soon as it is made."""
    script = f"from usb_transfer import Folder; from pathlib import Path; Folder(Path('out')).write('one', {FILES!r})"
    output = tmp_path / "strace"
    trace: list[str | Path] = [
        "strace",
        "-y",
        "-e",
        "trace=openat,mkdir,fsync,write",
        "-o",
        output,
        sys.executable,
        "-c",
        script,
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(usb_transfer.__file__).parent.parent)}
    subprocess.run(trace, cwd=tmp_path, check=True, timeout=GUARD, env=environment)
    happened: list[str] = []
    for line in output.read_text().splitlines():
        found = re.match(r'(mkdir|openat|fsync|write)\((?:AT_FDCWD<[^>]*>, |AT_FDCWD, |\d+<)?"?([^",>)]*)', line)
        if not found or (str(tmp_path / "out") not in found[2] and found[2] != str(tmp_path)):
            continue
        if found[1] == "openat" and "O_CREAT" not in line:
            continue
        happened.append(f"{found[1]} {Path(found[2]).relative_to(tmp_path)}")

    expected = ["mkdir out", "fsync .", "mkdir out/one", "fsync out"]
    for name, data in FILES.items():
        place = Path("out/one", name)
        if name == "audit/log":
            expected += ["mkdir out/one/audit", "fsync out/one"]
        if name == "audit/deep/x":
            expected += ["mkdir out/one/audit/deep", "fsync out/one/audit"]
        expected += [
            f"openat {place}",
            *([f"write {place}"] if data else []),
            f"fsync {place}",
            f"fsync {place.parent}",
        ]
    assert happened == expected


class TestReadingATree:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return Folder(tmp_path).write("one", FILES)

    @pytest.mark.parametrize("target", ["a", "audit", "/dev/zero", "nothing", ".."])
    def test_refuses_links(self, folder: Path, target: str) -> None:
        (folder / "audit" / "link").symlink_to(target if target.startswith("/") else f"../{target}")
        with pytest.raises(VolumeError, match="link could not be read"):
            read_tree(folder)

    def test_refuses_a_fifo(self, folder: Path) -> None:
        os.mkfifo(folder / "pipe")
        with pytest.raises(NotRegularError, match="pipe is not a regular file"):
            read_tree(folder)

    @pytest.mark.parametrize("name", ["none", "file"])
    def test_of_something_else_is_refused(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(VolumeError, match=f"{name} could not be read"):
            read_tree(tmp_path / name)

    @pytest.mark.parametrize("kind", ["files", "folders", "both"])
    def test_of_too_many_entries_is_refused(self, folder: Path, kind: str) -> None:
        there = sum(1 for _ in folder.rglob("*"))
        for number in range(ENTRY_LIMIT - there):
            path = folder / str(number)
            path.mkdir() if kind == "folders" or (kind == "both" and number % 2) else path.touch()
        assert len(read_tree(folder)) >= len(FILES)
        (folder / "one more").mkdir()
        with pytest.raises(VolumeError, match=f"more than {ENTRY_LIMIT} files and folders"):
            read_tree(folder)

    def test_of_too_many_bytes_is_refused(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        size = sum(map(len, FILES.values()))
        monkeypatch.setattr("usb_transfer.folder.TOTAL_LIMIT", size)
        assert read_tree(folder) == FILES
        monkeypatch.setattr("usb_transfer.folder.TOTAL_LIMIT", size - 1)
        with pytest.raises(VolumeError, match="is larger than"):
            read_tree(folder)

    def test_keeps_names_that_are_not_utf8(self, folder: Path) -> None:
        Path(os.fsdecode(bytes(folder) + b"/\xff")).write_bytes(b"x")
        assert read_tree(folder)["\udcff"] == b"x"
