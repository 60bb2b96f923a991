"""The bus as the kernel shows it: what is let in, what stays out and is told, who may let in a second keyboard."""

import json
from pathlib import Path

import pytest

from image.bus import Bus
from image.guard import tell
from image.usb import Answer
from tests.image import descriptors as said

KEYBOARD, STICK = said.with_interfaces(said.KEYBOARD), said.with_interfaces(said.STORAGE)
NETWORK = said.with_interfaces(said.NETWORK)


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    """Return the kernel's folder, with the root hub and an interface of it."""
    folder = tmp_path / "devices"
    for name in ("usb1", "1-0:1.0"):
        (folder / name).mkdir(parents=True)
        (folder / name / "authorized").write_text("0\n")
    return folder


def plug(devices: Path, port: str, descriptors: bytes, number: int = 2) -> None:
    """Plug a device in, as the kernel then shows it."""
    folder = devices / port
    folder.mkdir()
    (folder / "descriptors").write_bytes(descriptors)
    texts = {"authorized": "0", "devnum": str(number), "idVendor": "1234", "idProduct": "5678", "product": "Thing"}
    for name, text in texts.items():
        (folder / name).write_text(f"{text}\n")


def used(devices: Path) -> list[str]:
    """Return the ports whose device is used."""
    return sorted(each.name for each in devices.iterdir() if (each / "authorized").read_text().strip()[0] == "1")


def test_what_may_be_used_is_used_and_the_rest_told(devices: Path) -> None:
    plug(devices, "1-1", STICK)
    plug(devices, "1-2.4", NETWORK, 7)
    (barred,) = Bus(devices).settle()
    assert used(devices) == ["1-1"]
    assert (barred.port, barred.number, barred.said) == ("1-2.4", "7", "Thing (1234:5678)")
    assert (barred.verdict.answer, barred.verdict.reason[:30]) == (Answer.REFUSE, "says that it is a network or a")


def test_only_the_first_of_two_keyboards_is_used_unasked(devices: Path) -> None:
    plug(devices, "1-1", KEYBOARD)
    plug(devices, "1-2", KEYBOARD, 3)
    (barred,) = Bus(devices).settle()
    assert used(devices) == ["1-1"]
    assert (barred.port, barred.verdict.answer) == ("1-2", Answer.ASK)


def test_what_was_left_off_stays_off_when_the_first_keyboard_goes(devices: Path) -> None:
    plug(devices, "1-1", KEYBOARD)
    plug(devices, "1-2", KEYBOARD, 3)
    before = Bus(devices).settle()
    (devices / "1-1" / "devnum").unlink()
    (devices / "1-1").rename(devices / "gone")
    assert Bus(devices).settle(before) == before
    assert used(devices) == ["gone"]
    (devices / "1-2" / "devnum").write_text("4\n")  # plugged in again
    assert Bus(devices).settle(before) == ()
    assert used(devices) == ["1-2", "gone"]


def test_people_let_in_the_keyboard_that_they_were_asked_about(devices: Path) -> None:
    plug(devices, "1-2", KEYBOARD, 3)
    assert not Bus(devices).admit("1-2", "4")
    assert used(devices) == []
    assert Bus(devices).admit("1-2", "3")
    assert used(devices) == ["1-2"]
    assert Bus(devices).settle() == ()


@pytest.mark.parametrize("descriptors", [NETWORK, STICK, b"", said.with_interfaces(said.STORAGE, said.KEYBOARD)])
def test_people_let_in_nothing_but_a_keyboard(devices: Path, descriptors: bytes) -> None:
    plug(devices, "1-2", descriptors, 3)
    assert not Bus(devices).admit("1-2", "3")
    assert used(devices) == []


@pytest.mark.parametrize("port", ["usb1", "1-0:1.0", "../1-2", "1-2/..", "", ".", "1-2 ", "1-२", "1-9"])
def test_people_let_in_nothing_elsewhere(devices: Path, port: str) -> None:
    plug(devices, "1-2", KEYBOARD, 3)
    assert not Bus(devices).admit(port, "3")
    assert used(devices) == []


def test_what_says_nothing_is_refused(devices: Path) -> None:
    plug(devices, "1-2", b"")
    (barred,) = Bus(devices).settle()
    assert barred.verdict.reason == "says nothing that can be understood"


def test_what_went_meanwhile_is_nothing(devices: Path) -> None:
    (devices / "1-2").mkdir()
    assert Bus(devices).settle() == ()


def test_what_the_kernel_does_not_start_is_told(devices: Path) -> None:
    plug(devices, "1-2", STICK)
    (devices / "1-2" / "authorized").unlink()
    (devices / "1-2" / "authorized").mkdir()
    (barred,) = Bus(devices).settle()
    assert barred.verdict.reason == "does not work: Is a directory"


def test_it_is_told_as_json(devices: Path, tmp_path: Path) -> None:
    plug(devices, "1-2", NETWORK, 7)
    (devices / "1-2" / "product").write_bytes(b"\xff\x1b[31m" + b"x" * 100)
    tell(Bus(devices).settle(), tmp_path / "usb")
    (told,) = json.loads((tmp_path / "usb").read_text())
    assert told["said"] == "\ufffd\x1b[31m" + "x" * 34 + " (1234:5678)"
    assert {name: told[name] for name in ("port", "number", "answer")} == {
        "port": "1-2",
        "number": "7",
        "answer": "refuse",
    }
