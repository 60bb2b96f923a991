"""One warning, to be accepted by name or not."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from offline_root.findings import Finding
from tui.frame import Frame, Page
from tui.safe_text import literal
from tui.screens.review import finding_block
from tui.widgets import Passage


class AcknowledgeScreen(Page[bool]):
    """Return True if the warning is accepted, None for Esc."""

    TITLE_TEXT = literal("Warning")
    NEXT = literal("A accept: it is logged with your names · Esc back, nothing signed")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("a", "accept", "Accept")]

    def __init__(self, frame: Frame, finding: Finding) -> None:
        super().__init__(frame)
        self._finding = finding

    def body(self) -> Iterator[Widget]:
        """Give the warning."""
        yield Passage(literal("It does not stand in the way, but it must be a decision, not an oversight:"))
        yield Passage(finding_block(self._finding), id="findings")

    def action_accept(self) -> None:
        """Accept."""
        self.dismiss(result=True)
