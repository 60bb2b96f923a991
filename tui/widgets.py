"""The few widgets there are. They take `Content` or a `Block`, never a string: no foreign text comes here unescaped."""

from collections.abc import Iterable, Iterator

from rich.color import Color
from rich.segment import Segment, Segments
from rich.style import Style
from textual import events
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.scrollbar import ScrollBarRender
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from offline_root.display import dangerous
from offline_root.errors import StationError
from tui.layout import Below, Block, as_block
from tui.safe_text import literal, told_lines

LONGEST = 400
"""Characters that an entry takes."""

_STEPS = {"up": -1, "down": 1}


class Line(Static):
    """Text that stays as it is laid out."""

    def __init__(self, content: Content, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(content, id=id, classes=classes, markup=False)

    def say(self, content: Content) -> None:
        """Show something else."""
        self.update(content)


class Passage(Static):
    """Text in the body of a screen: it wraps."""

    def __init__(self, block: Content | Block, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(as_block(block), id=id, classes=classes, markup=False)

    def say(self, block: Content | Block) -> None:
        """Show something else."""
        self.update(as_block(block))


class Choice(OptionList):
    """A list to choose one row from, with the arrow keys and Enter."""

    def __init__(self, rows: Iterable[Block], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(*(Option(row) for row in rows), id=id, markup=False)

    def on_mount(self) -> None:
        """Draw the scroll bar with glyphs that every console has."""
        self.vertical_scrollbar.renderer = _Bar  # type: ignore[misc]  # the way that Textual describes


class Entry(Input):
    """A line to type into. Enter goes on to the next one, at the last one it means: done; the arrows go back and forth.

    What cannot be seen cannot be entered, not even pasted: what is shown is what will be recorded. Nothing is copied
    from here: a clipboard is outside, and an entry may hold a PIN.
    """

    class Done(Message):
        """Enter was pressed in the last entry of a screen."""

    def __init__(self, *, id: str, value: str = "", secret: bool = False) -> None:  # noqa: A002
        super().__init__(value, id=id, password=secret, compact=True, select_on_focus=False, max_length=LONGEST)

    def validate_value(self, value: str) -> str:
        """Leave out what nobody would see."""
        return value if self.password or not dangerous(value) else _seen(value)

    async def _on_key(self, event: events.Key) -> None:
        """Take Enter at once, and hand on what comes after it: who types fast, or a scanner, does not wait."""
        focused = self.screen.focused
        if focused is not self and isinstance(focused, Entry):
            event.prevent_default().stop()
            focused.post_message(events.Key(event.key, event.character))
        elif event.key == "enter":
            event.prevent_default().stop()
            await self.action_submit()
        elif event.key in _STEPS and (beside := self._beside(_STEPS[event.key])):
            event.prevent_default().stop()
            self.screen.set_focus(beside)

    def _beside(self, step: int) -> "Entry | None":
        """Return the entry before (-1) or after (1) this one; None at the ends, where the arrow scrolls the page."""
        entries = list(self.screen.query(Entry))
        place = entries.index(self) + step
        return entries[place] if 0 <= place < len(entries) else None

    async def action_submit(self) -> None:
        """Go on to the next entry, or be done."""
        after = self._beside(1)
        if after:
            self.screen.set_focus(after)
        else:
            self.post_message(self.Done())

    def action_copy(self) -> None:
        """Do nothing."""

    def action_cut(self) -> None:
        """Do nothing."""

    def action_paste(self) -> None:
        """Do nothing."""


def refused(error: StationError | None) -> Iterator[Passage]:
    """Give what was wrong with what was typed before, and what to do; nothing where nothing was."""
    if error is not None:
        yield Passage(Below(told_lines(error.what), told_lines(error.mend)), id="problem")


class Field(Horizontal):
    """An entry with its name in front; below the `last` one there is a gap."""

    def __init__(self, name: Content, entry: Entry, *, last: bool = False) -> None:
        super().__init__(classes="field last" if last else "field")
        self._name_line = Line(name, classes="name")
        self._entry = entry

    def compose(self) -> Iterable[Static | Input]:
        """Lay out name and entry beside each other."""
        yield self._name_line
        yield self._entry


class Busy(Static):
    """Turns while something is going on."""

    FACES = (literal("|"), literal("/"), literal("-"), literal("\\"))

    def __init__(self) -> None:
        super().__init__(self.FACES[0], markup=False)
        self._turns = 0

    def on_mount(self) -> None:
        """Begin to turn."""
        if self.app.animation_level != "none":
            self.set_interval(0.25, self.turn)

    def turn(self) -> None:
        """Show the next face."""
        self._turns += 1
        self.update(self.FACES[self._turns % len(self.FACES)])


class Body(VerticalScroll):
    """The part of a screen that scrolls. Keys go to its entries or its list, where it has any."""

    def on_mount(self) -> None:
        """Draw the scroll bar with glyphs that every console has."""
        self.can_focus = not self.query(f"{Entry.__name__}, {Choice.__name__}")
        self.vertical_scrollbar.renderer = _Bar  # type: ignore[misc]  # the way that Textual describes


class _Bar(ScrollBarRender):
    """A scroll bar of whole blocks: console fonts have no eighths of them."""

    @classmethod
    def render_bar(  # Textual's signature
        cls,
        size: int = 25,
        virtual_size: float = 50,
        window_size: float = 20,
        position: float = 0,
        thickness: int = 1,
        vertical: bool = True,  # noqa: FBT001, FBT002
        back_color: Color = Color.default(),  # noqa: B008
        bar_color: Color = Color.default(),  # noqa: B008
    ) -> Segments:
        """Return one segment a row."""
        shown = min(size, max(1, round(size * window_size / virtual_size))) if window_size else 0
        below = virtual_size - window_size
        start = round((size - shown) * min(position / below, 1)) if shown and below > 0 else 0
        # The ends mean the ends: a bar that touches the bottom says that there is nothing more below.
        if shown and below > 0 and 0 < position < below:
            start = min(max(start, 1), size - shown - 1)
        style = Style(color=bar_color, bgcolor=back_color)
        rows = ("█" if start <= row < start + shown else "│" for row in range(size))
        return Segments([Segment(row * thickness, style) for row in rows], new_lines=vertical)


def _seen(value: str) -> str:
    """Return a text without the characters that `visible` would have to replace."""
    kept = ""
    for character in value[:LONGEST]:
        if not dangerous(kept + character):
            kept += character
    return kept
