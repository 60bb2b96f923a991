"""The process with rights: what it does for whom, and what nobody gets from it."""

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image import helper
from image.bus import Bus
from image.helper import Helper, Refused, serve
from tests.image.descriptors import KEYBOARD, with_interfaces
from tests.image.test_bus import plug, used

MOUNT = ("mount", "-t", "vfat", "-o")
SAFE = "nosuid,nodev,noexec,umask=077,uid=1000,gid=1000"


@dataclass(frozen=True, slots=True)
class Recorded(Helper):
    """A helper that only writes down what it would run; a program of these names fails."""

    done: list[tuple[str, ...]] = field(default_factory=list)
    failing: tuple[str, ...] = ()

    def run(self, *command: str, secret: bytes = b"") -> None:
        """Write it down."""
        self.done.append((*command, f"<{secret.decode()}") if secret else command)
        if command[0] in self.failing:
            raise Refused(f"{command[0]}: it does not go")


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    """Return the kernel's folder of block devices: sda is a stick, sdb a disk inside the machine."""
    blocks = tmp_path / "class"
    blocks.mkdir()
    for name, bus in (("sda", "usb2/2-1"), ("sda1", "usb2/2-1"), ("sdb", "ata1"), ("loop0", "virtual")):
        device = tmp_path / "devices" / bus / "block" / name
        device.mkdir(parents=True)
        (blocks / name).symlink_to(device)
    (blocks / "sdc").mkdir()
    return blocks


@pytest.mark.parametrize(
    ("question", "options"),
    [
        (b"mount ro vfat sda1", f"ro,utf8=1,{SAFE}"),
        (b"mount rw vfat sda1", f"rw,flush,utf8=1,{SAFE}"),
    ],
)
def test_a_stick_is_mounted_for_the_user_alone(devices: Path, question: bytes, options: str) -> None:
    asked = Recorded(devices)
    assert asked.answer(question) == b"ok"
    assert asked.done == [(*MOUNT, options, "--", "/dev/sda1", "/run/offline-root/stick")]


def test_it_is_unmounted(devices: Path) -> None:
    asked = Recorded(devices)
    assert asked.answer(b"unmount") == b"ok"
    assert asked.done == [("umount", "--", "/run/offline-root/stick")]


def test_one_that_was_left_mounted_is_unmounted_first(devices: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helper, "STICK", Path("/proc"))  # something is mounted there
    asked = Recorded(devices)
    assert asked.answer(b"mount ro exfat sda") == b"ok"
    assert [command[0] for command in asked.done] == ["umount", "mount"]


OPEN = ("cryptsetup", "--type", "luks2", "--key-file", "-", "open", "--", "/dev/sda", "state", "<a pass\nphrase")
USE = ("mount", "-t", "ext4", "-o", "rw,nosuid,nodev,noexec,errors=remount-ro", "--", "/dev/mapper/state")


def test_the_state_disk_is_opened_with_the_passphrase_from_the_second_line(devices: Path) -> None:
    asked = Recorded(devices)
    assert asked.answer(b"state-open sda\na pass\nphrase") == b"ok"
    assert asked.done == [OPEN, (*USE, "/var/lib/offline-root")]


def test_the_state_disk_is_made_and_used(devices: Path) -> None:
    asked = Recorded(devices)
    assert asked.answer(b"state-make sda\na pass\nphrase") == b"ok"
    assert [each[0] for each in asked.done] == ["cryptsetup", "cryptsetup", "mkfs.ext4", "mount"]
    assert asked.done[0][-4:] == ("luksFormat", "--", "/dev/sda", "<a pass\nphrase")
    assert asked.done[1] == OPEN


