"""Proofs about a log for someone who does not have it, as text files that other tools read too.

That a line is in the log: C2SP tlog-proof, with the line itself as its `extra` data. That a log only grew between two
checkpoints: the body of C2SP tlog-witness `add-checkpoint`. Both end with the newer checkpoint, a whole signed note.

    c2sp.org/tlog-proof@v1                old 9
    extra eyJhdXRob3JpdHkiOiJ0ZXN0Il…     gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
    index 7
    gSKyXoYZUgZ6jduWYrkDOARinOMGJv…       offline-root/test
                                          …
    offline-root/test
    …
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from offline_root.audit import merkle
from offline_root.audit.note import Checkpoint, UntrustedNote, VerifierKey, verify_note

FORM = "c2sp.org/tlog-proof@v1"
_HASHES = 63
"""Most hashes of a proof: a tree has at most 2**63 leaves."""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That `line` is the log's line at `index`, counted from 0."""

    index: int
    line: bytes
    hashes: tuple[bytes, ...]
    note: bytes

    def text(self) -> bytes:
        """Return the proof as it is written."""
        return _text((FORM, f"extra {_base64(self.line)}", f"index {self.index}"), self.hashes, self.note)

    def check(self, verifier: VerifierKey) -> Checkpoint:
        """Return the checkpoint of the log that has the line (UntrustedNote)."""
        head = _head(self.note, verifier)
        leaf = merkle.leaf_hash(self.line)
        if merkle.root_from_inclusion(leaf, self.index, head.size, self.hashes) != head.root:
            raise UntrustedNote("the line is not in the log that the checkpoint signs")
        return head


@dataclass(frozen=True, slots=True)
class Consistency:
    """That the log's first `old` lines are still what they were."""

    old: int
    hashes: tuple[bytes, ...]
    note: bytes

    def text(self) -> bytes:
        """Return the proof as it is written."""
        return _text((f"old {self.old}",), self.hashes, self.note)

    def check(self, verifier: VerifierKey, older: Checkpoint) -> Checkpoint:
        """Return the newer checkpoint, of a log that begins with all that `older` signs (UntrustedNote)."""
        head = _head(self.note, verifier)
        if older.size != self.old:
            raise UntrustedNote(f"the proof begins at {self.old} lines, the older checkpoint signs {older.size}")
        if not merkle.grew(older.size, older.root, head.size, head.root, self.hashes):
            raise UntrustedNote("FORK: the newer log does not begin with what the older checkpoint signs")
        return head


def prove_line(lines: Sequence[bytes], index: int, note: bytes) -> Inclusion:
    """Return the proof for one of the `lines` that `note` signs."""
    return Inclusion(index, lines[index], merkle.inclusion([merkle.leaf_hash(each) for each in lines], index), note)


def prove_growth(lines: Sequence[bytes], old: int, note: bytes) -> Consistency:
    """Return the proof that the `lines` that `note` signs grew from the first `old` of them."""
    return Consistency(old, merkle.consistency([merkle.leaf_hash(each) for each in lines], old), note)


def is_proof(data: bytes) -> bool:
    """Say whether a file sets out to be a proof."""
    return data.startswith((f"{FORM}\n".encode(), b"old "))


def parse(data: bytes) -> Inclusion | Consistency:
    """Take a proof apart, strictly; nothing of it is verified (UntrustedNote)."""
    head, _, note = data.partition(b"\n\n")
    try:
        first, *rest = head.decode("ascii").split("\n")
        if first == FORM:
            extra, index, *hashes = rest
            line = _unbase64(extra.removeprefix("extra "))
            proof: Inclusion | Consistency = Inclusion(int(index.removeprefix("index ")), line, _hashes(hashes), note)
        else:
            proof = Consistency(int(first.removeprefix("old ")), _hashes(rest), note)
    except ValueError as error:
        raise UntrustedNote("the proof is malformed") from error
    if proof.text() != data:
        raise UntrustedNote("the proof is not in canonical form")
    return proof


def _hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    hashes = tuple(_unbase64(each) for each in lines)
    if len(hashes) > _HASHES or any(len(each) != len(merkle.EMPTY_ROOT) for each in hashes):
        raise ValueError("not hashes of a proof")
    return hashes


def _head(note: bytes, verifier: VerifierKey) -> Checkpoint:
    head = verify_note(note, verifier)
    if head.origin != verifier.name:
        raise UntrustedNote("the checkpoint is of another log")
    return head


def _text(head: Sequence[str], hashes: Sequence[bytes], note: bytes) -> bytes:
    return "".join(f"{each}\n" for each in (*head, *map(_base64, hashes), "")).encode() + note


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unbase64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
