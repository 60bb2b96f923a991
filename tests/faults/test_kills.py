"""kill -9 of the program or of its worker at any moment: the state is explained, nothing signed is unlogged.

Unlike `test_syscalls`, which kills at every call that touches the disk, this kills in between, in the token too.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from offline_root import wire
from tests.faults.campaign import ends_in_words, goes_on, holds
from tests.faults.cases import Case, Verb, copied
from tests.faults.forks import Forks, Killing
from tests.faults.keeping import COMMANDS
from tests.offline_root.station.rooms import Room

pytestmark = pytest.mark.e2e

KILLED_IN = ("create", "sign one request", "backup")
VICTIMS = ("program", "worker")
KILLED = -9


@dataclass
class Bed:
    """A command to be killed, and how long it takes when nobody does (seconds)."""

    verb: Verb
    forks: Forks
    base: Path
    template: Room
    took: float

    @classmethod
    def of(cls, verb: Verb, forks: Forks, base: Path) -> "Bed":
        """Prepare a command in `base`, and let it run once."""
        base.mkdir()
        template = verb.prepare(base / "template", forks)
        case = copied(template, base / "case")
        begun = time.monotonic()
        ended = forks.call(verb.argv(case))
        assert ended.code == 0, ended
        return cls(verb, forks, base, template, time.monotonic() - begun)

    def survives(self, part: float, victim: str) -> bool:
        """Kill at a part of the time that it takes, and go on; say whether the victim was still there to be killed."""
        case = copied(self.template, self.base / "case")
        begun = time.monotonic()
        ended = self.forks.call(self.verb.argv(case), killing=Killing(self.took * part, victim))
        if ended.code == 0:  # a machine that was busy at first makes the moments late
            self.took = min(self.took, time.monotonic() - begun)
        ends_in_words(ended, killed=ended.code == KILLED)
        assert ended.code != KILLED or victim == "program"
        explained(case, self.forks)
        holds(case, ended)
        goes_on(self.verb, case, self.forks)
        return ended.code != 0


def explained(case: Case, forks: Forks) -> None:
    """Demand that `status` says what is unfinished, where anything is."""
    if case.room.place.path.exists():
        facts = case.run(forks, ["--json", "--home", str(case.room.home.path), "status"])
        state, last = wire.read_state(case.room.place), case.room.events()[-1]
        assert bool(facts["unfinished_ceremony"]) == (last != "ceremony-closed")
        assert [each["serial"] for each in facts["open_intents"]] == [each.label for each in state.intents]


def moments(name: str, count: int) -> Iterator[tuple[float, str]]:
    """Give random moments, as parts of the time that a command takes, for either victim in turn."""
    drawn = random.Random(name)  # noqa: S311  # which moments matters to nobody
    return ((drawn.random(), VICTIMS[number % 2]) for number in range(count))


@pytest.mark.parametrize(("name", "victim"), [("create", "program"), *(("sign one request", each) for each in VICTIMS)])
def test_a_kill_at_a_random_moment_is_survived(name: str, victim: str, started: Forks, memory: Path) -> None:
    bed = Bed.of(COMMANDS[name], started, memory / f"{victim} killed in {name}")
    bed.survives(random.uniform(0.3, 1.0), victim)  # noqa: S311  # as above


@pytest.mark.long
@pytest.mark.parametrize("name", KILLED_IN)
def test_a_hundred_kills_at_random_moments_are_survived(name: str, started: Forks, memory: Path) -> None:
    bed = Bed.of(COMMANDS[name], started, memory / f"killed in {name}")
    hit = sum(bed.survives(*each) for each in moments(name, 100))
    print(f"{name}: 100 kills survived, {hit} of them before it was done")  # noqa: T201
    assert hit > 30
