"""The first screen's view of the machine."""

import shutil
from pathlib import Path

from offline_root import wire
from offline_root.anchor import Anchor, write_anchor
from offline_root.config import read_appliance
from offline_root.desk import MachineDesk
from offline_root.model import ROOT
from offline_root.plugged import FolderStick
from tests.offline_root.station.rooms import fake_room


def test_what_all_authorities_issued_is_held_against_each_other(tmp_path: Path) -> None:
    room = fake_room(tmp_path / "home")
    room.place.publish({"anchor.json": write_anchor(Anchor.of(wire.read_state(room.place)))})
    desk = MachineDesk(room.home, room.place, read_appliance(room.home.path), FolderStick(tmp_path))
    alone = desk.view().status
    assert alone is not None
    assert alone.findings == ()
    shutil.copytree(room.place.path, tmp_path / "home" / "copy")
    (tmp_path / "home" / "damaged" / "audit").mkdir(parents=True)
    status = desk.view().status
    assert status is not None
    assert [each.environment for each in status.lines] == [each.environment for each in alone.lines]
    assert ROOT not in {each.environment for each in status.lines}
    assert {each.code for each in status.findings} == {"hierarchy.serial", "hierarchy.root-name"}
