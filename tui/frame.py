"""What stands on every screen: whose authority, which environment, whether it is a rehearsal, what to do next."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from tui.safe_text import beside, literal, safe
from tui.widgets import Body, Choice, Entry, Line

T = TypeVar("T")

COLOURS = 6
"""How many colours there are for environments; the seventh environment has the first one's again, and its own word."""

WIDTH = 80
"""Columns that every screen has at least."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The head of a screen. Each of `environments`, in order, has its colour; `environment` is the one at work."""

    authority: str
    rehearsal: bool = False
    environments: tuple[str, ...] = ()
    environment: str = ""

    def at(self, environment: str) -> "Frame":
        """Return the frame of a screen about one environment."""
        return replace(self, environment=environment)

    @property
    def colour(self) -> str:
        """Return the style class of the environment at work."""
        if self.environment not in self.environments:
            return "none"
        return f"environment-{self.environments.index(self.environment) % COLOURS}"


class Page(Screen[T]):
    """A screen that takes a value and returns a value: a head, a body that scrolls, what to do next at the bottom."""

    TITLE_TEXT: ClassVar[Content]
    NEXT: Content
    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", "Back", show=False)]

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self.frame = frame
        self.wrong = ""

    def compose(self) -> ComposeResult:
        """Lay out head, body and foot; subclasses give the body."""
        yield from self._head()
        with Body(id="body"):
            yield from self.body()
        yield Line(_next(self.NEXT), id="next")

    def _head(self) -> Iterator[Widget]:
        """Give one row, or two where long names need them: nothing of a head is ever cut."""
        whose, title = beside(literal(" OFFLINE ROOT  "), safe(self.frame.authority)), beside(self.TITLE_TEXT, _SPACE)
        marks = tuple(self._marks())
        length = sum(each.cell_length for each in (whose, title, *(mark for mark, _ in marks)))
        first, second = (marks, ()) if length < WIDTH else ((), marks)
        classes = f"head {self.frame.colour}"
        with Horizontal(id="head", classes=classes):
            yield Line(whose, id="authority")
            yield from (Line(mark, id=name) for mark, name in first)
            yield Line(title, id="title")
        if second:
            with Horizontal(id="marks", classes=classes):
                yield from (Line(mark, id=name) for mark, name in second)

    def _marks(self) -> Iterator[tuple[Content, str]]:
        if self.frame.environment:
            yield beside(_SPACE, safe(self.frame.environment.upper()), _SPACE), "environment"
        if self.frame.rehearsal:
            yield literal(" REHEARSAL "), "rehearsal"

    def on_mount(self) -> None:
        """Put the cursor where a person begins."""
        self.beginning().focus()

    def beginning(self) -> Widget:
        """Return where a person begins: what is `wrong`, the first entry or list, else the text to be read."""
        for each in self.query(Entry):
            if each.id == self.wrong:
                return each
        begin = self.query(f"{Entry.__name__}, {Choice.__name__}")
        return begin.first() if begin else self.scroller

    @property
    def scroller(self) -> Body:
        """Return the part that scrolls."""
        return self.query_one("#body", Body)

    def say_next(self, what: Content) -> None:
        """Name another next action."""
        self.query_one("#next", Line).say(_next(what))

    def body(self) -> Iterator[Widget]:
        """Give the widgets of the body."""
        raise NotImplementedError

    def action_back(self) -> None:
        """Leave without a value."""
        self.dismiss(None)


class Listing(Page[int]):
    """A list to choose one row from; it scrolls by itself."""

    def on_mount(self) -> None:
        """Let the list scroll below what stands above it."""
        for choice in self.query(Choice):
            choice.focus()
            choice.highlighted = 0
            self.scroller.add_class("listing")

    @on(Choice.OptionSelected)
    def chosen(self, event: Choice.OptionSelected) -> None:
        """Return the row."""
        self.dismiss(event.option_index)


class SecretPage(Page[str]):
    """A page with entries for secrets, all of which are forgotten as soon as they are read, or left."""

    def taken(self) -> tuple[str, ...]:
        """Return what was typed, and forget it here."""
        entries = tuple(self.query(Entry))
        typed = tuple(entry.value for entry in entries)
        for entry in entries:
            entry.value = ""
        return typed

    def action_back(self) -> None:
        """Forget, and leave."""
        self.taken()
        super().action_back()


class Told(Page[bool]):
    """Something to be read: return True for Enter, None for Esc."""

    NEXT = literal("Enter: understood")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "understood", "Understood")]

    def action_understood(self) -> None:
        """Go on."""
        self.dismiss(result=True)


_SPACE = literal(" ")


def _next(what: Content) -> Content:
    return beside(literal(" NEXT: ", "bold"), what)
