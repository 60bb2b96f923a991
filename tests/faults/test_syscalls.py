"""Every system call of every command that changes state, in HOME and on the stick.

It fails, the disk is full, or the program is killed before it or after it: what is promised holds, and one goes on as
the guide says.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults.campaign import Campaign
from tests.faults.forks import Forks
from tests.faults.keeping import COMMANDS
from tests.faults.points import Point

pytestmark = [pytest.mark.e2e, pytest.mark.no_cover]


def tried(campaign: Campaign, faults: Sequence[tuple[Point, str]], name: str) -> None:
    """Try faults, all of them, and say how many there were; fail with each that was not survived."""
    bad = []
    for point, mode in faults:
        try:
            campaign.survives(point, mode)
        except Exception as error:  # noqa: BLE001  # the others are tried all the same
            bad.append(f"{mode} at {point}: {type(error).__name__}: {error}")
    print(f"{name}: {len(faults) - len(bad)} of {len(faults)} faults survived")  # noqa: T201
    assert bad == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_sample_of_faults_is_survived(name: str, started: Forks, memory: Path) -> None:
    campaign = Campaign.of(COMMANDS[name], started, memory / f"some of {name}")
    faults = list(campaign.faults())
    tried(campaign, faults[len(faults) // 6 :: len(faults) // 3], name)


@pytest.mark.long
@pytest.mark.parametrize("name", COMMANDS)
def test_every_fault_is_survived(name: str, started: Forks, memory: Path) -> None:
    campaign = Campaign.of(COMMANDS[name], started, memory / name)
    tried(campaign, list(campaign.faults()), name)
