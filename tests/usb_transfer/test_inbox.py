"""What on a stick may be a request: looked for by name, not too deep, and nothing is opened or followed."""

import os
from pathlib import Path

import pytest

from usb_transfer import VolumeError
from usb_transfer.inbox import ENDINGS, ENTRY_LIMIT, candidates


def put(stick: Path, *names: str) -> None:
    for name in names:
        path = stick / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_finds_every_ending_in_any_case(tmp_path: Path) -> None:
    put(tmp_path, *(f"x{ending}" for ending in ENDINGS), "Y.CSR", "z.exe", "csr", "noend", ".csr")
    assert candidates(tmp_path) == tuple(sorted((*(f"x{ending}" for ending in ENDINGS), "Y.CSR", ".csr")))


def test_looks_two_folders_deep_and_no_deeper(tmp_path: Path) -> None:
    put(tmp_path, "a.csr", "1/b.csr", "1/2/c.csr", "1/2/3/d.csr")
    assert candidates(tmp_path) == ("1/2/c.csr", "1/b.csr", "a.csr")


def test_of_an_empty_stick_is_nothing(tmp_path: Path) -> None:
    assert candidates(tmp_path) == ()


def test_follows_no_link_to_a_folder(tmp_path: Path) -> None:
    put(tmp_path, "elsewhere/x.csr")
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "link").symlink_to(tmp_path / "elsewhere")
    assert candidates(stick) == ()


def test_opens_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csr")
    assert candidates(tmp_path) == ("pipe.csr",)


@pytest.mark.parametrize("kind", ["files", "folders", "deep"])
def test_refuses_more_than_can_be_looked_at(tmp_path: Path, kind: str) -> None:
    put(tmp_path, "f/x.csr")
    for number in range(ENTRY_LIMIT - 2):
        path = tmp_path / ("f" if kind == "deep" else ".") / str(number)
        path.touch() if kind == "files" else path.mkdir()
    assert candidates(tmp_path) == ("f/x.csr",)
    put(tmp_path, "one more")
    with pytest.raises(VolumeError, match=f"more than {ENTRY_LIMIT} files and folders"):
        candidates(tmp_path)


def test_stops_looking_on_a_stick_of_very_many_folders(tmp_path: Path) -> None:
    for outer in range(20):
        for inner in range(20):
            (tmp_path / str(outer) / str(inner)).mkdir(parents=True)
    with pytest.raises(VolumeError, match="files and folders"):
        candidates(tmp_path)


@pytest.mark.parametrize("name", ["none", "file"])
def test_of_something_else_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(VolumeError, match="The stick cannot be read"):
        candidates(tmp_path / name)
