"""What the other authorities of a HOME have signed, taken back or begun counts in a review too."""

from collections.abc import Callable
from pathlib import Path

import pytest

from offline_root import revocation
from offline_root.audit.file import LogFile
from offline_root.audit.fold import fold
from offline_root.errors import CeremonyError
from offline_root.model import Reason, SigningRequest, serial_text
from offline_root.station import Station
from offline_root.wire import SystemRandomness
from tests.fakes.token import PIN, flipped
from tests.offline_root.station.rooms import Room, Slip, approved, fake_room, signed, slip


def issues(room: Room, asked: Slip) -> None:
    with room.ceremony() as station:
        signed(station, asked)
        room.close(station)


def revokes(room: Room, asked: Slip) -> None:
    issues(room, asked)
    with room.ceremony("revoke") as station:
        serial = station.state.issued[-1].serial
        reviewed = station.review_revocation(serial, Reason.SUPERSEDED)
        station.revoke(revocation.approve(reviewed, serial_text(serial)))
        room.close(station)


def fails(room: Room, asked: Slip) -> None:
    assert room.tokens
    room.tokens.faults = {("sign-root", room.tokens.calls.count("sign-root") + 1): flipped}
    with room.ceremony() as station:
        approval = approved(station, asked)
        with pytest.raises(CeremonyError, match="does not verify"):
            station.sign(approval)
        room.close(station)


@pytest.mark.parametrize(
    ("happened", "code"),
    [(issues, "request.already-answered"), (revokes, "request.key.revoked"), (fails, "request.key.abandoned")],
)
def test_what_happened_there_is_told_here(
    fake: Room, tmp_path: Path, happened: Callable[[Room, Slip], None], code: str
) -> None:
    asked, other = slip(), fake_room(tmp_path / "other")
    happened(other, asked)
    with LogFile.open(other.place.audit) as log:
        neighbour = fold(log.entries)
    assert fake.tokens
    for others, told in (((), False), ((neighbour,), True)):
        with LogFile.open(fake.place.audit) as log:
            copy, clock, chance = fake.place.policy_copy(), fake.clock, SystemRandomness()
            station = Station(log, policy_copy=copy, tokens=fake.tokens, clock=clock, randomness=chance, others=others)
            station.open(fake.opening())
            station.unlock(PIN)
            request = station.read(asked.file, asked.data)
            assert isinstance(request, SigningRequest)
            found = {each.code for each in station.review(request, "test").findings}
            assert (code in found) == told
            fake.close(station)
