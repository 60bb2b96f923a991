"""Something could not be done: what happened, what it means, what to do next, and whether trying again is safe."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from offline_root.errors import StationError
from tui.frame import Frame, Page
from tui.safe_text import lines, literal, safe_lines
from tui.widgets import Line


class ProblemScreen(Page[None]):
    """Return None when it was read."""

    TITLE_TEXT = literal("Problem")
    NEXT = literal("Enter: understood")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "back", "Understood")]

    def __init__(self, frame: Frame, error: StationError) -> None:
        super().__init__(frame)
        self._error = error

    def body(self) -> Iterator[Widget]:
        """Give the four parts of every error."""
        error = self._error
        again = literal("Trying again is safe.") if error.retry else literal("Do not simply try again.")
        yield Line(lines((literal("WHAT HAPPENED", "bold"), safe_lines(error.what))), id="problem")
        yield Line(lines((literal("WHAT IT MEANS", "bold"), safe_lines(error.meaning))))
        yield Line(lines((literal("WHAT TO DO NEXT", "bold"), safe_lines(error.mend), again)))
