"""What the program in the bootable image is told about devices on USB, and how it lets one in."""

from pathlib import Path

import pytest

from image.bus import Barred as Told
from image.guard import tell
from image.usb import Answer, Verdict
from tests.usb_transfer.test_mounting import answering
from usb_transfer import appliance
from usb_transfer.appliance import Barred, admit, barred

KEYBOARD = Barred("1-2", "3", "Keys (1234:5678)", asks=True, reason="is a keyboard besides the one in use")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the image's folder, as it is on this machine."""
    monkeypatch.setattr(appliance, "FOLDER", tmp_path)
    return tmp_path


def test_what_the_guard_tells_is_what_the_program_reads(folder: Path) -> None:
    tell(
        (
            Told("1-1", "2", "Net\x1b[31m (1:2)", Verdict(Answer.REFUSE, "says that it is a network")),
            Told("1-2", "3", "Keys (1234:5678)", Verdict(Answer.ASK, KEYBOARD.reason)),
        ),
        folder / appliance.BARRED,
    )
    network = Barred("1-1", "2", "Net\x1b[31m (1:2)", asks=False, reason="says that it is a network")
    assert barred() == (network, KEYBOARD)


def test_elsewhere_nothing_is_barred() -> None:
    assert barred() == ()


def test_the_process_with_rights_lets_it_in(folder: Path) -> None:
    asked = answering(folder / "helper", b"ok", b"no such keyboard waits there")
    assert [admit(KEYBOARD), admit(KEYBOARD)] == [True, False]
    assert asked == ["keyboard 1-2 3\n"] * 2
