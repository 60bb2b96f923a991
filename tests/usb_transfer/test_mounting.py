"""Mounting: the real mount(8) on a loop device where this may be done, udisks2 played by a script, and what is said."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import usb_transfer
from offline_root import errors
from offline_root.plugged import PluggedStick
from usb_transfer import appliance, mounting
from usb_transfer.errors import VolumeError
from usb_transfer.mounting import by_helper, by_kernel, by_udisks, mounted_at, way_to_mount
from usb_transfer.sticks import Stick

STICK = Stick("/devices/sdb", "/dev/sdb1", "Flash Disk", "AA01", "X", 1, "vfat", write_protected=False, unfit=None)
NEEDS = "NOT TESTED, mounting for real: this needs root and loop devices. In a container: --privileged\n"


def on(node: str, file_system: str) -> Stick:
    return Stick("/loop", node, "Loop", "", "", 1, file_system, write_protected=False, unfit=None)


@dataclass
class Plugging:
    """FAKE devices, always the same."""

    sticks: tuple[Stick, ...]

    def look(self, wait: float = 0) -> tuple[()]:
        return ()


@pytest.fixture
def loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give a loop device with ext4 on it: every kernel here has that. Empty, and said loudly, where it cannot be."""
    monkeypatch.setitem(mounting._FORMS, "ext4", "noatime")
    monkeypatch.setitem(mounting._WRITING, "ext4", "rw")
    image = tmp_path / "image"
    with image.open("wb") as file:
        file.truncate(8 * 1024 * 1024)
    subprocess.run(["/sbin/mkfs.ext4", "-q", image], check=True)
    made = subprocess.run(["/sbin/losetup", "--find", "--show", image], capture_output=True, text=True, check=False)
    if made.returncode or os.geteuid():
        sys.stderr.write(NEEDS)
        yield ""
        return
    node = made.stdout.strip()
    try:
        yield node
    finally:
        subprocess.run(["/sbin/losetup", "--detach", node], check=True)


def options(at: Path) -> set[str]:
    lines = (each.split(" ") for each in Path("/proc/self/mountinfo").read_text().splitlines())
    return {option for each in lines if each[4] == str(at) for option in each[5].split(",")}


def test_reading_writing_and_reading_back(loop: str) -> None:
    if not loop:
        return
    written = by_kernel(on(loop, "ext4"), write=True)
    assert options(written.at) >= {"rw", "nosuid", "nodev", "noexec"}
    (written.at / "file").write_text("here")
    written.unmount()
    assert not written.at.exists()
    read = by_kernel(on(loop, "ext4"), write=False)
    assert options(read.at) >= {"ro", "nosuid", "nodev", "noexec"}
    assert (read.at / "file").read_text() == "here"
    with pytest.raises(OSError, match="Read-only"):
        (read.at / "other").write_text("")
    read.unmount()
    assert mounted_at(loop, Path("/proc/self/mountinfo").read_text()) is None


