"""A stick at work: found again by what it is, mounted no longer than needed, and missed in words when it is pulled."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from tests.usb_transfer.test_mounting import STICK
from usb_transfer.devices import Devices
from usb_transfer.errors import VolumeError
from usb_transfer.mounting import Mounted
from usb_transfer.plugged import Plugged
from usb_transfer.sticks import Event, Kind, Stick, Unfit, changes

FAILED = VolumeError("It failed.", meaning="", mend="", retry=True)


@dataclass
class Machine:
    """FAKE devices and a FAKE way to mount, which keeps account."""

    at: Path
    sticks: tuple[Stick, ...] = (STICK,)
    calls: list[str] = field(default_factory=list)
    fails: bool = False
    told: tuple[Stick, ...] = (STICK,)

    def look(self, wait: float = 0) -> tuple[Event, ...]:
        before, self.told = self.told, self.sticks
        return changes(before, self.sticks)

    def mount(self, stick: Stick, *, write: bool) -> Mounted:
        self.calls.append(f"{stick.node} {'rw' if write else 'ro'}")

        def unmount() -> None:
            self.calls.append("unmount")
            if self.fails:
                raise FAILED

        return Mounted(self.at, unmount)

    def chosen(self) -> Plugged:
        return Plugged(STICK, cast("Devices", self), lambda: self.mount)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize(("write", "how"), [(False, "ro"), (True, "rw")], ids=["read", "write"])
def test_mounted_no_longer_than_needed(machine: Machine, write: bool, how: str) -> None:
    with machine.chosen().mounted(write=write) as at:
        assert at == machine.at
        assert machine.calls == [f"/dev/sdb1 {how}"]
    assert machine.calls[1:] == ["unmount"]


def test_in_another_port_it_is_found_under_its_new_name(machine: Machine) -> None:
    machine.sticks = (replace(STICK, serial="OTHER"), replace(STICK, path="/devices/sdc", node="/dev/sdc1"))
    with machine.chosen().mounted(write=False):
        assert machine.calls == ["/dev/sdc1 ro"]


ABSENT: dict[str, tuple[tuple[Stick, ...], str]] = {
    "gone": ((), "not plugged in"),
    "another in its place": ((replace(STICK, serial="OTHER"),), "not plugged in"),
    "twice": ((STICK, replace(STICK, path="/devices/sdc")), "two of them"),
    "not fit any more": ((replace(STICK, unfit=Unfit.NO_MEDIUM),), "nothing in it"),
}


@pytest.mark.parametrize(("there", "said"), ABSENT.values(), ids=ABSENT)
def test_absent(machine: Machine, there: tuple[Stick, ...], said: str) -> None:
    machine.sticks = there
    with pytest.raises(VolumeError, match=said), machine.chosen().mounted(write=False):
        pass
    assert machine.calls == []


def test_write_protected_can_be_read_only(machine: Machine) -> None:
    machine.sticks = (replace(STICK, write_protected=True),)
    with machine.chosen().mounted(write=False):
        pass
    with pytest.raises(VolumeError, match="write-protected"), machine.chosen().mounted(write=True):
        pass
    assert machine.calls == ["/dev/sdb1 ro", "unmount"]


def _fail() -> None:
    raise FAILED


@pytest.mark.parametrize("work", [_fail, lambda: None], ids=["at work", "when unmounted"])
def test_pulled(machine: Machine, work: Callable[[], None]) -> None:
    machine.fails = True
    with pytest.raises(VolumeError, match=r"The stick 'X' \(serial AA01\) was taken out too early\."):  # noqa: PT012, SIM117
        with machine.chosen().mounted(write=True):
            machine.sticks = ()
            work()
    assert machine.calls[1:] == ["unmount"]


def test_pulled_and_put_back_is_pulled(machine: Machine) -> None:
    def twice(wait: float = 0) -> tuple[Event, ...]:
        return (Event(Kind.REMOVED, STICK), Event(Kind.INSERTED, STICK))

    machine.fails = True
    with pytest.raises(VolumeError, match="taken out too early"), machine.chosen().mounted(write=True):
        machine.look = twice  # type: ignore[method-assign]


@pytest.mark.parametrize("work", [_fail, lambda: None], ids=["at work", "when unmounted"])
def test_a_failure_of_a_stick_that_is_still_there_is_told_as_it_is(machine: Machine, work: Callable[[], None]) -> None:
    machine.fails = True
    with pytest.raises(VolumeError, match="It failed"), machine.chosen().mounted(write=True):
        work()
    assert machine.calls[1:] == ["unmount"]


def test_unmounted_when_the_program_is_interrupted(machine: Machine) -> None:
    with pytest.raises(KeyboardInterrupt), machine.chosen().mounted(write=True):
        raise KeyboardInterrupt
    assert machine.calls[1:] == ["unmount"]
