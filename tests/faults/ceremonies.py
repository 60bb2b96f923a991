"""Whole ceremonies on a disk whose power may be cut, and what people outside have seen of them.

As a program: `ceremonies HOME STICK MARK LOST DESIGN SEED KINDS` makes an authority on SoftHSM, or restores the one in
LOST, and holds ceremonies of these kinds. DESIGN `good` is the product as it is; the others are what it must not be,
and the harness must notice (`designs`).
"""

import json
import random
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from offline_root import crl, resharing, revocation, wire
from offline_root.audit.entry import Entry, Facts
from offline_root.audit.file import LogFile
from offline_root.audit.state import encoded
from offline_root.destruction import DESTROY
from offline_root.keys import fingerprint
from offline_root.model import ROOT, Approval, Reason
from offline_root.opening import ADOPT
from offline_root.restoration import RESTORE_KEY
from offline_root.signer import PROOF, ROOT_KEY
from offline_root.station import Station
from offline_root.token_facts import KeyFacts
from offline_root.tokens import WiredToken
from tests.faults.designs import spoilt
from tests.faults.founding import HandOut, Lost, created, told
from tests.faults.seen import digests
from tests.offline_root.station.rooms import Room, agreed, approve, slip

Mark = Callable[..., None]
UNFINISHED, CHANGE_BACKUP, CHANGE_PIN = "unfinished", "shares change backup", "shares change pin"
TOUCHING = {CHANGE_PIN, DESTROY}
"""The kinds that change what the token holds, or what opens it."""


class Stick(wire.WiredFolder):
    """A stick of which people have seen what is on it: a certificate or CRL on it is outside for good."""

    def __init__(self, path: Path, mark: Mark) -> None:
        super().__init__(path)
        self._mark = mark

    def write(self, folder: str, files: Mapping[str, bytes]) -> Path:
        """Tell what is going to be written, write it, and tell."""
        self._mark(writing=folder, files=digests(files))
        path = super().write(folder, files)
        self._mark(
            outside=[
                encoded(content)
                for name, content in files.items()
                if name == "root-ca.crl" or (name.endswith(".der") and name != "root-ca.der")
            ],
        )
        return path

    def add(self, folder: str, name: str, content: bytes) -> None:
        """Tell of the last file; with it the response is handed over."""
        self._mark(writing=folder, files=digests({name: content}))
        super().add(folder, name, content)
        self._mark(written=folder)


def cards_seen(mark: Mark) -> HandOut:
    """Return how cards are given to custodians, who keep them."""
    return lambda splitting: mark(cards=told(splitting.shares))


def watched(mark: Mark) -> None:
    """Tell of every line that was acknowledged, and of every signature that exists."""
    append, sign = LogFile.append, WiredToken.sign

    def appended(log: LogFile, event: str, facts: Facts, time: str) -> Entry:
        entry = append(log, event, facts, time)
        mark(lines=log.size, root=log.root.hex())
        return entry

    def signed(token: WiredToken, key: KeyFacts, algorithm: str, message: bytes) -> bytes:
        signature = sign(token, key, algorithm, message)
        if key.label == ROOT_KEY and not message.startswith(PROOF):
            mark(tbs=encoded(message))
        return signature

    LogFile.append = appended  # type: ignore[method-assign, assignment]
    WiredToken.sign = signed  # type: ignore[method-assign, assignment]


@dataclass(frozen=True)
class Hall:
    """Where ceremonies are held: the authority, the stick, chance, and whoever writes down what was seen."""

    room: Room
    stick: Stick
    chance: random.Random
    mark: Mark

    def hold(self, kind: str) -> None:
        """Hold one ceremony of a kind."""
        self.mark(token_touched=kind in TOUCHING)
        called = resharing.CHANGE if kind in {CHANGE_BACKUP, CHANGE_PIN} else kind
        with self.room.ceremony(called) as station:
            KINDS[kind](self, station)
            if kind != UNFINISHED:
                self.room.close(station)


def _sign(hall: Hall, station: Station, name: str = "") -> None:
    _asked(hall, station, name)
    _delivered(hall, station)


