"""What remembers the log besides its own disk: paper, the token, sticks, other people.

The chain cannot show that a log was put back to an older state, or that a copy of it went on somewhere else. Whoever
kept its size and root hash can. Apart from paper, only what our own keys signed is evidence: anybody can write a note.
"""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from offline_root.audit.chain import Log, roots
from offline_root.audit.note import UntrustedNote, VerifierKey, verify_note

Head: TypeAlias = tuple[int, str]
"""A log's size, and its root hash or the first digits of it, in hex."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Somebody remembers a log of `size` lines whose root hash begins with `root`; `note` is the proof, if signed.

    Or it is a CRL that the root signed: then `crl` is its DER in base64, and size and root say nothing.
    """

    source: str
    size: int
    root: str
    note: str = ""
    crl: str = ""

    @property
    def head(self) -> Head:
        """Return size and root hash."""
        return self.size, self.root


@dataclass(frozen=True, slots=True)
class Alarm:
    """Evidence that contradicts the log, and how."""

    evidence: Evidence
    reason: str


def evidence_of(source: str, note: bytes, keys: Iterable[VerifierKey]) -> Evidence | None:
    """Return what a note is evidence of, None if none of the log's own audit `keys` signed it."""
    for key in keys:
        with suppress(UntrustedNote):
            head = verify_note(note, key)
            if head.origin == key.name:
                return Evidence(source, head.size, head.root.hex(), note.decode())
    return None


def contradictions(found: Collection[Evidence], log: Log, explained: Collection[Head] = ()) -> tuple[Alarm, ...]:
    """Return an alarm for each piece of evidence that the log contradicts, unless its head was `explained` before."""
    known = roots(log, {each.size for each in found})
    unexplained = (each for each in found if not any(_same(each.head, head) for head in explained))
    alarms = ((each, _contradiction(each, known.get(each.size))) for each in unexplained)
    return tuple(Alarm(each, reason) for each, reason in alarms if reason)


def _contradiction(evidence: Evidence, root: bytes | None) -> str:
    """Say what is wrong where the log has `root` at the size of the evidence; None: it is shorter."""
    if root is None:
        return f"ROLLED BACK: the {evidence.source} says {evidence.size} lines; the log has fewer. Lines are missing."
    if not root.hex().startswith(evidence.root):
        return f"FORK: the first {evidence.size} lines of the log are not those of the {evidence.source}."
    return ""


def _same(one: Head, other: Head) -> bool:
    """Say whether two heads are one: on paper stand the first digits only."""
    return one[0] == other[0] and (one[1].startswith(other[1]) or other[1].startswith(one[1]))
