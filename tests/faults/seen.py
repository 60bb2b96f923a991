"""What people have seen before the power failed, and whether the disk that they find afterwards knows of it."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from offline_root import wire
from offline_root.anchor import Anchor
from offline_root.audit.chain import closing_head, head_at
from offline_root.audit.entry import Entry
from offline_root.audit.file import LogFile
from offline_root.audit.fold import fold
from offline_root.audit.state import decoded
from offline_root.home import Home, Place
from offline_root.issue import load
from offline_root.model import ROOT
from offline_root.moments import from_utc_text
from offline_root.opening import check_signed_head
from offline_root.response.files import pem
from offline_root.response.verify import verify_response
from tests.fakes.token import FakeKey, FakeTokens
from tests.faults.promises import log_keeps_its_promise
from tests.offline_root.station.rooms import Room, SetClock, agreed


@dataclass(frozen=True)
class Seen:
    """What is outside and stays there: the authority, lines that were acknowledged, signatures, certificates."""

    number: int = 0
    created: bool = False
    lines: int = 0
    root: str = ""
    signed: frozenset[bytes] = frozenset()
    outside: frozenset[bytes] = frozenset()
    keys: tuple[tuple[str, str], ...] = ()

    def after(self, mark: bytes) -> "Seen":
        """Return what was seen after one more mark."""
        said = json.loads(mark)
        return replace(
            self,
            number=self.number + 1,
            created=self.created or "created" in said,
            lines=said.get("lines", self.lines),
            root=said.get("root", self.root),
            signed=self.signed | {decoded(said[each]) for each in ("tbs",) if each in said},
            outside=self.outside | {decoded(said[each]) for each in ("outside",) if each in said},
            keys=tuple(said["keys"].items()) if "keys" in said else self.keys,
        )


def check_found(home: Path, seen: Seen) -> Place | None:
    """Open what was found after a power cut, and demand that nothing is missing; return the authority if it is one."""
    folder = home / "root"
    if not folder.exists():
        assert not seen.created, "the authority is gone"
        folder = home / ".creating-root"
    place = Place(folder)
    if not (place.audit / "log.jsonl").exists():
        assert seen.lines == 0, "the log is gone"
        return None
    with LogFile.open(place.audit) as log:
        assert log.size >= seen.lines, "acknowledged lines are gone"
        found = head_at(log.text, seen.lines)
        assert seen.lines == 0 or (found and found.hex() == seen.root), "acknowledged lines are others now"
        entries = log_keeps_its_promise(log.text, seen.outside)
        assert not seen.signed - _begun(entries), "signed, but its TBS is not in the log"
        if folder.name == "root":
            state = fold(entries)
            check_signed_head(log.text, log.checkpoint, state)
            assert (folder / "root-ca.pem").read_bytes() == pem(state.root)
            assert place.policy_copy() in {each.facts["policy"] for each in entries if each.event == "policy-adopted"}
    return place if folder.name == "root" else None


def _begun(entries: tuple[Entry, ...]) -> set[bytes]:
    return {decoded(str(each.facts["tbs"])) for each in entries if each.event == "signing-started"}


def check_goes_on(home: Path, place: Place, seen: Seen, stick: Path) -> None:
    """Hold the next ceremony: everything that was issued is delivered again, byte for byte."""
    view = wire.read_log(place.audit)
    state = fold(view.entries)
    place.replace_policy(state.policy)
    keys = {label: FakeKey(label, b"", load_pem_private_key(pem.encode(), None)) for label, pem in seen.keys}  # type: ignore[arg-type]  # the kinds of the fake
    head = closing_head(view.check.size, view.check.root)
    clock = SetClock(from_utc_text(state.last_time))
    room = Room(Home(home), place, head, FakeTokens({"root": keys}), clock)
    with room.ceremony("export") as station:
        agreed(station)
        delivered = station.export(wire.WiredFolder(stick))
        room.close(station)
    assert verify_response(wire.read_folder(delivered.path), Anchor.of(state)).findings == ()
    issued = {each.issued.certificate for each in delivered.answers}
    assert issued == {each.certificate for each in state.issued if each.environment != ROOT}
    assert seen.outside <= issued
    assert all(load(each) for each in issued)
