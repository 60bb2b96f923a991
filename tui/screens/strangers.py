"""What lies in the token besides the authority's own: which of it goes, and how many that are."""

from collections.abc import Collection, Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from offline_root.errors import StationError
from tui.frame import Frame, Listing, Page
from tui.layout import Below, Hanging
from tui.safe_text import literal, safe, told
from tui.widgets import Choice, Entry, Field, Passage, refused

DONE = -1
"""The choice to remove what is marked."""

_LABEL = 8


class StrangersScreen(Listing):
    """Return the row whose mark changes, DONE, or None for Esc. `chosen` are the rows that are marked."""

    TITLE_TEXT = literal("Strangers")
    NEXT = literal("arrow keys and Enter mark what goes · Esc ends, nothing goes")
    CHOSEN = literal("Enter marks or unmarks · D goes on to remove them · Esc ends")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("d", "done", "Done")]

    def __init__(self, frame: Frame, strangers: Sequence[str], chosen: Collection[int], at: int = 0) -> None:
        super().__init__(frame)
        self._strangers, self._chosen, self._at = strangers, chosen, at
        if chosen:
            self.NEXT = self.CHOSEN

    def body(self) -> Iterator[Widget]:
        """Give the list."""
        yield Passage(
            Below(
                literal("In the token, and not of this authority", "bold"),
                literal("Whatever another program or another authority still needs must stay."),
            )
        )
        yield Choice(
            Hanging(told("REMOVE" if place in self._chosen else "stays", "bold"), safe(each), _LABEL)
            for place, each in enumerate(self._strangers)
        )

    def on_mount(self) -> None:
        """Put the cursor where it was."""
        super().on_mount()
        for choice in self.query(Choice):
            choice.highlighted = self._at

    def action_done(self) -> None:
        """Go on, once something is marked."""
        if self._chosen:
            self.dismiss(DONE)


class CountScreen(Page[int]):
    """Return how many people counted, None for Esc. `error` is what was wrong before."""

    TITLE_TEXT = literal("Remove")
    NEXT = literal("count them, type the number; Enter removes them · Esc back, nothing goes")

    def __init__(self, frame: Frame, found: Sequence[str], error: StationError | None = None) -> None:
        super().__init__(frame)
        self._found, self._error = found, error

    def body(self) -> Iterator[Widget]:
        """Give what goes, then the entry."""
        yield from refused(self._error)
        yield Field(literal("How many"), Entry(id="count"), last=True)
        yield Passage(
            Below(
                literal("THE TOKEN REMOVES THESE, FOR GOOD", "bold"),
                *(Hanging(literal("-"), safe(each), 2) for each in self._found),
            )
        )

    @on(Entry.Done)
    def done(self) -> None:
        """Return the number; what is none is 0."""
        typed = self.query_one(Entry).value.strip()
        self.dismiss(int(typed) if typed.isascii() and typed.isdecimal() else 0)
