"""Opening a ceremony: people, the clock as a second person reads it, last time's closing sheet, the unsigned tail."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual import on
from textual.widget import Widget

from offline_root.audit.entry import Entry as LogEntry
from offline_root.errors import StationError
from offline_root.response.report import line
from tui.frame import Frame, Page
from tui.safe_text import lines, literal, safe
from tui.widgets import Entry, Field, Line


@dataclass(frozen=True, slots=True)
class Stated:
    """What was typed, as it was typed."""

    operator: str = ""
    witnesses: tuple[str, ...] = ()
    clock: str = ""
    head: str = ""
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an opening asks for: how many witnesses, whether the closing sheet, and which lines are to be accepted."""

    witnesses: int
    tail: Sequence[LogEntry] = ()
    paper: str = ""
    clock: str = ""


class OpeningScreen(Page[Stated]):
    """Return what was typed, None for Esc. `error` is what was wrong with it the last time."""

    TITLE_TEXT = literal("Opening")
    NEXT = literal("type each line, Enter goes on; Enter in the last line opens · Esc home")

    def __init__(self, frame: Frame, asked: Asked, stated: Stated, error: StationError | None = None) -> None:
        super().__init__(frame)
        self._asked, self._stated, self._error = asked, stated, error

    def body(self) -> Iterator[Widget]:
        """Give one entry for each thing that people state."""
        asked, stated = self._asked, self._stated
        if self._error is not None:
            yield Line(lines((safe(self._error.what, "bold"), safe(self._error.mend))), id="problem")
        yield Line(literal("Names are written down as stated. Another person reads the time, from another clock."))
        yield Field(literal("Operator"), Entry(id="operator", value=stated.operator))
        for number in range(asked.witnesses):
            value = stated.witnesses[number] if number < len(stated.witnesses) else ""
            yield Field(literal("Witness"), Entry(id=f"witness-{number}", value=value))
        yield Field(literal("UTC time now"), Entry(id="clock", value=stated.clock))
        yield Field(literal("Closing sheet"), Entry(id="head", value=stated.head))
        yield Line(
            lines(
                (
                    literal("UTC time such as 2026-11-23 11:30. Closing sheet of the last ceremony as SIZE:HEX16."),
                    safe(f"The machine's clock says {asked.clock}." if asked.clock else ""),
                )
            ),
            classes="note",
        )
        if asked.tail:
            yield Line(
                lines(
                    (
                        literal("The last ceremony ended early. These lines of the log are not signed yet:", "bold"),
                        *(safe(line(each)) for each in asked.tail),
                        literal(
                            "Do all of them tell what happened? Type how many there are. If not: Esc, and find out."
                        ),
                    )
                )
            )
            yield Field(literal("Lines accepted"), Entry(id="tail", value=stated.tail))
        if asked.paper:
            yield Line(lines((literal("THE PAPER IN YOUR HAND", "bold"), safe(asked.paper))), classes="paper")

    @on(Entry.Done)
    def done(self) -> None:
        """Return what was typed."""
        typed = {str(each.id): each.value.strip() for each in self.query(Entry)}
        names = (typed.get(f"witness-{number}", "") for number in range(self._asked.witnesses))
        witnesses = tuple(name for name in names if name)
        self.dismiss(Stated(typed["operator"], witnesses, typed["clock"], typed["head"], typed.get("tail", "")))
