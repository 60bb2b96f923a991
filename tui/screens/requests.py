"""What lies on the stick, and what became of it so far."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from tui.frame import Frame, Page
from tui.safe_text import beside, literal, safe
from tui.widgets import Choice, Line

DONE = -1
"""The choice to end the work and hand over."""


@dataclass(frozen=True, slots=True)
class Row:
    """One file: its name, a word for its state, and what there is to say before anything of its key is shown."""

    file: str
    verdict: str
    detail: str


def _row(row: Row) -> Content:
    return beside(safe(f"{row.verdict:<9} ", "bold"), safe(row.file), safe(f"  {row.detail}"))


class RequestsScreen(Page[int]):
    """Return the number of the row chosen, DONE, or None for Esc."""

    TITLE_TEXT = literal("Requests")
    NEXT = literal("arrow keys and Enter choose · D done: hand over · Esc ends the ceremony")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("d", "done", "Done")]

    def __init__(self, frame: Frame, rows: Sequence[Row], at: int = 0) -> None:
        super().__init__(frame)
        self._rows, self._at = rows, at

    def body(self) -> Iterator[Widget]:
        """Give the list."""
        if not self._rows:
            yield Line(
                literal("There is no file on the stick that may be a request. D hands over what there is; Esc ends.")
            )
            return
        yield Line(literal("Read once from the stick; what was read is what will be checked, shown and signed."))
        yield Choice(_row(row) for row in self._rows)

    def on_mount(self) -> None:
        """Put the cursor where the work goes on."""
        for choice in self.query(Choice):
            choice.highlighted = self._at
            choice.focus()

    @on(Choice.OptionSelected)
    def chosen(self, event: Choice.OptionSelected) -> None:
        """Return the row."""
        self.dismiss(event.option_index)

    def action_done(self) -> None:
        """End the work."""
        self.dismiss(DONE)
