"""The closing sheet: the log's head on paper, asked for at the next opening."""

from dataclasses import dataclass

from offline_root.audit.chain import CLOSING_DIGITS, closing_head
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
