"""Which stick: waits until one is plugged in, and says of each why it can or cannot be used."""

from collections.abc import Collection, Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from offline_root.alarm import Use
from offline_root.plugged import Tray
from offline_root.ports import StickFacts
from tui.frame import Frame, Page
from tui.layout import Below, Block, Hanging
from tui.safe_text import beside, literal, safe, told
from tui.widgets import Choice, Passage

_LABEL = 10
_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_WRITTEN = (Use.RESPONSE, Use.COPY_OF_RESPONSE, Use.ANCHOR, Use.BACKUP)
_SECONDS = 0.5
"""Between two looks at what is plugged in."""


class StickScreen(Page[StickFacts]):
    """Return the stick chosen; None for Esc. One of `used`, which requests were read from, is asked for twice.

    Those in `written` have a copy of the response already.
    """

    TITLE_TEXT = literal("Stick")
    NEXT = literal("insert a stick; arrow keys and Enter choose · Esc gives up")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "nothing", show=False)]

    def __init__(
        self,
        frame: Frame,
        tray: Tray,
        use: Use,
        used: Collection[StickFacts],
        written: Collection[StickFacts | None] = (),
    ) -> None:
        super().__init__(frame)
        self._tray, self._use, self._used, self._written = tray, use, used, written
        if use is Use.COPY_OF_RESPONSE:
            self.NEXT = literal("arrow keys and Enter: another copy · Esc: no more copies")
        self._found: Sequence[StickFacts] = ()
        self._asked: StickFacts | None = None

    def body(self) -> Iterator[Widget]:
        """Give what to do, the list, and what there is to say of a choice."""
        yield Passage(_INSERT[self._use])
        yield Choice(())
        yield Passage(literal(""), id="said")

    def on_mount(self) -> None:
        """Begin to look."""
        super().on_mount()
        self.look()
        self.set_interval(_SECONDS, self.look)

    def look(self) -> None:
        """Show what is plugged in now, if that is not what was."""
        found = tuple(self._tray.look())
        if found == self._found:
            return
        said = literal("") if found else literal("The stick was taken out.")
        self._say(said)
        choice = self.query_one(Choice)
        at = self._begin(found, None if choice.highlighted is None else self._found[choice.highlighted])
        self._found, self._asked = found, None
        choice.clear_options()
        choice.add_options([_row(each, self._refusal(each)) for each in found])
        choice.highlighted = at

    def _begin(self, found: Sequence[StickFacts], before: StickFacts | None) -> int | None:
        """Return the row for the cursor: the stick that it is on, unless that is of no use and another one is."""
        fit = [each for each in found if not self._refusal(each)]
        stick = before if before in fit else next(iter(fit or found), None)
        return None if stick is None else found.index(stick)

    @on(Choice.OptionSelected)
    def chosen(self, event: Choice.OptionSelected) -> None:
        """Return the stick, or say why not."""
        stick = self._found[event.option_index]
        if self._refusal(stick):
            self._say(literal("This one cannot be used. Take another one."))
        elif stick in self._used and stick != self._asked:
            self._asked = stick
            self._say(_ONCE_MORE)
        else:
            self.dismiss(stick)

    def action_nothing(self) -> None:
        """Stay: there is nothing to choose."""

    def _refusal(self, stick: StickFacts) -> str:
        return _HAS_ONE if stick in self._written else refusal(stick, self._use)

    def _say(self, what: Content) -> None:
        self.query_one("#said", Passage).say(what)


def refusal(stick: StickFacts, use: Use) -> str:
    """Return why a stick cannot be used for something; empty if it can."""
    protected = "is write-protected: move its switch"
    return stick.refusal or (protected if stick.write_protected and use in _WRITTEN else "")


def _row(stick: StickFacts, why: str) -> Block:
    """Return a stick with its verdict, and `why` not: all that it says of itself, and its size."""
    name = beside(safe(stick.label or "(no label)"), literal("  "), told(_size(stick.size)))
    device = beside(safe(stick.model or "(no model)"), literal("  serial "), safe(stick.serial or "unknown"))
    said = (told(f"It {why}."),) if why else ()
    return Hanging(told("REFUSE" if why else "OK", "bold"), Below(name, device, *said), _LABEL)


def _size(octets: int) -> str:
    """Return a size as it is printed on sticks."""
    power = min(len(str(octets)) - 1, 14) // 3
    return f"{octets // 1000**power} {_UNITS[power]}"


_INSERT = {
    Use.REQUESTS: Below(
        literal("INSERT THE STICK WITH THE REQUESTS", "bold"),
        literal("Choose it when it is listed. It is only read, and may be taken out afterwards."),
    ),
    Use.RESPONSE: Below(
        literal("INSERT A FRESH STICK FOR THE RESPONSE", "bold"),
        literal("Choose it when it is listed. Leave it in until the closing sheet is shown."),
        literal("For several copies insert several sticks: they are asked for one by one."),
    ),
    Use.COPY_OF_RESPONSE: Below(
        literal("ANOTHER COPY?", "bold"),
        literal("The response is written and read back. Another fresh stick is in."),
        literal("Leave all of them in until the closing sheet is shown."),
    ),
    Use.COPY: Below(
        literal("INSERT THE STICK WITH THE NEWEST RESPONSE THERE IS", "bold"),
        literal("A response has a copy of the log. The stick is only read."),
    ),
    Use.POLICY: Below(
        literal("INSERT THE STICK WITH policy.toml", "bold"),
        literal("It lies in no folder. The stick is only read."),
    ),
    Use.ANCHOR: Below(
        literal("INSERT A STICK FOR THE ANCHOR", "bold"),
        literal("The authority is made. This goes to everyone who will check what it issues."),
    ),
    Use.BACKUP: Below(
        literal("INSERT A FRESH STICK FOR THE BACKUP", "bold"),
        literal("Best, one for the backup alone: it is put away for years, apart from the cards."),
    ),
    Use.BACKED_UP: Below(
        literal("INSERT THE STICK WITH THE BACKUP", "bold"),
        literal("A backup is a folder with root-key.backup. The stick is only read."),
    ),
}
_HAS_ONE = "has the response already: leave it in"
_ONCE_MORE = literal("The requests came on this stick; a fresh one is safer. Enter once more: it is used, and logged.")
