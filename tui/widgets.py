"""The few widgets there are. They take `Content`, never a string: no foreign text reaches a screen unescaped."""

from collections.abc import Iterable

from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option


class Line(Static):
    """Text that stays as it is laid out."""

    def __init__(self, content: Content, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(content, id=id, classes=classes, markup=False)

    def say(self, content: Content) -> None:
        """Show something else."""
        self.update(content)


class Choice(OptionList):
    """A list to choose one row from, with the arrow keys and Enter."""

    def __init__(self, rows: Iterable[Content], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(*(Option(row) for row in rows), id=id, markup=False)


class Entry(Input):
    """A line to type into. Enter goes on to the next one; at the last one it means: done."""

    class Done(Message):
        """Enter was pressed in the last entry of a screen."""

    def __init__(self, *, id: str, value: str = "", secret: bool = False) -> None:  # noqa: A002
        super().__init__(value, id=id, password=secret, compact=True, select_on_focus=False)

    async def action_submit(self) -> None:
        """Go on to the next entry, or be done."""
        entries = list(self.screen.query(Entry))
        place = entries.index(self)
        if place + 1 < len(entries):
            entries[place + 1].focus()
        else:
            self.post_message(self.Done())


class Field(Horizontal):
    """An entry with its name in front."""

    def __init__(self, name: Content, entry: Entry) -> None:
        super().__init__(classes="field")
        self._name_line = Line(name, classes="name")
        self._entry = entry

    def compose(self) -> Iterable[Static | Input]:
        """Lay out name and entry beside each other."""
        yield self._name_line
        yield self._entry
