"""The closing sheet: the log's head on paper, asked for at the next opening."""

from collections.abc import Sequence
from dataclasses import dataclass

from offline_root.audit.chain import CLOSING_DIGITS, closing_head
from offline_root.audit.entry import Entry
from offline_root.fingerprints import groups


@dataclass(frozen=True, slots=True)
class ClosingSheet:
    """Size and root hash (32 bytes) of the log under checkpoint B.

    `unfinished` are the responses that did not get it, because their stick was gone: `verify` refuses those.
    """

    size: int
    root: bytes
    unfinished: tuple[str, ...] = ()

    @property
    def head(self) -> str:
        """Return what is typed at the next opening, `SIZE:HEX16`."""
        return closing_head(self.size, self.root)

    @property
    def spaced(self) -> str:
        """Return the hex digits in groups of four, for paper."""
        return groups(self.root.hex()[:CLOSING_DIGITS])


BEGINS = ("create", "restore")
"""The kinds of ceremony that an authority comes from."""


def first_sheet(entries: Sequence[Entry], size: int, root: bytes) -> ClosingSheet | None:
    """Return the closing sheet of the ceremony that an authority comes from, where nothing has happened since.

    Power may have failed before it was on paper. Later ones are not given again: whoever copies a sheet from the very
    log that it is to be held against would notice nothing.
    """
    opened = [each.facts["ceremony"] for each in entries if each.event == "ceremony-opened"]
    fresh = bool(entries) and entries[-1].event == "ceremony-closed" and opened[-1:] and opened[-1] in BEGINS
    return ClosingSheet(size, root) if fresh else None
