"""What each person says before anything is handed out."""

from collections.abc import Iterator

from textual import on
from textual.widget import Widget

from offline_root.model import People
from offline_root.statement import AGREE, Statement
from tui.frame import Frame, Page
from tui.safe_text import lines, literal, safe
from tui.widgets import Entry, Field, Line


class StatementsScreen(Page[tuple[Statement, ...]]):
    """Return everyone's statement, None for Esc. `done` says what is about to be handed out."""

    TITLE_TEXT = literal("Statements")
    NEXT = literal("Enter goes on; Enter in the last line hands over · Esc back")

    def __init__(self, frame: Frame, people: People, done: tuple[str, ...]) -> None:
        super().__init__(frame)
        self._names, self._done = (people.operator, *people.witnesses), done

    def body(self) -> Iterator[Widget]:
        """Give what was done, and an entry for each person."""
        yield Line(lines((literal("This is handed out now:", "bold"), *(safe(each) for each in self._done))))
        yield Line(
            literal('Each person says what they think. Words that begin with "do not agree" stop the delivery.'),
            classes="note",
        )
        for number, name in enumerate(self._names):
            yield Field(safe(name), Entry(id=f"statement-{number}", value=AGREE))

    @on(Entry.Done)
    def done(self) -> None:
        """Return the statements."""
        said = (self.query_one(f"#statement-{number}", Entry).value.strip() for number in range(len(self._names)))
        self.dismiss(tuple(Statement(name, text or AGREE) for name, text in zip(self._names, said, strict=True)))
