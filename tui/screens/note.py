"""A note: something that did not go as it should have, in the words of the people in the room."""

from collections.abc import Iterator
from dataclasses import dataclass

from textual import on
from textual.widget import Widget

from tui.frame import Frame, Page
from tui.layout import Below
from tui.safe_text import literal
from tui.widgets import Entry, Field, Passage


@dataclass(frozen=True, slots=True)
class Noted:
    """What was expected, what happened, what was decided."""

    expected: str
    happened: str
    decided: str


class NoteScreen(Page[Noted]):
    """Return the note, None for Esc."""

    TITLE_TEXT = literal("Note")
    NEXT = literal("type each line; Enter in the last line records it · Esc back")

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)

    def body(self) -> Iterator[Widget]:
        """Give the three entries."""
        yield Passage(
            Below(
                literal("Something did not go as it should have?", "bold"),
                literal("A note goes into the log, and into the report of this ceremony. Nothing can be taken back."),
            )
        )
        yield Field(literal("Was expected"), Entry(id="expected"))
        yield Field(literal("Has happened"), Entry(id="happened"))
        yield Field(literal("Was decided"), Entry(id="decided"))

    @on(Entry.Done)
    def done(self) -> None:
        """Return the note once all three are there."""
        typed = [each.value.strip() for each in self.query(Entry)]
        if all(typed):
            self.dismiss(Noted(*typed))
        else:
            self.say_next(literal("all three lines, please · Esc back"))