@pytest.mark.parametrize("verb", ["make", "open"])
def test_a_second_state_disk_is_refused(devices: Path, monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    monkeypatch.setattr(helper, "MAPPED", Path("/dev/null"))
    asked = Recorded(devices)
    assert asked.answer(f"state-{verb} sda\nsecret".encode()) == b"a state disk is open already"
    assert asked.done == []


@pytest.mark.parametrize("failing", ["mount", "mkfs.ext4"])
def test_a_state_disk_that_cannot_be_used_is_closed_again(devices: Path, failing: str) -> None:
    asked = Recorded(devices, failing=(failing,))
    assert asked.answer(b"state-make sda\nsecret") == f"{failing}: it does not go".encode()
    assert asked.done[-1] == ("cryptsetup", "close", "state")


def test_a_second_keyboard_is_let_in(devices: Path, tmp_path: Path) -> None:
    usb = tmp_path / "usb"
    usb.mkdir()
    plug(usb, "1-2", with_interfaces(KEYBOARD), 3)
    asked = Recorded(devices, Bus(usb))
    assert asked.answer(b"keyboard 1-2 3") == b"ok"
    assert asked.answer(b"keyboard 1-2 4") == b"no such keyboard waits there"
    assert used(usb) == ["1-2"]


def test_why_it_did_not_go_is_the_answer(devices: Path) -> None:
    assert Recorded(devices, failing=("umount",)).answer(b"unmount") == b"umount: it does not go"


HOSTILE = [
    b"", b" ", b"mount", b"mount ro vfat", b"mount ro vfat sda1 -o", b"mount  ro vfat sda1", b"MOUNT ro vfat sda1",
    b"mount rw,suid vfat sda1", b"mount rw ext4 sda1", b"mount rw vfat,exfat sda1", b"mount ro vfat sda1 \n",
    b"mount ro vfat /dev/sda1", b"mount ro vfat ../sda1", b"mount ro vfat sda1/../sdb", b"mount ro vfat -a",
    b"mount ro vfat sdb", b"mount ro vfat sdc", b"mount ro vfat sdd", b"mount ro vfat loop0",
    b"mount ro vfat $(reboot)", "mount ro vfat sda१".encode(), b"mount ro vfat sda1\0", b"mount ro vfat .",
    b"mount ro vfat ..", b"mount ro vfat sda1;reboot",
    b"state-make sda", b"state-open sda\n", b"state-open sdb\nsecret", b"state-make sdb\nsecret", b"state-close",
    b"keyboard", b"keyboard 1-2", b"keyboard 1-2 3 4", b"keyboard 1-2 3\n", b"keyboard ../../etc 3", b"keyboard usb1 1",
    b"unmount /", b"unmount -l", b"sh", b"run reboot", b"mount ro vfat " + b"sda" * 80, bytes(range(256)),
]  # fmt: skip


@pytest.mark.parametrize("question", HOSTILE, ids=repr)
def test_nothing_else_is_done(devices: Path, question: bytes) -> None:
    asked = Recorded(devices)
    assert asked.answer(question) != b"ok"
    assert asked.done == []


@given(st.binary(max_size=helper.LONGEST) | st.text(max_size=60).map(lambda text: f"mount ro vfat {text}".encode()))
def test_no_octets_at_all_reach_a_program(question: bytes) -> None:
    asked = Recorded(Path("/nonexistent"))
    answer = asked.answer(question)
    assert asked.done == ([("umount", "--", str(helper.STICK))] if question.partition(b"\n")[0] == b"unmount" else [])
    assert (answer == b"ok") == bool(asked.done)


def test_a_program_that_fails_or_is_not_there_is_an_answer() -> None:
    with pytest.raises(Refused, match="false ended with 1"):
        Helper().run("false")
    with pytest.raises(Refused, match="No such file"):
        Helper().run("/nonexistent")
    with pytest.raises(Refused, match="cannot access"):
        Helper().run("ls", "/nonexistent")


def test_whoever_hangs_up_is_left_and_the_next_is_served(tmp_path: Path, devices: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(str(tmp_path / "socket"))
        listening.listen()

        def until_closed() -> None:
            with suppress(OSError):
                serve(Recorded(devices), listening)

        threading.Thread(target=until_closed, daemon=True).start()
        for question, wanted in ((b"", b""), (b"x" * 100_000, b""), (b"unmount", b"ok")):
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asking:
                asking.connect(str(tmp_path / "socket"))
                if question:
                    asking.send(question)
                if wanted:
                    assert asking.recv(helper.LONGEST) == wanted
