"""An authority whose log has all kinds of events: things signed, refused, revoked, cut off, given up and explained."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from offline_root import crl, revocation, wire
from offline_root.anchor import Anchor
from offline_root.model import Reason
from offline_root.station import Station
from tests.fakes.token import Fault, flipped
from tests.offline_root.station.rooms import Room, agreed, approved, fake_room, later, slip, whole

KINDS = {
    *("authority-created", "ceremony-closed", "ceremony-opened", "certificate-issued", "certificate-revoked"),
    *("clock-corrected", "crl-abandoned", "crl-issued", "key-generated", "note-made", "policy-adopted"),
    *("request-approved", "request-read", "request-refused", "response-written", "seal-explained", "seals-put-on"),
    *("serial-abandoned", "signing-failed", "signing-started", "statement-made", "token-initialized"),
    *("token-open-attempted", "token-opened", "unsigned-tail-accepted"),
}


@dataclass
class Eventful:
    """The authority, what lay on its disk after each ceremony, and what a stranger has of it."""

    room: Room
    ends: list[tuple[bytes, bytes]] = field(default_factory=list)

    @property
    def audit(self) -> Path:
        """Return the folder of log.jsonl and checkpoint."""
        return self.room.place.audit

    @property
    def anchor(self) -> Anchor:
        """Return the anchor."""
        return Anchor.of(wire.read_state(self.room.place))

    def put(self, log: bytes, checkpoint: bytes) -> None:
        """Put another log or checkpoint there."""
        (self.audit / "log.jsonl").write_bytes(log)
        (self.audit / "checkpoint").write_bytes(checkpoint)


def eventful(base: Path, size: int) -> Eventful:
    """Return an authority on a FAKE token whose log has at least `size` lines."""
    made = Eventful(fake_room(base / "home"))
    while len(made.room.events()) < size:
        for _ in _ceremonies(made.room, base / "stick"):
            later(made.room, hours=1)
            made.ends.append((made.room.log, made.room.checkpoint))
    assert set(made.room.events()) >= KINDS
    return made


def _ceremonies(room: Room, stick: Path) -> Iterator[None]:
    """Hold one ceremony of each kind, one after the other."""
    (answer,) = whole(room, stick, slip(), slip("prod", "Somebody else")).answers
    yield
    with room.ceremony("revoke") as station:
        reviewed = station.review_revocation(answer.issued.serial, Reason.SUPERSEDED)
        station.revoke(revocation.approve(reviewed, answer.issued.sha256[:32]))
        agreed(station)
        room.close(station)
    yield
    with room.ceremony("crl") as station:
        _hurt(room, station, flipped, cut=False)
        _crl(station)
        room.close(station)
    yield
    with room.ceremony("crl") as station:
        _hurt(room, station, KeyboardInterrupt(), cut=True)
    with room.ceremony("abandon") as station:
        station.abandon(station.state.intents[0].label, "the power failed")
        room.close(station)
    yield
    with room.ceremony() as station:
        approval = approved(station, slip())
        assert room.tokens
        room.tokens.calls.clear()
        room.tokens.faults = {("sign-root", 1): KeyboardInterrupt()}
        with pytest.raises(KeyboardInterrupt):
            station.sign(approval)
        room.tokens.faults = {}
    with room.ceremony("abandon") as station:
        station.abandon(station.state.intents[0].label, "the power failed")
        station.seal(["token=A1"])
        room.close(station)
    yield
    later(room, hours=-2)
    with room.ceremony("note", seals=("token=A2",)) as station:
        station.note(expected="bag A1", happened="bag A2", decided="go on")
        room.close(station)
    yield
    room.adopt(f"{station.state.policy}# looked at again\n")
    yield


def _crl(station: Station) -> None:
    station.issue_crl(crl.approve(station.review_crl()))


def _hurt(room: Room, station: Station, fault: Fault, *, cut: bool) -> None:
    """Let the token, or the power, fail while a CRL is signed."""
    assert room.tokens
    room.tokens.calls.clear()
    room.tokens.faults = {("sign-root", 1): fault}
    with pytest.raises(KeyboardInterrupt if cut else Exception):
        _crl(station)
    room.tokens.faults = {}
