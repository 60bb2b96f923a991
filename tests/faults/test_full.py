"""A file system that is full, at every size at which a command can run out of space, and one that is read-only."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.campaign import ends_in_words, goes_on, holds
from tests.faults.cases import Case, Verb, copied
from tests.faults.forks import Forks, forks
from tests.faults.keeping import COMMANDS
from tests.faults.mounts import AGAIN, READ_ONLY, mount, own_mounts
from tests.faults.power import missing

pytestmark = pytest.mark.e2e

PAGE = 4096
ROOMY = "size=64m"


@dataclass
class Memory:
    """A file system in memory, whose size is set."""

    at: Path
    forks: Forks

    def leave(self, pages: int) -> None:
        """Make it so small that so many pages are left."""
        found = os.statvfs(self.at)
        size = (found.f_blocks - found.f_bfree) * found.f_frsize + pages * PAGE
        mount("none", self.at, "tmpfs", f"size={size}", AGAIN)

    def roomy(self) -> None:
        """Make it large again, and writable."""
        mount("none", self.at, "tmpfs", ROOMY, AGAIN)

    def read_only(self) -> None:
        """Let nothing be written."""
        mount("none", self.at, "tmpfs", ROOMY, AGAIN | READ_ONLY)


@pytest.fixture(scope="module")
def disk(memory: Path) -> Iterator[Memory]:
    if what := missing():
        pytest.skip(what)
    at = memory / "small"
    at.mkdir()
    with own_mounts():
        mount("none", at, "tmpfs", ROOMY)
        with forks(memory) as running:
            yield Memory(at, running)


def case_of(disk: Memory, memory: Path, verb: Verb, name: str) -> Iterator[Case]:
    """Yield the same case again and again."""
    base = memory / f"full {name}"
    base.mkdir()
    template = verb.prepare(base / "template", disk.forks)
    while True:
        yield copied(template, disk.at / "case")


def runs_full(disk: Memory, memory: Path, name: str, step: int, most: int) -> int:
    """Run a command with ever more pages left, until it has enough; return how often it had not."""
    verb, tried = COMMANDS[name], 0
    for tried, case in enumerate(case_of(disk, memory, verb, name)):  # the count is the result
        argv = verb.argv(case)
        disk.leave(tried * step)
        ended = disk.forks.call(argv)
        disk.roomy()
        ends_in_words(ended)
        holds(case, ended)
        goes_on(verb, case, disk.forks)
        if (ended.code == 0 and "error" not in ended.err) or tried == most:
            break
    print(f"{name}: survived {tried} times on a full file system")  # noqa: T201
    return tried


def runs_read_only(disk: Memory, memory: Path, name: str) -> None:
    """Run a command on a file system that is read-only: it says so, and nothing has changed."""
    verb = COMMANDS[name]
    case = next(case_of(disk, memory, verb, f"{name} read-only"))
    argv = verb.argv(case)
    before = {path: path.read_bytes() for path in case.base.rglob("*") if path.is_file()}
    disk.read_only()
    ended = disk.forks.call(argv)
    disk.roomy()
    ends_in_words(ended)
    assert ended.code == 1, ended
    assert {path: path.read_bytes() for path in case.base.rglob("*") if path.is_file()} == before
    goes_on(verb, case, disk.forks)


def test_a_read_only_file_system_is_survived(disk: Memory, memory: Path) -> None:
    runs_read_only(disk, memory, "create")


def test_a_full_file_system_is_survived(disk: Memory, memory: Path) -> None:
    assert runs_full(disk, memory, "sign one request", 9, 1) == 1


@pytest.mark.long
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_survives_a_read_only_file_system(name: str, disk: Memory, memory: Path) -> None:
    runs_read_only(disk, memory, name)


@pytest.mark.long
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_survives_every_size_of_a_full_file_system(name: str, disk: Memory, memory: Path) -> None:
    assert runs_full(disk, memory, name, 1, 200) > 0
