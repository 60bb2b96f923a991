"""Restarts after power cuts: everything that is found is sound, and is gone on from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from offline_root import wire
from offline_root.anchor import Anchor
from offline_root.audit.chain import closing_head
from offline_root.audit.entry import Entry
from offline_root.audit.file import LogFile
from offline_root.audit.fold import fold
from offline_root.audit.state import RootKey, State, decoded
from offline_root.destruction import DESTROY
from offline_root.home import Home, Place
from offline_root.model import ROOT
from offline_root.opening import check_signed_head
from offline_root.response.files import pem
from offline_root.response.verify import verify_response
from offline_root.shares import Share, pin_of
from tests.faults.ceremonies import destroy
from tests.faults.founding import Lost, created
from tests.faults.promises import (
    backups_keep_their_promise,
    cards_open,
    log_keeps_its_promise,
    stick_keeps_its_promise,
    token_keeps_its_promise,
)
from tests.faults.seen import Cards, Found, Seen, by_set, digests
from tests.offline_root.station.rooms import Room, agreed

AUTHORITY = "root"
_MADE = {"certificate-issued": "certificate", "crl-issued": "crl"}


@dataclass
class Restart:
    """Restarts after power cuts. What is found twice, byte for byte, is examined once.

    Of the different ones found, every `goes_on_every`-th is gone on from; `folder` is for the sticks of that. `lost` is
    what the authority was restored from, if it was.
    """

    folder: Path
    lost: Lost
    goes_on_every: int
    gone_on: int = 0
    _found: dict[bytes, Found] = field(default_factory=dict)
    _opened: dict[tuple[object, ...], Sequence[Share]] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{len(self._found)} different ones, {len(self._opened)} tokens opened, {self.gone_on} gone on from"

    def check(self, disk: Path, seen: Seen) -> None:
        """Look at HOME and stick as the kernel gives them, and compare with what was seen."""
        digest = _digest(disk)
        if digest not in self._found:
            found, entries = _restarted(disk / "home", disk / "stick")
            found.knows(seen)
            self._look_further(disk, found, entries, seen)
            self._found[digest] = found
        self._found[digest].knows(seen)

    def _look_further(self, disk: Path, found: Found, entries: Sequence[Entry], seen: Seen) -> None:
        """Open each backup, and the token where something was to be changed in it; go on, every so often."""
        cards = {**seen.cards, **by_set(self.lost.cards)}
        cards_open(backups_keep_their_promise(entries, disk / "stick", self.lost.folder), cards)
        home, going_on = disk / "home", len(self._found) % self.goes_on_every == 0
        self.gone_on += going_on
        if found.state is None:
            if going_on:
                self._begins_again(home)
        elif going_on or seen.token_touched:
            opening = self._opening(Home(home).choose(AUTHORITY), found.state, cards)
            if going_on:
                _goes_on(home, self.folder / str(self.gone_on), found, opening)

    def _opening(self, place: Place, state: State, cards: Cards) -> Sequence[Share]:
        """Return the cards that open the token, which is as the log says."""
        about = _digest(place.token), state.openers, state.root_key
        if about not in self._opened:
            opening = {pin_of(each): each for each in (cards[each.number][: each.needed] for each in state.openers)}
            self._opened[about] = opening[token_keeps_its_promise(place, state, opening)]
        return self._opened[about]

    def _begins_again(self, home: Path) -> None:
        """Make the authority that power kept from being made; what was begun is kept."""
        begun = {path.name for path in home.glob(".creating-*")}
        room = (self.lost.restored if self.lost.cards else created)(home, lambda _: None)
        assert {path.name.replace(".interrupted-", ".creating-")[:-2] for path in home.glob(".interrupted-*")} == begun
        assert wire.verify_log(room.place.audit, wire.read_anchor_of(room.place)).ok


def _digest(disk: Path) -> bytes:
    digest = sha256()
    for path in sorted(disk.rglob("*")):
        content = sha256(path.read_bytes()).digest() if path.is_file() else b""
        digest.update(f"{path.relative_to(disk)} {content.hex()}\n".encode())
    return digest.digest()


def _restarted(home: Path, stick: Path) -> tuple[Found, Sequence[Entry]]:
    """Open what is there, and demand that it is sound."""
    made = (home / AUTHORITY).exists()
    place = Place(home / (AUTHORITY if made else f".creating-{AUTHORITY}"))
    if not (place.audit / "log.jsonl").exists():
        assert not made, "the log is gone"
        assert not stick.exists()
        return Found(), ()
    with LogFile.open(place.audit) as log:
        entries = log_keeps_its_promise(log.text)
        state = _sound(place, log, entries) if made else None
        whole = stick_keeps_its_promise(stick, log.text, Anchor.of(state) if state else None)
        found = Found(
            state,
            log.text,
            frozenset(decoded(str(each.facts["tbs"])) for each in entries if each.event == "signing-started"),
            frozenset(decoded(str(each.facts[_MADE[each.event]])) for each in entries if each.event in _MADE),
            {path.relative_to(stick).as_posix(): digests(wire.read_folder(path)) for path in whole},
        )
        return found, entries


def _sound(place: Place, log: LogFile, entries: Sequence[Entry]) -> State:
    """Hold the copies beside the log against it; return what it amounts to."""
    state = fold(entries)
    assert wire.read_anchor_of(place) == Anchor.of(state)
    check_signed_head(log.text, log.checkpoint, state)
    assert (place.path / "root-ca.pem").read_bytes() == pem(state.root)
    assert place.policy_copy() in {each.facts["policy"] for each in entries if each.event == "policy-adopted"}
    return state


def _goes_on(home: Path, stick: Path, found: Found, cards: Sequence[Share]) -> None:
    """Hold the next ceremony: everything that was issued is delivered again, byte for byte."""
    place = Home(home).choose(AUTHORITY)
    view = wire.read_log(place.audit)
    state = fold(view.entries)
    place.replace_policy(state.policy)
    room = Room(Home(home), place, closing_head(view.check.size, view.check.root), cards=cards)
    if state.root_key is RootKey.DOOMED:
        with room.ceremony(DESTROY) as station:
            destroy(station)
            room.close(station)
    with room.ceremony("export") as station:
        agreed(station)
        delivered = station.export(wire.WiredFolder(stick))
        room.close(station)
    files = wire.read_folder(delivered.path)
    assert verify_response(files, Anchor.of(state)).findings == ()
    issued = {each.issued.certificate for each in delivered.answers}
    assert issued == {each.certificate for each in state.issued if each.environment != ROOT}
    assert found.issued - {state.root} >= issued
    assert files["root-ca.crl"] in found.issued
    assert wire.read_state(place).offered is None