def _asked(hall: Hall, station: Station, name: str = "") -> None:
    for _ in range(hall.chance.randint(1, 2)):
        ours = f"PrivSec Intermediate CA (test) G{len(station.state.issued)}"
        approval = approve(station, slip(name=name or ours))
        if isinstance(approval, Approval):
            station.sign(approval)


def _delivered(hall: Hall, station: Station) -> None:
    agreed(station)
    station.deliver(hall.stick)


def _revoke(hall: Hall, station: Station) -> None:
    found = next(each for each in station.state.issued if each.environment != ROOT)
    reviewed = station.review_revocation(found.serial, Reason.SUPERSEDED)
    station.revoke(revocation.approve(reviewed, found.sha256[:32]))
    _delivered(hall, station)


def _crl(hall: Hall, station: Station) -> None:
    station.issue_crl(crl.approve(station.review_crl()))
    _delivered(hall, station)


def _export(hall: Hall, station: Station) -> None:
    agreed(station)
    station.export(hall.stick)


def _adopt(hall: Hall, station: Station) -> None:
    agreed(station)
    station.adopt(f"{station.state.policy}# {hall.chance.random()}\n")


def _backup(hall: Hall, station: Station) -> None:
    drawn = station.draw_backup()
    cards_seen(hall.mark)(drawn.splitting)
    station.keep_backup(drawn, drawn.splitting.shares, hall.stick)
    agreed(station)


def _change_backup(hall: Hall, station: Station) -> None:
    """Give the backup new custodians, if there is one by now; make it otherwise."""
    if not any(each.event == "key-backed-up" for each in station.entries):
        _backup(hall, station)
    drawn = station.draw_backup()
    cards_seen(hall.mark)(drawn.splitting)
    station.replace_backup(drawn, drawn.splitting.shares, hall.stick)
    agreed(station)


def _change_pin(hall: Hall, station: Station) -> None:
    splitting = station.draw_shares()
    cards_seen(hall.mark)(splitting)
    station.change_shares(splitting, splitting.shares)
    hall.room.cards = splitting.shares[: splitting.kept.needed]
    agreed(station)


def destroy(station: Station) -> None:
    """Destroy the root key, with everybody's consent."""
    agreed(station)
    station.destroy(fingerprint(station.state.root), station.state.authority)


def _destroy(hall: Hall, station: Station) -> None:
    destroy(station)
    station.export(hall.stick)


KINDS: dict[str, Callable[[Hall, Station], None]] = {
    "sign": _sign,
    "revoke": _revoke,
    "crl": _crl,
    "export": _export,
    ADOPT: _adopt,
    "refuse": lambda hall, station: _sign(hall, station, "Somebody else"),
    UNFINISHED: _asked,
    "backup": _backup,
    CHANGE_BACKUP: _change_backup,
    CHANGE_PIN: _change_pin,
    DESTROY: _destroy,
}
CREATE = "create"
"""What comes first, or else `RESTORE_KEY`."""


def main(home: Path, stick: Path, marks: Path, lost: Lost, design: str, seed: int, kinds: list[str]) -> None:
    """Make or restore an authority and hold ceremonies."""
    with marks.open("wb", buffering=0) as file:

        def mark(**what: object) -> None:
            file.write(json.dumps(what).encode())

        watched(mark)
        spoilt(design)
        first, *others = kinds
        room = {CREATE: created, RESTORE_KEY: lost.restored}[first](home, cards_seen(mark))
        outside = [each.certificate for each in wire.read_state(room.place).issued]
        mark(anchor=(room.place.path / "anchor.json").read_text(), outside=list(map(encoded, outside)))
        hall = Hall(room, Stick(stick, mark), random.Random(seed), mark)  # noqa: S311  # the same each time
        for each in others:
            hall.hold(each)


if __name__ == "__main__":
    home, stick, marks, lost, design, seed, kinds = sys.argv[1:]
    main(Path(home), Path(stick), Path(marks), Lost(Path(lost)), design, int(seed), kinds.split(","))
