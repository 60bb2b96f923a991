"""Logs as they would be after many ceremonies: a real ceremony's lines, over and over, with serials of their own."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from offline_root import wire
from offline_root.anchor import Anchor, write_anchor
from offline_root.audit.chain import check
from offline_root.audit.entry import Entry, Facts, encode, link
from offline_root.audit.fold import fold
from offline_root.audit.note import Checkpoint, assemble, body, parse_verifier
from tests.offline_root.station.rooms import Room, fake_room, slip, whole


@dataclass(frozen=True)
class LongLog:
    """An authority on a FAKE token whose log is as long as it was asked to be, signed to its end."""

    room: Room

    @property
    def folder(self) -> Path:
        """Return the folder of log.jsonl and checkpoint."""
        return self.room.place.audit

    @property
    def file(self) -> Path:
        """Return log.jsonl."""
        return self.folder / "log.jsonl"

    @property
    def anchor(self) -> Path:
        """Return anchor.json."""
        return self.room.place.path / "anchor.json"


def long_log(base: Path, size: int) -> LongLog:
    """Return an authority in `base` whose log has `size` lines, at least those of its creation and one ceremony."""
    room = fake_room(base / "home")
    created = len(room.events())
    whole(room, base / "stick", slip())
    entries = wire.read_log(room.place.audit).entries
    lines = list(_continued(entries, created, size))
    text = b"".join(lines)
    (room.place.audit / "log.jsonl").write_bytes(text)
    _sign(room, text)
    return LongLog(room)


def _continued(entries: tuple[Entry, ...], created: int, size: int) -> Iterator[bytes]:
    """Yield `size` lines: the entries, then the ceremony in them again and again."""
    prev = entries[0].prev
    for seq, (entry, ceremony) in enumerate(_repeated(entries, created)):
        if seq == size:
            return
        line = encode(Entry(seq, entry.time, prev, entry.event, _facts(entry.facts, ceremony)))
        prev = link(line)
        yield line


def _repeated(entries: tuple[Entry, ...], created: int) -> Iterator[tuple[Entry, int]]:
    yield from ((each, 0) for each in entries[:created])
    for ceremony in count(1):
        yield from ((each, ceremony) for each in entries[created:])


def _facts(facts: Facts, ceremony: int) -> Facts:
    """Return facts of another ceremony: serial, request and key are its own."""
    return {**facts, **{name: f"{ceremony:064X}" for name in ("serial", "request_sha256", "key") if name in facts}}


def _sign(room: Room, text: bytes) -> None:
    """Let the audit key sign the whole log, and write the anchor."""
    found = check(text)
    state = fold(wire.read_log(room.place.audit).entries)
    verifier = parse_verifier(state.verifier)
    head = Checkpoint(verifier.name, found.size, found.root)
    assert room.tokens
    token = room.tokens.attach(state.token_label, state.token_serial)
    note = assemble(head, verifier, token.sign(token.find("audit"), "ed25519", body(head)))
    (room.place.audit / "checkpoint").write_bytes(note)
    (room.place.path / "anchor.json").write_bytes(write_anchor(Anchor.of(state)))
    room.tokens.kept = dict.fromkeys(room.tokens.kept, (note,))
    room.head = f"{found.size}:{found.root.hex()[:16]}"
