"""Secure Boot in OVMF: what is signed starts; what is not, or was changed afterwards, is refused by the firmware."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from image.build import CACHE
from image.root import inside, tree
from tests.guest.sticks import fat
from tests.image.machine import BUILT, Booted
from tests.image.test_media import FIRMWARE, USB

pytestmark = pytest.mark.image
KEYS = Path("/usr/share/ovmf/PkKek-1-snakeoil")
"""The key that Debian's test firmware trusts; its passphrase is `snakeoil`."""
FIRST = "Put it in, then press Enter."


def made(work: Path) -> Path:
    """Return the image's EFI program with the serial line in its command line, which Secure Boot lets nobody change."""
    for name in ("kernel", "initrd", "os-release"):
        shutil.copy(BUILT / name, work)
    (work / "cmdline").write_text((BUILT / "cmdline").read_text().strip() + " terminal=ttyS0")
    stub = "--stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub"
    parts = ("--linux=kernel", "--initrd=initrd", "--cmdline=@cmdline", "--os-release=@os-release", "--uname=test")
    inside(tree("tools", CACHE), "ukify", "build", *parts, stub, "--output=image.efi", work=work)
    return work / "image.efi"


def signed(program: Path) -> Path:
    """Return it signed with the key."""
    key, to = program.with_name("key"), program.with_name("signed.efi")
    passphrase = ("-passin", "pass:snakeoil")
    subprocess.run(["openssl", "pkey", *passphrase, "-in", f"{KEYS}.key", "-out", key], check=True)
    subprocess.run(["sbsign", "--key", key, "--cert", f"{KEYS}.pem", "--output", to, program], check=True)
    return to


def changed(program: Path) -> Path:
    """Return it with one octet of its root changed."""
    octets = bytearray(program.read_bytes())
    octets[len(octets) // 2] ^= 1
    program.write_bytes(octets)
    return program


def stick(program: Path) -> Path:
    """Return a stick that starts it."""
    image = fat(program.with_name("stick"), program.stat().st_size + (8 << 20), "-F", "32")
    subprocess.run(["mmd", "-i", image, "::EFI", "::EFI/BOOT"], check=True)
    subprocess.run(["mcopy", "-i", image, program, "::EFI/BOOT/BOOTX64.EFI"], check=True)
    return image


def start(machine: Booted, medium: Path, tmp_path: Path) -> None:
    """Start the machine with Secure Boot on."""
    variables = shutil.copy(FIRMWARE / "OVMF_VARS_4M.snakeoil.fd", tmp_path)
    machine.start(
        *("-machine", "q35,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on"),
        *("-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={FIRMWARE}/OVMF_CODE_4M.secboot.fd"),
        *("-drive", f"if=pflash,format=raw,unit=1,file={variables}"),
        *("-drive", f"if=none,id=medium,format=raw,readonly=on,file={medium}", "-device", USB),
    )


def test_what_is_signed_starts(tmp_path: Path) -> None:
    with Booted() as machine:
        start(machine, stick(signed(made(tmp_path))), tmp_path)
        terminal = machine.terminal()
        terminal.waits(lambda: FIRST in terminal.text, "the first question")


WRONG: dict[str, Callable[[Path], Path]] = {"unsigned": Path, "changed": lambda program: changed(signed(program))}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_anything_else_is_refused(tmp_path: Path, wrong: Callable[[Path], Path]) -> None:
    with Booted() as machine:
        start(machine, stick(wrong(made(tmp_path))), tmp_path)
        terminal = machine.terminal()
        terminal.waits(lambda: "Access Denied" in terminal.raw.decode(errors="replace"), "the firmware's refusal")
