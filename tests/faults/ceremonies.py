"""Whole ceremonies on a disk whose power may be cut, and what people outside have seen of them.

As a program: `ceremonies HOME STICK MARK DESIGN SEED COUNT` makes an authority on SoftHSM and holds ceremonies. DESIGN
`good` is the product as it is; the others are what it must not be, and the harness must notice: `no-fsync` never
flushes, `sign-first` writes down what it signs only after it has signed.
"""

import json
import os
import random
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from offline_root import crl, revocation, wire
from offline_root.audit.entry import Entry, Facts
from offline_root.audit.file import LogFile
from offline_root.audit.ledger import Ledger
from offline_root.audit.state import encoded
from offline_root.model import ROOT, Approval, Reason
from offline_root.signer import PROOF, ROOT_KEY
from offline_root.station import Station
from offline_root.token_facts import KeyFacts
from offline_root.tokens import WiredToken
from tests.faults.seen import digests
from tests.offline_root.station.rooms import POLICY, Room, agreed, approve, slip, softhsm_room

KINDS = ("revoke", "crl", "export", "adopt", "refuse", "unfinished")

Mark = Callable[..., None]


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


def spoilt(design: str) -> None:
    """Make the product what it must not be."""
    if design == "no-fsync":
        os.fsync = lambda fd: None  # noqa: ARG005  # named as the real one
    if design == "sign-first":
        record, held = Ledger.record, list[Facts]()

        def recorded(ledger: Ledger, event: str, facts: Facts) -> None:
            if event == "signing-started":
                held.append(facts)
                return
            while held:
                record(ledger, "signing-started", held.pop())
            record(ledger, event, facts)

        Ledger.record = recorded  # type: ignore[method-assign, assignment]


def hold(room: Room, stick: Stick, kind: str, chance: random.Random) -> None:
    """Hold one ceremony of a kind."""
    if kind == "adopt":
        text = f"{POLICY}# {chance.random()}\n"
        with room.ceremony("policy adopt") as station:
            station.adopt(text)
            agreed(station)
            room.close(station)
        room.place.replace_policy(text)
        return
    with room.ceremony(kind) as station:
        _work(station, kind, chance)
        if kind != "unfinished":
            agreed(station)
            (station.export if kind == "export" else station.deliver)(stick)
            room.close(station)


def _work(station: Station, kind: str, chance: random.Random) -> None:
    if kind == "revoke":
        issued = next(each for each in station.state.issued if each.environment != ROOT)
        reviewed = station.review_revocation(issued.serial, Reason.SUPERSEDED)
        station.revoke(revocation.approve(reviewed, issued.sha256[:32]))
    elif kind == "crl":
        station.issue_crl(crl.approve(station.review_crl()))
    elif kind != "export":
        for _ in range(chance.randint(1, 2)):
            name = f"PrivSec Intermediate CA (test) G{len(station.state.issued)}"
            approval = approve(station, slip(name="Somebody else" if kind == "refuse" else name))
            if isinstance(approval, Approval):
                station.sign(approval)


def main(home: Path, stick: Path, marks: Path, design: str, seed: int, count: int) -> None:
    """Make an authority and hold ceremonies: the first signs, the others are of any other kind, each once."""
    chance = random.Random(seed)  # noqa: S311  # the same ceremonies every time
    with marks.open("wb", buffering=0) as file:

        def mark(**what: object) -> None:
            file.write(json.dumps(what).encode())

        watched(mark)
        spoilt(design)
        room = softhsm_room(home)
        mark(anchor=(room.place.path / "anchor.json").read_text())
        for kind in ("sign", *chance.sample(KINDS, count - 1)):
            hold(room, Stick(stick, mark), kind, chance)


if __name__ == "__main__":
    home, stick, mark, design, seed, count = sys.argv[1:]
    main(Path(home), Path(stick), Path(mark), design, int(seed), int(count))
