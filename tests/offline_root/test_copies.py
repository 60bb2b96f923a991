"""What lies in HOME beside the log as a copy of it: the policy in force, the newest CRL."""

from dataclasses import replace
from pathlib import Path

import pytest

from offline_root import wire
from offline_root.copies import policy_copy, renew_copies
from tests.offline_root.station.rooms import POLICY, Room, fake_room

EDITED = f"{POLICY}# edited\n"


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Return a FAKE room with an edited policy.toml, and without copies of the CRL."""
    made = fake_room(tmp_path / "home")
    made.place.replace_policy(EDITED)
    return made


def names(room: Room) -> set[str]:
    """Return the names of the copies."""
    return {each.name for each in room.place.path.glob("root-ca.crl*")}


def test_are_written_where_the_log_knows_better(room: Room) -> None:
    entries = wire.read_log(room.place.audit).entries
    assert policy_copy(room.place, entries) == EDITED  # never in force: it is not touched
    renew_copies(room.place, wire.read_state(room.place), ())
    assert room.place.policy_copy() == EDITED
    renew_copies(room.place, wire.read_state(room.place), entries)  # which adopt the first policy
    assert room.place.policy_copy() == POLICY
    assert names(room) == {"root-ca.crl", "root-ca.crl.pem"}


def test_of_a_crl_are_none_where_the_log_has_none(room: Room) -> None:
    renew_copies(room.place, replace(wire.read_state(room.place), crl=None), ())
    assert names(room) == set()
