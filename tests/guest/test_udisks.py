"""A desktop's way to mount: real udisks2, real D-Bus, real kernel."""

from pathlib import Path

import pytest

from tests.guest import udisks
from tests.guest.machine import Guest
from tests.guest.sticks import LABEL, fat, put
from tests.guest.test_plugged import CSR, assert_used

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def desktop(guest: Guest) -> Guest:
    guest.python("tests.guest.udisks:start", str(udisks.fetch()))
    return guest


def test_a_stick_is_read_and_written_through_udisks2(desktop: Guest, tmp_path: Path) -> None:
    with desktop.plugged(put(fat(tmp_path / "stick"), "test.csr", CSR)):
        assert_used(desktop.python("tests.guest.udisks:chosen", LABEL, False))
