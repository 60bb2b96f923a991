"""What people have seen before the power failed, and whether the disk that they find afterwards knows of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from offline_root import wire
from offline_root.anchor import Anchor
from offline_root.audit.chain import closing_head, head_at
from offline_root.audit.file import LogFile
from offline_root.audit.fold import fold
from offline_root.audit.state import decoded
from offline_root.home import Home, Place
from offline_root.keys import fingerprint
from offline_root.model import ROOT
from offline_root.opening import check_signed_head
from offline_root.response.files import pem
from offline_root.response.verify import verify_response
from tests.faults.promises import log_keeps_its_promise, stick_keeps_its_promise
from tests.offline_root.station.rooms import Room, agreed, softhsm_room

AUTHORITY = "root"
Digests = Mapping[str, str]
"""Of a folder's files, by name."""
_MADE = {"certificate-issued": "certificate", "crl-issued": "crl"}


@dataclass(frozen=True)
class Seen:
    """What is outside and stays there: the authority, lines that were acknowledged, signatures, what was handed out.

    `begun` is what each folder on the stick is going to hold, by name; `written` are the folders that are whole.
    """

    number: int = 0
    anchor: str = ""
    lines: int = 0
    root: str = ""
    signed: frozenset[bytes] = frozenset()
    outside: frozenset[bytes] = frozenset()
    begun: frozenset[tuple[str, str, str]] = frozenset()
    written: frozenset[str] = frozenset()

    def after(self, mark: bytes) -> "Seen":
        """Return what was seen after one more mark."""
        said = json.loads(mark)
        return replace(
            self,
            number=self.number + 1,
            anchor=said.get("anchor", self.anchor),
            lines=said.get("lines", self.lines),
            root=said.get("root", self.root),
            signed=self.signed | {decoded(said[each]) for each in ("tbs",) if each in said},
            outside=self.outside | {decoded(each) for each in said.get("outside", ())},
            begun=self.begun | {(said["writing"], *each) for each in said.get("files", {}).items()},
            written=self.written | {said[each] for each in ("written",) if each in said},
        )

    def knows_of(self, whole: Mapping[str, Digests]) -> None:
        """Demand that folders which verify are, byte for byte, what was written; all that was handed over is there."""
        for folder, files in whole.items():
            begun = {file: digest for at, file, digest in self.begun if at == folder}
            assert files == begun, "a torn response verifies"
        assert not self.written - set(whole), "a response that was handed over is not whole any more"


@dataclass(frozen=True)
class Found:
    """What the disk knows after a restart, on its own: all of it is sound."""

    created: bool
    text: bytes = b""
    signed: frozenset[bytes] = frozenset()
    issued: frozenset[bytes] = frozenset()
    whole: Mapping[str, Digests] = field(default_factory=dict)

    def knows(self, seen: Seen) -> None:
        """Demand that nothing is missing of what was seen."""
        assert self.created or not seen.anchor, "the authority is gone"
        lines = self.text.count(b"\n")
        assert lines or not seen.lines, "the log is gone"
        assert lines >= seen.lines, "acknowledged lines are gone"
        head = head_at(self.text, seen.lines)
        assert seen.lines == 0 or (head and head.hex() == seen.root), "acknowledged lines are others now"
        assert not seen.signed - self.signed, "signed, but its TBS is not in the log"
        assert not seen.outside - self.issued, "what is outside is not in the log"
        seen.knows_of(self.whole)


@dataclass
class Restart:
    """Restarts after power cuts. What is found twice, byte for byte, is examined once.

    Of the different ones found, every `goes_on_every`-th is gone on from; `folder` is for the sticks of that.
    """

    folder: Path
    goes_on_every: int
    gone_on: int = 0
    _found: dict[bytes, Found] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{len(self._found)} different ones, {self.gone_on} gone on from"

    def check(self, disk: Path, seen: Seen) -> None:
        """Look at HOME and stick as the kernel gives them, and compare with what was seen."""
        digest = _digest(disk)
        if digest not in self._found:
            found = _restarted(disk / "home", disk / "stick")
            found.knows(seen)
            if len(self._found) % self.goes_on_every == 0:
                self.gone_on += 1
                if found.created:
                    _goes_on(disk / "home", self.folder / str(self.gone_on), found)
                else:
                    _begins_again(disk / "home")
            self._found[digest] = found
        self._found[digest].knows(seen)


def digests(files: Mapping[str, bytes]) -> Digests:
    """Return the digests of files."""
    return {name: fingerprint(content) for name, content in files.items()}


def _digest(disk: Path) -> bytes:
    digest = sha256()
    for path in sorted(disk.rglob("*")):
        content = sha256(path.read_bytes()).digest() if path.is_file() else b""
        digest.update(f"{path.relative_to(disk)} {content.hex()}\n".encode())
    return digest.digest()


def _restarted(home: Path, stick: Path) -> Found:
    """Open what is there, and demand that it is sound."""
    created = (home / AUTHORITY).exists()
    place = Place(home / (AUTHORITY if created else f".creating-{AUTHORITY}"))
    if not (place.audit / "log.jsonl").exists():
        assert not created, "the log is gone"
        assert not stick.exists()
        return Found(created)
    with LogFile.open(place.audit) as log:
        entries = log_keeps_its_promise(log.text)
        anchor = None
        if created:
            state = fold(entries)
            anchor = wire.read_anchor_of(place)
            assert anchor == Anchor.of(state)
            check_signed_head(log.text, log.checkpoint, state)
            assert (place.path / "root-ca.pem").read_bytes() == pem(state.root)
            assert place.policy_copy() in {each.facts["policy"] for each in entries if each.event == "policy-adopted"}
        whole = stick_keeps_its_promise(stick, log.text, anchor)
        return Found(
            created,
            log.text,
            frozenset(decoded(str(each.facts["tbs"])) for each in entries if each.event == "signing-started"),
            frozenset(decoded(str(each.facts[_MADE[each.event]])) for each in entries if each.event in _MADE),
            {path.relative_to(stick).as_posix(): digests(wire.read_folder(path)) for path in whole},
        )


def _goes_on(home: Path, stick: Path, found: Found) -> None:
    """Hold the next ceremony: everything that was issued is delivered again, byte for byte."""
    place = Home(home).choose(AUTHORITY)
    view = wire.read_log(place.audit)
    state = fold(view.entries)
    place.replace_policy(state.policy)
    room = Room(Home(home), place, closing_head(view.check.size, view.check.root))
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


def _begins_again(home: Path) -> None:
    """Make the authority that power kept from being made; what was begun is kept."""
    begun = {path.name for path in home.glob(".creating-*")}
    room = softhsm_room(home)
    assert {path.name.replace(".interrupted-", ".creating-")[:-2] for path in home.glob(".interrupted-*")} == begun
    assert wire.verify_log(room.place.audit, wire.read_anchor_of(room.place)).ok
