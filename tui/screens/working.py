"""Something slow is going on. There is nothing to press."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from tui.frame import Frame, Page
from tui.safe_text import beside, literal
from tui.widgets import Busy, Passage


class WorkingScreen(Page[None]):
    """Shown while the token or the stick works; it goes by itself."""

    TITLE_TEXT = literal("Working")
    NEXT = literal("wait. Do not remove token or stick")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "ignore", show=False)]

    def __init__(self, frame: Frame, what: Content) -> None:
        super().__init__(frame)
        self._what = what

    def body(self) -> Iterator[Widget]:
        """Say what is going on."""
        yield Passage(beside(self._what, literal(".")), id="verdict")
        yield Busy()

    def action_ignore(self) -> None:
        """Stay."""
