"""Whole ceremonies on a disk whose power may be cut, and what people outside have seen of them.

As a program: `ceremonies BASE MARK DESIGN SEED COUNT` holds ceremonies in BASE/home with a FAKE token; stick and token
are elsewhere. DESIGN `good` is the product as it is; the others are what it must not be, and the harness must
notice: `no-fsync` never flushes, `sign-first` writes down what it signs only after it has signed.
"""

import json
import os
import random
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from offline_root import wire
from offline_root.audit.entry import Entry, Facts
from offline_root.audit.file import LogFile
from offline_root.audit.ledger import Ledger
from offline_root.audit.state import encoded
from offline_root.model import Approval
from offline_root.station import Station
from tests.fakes.token import FakeToken, FakeTokens, Key
from tests.offline_root.station.rooms import POLICY, Room, agreed, approve, fake_room, later, slip

DESIGNS = ("good", "no-fsync", "sign-first")

Mark = Callable[..., None]


class Stick(wire.WiredFolder):
    """A stick of which people have seen what is on it: a certificate on it is outside for good."""

    def __init__(self, path: Path, mark: Mark) -> None:
        super().__init__(path)
        self._mark = mark

    def write(self, folder: str, files: Mapping[str, bytes]) -> Path:
        """Write a response, then tell."""
        path = super().write(folder, files)
        for name, content in files.items():
            if name.endswith(".der") and name != "root-ca.der":
                self._mark(outside=encoded(content))
        return path


def watched(mark: Mark) -> None:
    """Tell of every line that was acknowledged, and of every signature that exists."""
    append, sign = LogFile.append, FakeToken.sign

    def appended(log: LogFile, event: str, facts: Facts, time: str) -> Entry:
        entry = append(log, event, facts, time)
        mark(lines=log.size, root=log.root.hex())
        return entry

    def signed(token: FakeToken, key: Any, algorithm: str, message: bytes) -> bytes:  # noqa: ANN401  # as the fake's
        signature = sign(token, key, algorithm, message)
        if key.label == "root":
            mark(tbs=encoded(message))
        return signature

    LogFile.append = appended  # type: ignore[method-assign, assignment]
    FakeToken.sign = signed  # type: ignore[method-assign, assignment]


def spoilt(design: str) -> None:
    """Make the product what it must not be."""
    if design == "no-fsync":
        os.fsync = lambda fd: None  # noqa: ARG005  # named as the real one
    if design == "sign-first":
        record, held = Ledger.record, []

        def recorded(ledger: Ledger, event: str, facts: Facts) -> None:
            if event == "signing-started":
                held.append(facts)
                return
            while held:
                record(ledger, "signing-started", held.pop())
            record(ledger, event, facts)

        Ledger.record = recorded  # type: ignore[method-assign, assignment]


def hold(room: Room, stick: Stick, chance: random.Random) -> None:
    """Hold one ceremony of any kind."""
    later(room, minutes=1)
    kind = chance.choice(["sign", "sign", "sign", "refuse", "export", "adopt", "unfinished"])
    if kind == "adopt":
        text = f"{POLICY}# {chance.random()}\n"
        with room.ceremony("policy adopt") as station:
            station.adopt(text)
            agreed(station)
            room.close(station)
        room.place.replace_policy(text)
        return
    with room.ceremony() as station:
        if kind != "export":
            _ask(station, chance, refuse=kind == "refuse")
        if kind == "unfinished":
            return
        agreed(station)
        (station.export if kind == "export" else station.deliver)(stick)
        room.close(station)


def _ask(station: Station, chance: random.Random, *, refuse: bool) -> None:
    for _ in range(chance.randint(1, 2)):
        number = len(station.state.issued)
        name = "Somebody else" if refuse else f"PrivSec Intermediate CA (test) G{number}"
        approval = approve(station, slip(name=name))
        if isinstance(approval, Approval):
            station.sign(approval)


def _pem(key: Key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def main(base: Path, marks: Path, design: str, seed: int, count: int) -> None:
    """Make an authority and hold ceremonies."""
    chance = random.Random(seed)  # noqa: S311  # the same ceremonies every time
    with marks.open("wb", buffering=0) as file, tempfile.TemporaryDirectory() as outside:

        def mark(**what: object) -> None:
            file.write(json.dumps(what).encode())

        watched(mark)
        spoilt(design)
        tokens = FakeTokens()
        room = fake_room(base / "home", tokens=tokens)
        mark(created="yes", keys={label: _pem(key.private) for label, key in tokens.keys["root"].items()})
        for _ in range(count):
            hold(room, Stick(Path(outside), mark), chance)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
