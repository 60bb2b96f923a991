"""What people have seen before the power failed, and whether the disk that they find afterwards knows of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from offline_root.audit.chain import head_at
from offline_root.audit.state import State, decoded
from offline_root.keys import fingerprint
from offline_root.shares import Share
from tests.faults.founding import heard

Digests = Mapping[str, str]
"""Of a folder's files, by name."""
Cards = Mapping[int, tuple[Share, ...]]
"""Those of each set, by its number."""


@dataclass(frozen=True)
class Seen:
    """What is outside and stays there: the authority, lines that were acknowledged, signatures, what was handed out.

    `begun` is what each folder on the stick is going to hold, by name; `written` are the folders that are whole.
    `cards` are those that were handed out. `token_touched`: what it holds, or what opens it, is being
    changed, or was.
    """

    number: int = 0
    anchor: str = ""
    lines: int = 0
    root: str = ""
    signed: frozenset[bytes] = frozenset()
    outside: frozenset[bytes] = frozenset()
    begun: frozenset[tuple[str, str, str]] = frozenset()
    written: frozenset[str] = frozenset()
    cards: Cards = field(default_factory=dict)
    token_touched: bool = False

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
            token_touched=self.token_touched or said.get("token_touched", False),
            cards={**self.cards, **by_set(heard(said.get("cards", ())))},
        )

    def knows_of(self, whole: Mapping[str, Digests]) -> None:
        """Demand that folders which verify are, byte for byte, what was written; all that was handed over is there."""
        for folder, files in whole.items():
            begun = {file: digest for at, file, digest in self.begun if at == folder}
            assert files == begun, "a torn response verifies"
        assert not self.written - set(whole), "a response that was handed over is not whole any more"


@dataclass(frozen=True)
class Found:
    """What the disk knows after a restart, on its own: all of it is sound. No `state`: the authority is not made."""

    state: State | None = None
    text: bytes = b""
    signed: frozenset[bytes] = frozenset()
    issued: frozenset[bytes] = frozenset()
    whole: Mapping[str, Digests] = field(default_factory=dict)

    def knows(self, seen: Seen) -> None:
        """Demand that nothing is missing of what was seen."""
        assert self.state or not seen.anchor, "the authority is gone"
        lines = self.text.count(b"\n")
        assert lines or not seen.lines, "the log is gone"
        assert lines >= seen.lines, "acknowledged lines are gone"
        head = head_at(self.text, seen.lines)
        assert seen.lines == 0 or (head and head.hex() == seen.root), "acknowledged lines are others now"
        assert not seen.signed - self.signed, "signed, but its TBS is not in the log"
        assert not seen.outside - self.issued, "what is outside is not in the log"
        seen.knows_of(self.whole)


def by_set(cards: Sequence[Share]) -> Cards:
    """Return the cards of a set, if there are any, by its number."""
    return {each.number: tuple(cards) for each in cards}


def digests(files: Mapping[str, bytes]) -> Digests:
    """Return the digests of files."""
    return {name: fingerprint(content) for name, content in files.items()}
