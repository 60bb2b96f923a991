"""The set-up of a rehearsal: a throwaway authority and token, a practice stick, and the papers to go with them.

From there on everything is the real thing: the same station, the same checks, the same files.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from offline_root import wire
from offline_root.config import read_appliance
from offline_root.creation import Created, Creation, Pins
from offline_root.desk import Hints, MachineDesk
from offline_root.home import Home
from offline_root.model import People
from offline_root.opening import Opening
from offline_root.plugged import FolderStick
from offline_root.policy.model import CeremonyPolicy, Policy
from offline_root.policy.rehearsal import rehearsed
from offline_root.practice import PracticeRequest, practice_requests

NAME = "rehearsal"
PEOPLE = People("Olga Operator", ("Wanda Witness",))
"""Who plays where the policy asks for one witness, or for none."""

_PIN_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal that is ready to begin. `base` is the folder in which all of it happens."""

    base: Path
    created: Created
    desk: MachineDesk
    requests: tuple[PracticeRequest, ...]
    people: People

    @property
    def slips(self) -> tuple[PracticeRequest, ...]:
        """Return the good requests: those whose paper slips people have."""
        return tuple(each for each in self.requests if not each.lesson)


def prepare(base: Path, policy: Policy, interface: str) -> Rehearsal:
    """Make a throwaway authority and a practice stick below `base` (StationError)."""
    home, stick = Home(base / "home"), base / "stick"
    appliance = read_appliance(home.path)
    pin = f"{secrets.randbelow(10**_PIN_DIGITS):0{_PIN_DIGITS}}"
    people = _cast(policy.ceremony)
    opening = Opening("create", interface, people, wire.SystemClock().now())
    creation = Creation(NAME, policy, opening, rehearsal=True)
    created, place = wire.create_authority(home, appliance, creation, Pins(secrets.token_hex(8), pin))
    requests = _requests(rehearsed(policy))
    wire.write_files(stick, {each.file: each.data for each in requests})
    slips = {each.file: (each.environment, each.fingerprint[:32]) for each in requests}
    hints = Hints(pin, created.closing.head, slips)
    return Rehearsal(base, created, MachineDesk(home, place, appliance, FolderStick(stick), hints), requests, people)


def _cast(ceremony: CeremonyPolicy) -> People:
    """Return as many people as the policy asks for."""
    more = tuple(f"Witness {number}" for number in range(2, ceremony.witnesses + 1))
    return People(PEOPLE.operator, (*PEOPLE.witnesses, *more))


def _requests(policy: Policy) -> tuple[PracticeRequest, ...]:
    """Return one good request for each environment, and five bad ones for the first."""
    first, *others = policy.environments
    return (*practice_requests(first), *(practice_requests(each)[0] for each in others))
