"""A command that changes state, as data, and a copy of an authority for it to be tried on."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offline_root.home import Home, Place
from tests.faults.forks import Forks
from tests.offline_root.station.rooms import Room


@dataclass
class Case:
    """An authority and a stick in a folder of their own, to be spoilt."""

    base: Path
    room: Room

    @property
    def stick(self) -> Path:
        """Return the stick."""
        return self.base / "stick"

    def run(self, forks: Forks, argv: Sequence[str], *codes: int) -> dict[str, Any]:
        """Run a command without any fault, keep its closing sheet, and return its facts."""
        ended = forks.call(argv)
        assert ended.code in (codes or (0,)), ended
        self.room.head = ended.facts.get("closing") or self.room.head
        return ended.facts


@dataclass(frozen=True)
class Verb:
    """A command: what it begins with, its arguments, and how one goes on when it has failed."""

    prepare: Callable[[Path, Forks], Room]
    argv: Callable[[Case], list[str]]
    go_on: Callable[[Case, Forks], None]


def copied(template: Room, base: Path) -> Case:
    """Return a copy of a template in `base`."""
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir()
    if template.home.path.exists():
        shutil.copytree(template.home.path, base / "home", symlinks=True)
    return Case(base, room_in(base, template.head))


def room_in(base: Path, head: str = "") -> Room:
    """Return the authority of a case, which need not be there."""
    home = Home(base / "home")
    return Room(home, Place(home.path / "root"), head)
