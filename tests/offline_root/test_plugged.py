"""Sticks that are plugged in, as a desk uses them: each thing is read and written while the stick is mounted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

import usb_transfer
from offline_root import wire
from offline_root.alarm import RESTORE
from offline_root.anchor import Anchor, write_anchor
from offline_root.config import Appliance
from offline_root.desk import MachineDesk
from offline_root.errors import VolumeError
from offline_root.plugged import FolderStick, PluggedStick
from offline_root.restore import responses_on
from tests.offline_root.station.rooms import fake_room, slip, whole
from tests.usb_transfer.test_mounting import STICK
from usb_transfer.mounting import Mounted
from usb_transfer.sticks import Stick

FOLDER = "offline-root/root/20261123T113000Z-000031"


@dataclass
class Machine:
    """FAKE: a machine whose one stick is a folder, which is there only while it is mounted."""

    base: Path
    sticks: tuple[Stick, ...] = (STICK,)
    mounts: list[str] = field(default_factory=list)

    def look(self, wait: float = 0) -> tuple[()]:
        return ()

    def mount(self, stick: Stick, *, write: bool) -> Mounted:
        self.mounts.append("rw" if write else "ro")
        at = self.base / "mounted"
        (self.base / "away").rename(at)

        def unmount() -> None:
            at.rename(self.base / "away")

        return Mounted(at, unmount)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    (tmp_path / "away").mkdir()
    monkeypatch.setattr(usb_transfer, "Devices", lambda _: machine)
    monkeypatch.setattr(usb_transfer, "way_to_mount", lambda: machine.mount)
    return machine


@contextmanager
def chosen(machine: Machine) -> Iterator[PluggedStick]:
    stick = PluggedStick()
    stick.choose(stick.look()[0], "root")
    machine.mounts.clear()
    yield stick
    assert not (machine.base / "mounted").exists()


def test_what_is_logged_and_what_lies_on_it(machine: Machine) -> None:
    note = machine.base / "away" / FOLDER / "closing-checkpoint"
    note.parent.mkdir(parents=True)
    note.write_bytes(b"note")
    stick = PluggedStick()
    seen = stick.choose(stick.look()[0], "root")
    assert seen.name == "X"
    assert seen.about == (("label", "X"), ("model", "Flash Disk"), ("serial", "AA01"), ("bytes", "1"))
    assert seen.files == {f"{FOLDER}/closing-checkpoint": b"note"}
    assert machine.mounts == ["ro"]


def test_requests_are_read_at_once_and_then_the_stick_is_free(machine: Machine) -> None:
    away = machine.base / "away"
    (away / "a.csr").write_bytes(b"A")
    (away / "b.csr").symlink_to("a.csr")
    with chosen(machine) as stick:
        files = stick.requests()
        assert files.names == ("a.csr", "b.csr")
        assert machine.mounts == ["ro"]
        (away / "a.csr").write_bytes(b"changed since")
        assert files.read("a.csr") == b"A"
        with pytest.raises(VolumeError, match=r"b\.csr could not be read"):
            files.read("b.csr")
        with pytest.raises(VolumeError, match="was not there"):
            files.read("request.json")
        assert machine.mounts == ["ro"]


def test_a_response_is_written_and_read_back_from_a_new_mount(machine: Machine) -> None:
    with chosen(machine) as stick:
        volume = stick.volume()
        assert volume.write(FOLDER, {"COMPLETE": b"1"}) == Path("X", FOLDER)
        assert (machine.base / "away" / FOLDER / "COMPLETE").read_bytes() == b"1"
        assert volume.read_back(FOLDER) == {"COMPLETE": b"1"}
        volume.add(FOLDER, "closing-checkpoint", b"2")
        assert machine.mounts == ["rw", "ro", "rw"]
        with pytest.raises(VolumeError, match="could not be written"):
            volume.write(FOLDER, {"COMPLETE": b"again"})


def test_a_log_is_put_back_from_the_response_on_it(machine: Machine) -> None:
    room = fake_room(machine.base / "home")
    room.place.publish({"anchor.json": write_anchor(Anchor.of(wire.read_state(room.place)))})
    short = {path: path.read_bytes() for path in room.place.audit.iterdir()}
    whole(room, machine.base / "away", slip())
    for path, data in short.items():
        path.write_bytes(data)
    desk = MachineDesk(room.home, room.place, Appliance(), PluggedStick())
    assert desk.tray
    stick = desk.tray.choose(desk.tray.look()[0], "root")
    (folder,) = responses_on(stick)
    known = desk.known(stick, folder)
    assert machine.mounts == ["ro", "ro"]
    now = wire.SystemClock().now()
    facts = desk.restore(known, replace(room.opening(RESTORE), clock=now))
    assert facts["lost"] == 2
    assert "certificate-issued" in room.events()


def test_nothing_is_done_before_a_stick_is_chosen(machine: Machine) -> None:
    with pytest.raises(VolumeError, match="No stick was chosen"):
        PluggedStick().requests()


def test_a_stick_that_was_taken_out_meanwhile_cannot_be_chosen(machine: Machine) -> None:
    stick = PluggedStick()
    (seen,) = stick.look()
    machine.sticks = ()
    with pytest.raises(VolumeError, match="just taken out"):
        stick.choose(seen, "root")


def test_a_stick_without_a_label_is_called_what_it_is(machine: Machine) -> None:
    machine.sticks = (Stick("/d", "/dev/sdb", "Flash Disk", "", "", 1, "vfat", write_protected=False, unfit=None),)
    stick = PluggedStick()
    assert stick.choose(stick.look()[0], "root").name == "Flash Disk"


def test_a_desk_of_plugged_sticks_looks_at_none_before_one_is_chosen(machine: Machine) -> None:
    room = fake_room(machine.base / "home")
    desk = MachineDesk(room.home, room.place, Appliance(), PluggedStick())
    assert desk.view().stick == "1 plugged in"
    assert desk.tray is desk.stick
    assert desk.sticks() == ()
    assert machine.mounts == []


def test_a_folder_that_plays_the_stick(tmp_path: Path) -> None:
    stick = FolderStick(tmp_path)
    assert stick.tray is None
    (tmp_path / "a.csr").write_bytes(b"A")
    files = stick.requests()
    assert (stick.view(), files.names) == ("1 files that may be requests", ("a.csr",))
    assert files.read("a.csr") == b"A"
    assert stick.volume().write("new", {"x": b"1"}) == tmp_path / "new"
    assert wire.read_folder(tmp_path / "new") == {"x": b"1"}
    stick.volume().write("old", {"audit/log.jsonl": b"{}\n"})
    assert stick.log("old") == b"{}\n"


def test_a_machine_that_does_not_tell_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyudev", None)
    with pytest.raises(VolumeError, match="does not tell what is plugged in"):
        PluggedStick()


def test_a_backup_and_a_policy_are_found_and_read_while_it_is_mounted(machine: Machine) -> None:
    folder = machine.base / "away" / "root-backup-20261123T113000Z-set-7"
    folder.mkdir()
    (folder / "root-key.backup").write_bytes(b"wrapped")
    (machine.base / "away" / "other").mkdir()
    (machine.base / "away" / "policy.toml").write_bytes(b"format = 1")
    with chosen(machine) as stick:
        assert stick.backups() == {folder.name: b"wrapped"}
        assert stick.file("policy.toml") == b"format = 1"
        with pytest.raises(VolumeError, match=r"nothing\.toml could not be read"):
            stick.file("nothing.toml")
        assert machine.mounts == ["ro"] * 3
    played = FolderStick(machine.base / "away")
    assert (played.backups(), played.file("policy.toml")) == ({folder.name: b"wrapped"}, b"format = 1")
