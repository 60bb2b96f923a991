"""Every name that a command makes in HOME or on the stick is flushed: the folder that has it, after it was made."""

import re
from collections.abc import Iterable
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.faults.cases import copied
from tests.faults.forks import Forks
from tests.faults.keeping import COMMANDS
from tests.faults.points import OPENING, Point, recorded

pytestmark = pytest.mark.e2e

MAKING = {"mkdir", "mkdirat", "rename", "renameat", "renameat2", *OPENING}
_NAME = re.compile(r'(?:<([^<>]*)>, )?"([^"]*)"')
_FLUSHED = re.compile(r"\d+<([^<>]*)>$")


def unflushed(points: Iterable[Point]) -> set[str]:
    """Return the folders that got a name and were not flushed afterwards."""
    waiting = set()
    for point in points:
        if point.name == "fsync" and (flushed := _FLUSHED.match(point.arguments)):
            waiting.discard(flushed[1])
        elif point.name in MAKING and point.changes:
            at, name = _NAME.findall(point.arguments)[-1]
            waiting.add(str(Path(at or "/", name).parent))
    return waiting


def test_a_folder_that_is_not_flushed_is_noticed() -> None:
    made = Point("mkdir", 1, '"/a/b", 0700')
    assert unflushed([made, Point("fsync", 1, "3</a/b>")]) == {"/a"}
    assert unflushed([made, Point("fsync", 1, "3</a>")]) == set()
    assert unflushed([Point("renameat", 1, '3</a>, "b", 4</c>, "d"')]) == {"/c"}


@pytest.mark.parametrize("name", ["create", "revoke"])
def test_every_new_name_is_flushed(name: str, started: Forks, memory: Path) -> None:
    flushes(name, started, memory)


@pytest.mark.long
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_flushes_every_new_name(name: str, started: Forks, memory: Path) -> None:
    flushes(name, started, memory)


def flushes(name: str, started: Forks, memory: Path) -> None:
    base = Path(mkdtemp(dir=memory))
    template = COMMANDS[name].prepare(base / "template", started)
    case = copied(template, base / "case")
    ended, points = recorded(started, COMMANDS[name].argv(case), base)
    assert ended.code == 0, ended
    # A scratch token lies in memory, beside: no power cut leaves anything of it, flushed or not.
    assert {each for each in unflushed(points) if Path(each).is_relative_to(base)} == set()
