"""The image's media: started by UEFI as a stick, as a disc and as a disk, and taken out once it runs."""

import shutil
from pathlib import Path

import pytest

from tests.image.machine import BUILT, Booted
from tests.tui.terminal import ENTER

pytestmark = pytest.mark.image
FIRMWARE = Path("/usr/share/OVMF")
LIMIT = 90_000_000
ISO, DISK = BUILT / "offline-root.iso", BUILT / "offline-root.disk"
USB = "usb-storage,id=medium,bus=xhci.0,drive=medium,removable=on,bootindex=0"
MEDIA = {
    "ISO on a stick": (ISO, USB),
    "ISO on a disc": (ISO, "ide-cd,id=medium,drive=medium,bootindex=0"),
    "disk on a stick": (DISK, USB),
}
ON_SERIAL = "type=11,value=io.systemd.stub.kernel-cmdline-extra=terminal=ttyS0"
"""How firmware adds to the command line, where Secure Boot does not forbid it."""


def start(machine: Booted, tmp_path: Path, medium: Path, device: str, *more: str) -> None:
    """Start a machine by UEFI from a medium."""
    variables = shutil.copy(FIRMWARE / "OVMF_VARS_4M.fd", tmp_path)
    machine.start(
        *("-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={FIRMWARE}/OVMF_CODE_4M.fd"),
        *("-drive", f"if=pflash,format=raw,unit=1,file={variables}"),
        *("-drive", f"if=none,id=medium,format=raw,readonly=on,file={medium}", "-device", device, *more),
    )


def test_the_iso_is_small() -> None:
    assert ISO.stat().st_size <= LIMIT


@pytest.mark.parametrize(("medium", "device"), MEDIA.values(), ids=MEDIA)
def test_it_starts_and_needs_its_medium_no_more(tmp_path: Path, medium: Path, device: str) -> None:
    with Booted() as machine:
        start(machine, tmp_path, medium, device, "-smbios", ON_SERIAL)
        terminal = machine.terminal()
        terminal.waits(lambda: "Put it in, then press Enter." in terminal.text, "the first question")
        if device == USB:
            machine.unplug("medium")
        terminal.press(ENTER)
        terminal.waits(lambda: "go on without" in terminal.text, "what is plugged in")
        terminal.type("memory")
        terminal.comes_home("THERE IS NO AUTHORITY HERE")
