"""A few sticks in a real kernel, in every run. `./run test long` has all kinds, with a ceremony after each."""

from pathlib import Path

import pytest

from tests.guest.machine import Guest
from tests.guest.sticks import LABEL, bad_blocks, put, worn
from tests.guest.test_plugged import BAD, BAD_BLOCKS, CSR, GOOD, assert_used

FEW = ("two volumes in GPT", "ISO")


def test_is_read_and_written_while_a_keyboard_is_plugged_in_too(guest: Guest, tmp_path: Path) -> None:
    with guest.plugged(GOOD["FAT32 in GPT"](tmp_path)):
        guest.qmp("device_add", driver="usb-kbd", id="keyboard", bus="xhci.0")
        assert_used(guest.python("tests.guest.inside:chosen", LABEL))
        guest.unplug("keyboard")


@pytest.mark.parametrize("kind", FEW)
def test_is_not_used_for_a_reason(guest: Guest, tmp_path: Path, kind: str) -> None:
    make, reason = BAD[kind]
    with guest.plugged(make(tmp_path)):
        assert guest.python("tests.guest.inside:unfit", "STICK") == reason


@pytest.mark.parametrize(("when", "case", "words"), BAD_BLOCKS.values(), ids=BAD_BLOCKS)
def test_bad_blocks_are_said(guest: Guest, tmp_path: Path, when: str, case: str, words: str) -> None:
    stick = put(worn(tmp_path / "stick"), "test.csr", CSR)
    with guest.plugged(stick, block=bad_blocks(stick, when)):
        assert words in guest.python("tests.guest.inside:trouble", "STICK", 1, case)


def test_write_protected_is_said(guest: Guest, tmp_path: Path) -> None:
    with guest.plugged(GOOD["FAT16"](tmp_path), read_only=True):
        assert "is write-protected" in guest.python("tests.guest.inside:trouble", "STICK", 1, "deliver")
