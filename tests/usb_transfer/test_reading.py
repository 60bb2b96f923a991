"""Reading a foreign file: only what is a regular file, only as much as is allowed, and never waiting."""

import os
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from usb_transfer import FileTooLargeError, NotRegularError, VolumeError, read_file
from usb_transfer.reading import read_head

GUARD = 60.0
LIMIT = 1000


def within_guard(read: Callable[[], object]) -> BaseException | None:
    """Read in a thread of its own, so that one that blocks is a failure and not the end of the tests."""
    ended: list[BaseException | None] = []

    def run() -> None:
        try:
            read()
        except BaseException as error:  # noqa: BLE001 (handed back)
            ended.append(error)
        else:
            ended.append(None)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(GUARD)
    assert ended, "it blocks"
    return ended[0]


class TestRegularFile:
    @pytest.mark.parametrize("size", [0, 1, LIMIT - 1, LIMIT])
    def test_up_to_the_limit_is_read_whole(self, tmp_path: Path, size: int) -> None:
        (tmp_path / "file").write_bytes(b"x" * size)
        assert read_file(tmp_path / "file", LIMIT) == b"x" * size

    @pytest.mark.parametrize("size", [LIMIT + 1, 3 * 1024 * 1024])
    def test_over_the_limit_is_refused(self, tmp_path: Path, size: int) -> None:
        (tmp_path / "file").write_bytes(b"x" * size)
        with pytest.raises(FileTooLargeError, match=f"file is larger than {LIMIT} bytes"):
            read_file(tmp_path / "file", LIMIT)

    def test_of_any_size_gives_its_head(self, tmp_path: Path) -> None:
        with (tmp_path / "file").open("wb") as file:
            file.write(b"head")
            file.truncate(1 << 40)
        assert read_head(tmp_path / "file", 6) == b"head\0\0"
        assert read_head(tmp_path / "file", 0) == b""

    def test_larger_than_one_part_is_read_whole(self, tmp_path: Path) -> None:
        data = os.urandom(2_500_000)
        (tmp_path / "file").write_bytes(data)
        assert read_file(tmp_path / "file", len(data)) == data

    def test_that_is_read_in_small_pieces_is_read_whole(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "file").write_bytes(b"0123456789")
        read = os.read
        monkeypatch.setattr(os, "read", lambda file, count: read(file, min(count, 3)))
        assert read_file(tmp_path / "file", LIMIT) == b"0123456789"

    def test_is_closed_again(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"x" * (LIMIT + 1))
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(3):
            read_head(tmp_path / "file", 1)
            with pytest.raises(FileTooLargeError):
                read_file(tmp_path / "file", LIMIT)
            with pytest.raises(NotRegularError):
                read_file(tmp_path, LIMIT)
        assert len(list(Path("/proc/self/fd").iterdir())) == before


def link(path: Path) -> None:
    (path.parent / "target").write_text("secret")
    path.symlink_to("target")


def link_to_folder(path: Path) -> None:
    path.symlink_to(path.parent)


def own_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


def device(number: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        done = subprocess.run(["mknod", path, "c", "1", str(number)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"NOT TESTED, a device on a stick: mknod needs root: {done.stderr}")

    return make


ODD: dict[str, tuple[Callable[[Path], None], type[VolumeError]]] = {
    "link": (link, VolumeError),
    "link to nothing": (lambda path: path.symlink_to("nothing"), VolumeError),
    "link to a folder": (link_to_folder, VolumeError),
    "folder": (lambda path: path.mkdir(), NotRegularError),
    "fifo": (os.mkfifo, NotRegularError),
    "socket": (own_socket, VolumeError),
    "/dev/zero": (device(5), NotRegularError),
    "/dev/random": (device(8), NotRegularError),
    "nothing": (lambda _: None, VolumeError),
    "a name with NUL": (lambda _: None, VolumeError),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, name: str) -> None:
    make, kind = ODD[name]
    path = tmp_path / ("odd\0" if name == "a name with NUL" else "odd")
    make(path)
    error = within_guard(lambda: read_file(path, LIMIT))
    assert isinstance(error, kind)
    assert "odd" in error.what
    assert error.mend


def test_a_fifo_that_somebody_writes_to_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    descriptor = os.open(tmp_path / "pipe", os.O_RDWR | os.O_NONBLOCK)
    os.write(descriptor, b"a request")
    assert isinstance(within_guard(lambda: read_file(tmp_path / "pipe", LIMIT)), NotRegularError)
    assert os.read(descriptor, 100) == b"a request"
    os.close(descriptor)


def test_a_file_that_vanishes_while_it_is_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pulled_out(*_: object) -> bytes:
        raise OSError(19, "No such device")

    (tmp_path / "file").write_bytes(b"x")
    monkeypatch.setattr(os, "read", pulled_out)
    with pytest.raises(VolumeError, match="file could not be read: No such device") as error:
        read_file(tmp_path / "file", LIMIT)
    assert error.value.retry
