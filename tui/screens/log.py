"""The audit log in words."""

from collections.abc import Iterator, Sequence

from textual.widget import Widget

from offline_root.audit.entry import Entry
from offline_root.response.report import line
from tui.frame import Frame, Page
from tui.layout import Below, Block, Hanging
from tui.safe_text import beside, literal, told
from tui.widgets import Passage

_LABEL = 29
"""Columns of number and time."""


def entry_block(entry: Entry) -> Block:
    """Return one line of the log: number and time, and beside them what happened."""
    number, time, said = line(entry).split(maxsplit=2)
    # Numbers stand under each other, as long as the log has less than 100,000 lines.
    return Hanging(beside(told(number.rjust(5)), literal("  "), told(time)), told(said), _LABEL)


class LogScreen(Page[None]):
    """Return None for Esc."""

    TITLE_TEXT = literal("Audit log")
    NEXT = literal("arrow keys and Page Up/Down read · Esc home")

    def __init__(self, frame: Frame, entries: Sequence[Entry]) -> None:
        super().__init__(frame)
        self._entries = entries

    def body(self) -> Iterator[Widget]:
        """Give one line after the other."""
        yield Passage(Below(*(entry_block(each) for each in self._entries)))

    def on_mount(self) -> None:
        """Begin at the end, where the newest line is."""
        self.scroller.scroll_end(animate=False)
