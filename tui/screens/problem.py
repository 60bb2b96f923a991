"""Something could not be done: what happened, what it means, what to do next, and whether trying again is safe."""

from collections.abc import Iterator
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from offline_root.errors import StationError
from tui.frame import Frame, Told
from tui.layout import Below, Hanging
from tui.safe_text import literal, told_lines
from tui.widgets import Passage


class ProblemScreen(Told):
    """Return True when it was read and Enter pressed, None for Esc.

    With `again`, Enter means to try again at once.
    """

    TITLE_TEXT = literal("Problem")
    HEAD: ClassVar[Content] = literal("WHAT HAPPENED", "bold")

    def __init__(self, frame: Frame, error: StationError, *, again: bool = False) -> None:
        super().__init__(frame)
        self._error = error
        if again:
            self.NEXT = literal("put it right, then Enter tries again · Esc gives up")

    def body(self) -> Iterator[Widget]:
        """Give the four parts of every error."""
        error = self._error
        again = literal("Trying again is safe.") if error.retry else literal("Do not simply try again.")
        yield Passage(Below(self.HEAD, Hanging(_NONE, told_lines(error.what), 2)), id="problem")
        yield Passage(Below(literal("WHAT IT MEANS", "bold"), Hanging(_NONE, told_lines(error.meaning), 2)))
        yield Passage(
            Below(literal("WHAT TO DO NEXT", "bold"), Hanging(_NONE, Below(told_lines(error.mend), again), 2))
        )


_NONE = literal("")
