"""Screens that people have to read to the end before they approve: no row of them is signed unseen."""

from typing import ClassVar, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content

from tui.frame import Frame, Page

T = TypeVar("T")


class Reading(Page[T]):
    """A screen that knows which of its rows were shown. `approvable` is whether it can be approved at all."""

    READ_ALL: Content
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "page", "More", show=False)]

    def __init__(self, frame: Frame, *, approvable: bool = True) -> None:
        super().__init__(frame)
        self.approvable = approvable
        self._shown = 0
        self._width = 0

    def on_mount(self) -> None:
        """Follow what has been shown."""
        self.watch(self.scroller, "scroll_y", self._follow, init=False)
        self.watch(self.scroller, "virtual_size", self._follow, init=False)

    def on_resize(self, event: events.Resize) -> None:
        """Begin again where the rows are other ones now: what is counted are rows."""
        if event.size.width != self._width:
            self._width, self._shown = event.size.width, 0
            self.scroller.scroll_home(animate=False)
        self.call_after_refresh(self._follow)

    @property
    def read(self) -> bool:
        """Say whether every row has been on the screen."""
        return self._shown > 0 and self._shown >= self.scroller.virtual_size.height

    def _follow(self) -> None:
        """Count the rows that were on the screen without a gap: the End key shows the end and nothing before it."""
        body = self.scroller
        top, height = round(body.scroll_y), body.scrollable_content_region.height
        if top <= self._shown:
            self._shown = max(self._shown, top + height)
        if self.approvable:
            self.say_next(self.READ_ALL if self.read else self.NEXT)

    def action_page(self) -> None:
        """Read on."""
        self.scroller.scroll_page_down(animate=False)

    def approve(self, value: T) -> None:
        """Return a value if all was read; before that, read on."""
        if self.approvable and self.read:
            self.dismiss(value)
        elif self.approvable:
            self.action_page()