def test_a_response_on_a_stick_that_is_mounted_for_real(loop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written, unmounted, mounted anew and read back; nothing stays mounted, whatever fails."""
    if not loop:
        return
    stick = on(loop, "ext4")
    monkeypatch.setattr(usb_transfer, "Devices", lambda _: Plugging((stick,)))
    monkeypatch.setattr(usb_transfer, "way_to_mount", lambda: by_kernel)
    plugged = PluggedStick()
    assert plugged.choose(stick, "root").files == {}
    volume = plugged.volume()
    assert volume.write("offline-root/root/x", {"COMPLETE": b"1"}) == Path("Loop/offline-root/root/x")
    assert volume.read_back("offline-root/root/x") == {"COMPLETE": b"1"}
    with pytest.raises(errors.VolumeError, match="could not be written"):
        volume.write("offline-root/root/x", {})
    with pytest.raises(errors.VolumeError, match="No space left"):
        volume.write("offline-root/root/y", {"large": bytes(9 * 1024 * 1024)})
    assert volume.read_back("offline-root/root/x") == {"COMPLETE": b"1"}
    assert loop not in Path("/proc/self/mountinfo").read_text()


def test_busy_is_said_and_not_hidden(loop: str) -> None:
    if not loop:
        return
    mounted = by_kernel(on(loop, "ext4"), write=True)
    with (mounted.at / "open").open("w"), pytest.raises(VolumeError, match="busy"):
        mounted.unmount()
    mounted.unmount()


def test_what_cannot_be_mounted_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with pytest.raises(VolumeError, match="could not be mounted"):
        by_kernel(on("/dev/null", "vfat"), write=False)
    assert list(tmp_path.iterdir()) == []


def test_without_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(VolumeError, match="No such file"):
        by_kernel(STICK, write=False)


FORMS = {
    "plain": ("/run/media/olga/X", "/run/media/olga/X"),
    "spaces": ("/media/TWO\\040WORDS", "/media/TWO WORDS"),
    "accents": ("/media/\u017b\\011\u00e9", "/media/\u017b\t\u00e9"),
}


@pytest.mark.parametrize(("written", "path"), FORMS.values(), ids=FORMS)
def test_where_it_is_mounted(written: str, path: str) -> None:
    mounts = f"1 1 8:17 / {written} rw - vfat /dev/sdb1 rw\n2 1 8:33 / /other rw - vfat /dev/sdc1 rw\n"
    assert mounted_at("/dev/sdb1", mounts) == Path(path)
    assert mounted_at("/dev/sdd1", mounts) is None


@pytest.fixture
def udisks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Play udisksctl: it notes how it was called, and what is mounted, in two files."""
    program = tmp_path / "bin" / "udisksctl"
    program.parent.mkdir()
    mounts, calls = tmp_path / "mountinfo", tmp_path / "calls"
    mounts.write_text("")
    program.write_text(
        "#!/bin/sh\n"
        f'echo "$*" >>{calls}\n'
        f"case $1 in mount) echo '1 1 8:17 / /media/X rw - vfat /dev/sdb1 rw' >{mounts} ;; *) : >{mounts} ;; esac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setattr(mounting, "_MOUNTS", mounts)
    return tmp_path


def test_udisks(udisks: Path) -> None:
    mounted = by_udisks(STICK, write=False)
    assert mounted.at == Path("/media/X")
    mounted.unmount()
    assert (udisks / "calls").read_text().splitlines() == [
        "mount --no-user-interaction -b /dev/sdb1 -t vfat -o ro,nosuid,nodev,noexec",
        "unmount --no-user-interaction -b /dev/sdb1",
    ]


def test_a_desktop_that_was_quicker_is_undone(udisks: Path) -> None:
    by_udisks(STICK, write=False)
    by_udisks(STICK, write=True)
    verbs = [each.split(" ")[0] for each in (udisks / "calls").read_text().splitlines()]
    assert verbs == ["mount", "unmount", "mount"]


def test_udisks_that_does_nothing(udisks: Path) -> None:
    (udisks / "bin" / "udisksctl").write_text("#!/bin/sh\n")
    with pytest.raises(VolumeError, match="not mounted after all"):
        by_udisks(STICK, write=True)


def test_udisks_that_refuses(udisks: Path) -> None:
    (udisks / "bin" / "udisksctl").write_text("#!/bin/sh\necho Not authorized >&2\nexit 1\n")
    with pytest.raises(VolumeError, match="Not authorized"):
        by_udisks(STICK, write=True)


def answering(path: Path, *answers: bytes) -> list[str]:
    """Play the image's process with rights: it gives these answers; return the questions, as they come."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listening.bind(str(path))
    listening.listen()
    asked: list[str] = []

    def serve() -> None:
        with listening:
            for answer in answers:
                asking, _ = listening.accept()
                with asking:
                    asked.append(asking.recv(1000).decode())
                    if answer:
                        asking.send(answer)

    threading.Thread(target=serve, daemon=True).start()
    return asked


def test_the_image_mounts_by_its_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appliance, "FOLDER", tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    asked = answering(tmp_path / "helper", b"ok", b"ok", b"ok", b"no such disk on USB", b"")
    assert way_to_mount() is by_helper
    mounted = by_helper(STICK, write=True)
    assert mounted.at == tmp_path / "stick"
    mounted.unmount()
    by_helper(STICK, write=False)
    with pytest.raises(VolumeError, match="no such disk on USB"):
        mounted.unmount()
    with pytest.raises(VolumeError, match="whoever does it has ended"):
        mounted.unmount()
    assert [each.strip() for each in asked] == [
        "mount rw vfat sdb1",
        "unmount",
        "mount ro vfat sdb1",
        "unmount",
        "unmount",
    ]


def test_a_helper_that_has_ended_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appliance, "FOLDER", tmp_path)
    with pytest.raises(VolumeError, match="No such file"):
        by_helper(STICK, write=True)


def test_the_way_to_mount(udisks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert way_to_mount() is by_kernel
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert way_to_mount() is by_udisks
    (udisks / "bin" / "udisksctl").unlink()
    monkeypatch.setenv("PATH", str(udisks / "bin"))
    with pytest.raises(VolumeError, match="cannot be mounted"):
        way_to_mount()
