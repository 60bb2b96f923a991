"""Hostile devices on USB, plugged into the running image: refused before the kernel uses them, shown, and no more.

QEMU has no device that is two things at once: what says that of itself comes by usbredir, and is only words.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.guest.sticks import fat, partitioned, with_octets
from tests.image import descriptors as said
from tests.image.machine import Probed
from tests.image.redirected import Redirected
from tests.tui.terminal import Terminal

pytestmark = pytest.mark.image
FIRST = "then press Enter."
NOT_USED = "says that it is {}: that is not used here"
DEVICES = {
    "a network": ("usb-net", "a network or a modem"),
    "sound": ("usb-audio", "sound"),
    "a mouse": ("usb-mouse", "an input device that is no keyboard"),
    "a smart card reader": ("usb-ccid", "a smart card reader"),
}
WORDS = {
    "a stick that types": (
        said.with_interfaces(said.STORAGE, said.KEYBOARD),
        NOT_USED.format("a keyboard and storage"),
    ),
    "a network that types": (
        said.with_interfaces(said.NETWORK, said.KEYBOARD),
        NOT_USED.format("a keyboard and a network or a modem"),
    ),
    "a hub that types": (
        said.with_interfaces(said.HUB, said.KEYBOARD, base=9),
        NOT_USED.format("a hub and a keyboard"),
    ),
}


@pytest.fixture(scope="module")
def machine() -> Iterator[Probed]:
    """Yield the machine."""
    with Probed() as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def person(machine: Probed) -> Terminal:
    """Return who sits there, before the first question."""
    terminal = machine.terminal()
    asks(terminal, FIRST)
    return terminal


@contextmanager
def plugged(machine: Probed, driver: str, id: str = "hostile", **more: str) -> Iterator[None]:  # noqa: A002
    """Plug a device in, as long as this is open."""
    machine.qmp("device_add", driver=driver, id=id, bus="xhci.0", **more)
    try:
        yield
    finally:
        machine.unplug(id)


@contextmanager
def redirected(machine: Probed, descriptors: bytes) -> Iterator[None]:
    """Plug in a device that says this of itself, as long as this is open."""
    path = machine.base / "redirected"
    path.unlink(missing_ok=True)
    address = {"type": "unix", "data": {"path": str(path)}}
    with Redirected(path, descriptors):
        machine.qmp("chardev-add", id="words", backend={"type": "socket", "data": {"addr": address, "server": False}})
        with plugged(machine, "usb-redir", chardev="words"):  # the line goes with it
            yield


def barred(machine: Probed, count: int) -> list[dict[str, Any]]:
    """Return what is not used, once there is so much of it."""
    while len(found := machine.ask("usb")["barred"]) != count:
        continue
    return list(found)


def asks(person: Terminal, question: str) -> None:
    """Wait for a question as the last thing on the terminal."""
    person.waits(lambda: "".join(person.text.split()).endswith("".join(question.split())), question)


def shown(person: Terminal, *texts: str) -> None:
    """Ask what is plugged in until it is on the screen: the kernel takes a while to look at a stick."""
    wanted = ["".join(each.split()) for each in texts]  # the terminal breaks anywhere
    seen = ""
    while not all(each in seen for each in wanted):
        asks(person, FIRST)
        person.type("")
        asks(person, ">")
        seen = "".join(person.text.split())
        person.type("")


@pytest.mark.parametrize(("driver", "what"), DEVICES.values(), ids=DEVICES)
def test_a_device_of_another_kind(machine: Probed, person: Terminal, driver: str, what: str) -> None:
    before = machine.ask("usb")
    with plugged(machine, driver):
        (found,) = barred(machine, 1)
        assert (found["answer"], what in found["reason"]) == ("refuse", True)
        assert machine.ask("usb")["interfaces"] == before["interfaces"]
        shown(person, "NOT USED", found["reason"])
    assert barred(machine, 0) == []
    assert machine.ask("network")["interfaces"] == ["lo"]


@pytest.mark.parametrize(("descriptors", "what"), WORDS.values(), ids=WORDS)
def test_a_device_that_is_two_things_at_once_or_none(
    machine: Probed, person: Terminal, descriptors: bytes, what: str
) -> None:
    with redirected(machine, descriptors):
        (found,) = barred(machine, 1)
        assert (found["answer"], found["reason"]) == ("refuse", what)
        shown(person, "NOT USED", found["reason"])
    assert barred(machine, 0) == []


def test_the_programs_user_may_speak_with_what_says_that_it_is_a_yubihsm(machine: Probed) -> None:
    before = machine.ask("usb")
    with redirected(machine, said.with_interfaces(said.VENDOR, numbers=said.YUBIHSM)):
        while len(found := machine.ask("usb")["nodes"]) == len(before["nodes"]) or 1000 not in found.values():
            continue
        now = machine.ask("usb")
        assert (len(now["used"]), now["barred"]) == (len(before["used"]) + 1, [])
        assert now["interfaces"] == before["interfaces"]  # no driver of the kernel takes it


def test_a_second_keyboard_is_asked_about(machine: Probed, person: Terminal) -> None:
    with plugged(machine, "usb-kbd"), plugged(machine, "usb-kbd", id="second"):
        (found,) = barred(machine, 1)
        assert found["answer"] == "ask"
        before = machine.ask("usb")["interfaces"]
        person.type("", "")
        asks(person, "Type USE to use both; Enter leaves it off:")
        person.type("")
        asks(person, FIRST)
        assert machine.ask("usb")["barred"] == [found]
        person.type("", "")
        asks(person, "Type USE to use both; Enter leaves it off:")
        person.type("USE")
        asks(person, FIRST)
        assert barred(machine, 0) == []
        while len(machine.ask("usb")["interfaces"]) == len(before):
            continue


def test_hostile_sticks_are_shown_and_the_machine_stays_up(machine: Probed, person: Terminal, tmp_path: Path) -> None:
    sticks = {
        "has no file system": with_octets(tmp_path / "zeros"),
        "holds more than one volume": partitioned(tmp_path / "two", "dos", *(fat(tmp_path / each) for each in "ab")),
        "is encrypted": with_octets(tmp_path / "luks", (0, b"LUKS\xba\xbe\0\1" + bytes(100))),
    }
    for refusal, image in sticks.items():
        with machine.plugged(image, "hostile"):
            shown(person, "serial HOSTILE", refusal)
