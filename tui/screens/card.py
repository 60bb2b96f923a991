"""Something secret that one person writes on paper: shown once they are alone, and gone when it is written down."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.frame import Frame, Page
from tui.layout import Below
from tui.safe_text import beside, literal, told
from tui.widgets import Passage


class CardScreen(Page[bool]):
    """Return True when it is written down, None for Esc. `label` stands above it on the card, `who` alone may look."""

    TITLE_TEXT = literal("Card")
    NEXT = literal("Enter shows it, once nobody else can see the screen · Esc back")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "uncover", "Show"),
        Binding("w", "written", "Written"),
    ]

    def __init__(self, frame: Frame, label: str, who: str, secret: Sequence[str]) -> None:
        super().__init__(frame)
        self._label, self._who, self._secret = label, who, tuple(secret)
        self._shown = False

    def body(self) -> Iterator[Widget]:
        """Say whose it is, and leave room for it."""
        yield Passage(told(self._label, "bold"), id="verdict")
        yield Passage(
            beside(literal("From here on only "), told(self._who), literal(" looks at the screen.")), id="notes"
        )
        room = Passage(literal(""), id="secret", classes="paper")
        room.display = False
        yield room

    def action_uncover(self) -> None:
        """Show it."""
        self._shown = True
        self.query_one("#notes", Passage).say(literal("Write the line above and all of this on paper, by hand."))
        room = self.query_one("#secret", Passage)
        room.say(Below(*(told(each) for each in self._secret)))
        room.display = True
        self.say_next(literal("write it down, then W: it goes from the screen · Esc back"))

    def action_written(self) -> None:
        """Forget it, and go on; not before it was seen."""
        if self._shown:
            self._forget()
            self.dismiss(result=True)

    def action_back(self) -> None:
        """Forget it, and leave."""
        self._forget()
        super().action_back()

    def _forget(self) -> None:
        self._secret = ()
        self.query_one("#secret", Passage).say(literal(""))
