"""The question before a ceremony is ended in the middle."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from tui.frame import Frame, Page
from tui.layout import Below
from tui.safe_text import literal
from tui.widgets import Passage


class LeaveScreen(Page[bool]):
    """Return True to end the ceremony, None to go on."""

    TITLE_TEXT = literal("End?")
    NEXT = literal("E end the ceremony · Esc go on")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("e", "end", "End")]

    def __init__(self, frame: Frame, meaning: Content) -> None:
        super().__init__(frame)
        self._meaning = meaning

    def body(self) -> Iterator[Widget]:
        """Say what ending means."""
        yield Passage(
            Below(
                literal("End the ceremony without handing anything over?", "bold"),
                self._meaning,
            )
        )

    def action_end(self) -> None:
        """End."""
        self.dismiss(result=True)
