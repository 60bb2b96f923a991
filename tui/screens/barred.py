"""A device on USB that is not used: why, and for a second keyboard the question whether it is to be.

It comes over whatever is shown, while somebody may be typing. So no letter and no Enter answers it.
"""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from offline_root.machine import Barred
from tui.frame import Frame, Page
from tui.layout import Below
from tui.safe_text import beside, literal, safe
from tui.widgets import Passage

_SPACE = literal(" ")


class BarredScreen(Page[bool]):
    """Return True to let it in, None to leave it off."""

    TITLE_TEXT = literal("USB")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f9", "admit", "Use it")]

    def __init__(self, frame: Frame, device: Barred) -> None:
        super().__init__(frame)
        self._device = device
        self.NEXT = literal("F9 uses both keyboards · Esc leaves it off") if device.asks else literal("Esc goes on")

    def body(self) -> Iterator[Widget]:
        """Give what it says of itself, what that means, and what to do."""
        device = self._device
        head = literal("A SECOND KEYBOARD?", "bold") if device.asks else literal("NOT USED: A DEVICE ON USB", "bold")
        said = beside(safe(device.said), _SPACE, safe(device.reason), literal("."))
        yield Passage(Below(head, said), id="problem")
        yield Passage(_KEYBOARD if device.asks else _REFUSED)

    def action_admit(self) -> None:
        """Let a keyboard in; nothing else can be."""
        if self._device.asks:
            self.dismiss(result=True)


_KEYBOARD = Below(
    literal("A stick can say that it is a keyboard, and type what nobody has typed. It types nothing yet."),
    literal("Have you plugged in a keyboard just now? Then F9. If not, Esc; take it out, and find out what it is."),
)
_REFUSED = Below(
    literal("This machine uses storage, keyboards, hubs and a YubiHSM 2, each for itself. It was not started."),
    literal("Take it out. If it came as a stick, do not use it again, and write a note for the log (F3 at the end)."),
)
