"""What a ceremony needs of the program around it."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from textual.content import Content
from textual.screen import Screen

from offline_root.audit.entry import Facts
from offline_root.desk import Desk, Ground, Hints
from tui.frame import Frame
from tui.idle import Watch

T = TypeVar("T")


class Stage(Protocol):
    """What a ceremony needs of the program: a desk, and a way to show screens and to do slow things beside them."""

    ground: Ground
    desk: Desk
    hints: Hints
    guard: Watch | None

    def machine_facts(self) -> Facts:
        """Return what the machine reports of itself now, and what another one measured before it was started."""

    async def show(self, screen: Screen[T]) -> T | None:
        """Show a screen until it returns its value."""

    async def aside(self, frame: Frame, what: Content, call: Callable[[], T]) -> T:
        """Do something slow beside the screen."""
