"""The posture of a machine: what it reports of itself, read and judged; what another machine measured, typed in."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from offline_root.errors import CeremonyError
from offline_root.findings import Severity
from offline_root.machine import Barred, Machine
from offline_root.posture import Judged, Kept, Measured, Posture, judge_posture, judge_self_test, read_measured
from offline_root.selftest import ANSWERS, self_test
from tests.offline_root.station.rooms import SetClock
from usb_transfer import appliance

CLOSED = Posture(
    image="ab" * 32,
    lockdown="confidentiality",
    modules_closed=True,
    interfaces=(),
    swaps=(),
    root_read_only=True,
    usb_judged=True,
    barred=(),
    kept=Kept.STATE_DISK,
    clock="2026-11-23T11:30:00Z",
)
OPEN = Posture("", "", False, ("eth0", "wlan0"), ("/dev/sda2",), False, False, (), Kept.OTHER, CLOSED.clock)


def worst(posture: Posture) -> dict[str, Severity]:
    """Return what is not as it should be."""
    return {each.about: each.severity for each in judge_posture(posture) if each.severity is not Severity.INFO}


def test_the_closed_image_is_as_it_should_be() -> None:
    assert worst(CLOSED) == {}


@pytest.mark.parametrize(
    ("about", "opened"),
    [
        ("Kernel", {"lockdown": "integrity"}),
        ("Kernel", {"modules_closed": False}),
        ("Network", {"interfaces": ("eth0",)}),
        ("Swap", {"swaps": ("/dev/sda2",)}),
        ("Root", {"root_read_only": False}),
        ("USB", {"usb_judged": False}),
    ],
)
def test_anything_open_stands_in_the_way_on_the_image_and_is_told_elsewhere(
    about: str, opened: dict[str, object]
) -> None:
    assert worst(replace(CLOSED, **opened)) == {about: Severity.REFUSE}  # type: ignore[arg-type]
    assert worst(replace(CLOSED, image="", **opened)) == {about: Severity.WARN}  # type: ignore[arg-type]


def test_what_is_in_memory_or_plugged_in_and_not_used_is_told() -> None:
    assert worst(replace(CLOSED, kept=Kept.MEMORY)) == {"Log, keys": Severity.WARN}
    found = judge_posture(replace(CLOSED, barred=("Net (1:2) says that it is a network",)))
    assert [each.said for each in found if each.severity is Severity.WARN] == [
        "not used: Net (1:2) says that it is a network"
    ]


def test_a_desktop_is_named_for_what_it_is() -> None:
    assert set(worst(OPEN)) == {"Kernel", "Network", "Swap", "Root", "USB"}
    assert [each.said for each in judge_posture(OPEN)] == [
        "not locked down; modules can be loaded",
        "interfaces besides lo: eth0, wlan0",
        "/dev/sda2",
        "can be written",
        "what is plugged in is used unseen",
        "on a disk of this machine",
    ]


def test_both_are_logged_as_words() -> None:
    assert CLOSED.facts() == {
        "image": "ab" * 32,
        "kernel": "confidentiality",
        "modules": "closed",
        "interfaces": (),
        "swaps": (),
        "root": "read-only",
        "usb": "judged",
        "not_used": (),
        "kept": "state-disk",
    }
    opened = replace(OPEN, barred=("\x1b[31mNet",)).facts()
    assert (opened["image"], opened["kernel"]) == ("not the bootable image", "not locked down")
    assert (opened["modules"], opened["root"], opened["usb"]) == ("open", "writable", "open")
    assert (opened["not_used"], opened["kept"]) == (("<U+001B>[31mNet",), "other")


def test_a_failed_self_test_stands_in_the_way() -> None:
    def fails() -> tuple[str, ...]:
        return self_test({"sum": (lambda: 1 + 1, 3)})

    assert judge_self_test() == Judged("Self-test", Severity.INFO, ", ".join(ANSWERS))
    assert judge_self_test(fails) == Judged("Self-test", Severity.REFUSE, "The self-test failed: sum.")


class TestMeasured:
    def test_is_32_digits_or_more_and_a_name(self) -> None:
        assert read_measured("AB12 " * 8, "Ada") == Measured("ab12" * 8, "Ada")
        assert read_measured("ab:" * 32, "Ada").sha256 == "ab" * 32
        assert Measured("ab12" * 8, "A\u202ea").facts() == {"measured": "ab12" * 8, "measured_by": "A<U+202E>a"}

    def test_may_be_left_out(self) -> None:
        assert read_measured("", "") == Measured()
        assert Measured().facts() == {}

    @pytest.mark.parametrize(
        ("sha256", "by"), [("ab" * 15, "Ada"), ("ab" * 33, "Ada"), ("xy" * 16, "Ada"), ("ab" * 32, ""), ("", "Ada")]
    )
    def test_is_not_half_of_it(self, sha256: str, by: str) -> None:
        with pytest.raises(CeremonyError, match="no SHA-256 with a name") as caught:
            read_measured(sha256, by)
        assert caught.value.about == ("measured" if by else "by")


NOW = datetime(2026, 11, 23, 11, 30, tzinfo=UTC)
IMAGE = {
    "sys/kernel/security/lockdown": "none integrity [confidentiality]\n",
    "proc/sys/kernel/modules_disabled": "1\n",
    "sys/module/usbcore/parameters/authorized_default": "0\n",
    "sys/class/net/lo/flags": "0x8\n",
    "proc/swaps": "Filename\tType\tSize\n",
    "proc/self/mounts": (
        "rootfs / rootfs rw 0 0\n/dev/loop0 / squashfs ro,nosuid 0 0\ntmpfs /var/lib/offline-root tmpfs rw 0 0\n"
        "/dev/mapper/state /var/lib/offline-root ext4 rw 0 0\n"
    ),
}
DESKTOP = {
    "sys/kernel/security/lockdown": "[none] integrity confidentiality\n",
    "proc/sys/kernel/modules_disabled": "0\n",
    "sys/class/net/lo/flags": "0x9\n",
    "sys/class/net/eth0/flags": "0x1003\n",
    "proc/swaps": "Filename\tType\tSize\n/dev/sda2 partition 1\n",
    "proc/self/mounts": "/dev/sda1 / ext4 rw,relatime 0 0\ntmpfs /tmp tmpfs rw 0 0\n",
}
HOME = Path("/var/lib/offline-root")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the image's folder."""
    monkeypatch.setattr(appliance, "FOLDER", tmp_path / "run")
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def machine(root: Path, files: dict[str, str]) -> Machine:
    """Return a machine of which the kernel tells this."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return Machine(root, SetClock(NOW))


class TestRead:
    def test_on_the_image(self, tmp_path: Path, folder: Path) -> None:
        (folder / "image").write_text("ab" * 32)
        assert machine(tmp_path, IMAGE).posture(HOME) == CLOSED

    def test_on_a_desktop(self, tmp_path: Path) -> None:
        found = machine(tmp_path, DESKTOP).posture(HOME)
        assert found == replace(OPEN, lockdown="none", interfaces=("eth0",))

    def test_where_the_kernel_tells_nothing(self, tmp_path: Path) -> None:
        assert Machine(tmp_path / "nothing", SetClock(NOW)).posture(HOME) == replace(OPEN, interfaces=(), swaps=())

    @pytest.mark.parametrize(
        ("home", "kept"),
        [("/tmp/home", Kept.MEMORY), ("/var/lib/offline-root/deeper", Kept.OTHER), ("/tmpfs", Kept.OTHER)],  # noqa: S108
    )
    def test_where_it_is_kept(self, tmp_path: Path, home: str, kept: Kept) -> None:
        files = {**IMAGE, "proc/self/mounts": IMAGE["proc/self/mounts"] + "tmpfs /tmp tmpfs rw 0 0\n"}
        assert machine(tmp_path, files).posture(Path(home)).kept is kept

    def test_what_is_not_used(self, tmp_path: Path, folder: Path) -> None:
        (folder / "usb").write_text(
            '[{"port": "1-1", "number": "2", "said": "Net", "answer": "refuse", "reason": "is a network"}]'
        )
        assert Machine(tmp_path).posture(HOME).barred == ("Net is a network",)

    def test_nothing_is_let_in_where_nobody_has_rights(self, tmp_path: Path) -> None:
        keyboard = Barred("1-2", "3", "Keys", asks=True, reason="is a keyboard besides the one in use")
        assert not Machine(tmp_path).admit(keyboard)
