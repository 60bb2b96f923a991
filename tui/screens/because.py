"""Why: something final is about to be recorded, and people say in their own words what for."""

from collections.abc import Iterator, Sequence

from textual import on
from textual.content import Content
from textual.widget import Widget

from tui.frame import Frame, Page
from tui.layout import Below
from tui.safe_text import literal, told
from tui.widgets import Entry, Field, Passage


class BecauseScreen(Page[str]):
    """Return the words, None for Esc. `what` is about to be settled or given up; `ask` is the question."""

    TITLE_TEXT = literal("Because")
    NEXT = literal("type why; Enter records it, for good · Esc back")

    def __init__(self, frame: Frame, title: Content, what: Sequence[str], ask: str) -> None:
        self.TITLE_TEXT = title  # type: ignore[misc]  # the screen is of several ceremonies
        super().__init__(frame)
        self._what, self._ask = what, ask

    def body(self) -> Iterator[Widget]:
        """Give what it is about, then the question."""
        for each in self._what:
            yield Passage(told(each))
        yield Passage(Below(told(self._ask, "bold"), literal("It goes into the log. Nothing can be taken back.")))
        yield Field(literal("Because"), Entry(id="because"))

    @on(Entry.Done)
    def done(self) -> None:
        """Return what was typed, once there is something."""
        typed = self.query_one(Entry).value.strip()
        if typed:
            self.dismiss(typed)
        else:
            self.say_next(literal("type why, please · Esc back"))
