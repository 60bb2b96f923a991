"""What people state is in the log as they stated it, each thing where it belongs, and nothing besides."""

from pathlib import Path

from offline_root import __version__
from offline_root.audit.entry import Facts
from offline_root.model import People
from offline_root.moments import utc_text
from offline_root.statement import Statement
from tests.offline_root.station.rooms import NOW, Room, fake_room

PEOPLE = People("Olga", ("Wanda", "Willi"))
MACHINE: Facts = {"model": "T480", "measured": "ab12"}


def recorded(room: Room, event: str) -> list[Facts]:
    """Return the facts of each line of a kind."""
    with room.station() as station:
        return [each.facts for each in station.entries if each.event == event]


def test_what_people_state_at_the_opening(tmp_path: Path) -> None:
    room = fake_room(tmp_path)
    head = room.head
    with room.ceremony("crl", people=PEOPLE, seals=("token=A1@safe", "disk=B2"), machine=MACHINE) as station:
        tested = station.tested
        room.close(station)
    assert recorded(room, "ceremony-opened")[-1] == {
        "authority": "root",
        "ceremony": "crl",
        "interface": "cli",
        "operator": "Olga",
        "witnesses": ("Wanda", "Willi"),
        "clock": utc_text(NOW),
        "clock_by": "Wanda",
        "head": head,
        "version": __version__,
        "self_test": tested,
        "seals": {"token": "A1@safe", "disk": "B2"},
        "machine": MACHINE,
    }


def test_what_each_says_at_the_end_and_under_which_seals_things_are_put_away(tmp_path: Path) -> None:
    room = fake_room(tmp_path)
    with room.ceremony(people=PEOPLE) as station:
        station.state_all((Statement("Olga", "agree"), Statement("Willi", "I do not agree")))
        station.seal(("token=A2@vault", "share-1=C3"))
        room.close(station)
    assert recorded(room, "statement-made") == [
        {"person": "Olga", "statement": "agree", "agrees": "yes"},
        {"person": "Willi", "statement": "I do not agree", "agrees": "no"},
    ]
    assert recorded(room, "seals-put-on") == [{"seals": {"token": "A2@vault", "share-1": "C3"}}]
