"""What each person says before anything is handed out."""

from collections.abc import Iterator, Sequence

from textual import on
from textual.content import Content
from textual.widget import Widget

from offline_root.display import visible
from offline_root.model import People
from offline_root.statement import AGREE, Statement
from tui.frame import Frame, Page
from tui.layout import Below
from tui.safe_text import beside, literal, safe
from tui.screens.requests import Row, row_block
from tui.widgets import Entry, Field, Passage


class StatementsScreen(Page[tuple[Statement, ...]]):
    """Return everyone's statement, None for Esc. `done` says what is about to be handed out, or was done."""

    TITLE_TEXT = literal("Statements")
    NEXT = literal("Enter goes on; Enter in the last line hands over · Esc back")

    def __init__(self, frame: Frame, people: People, done: Sequence[Row], *, hands_out: bool = True) -> None:
        super().__init__(frame)
        self._people, self._done, self._hands_out = people, done, hands_out
        if not hands_out:
            self.NEXT = literal("Enter goes on; Enter in the last line ends the ceremony · Esc back")

    def body(self) -> Iterator[Widget]:
        """Give an entry for each person, then what was done."""
        yield Passage(
            Below(
                literal("Each person says what they think of it; it is written down."),
                *((_STOP,) if self._hands_out else ()),
            )
        )
        people = self._people
        yield from _said(beside(literal("Operator "), safe(people.operator, "bold"), literal(":")), 0)
        for number, name in enumerate(people.witnesses, start=1):
            yield from _said(beside(literal("Witness "), safe(name, "bold"), literal(":")), number)
        title = literal("THIS IS HANDED OUT" if self._hands_out else "THIS WAS DONE", "bold")
        yield Passage(Below(title, *(row_block(each) for each in self._done)))

    @on(Entry.Done)
    def done(self) -> None:
        """Return the statements."""
        names = (self._people.operator, *self._people.witnesses)
        said = (self.query_one(f"#statement-{number}", Entry).value.strip() for number in range(len(names)))
        self.dismiss(tuple(Statement(name, visible(text) or AGREE) for name, text in zip(names, said, strict=True)))


_STOP = literal('Words that hold "do not agree" stop the delivery: nothing is handed out.')


def _said(who: Content, number: int) -> Iterator[Widget]:
    name = Passage(who)
    name.add_class("above")
    yield name
    field = Field(literal("  says"), Entry(id=f"statement-{number}", value=AGREE))
    field.add_class("last")
    yield field
