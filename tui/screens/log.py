"""The audit log in words."""

from collections.abc import Iterator, Sequence

from textual.containers import VerticalScroll
from textual.widget import Widget

from offline_root.audit.entry import Entry
from offline_root.response.report import line
from tui.frame import Frame, Page
from tui.safe_text import lines, literal, safe
from tui.widgets import Line


class LogScreen(Page[None]):
    """Return None for Esc."""

    TITLE_TEXT = literal("Audit log")
    NEXT = literal("arrow keys and Page Up/Down read · Esc home")

    def __init__(self, frame: Frame, entries: Sequence[Entry]) -> None:
        super().__init__(frame)
        self._entries = entries

    def body(self) -> Iterator[Widget]:
        """Give one line after the other."""
        yield Line(lines(safe(line(each)) for each in self._entries))

    def on_mount(self) -> None:
        """Begin at the end, where the newest line is."""
        body = self.query_one("#body", VerticalScroll)
        body.focus()
        body.scroll_end(animate=False)
