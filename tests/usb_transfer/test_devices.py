"""Sticks as udev tells of them, in every order, and which disks are the machine's own."""

import os
from pathlib import Path

import pytest

from tests.usb_transfer.bed import play
from usb_transfer.devices import taken_by_machine

ORDERS = "tests.usb_transfer.orders"


def test_every_order_that_somebody_thought_of() -> None:
    assert play(ORDERS, "cases") == "0 sequences\n"


def test_random_orders_lose_no_event_and_leave_no_thread() -> None:
    assert play(ORDERS, "0", "100") == "100 sequences\n"


@pytest.mark.long
def test_more_random_orders() -> None:
    assert play(ORDERS, "100", "1000") == "1000 sequences\n"


def test_what_the_machine_runs_on_is_taken_down_to_the_disk(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/root rw\n"
        "23 22 8:33 / /boot/efi rw - vfat /dev/sdc1 rw\n"
        "24 22 8:17 / /media/olga/REQUESTS rw - vfat /dev/sdb1 rw\n"
        "25 22 0:40 /@home /home rw - btrfs /dev/null rw\n"
        "26 22 0:41 / /proc rw - proc proc rw\n"
        "27 22 0:42 / /gone rw - btrfs /dev/no-such-device rw\n"
    )
    for above, below in (("253:0", "253:1"), ("253:1", "8:1")):
        slave = tmp_path / above / "slaves" / "below"
        slave.mkdir(parents=True)
        (slave / "dev").write_text(f"{below}\n")
    null = os.stat("/dev/null").st_rdev  # noqa: PTH116  # a device that every machine has
    assert taken_by_machine(mounts, tmp_path) == {
        *("253:0", "253:1", "8:1"),  # an encrypted root, and what lies below it
        "8:33",
        f"{os.major(null)}:{os.minor(null)}",  # btrfs has numbers of its own; its device is named beside them
        *("0:41", "0:42"),
    }


def test_this_machine_runs_on_something() -> None:
    assert taken_by_machine()
