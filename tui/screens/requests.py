"""What lies on the stick, and what became of it so far."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.frame import Frame, Page
from tui.layout import Below, Block, Hanging
from tui.safe_text import literal, safe, told
from tui.widgets import Choice, Passage

DONE, NOTE = -1, -2
"""The choices to end the work and hand over, and to write down that something did not go as it should have."""

FREE = literal("You may take the stick out now: it is unmounted.")
_LABEL = 10


@dataclass(frozen=True, slots=True)
class Row:
    """One file: its name, a word for its state, and what there is to say before anything of its key is shown."""

    file: str
    verdict: str
    detail: str


def row_block(row: Row) -> Block:
    """Return one row: the verdict, and beside it the file, and below that what there is to say."""
    return Hanging(told(row.verdict, "bold"), Below(safe(row.file), Hanging(literal(""), told(row.detail), 2)), _LABEL)


class RequestsScreen(Page[int]):
    """Return the number of the row chosen, DONE, or None for Esc. `left` tells of earlier ceremonies on the stick."""

    TITLE_TEXT = literal("Requests")
    NEXT = literal("arrow keys and Enter choose · D done: hand over · N note · Esc ends")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "choose(-1)", "Done"),
        Binding("n", "choose(-2)", "Note"),
        Binding("space", "page", "More", show=False),
    ]

    def __init__(self, frame: Frame, rows: Sequence[Row], at: int = 0, *, left: str = "", free: bool = False) -> None:
        super().__init__(frame)
        self._free = (*((told(left),) if left else ()), *((FREE,) if free else ()))
        self._rows, self._at = rows, at
        if not rows:
            self.NEXT = literal("D done: hand over what there is · N note · Esc ends the ceremony")

    def body(self) -> Iterator[Widget]:
        """Give the list."""
        if not self._rows:
            yield Passage(
                Below(
                    literal("There is no file on the stick that may be a request.", "bold"),
                    literal("Their names end in .csr .req .p10 .pem .der .json .txt or .yaml."),
                    *self._free,
                )
            )
            return
        yield Passage(
            Below(
                literal("Each file was read once: that is what is checked, shown and signed."),
                literal("Take the paper slips one by one, and choose the file of each."),
                *self._free,
            )
        )
        yield Choice(row_block(row) for row in self._rows)

    def on_mount(self) -> None:
        """Put the cursor where the work goes on."""
        for choice in self.query(Choice):
            choice.highlighted = self._at
            # The list scrolls by itself, below what stands above it.
            self.scroller.add_class("listing")

    @on(Choice.OptionSelected)
    def chosen(self, event: Choice.OptionSelected) -> None:
        """Return the row."""
        self.dismiss(event.option_index)

    def action_page(self) -> None:
        """Read on: a single file name can be longer than the screen."""
        for choice in self.query(Choice):
            choice.scroll_page_down(animate=False)

    def action_choose(self, choice: int) -> None:
        """Return DONE or NOTE."""
        self.dismiss(choice)
