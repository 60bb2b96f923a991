"""The image from inside: what it must not be able to do, asserted in the running machine."""

from collections.abc import Iterator
from typing import Any

import pytest

from image import modules
from tests.image.machine import BUILT, Probed

pytestmark = pytest.mark.image


@pytest.fixture(scope="module")
def machine() -> Iterator[Probed]:
    """Yield the machine, with the program on its serial line."""
    with Probed() as running:
        terminal = running.terminal()
        terminal.waits(lambda: "Put it in, then press Enter." in terminal.text, "the first question")
        yield running


def test_there_is_no_network(machine: Probed) -> None:
    assert machine.ask("network") == {"interfaces": ["lo"], "up": 0, "IPv4": "ENETUNREACH", "IPv6": "EAFNOSUPPORT"}


def test_no_module_can_be_loaded_any_more(machine: Probed) -> None:
    found = machine.ask("modules")
    allowed = {modules.plain(str(each)) for each in modules.paths(BUILT / "root", modules.allowed())}
    assert set(found["loaded"]) <= set(found["there"]) == allowed
    assert {"usb_storage", "vfat", "ext4", "dm_crypt", "usbhid"} <= set(found["loaded"])
    assert all(found["networks"])
    assert (found["signed"], found["closed"]) == ([-1, "EPERM"], ["1"])


def test_the_root_cannot_be_written(machine: Probed) -> None:
    found = machine.ask("files")
    assert found["root"][0] == "squashfs"
    assert "ro" in found["root"][1].split(",")
    assert found["write"] == "EROFS"


def test_nothing_runs_with_the_rights_of_its_owner_or_out_of_memory(machine: Probed) -> None:
    found = machine.ask("files")
    assert found["setuid"] == []
    assert {at for at, options in found["mounts"].items() if "noexec" not in options} == set()
    assert {at for at, options in found["mounts"].items() if "nosuid" not in options} == set()


def test_there_is_no_swap(machine: Probed) -> None:
    assert machine.ask("files")["swaps"] == []


def test_there_is_no_way_in_and_nothing_that_builds(machine: Probed) -> None:
    found = machine.ask("files")
    ways_in = {"bash", "busybox", "su", "login", "agetty", "getty", "passwd", "ip", "ifconfig", "ping", "ssh", "nc"}
    builders = {"gcc", "cc", "ld", "perl", "pip", "pip3", "dpkg", "curl", "wget"}
    assert not (ways_in | builders) & set(found["programs"])
    assert found["tests"] == []


def test_the_kernel_is_locked_down(machine: Probed) -> None:
    found = machine.ask("kernel")
    assert "[confidentiality]" in found["lockdown"]
    assert {found["memory"], found["kcore"]} <= {"EPERM", "ENOENT"}
    assert (found["core"], found["suid_dumpable"]) == (["|/usr/bin/false"], ["0"])


def test_what_runs(machine: Probed) -> None:
    found: list[dict[str, Any]] = machine.ask("processes")
    known = (
        "/bin/sh /usr/lib/offline-root/start",
        "/usr/lib/systemd/systemd-udevd",
        "python3 -I -B -m image.guard",
        "python3 -I -B -m image.helper",
        "python3 -P -s -B -m image.session",
    )
    assert [each for each in found if not " ".join(each["command"]).startswith(known)] == []
    assert [each for each in found if each["core"] != ["0", "0"]] == []


def test_the_program_has_no_rights(machine: Probed) -> None:
    found: list[dict[str, Any]] = machine.ask("processes")
    (program,) = [each for each in found if each["command"][-1] == "image.session"]
    assert (set(program["Uid"]), set(program["Gid"]), program["Groups"]) == ({"1000"}, {"1000"}, [])
    assert {program[name][0].strip("0") for name in ("CapPrm", "CapEff", "CapBnd", "CapInh")} == {""}
    assert (program["NoNewPrivs"], program["terminal"]) == (["1"], "/dev/ttyS0")
