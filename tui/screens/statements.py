"""What each person says before anything is handed out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
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


class Wish(Enum):
    """What people want after the statements were typed."""

    END = "end"
    SEALS = "seals"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Said:
    """What each person says, the operator first, as typed so far; and what people want next."""

    texts: tuple[str, ...]
    wish: Wish = Wish.END

    def statements(self, people: People) -> tuple[Statement, ...]:
        """Return everyone's statement; who says nothing agrees."""
        names = (people.operator, *people.witnesses)
        return tuple(Statement(name, visible(text) or AGREE) for name, text in zip(names, self.texts, strict=True))


class StatementsScreen(Page[Said]):
    """Return what everyone says, None for Esc. `done` says what is about to be handed out, or was done."""

    TITLE_TEXT = literal("Statements")
    NEXT = literal("Enter goes on, at the end hands over · F2 seals · F3 note · Esc back")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "say('seals')", "Seals", show=False),
        Binding("f3", "say('note')", "Note", show=False),
    ]

    def __init__(
        self, frame: Frame, people: People, done: Sequence[Row], said: Said | None = None, *, hands_out: bool = True
    ) -> None:
        super().__init__(frame)
        self._people, self._done, self._hands_out = people, done, hands_out
        self._said = said or Said((AGREE,) * (1 + len(people.witnesses)))
        if not hands_out:
            self.NEXT = literal("Enter goes on, at the end it is over · F2 seals · F3 note · Esc back")

    def body(self) -> Iterator[Widget]:
        """Give an entry for each person, then what was done."""
        yield Passage(
            Below(
                literal("Each person says what they think of it; it is written down."),
                *((_STOP,) if self._hands_out else ()),
            )
        )
        people = self._people
        yield from _said(beside(literal("Operator "), safe(people.operator, "bold"), literal(":")), 0, self._said)
        for number, name in enumerate(people.witnesses, start=1):
            yield from _said(beside(literal("Witness "), safe(name, "bold"), literal(":")), number, self._said)
        title = literal("THIS IS HANDED OUT", "bold") if self._hands_out else literal("THIS WAS DONE", "bold")
        yield Passage(Below(title, *(row_block(each) for each in self._done)))

    @on(Entry.Done)
    def done(self) -> None:
        """Return the statements."""
        self.action_say(Wish.END.value)

    def action_say(self, wish: str) -> None:
        """Return what was typed so far, and what people want."""
        texts = (self.query_one(f"#statement-{number}", Entry).value.strip() for number in range(len(self._said.texts)))
        self.dismiss(Said(tuple(texts), Wish(wish)))


_STOP = literal('Words with a "no" or "not" in them stop the delivery: nothing is handed out.')


def _said(who: Content, number: int, said: Said) -> Iterator[Widget]:
    name = Passage(who)
    name.add_class("above")
    yield name
    yield Field(literal("  says"), Entry(id=f"statement-{number}", value=said.texts[number]), last=True)
