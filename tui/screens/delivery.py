"""The end: where the response is, and the closing sheet for paper."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from offline_root.closing import ClosingSheet
from offline_root.words import words
from tui.frame import Frame, Page
from tui.qr import qr_lines
from tui.safe_text import lines, literal, safe
from tui.widgets import Line

_SPOKEN = 8
"""Octets of the root hash that are on the closing sheet."""


class DeliveryScreen(Page[bool]):
    """Return True when the closing sheet is written down. `done` says what was handed out, `path` where it is."""

    TITLE_TEXT = literal("Closing sheet")
    NEXT = literal("write it on paper, then W: it is written down")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "written", "Written"),
        Binding("escape", "ignore", show=False),
    ]

    def __init__(self, frame: Frame, path: str, done: tuple[str, ...], sheet: ClosingSheet) -> None:
        super().__init__(frame)
        self._path, self._done, self._sheet = path, done, sheet

    def body(self) -> Iterator[Widget]:
        """Give the sheet first: it is what the next opening asks for."""
        sheet = self._sheet
        spoken = words(sheet.root[:_SPOKEN])
        yield Line(
            lines(
                (
                    literal("CLOSING SHEET: the next opening asks for this", "bold"),
                    safe(f"   {sheet.head}", "bold"),
                    safe(f"   log size {sheet.size}, root hash {sheet.spaced}"),
                    safe(f"   {' '.join(spoken)}"),
                )
            ),
            classes="paper",
        )
        yield Line(lines((literal("Handed out, read back and compared:"), *(safe(each) for each in self._done))))
        yield Line(lines((literal("The response is in"), safe(f"   {self._path}"))))
        yield Line(lines(literal(each) for each in qr_lines(sheet.head.upper())), id="qr")

    def action_written(self) -> None:
        """Go on."""
        self.dismiss(result=True)

    def action_ignore(self) -> None:
        """Stay: a sheet that nobody wrote down is missed at the next opening."""
