"""What earlier ceremonies left on a stick: found in the newest folders, bounded, and never through a link."""

import os
from pathlib import Path

import pytest

from usb_transfer import VolumeError, earlier, reader
from usb_transfer.earlier import FILE_LIMIT, FOLDERS
from usb_transfer.inside import answer

PLACE = "offline-root/root"
NAMES = ("closing-checkpoint", "audit/checkpoint")


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """Return a stick with one response."""
    folder = tmp_path / PLACE / "20261123T113000Z-000012"
    (folder / "audit").mkdir(parents=True)
    (folder / "closing-checkpoint").write_bytes(b"B")
    (folder / "audit" / "checkpoint").write_bytes(b"A\0\xff")
    (folder / "root-ca.pem").write_bytes(b"not asked for")
    return tmp_path


def test_the_files_asked_for_come_back_byte_for_byte(stick: Path) -> None:
    within = f"{PLACE}/20261123T113000Z-000012"
    assert earlier(stick, PLACE, NAMES) == {
        f"{within}/closing-checkpoint": b"B",
        f"{within}/audit/checkpoint": b"A\0\xff",
    }


def test_a_stick_without_responses_holds_nothing(tmp_path: Path) -> None:
    assert earlier(tmp_path, PLACE, NAMES) == {}
    assert earlier(tmp_path / "gone", PLACE, NAMES) == {}
    (tmp_path / "offline-root").mkdir()
    (tmp_path / PLACE).write_bytes(b"a file")
    assert earlier(tmp_path, PLACE, NAMES) == {}


def test_a_folder_that_the_disk_cannot_tell_of_holds_nothing(tmp_path: Path) -> None:
    # A damaged FAT answers EIO already when it is asked what the name is; here a name does that is too long.
    assert earlier(tmp_path, f"{'x' * 300}/root", NAMES) == {}


def test_only_the_newest_folders_are_looked_at(tmp_path: Path) -> None:
    for number in range(FOLDERS + 3):
        folder = tmp_path / PLACE / f"{number:03}"
        folder.mkdir(parents=True)
        (folder / "closing-checkpoint").write_bytes(b"%d" % number)
    found = earlier(tmp_path, PLACE, NAMES)
    assert list(found.values()) == [b"%d" % number for number in range(3, FOLDERS + 3)]


def test_links_devices_and_large_files_are_left_out(stick: Path) -> None:
    real = stick / PLACE / "20261123T113000Z-000012"
    (stick / PLACE / "link").symlink_to(real)
    for name in ("to-file", "pipe", "large", "folder"):
        (stick / PLACE / name).mkdir()
        path = stick / PLACE / name / "closing-checkpoint"
        match name:
            case "to-file":
                path.symlink_to(real / "closing-checkpoint")
            case "pipe":
                os.mkfifo(path)
            case "large":
                path.write_bytes(bytes(FILE_LIMIT + 1))
            case _:
                path.mkdir()
    (stick / PLACE / "to-folder").mkdir()
    (stick / PLACE / "to-folder" / "audit").symlink_to(real / "audit")
    assert set(earlier(stick, PLACE, NAMES).values()) == {b"B", b"A\0\xff"}


def test_a_folder_that_vanishes_while_it_is_looked_at_is_none(tmp_path: Path) -> None:
    assert answer(["earlier", str(tmp_path), PLACE, *NAMES]) == ({"size": 0, "files": {}}, b"")


def test_a_reader_that_is_lost_is_an_error(stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "DEADLINE", 0.0)
    with pytest.raises(VolumeError):
        earlier(stick, PLACE, NAMES)
