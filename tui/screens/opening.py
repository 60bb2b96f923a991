"""Opening a ceremony: people, the clock as a second person reads it, last time's closing sheet, the unsigned tail."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual import on
from textual.widget import Widget

from offline_root.audit.entry import Entry as LogEntry
from offline_root.deviations import Unexplained
from offline_root.errors import StationError
from offline_root.model import People
from offline_root.opening import Opening, typed_clock
from tui.frame import Frame, Page
from tui.layout import Below, Hanging
from tui.safe_text import beside, literal, told, told_lines
from tui.screens.log import entry_block
from tui.widgets import Entry, Field, Passage

_LABEL = 18
_SEAL = "seal-"
"""What the ids of the entries for seals begin with, and what errors about them are about."""
EXPLAIN = "Find out why. If that is in order, type what explains it in the last line, for the log. If not: Esc."


@dataclass(frozen=True, slots=True)
class Stated:
    """What was typed, as it was typed."""

    operator: str = ""
    witnesses: tuple[str, ...] = ()
    clock: str = ""
    head: str = ""
    tail: str = ""
    because: str = ""
    seals: tuple[tuple[str, str], ...] = ()

    def opening(self, kind: str) -> Opening:
        """Return it as the station takes it (CeremonyError where the clock cannot be read)."""
        people = People(self.operator, self.witnesses)
        tail = int(self.tail) if re.fullmatch("[0-9]{1,9}", self.tail) else 0
        seals = tuple(f"{on}={number}" for on, number in self.seals if number)
        return Opening(kind, "tui", people, typed_clock(self.clock), self.head, tail, self.because, seals)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an opening asks for: how many witnesses, the closing sheet or not, which lines are to be accepted.

    `seals` is what has a seal on record. `paper` and `clock` are what a rehearsal puts into people's hands: the closing
    sheet, and a clock on the wall. `tested` is what the self-test found right. `first`: there was no ceremony before,
    and so no closing sheet.
    """

    witnesses: int
    head_required: bool = True
    tail: Sequence[LogEntry] = ()
    paper: str = ""
    clock: str = ""
    seals: Sequence[str] = ()
    tested: Sequence[str] = ()
    first: bool = False


class OpeningScreen(Page[Stated]):
    """Return what was typed, None for Esc. `error` is what was wrong with it the last time; `at` names the entry."""

    TITLE_TEXT = literal("Opening")
    NEXT = literal("type each line, Enter goes on; Enter in the last line opens · Esc home")

    def __init__(
        self, frame: Frame, asked: Asked, stated: Stated, error: StationError | None = None, at: str = ""
    ) -> None:
        super().__init__(frame)
        self._asked, self._stated, self._error = asked, stated, error
        self.wrong = at or (error.about if error else "")

    def body(self) -> Iterator[Widget]:
        """Give one entry for each thing that people state."""
        asked, stated = self._asked, self._stated
        if self._error is not None:
            # Unsigned lines are listed in the error; here they stand below, with the entry for them.
            odd = isinstance(self._error, Unexplained)
            what = self._error.what if odd else self._error.what.partition("\n")[0].removesuffix(":")
            mend = EXPLAIN if odd else self._error.mend
            yield Passage(Below(told_lines(what), told_lines(mend)), id="problem")
        yield Field(literal("Operator"), Entry(id="operator", value=stated.operator))
        for number in range(asked.witnesses):
            value = stated.witnesses[number] if number < len(stated.witnesses) else ""
            yield Field(literal("Witness"), Entry(id=f"witness-{number}", value=value))
        papers = [Field(literal("UTC date and time"), Entry(id="clock", value=stated.clock))]
        if not asked.first:
            papers.append(Field(literal("Closing sheet"), Entry(id="head", value=stated.head)))
        typed = dict(stated.seals)
        for kind in asked.seals:
            entry = Entry(id=f"{_SEAL}{kind}", value=typed.get(kind, ""))
            papers.append(Field(beside(literal("Seal of "), told(kind)), entry))
        papers[-1].add_class("last")
        yield from papers
        yield Passage(self._notes(), id="notes")
        if asked.paper:
            yield Passage(
                Below(
                    literal("THE PAPER IN YOUR HAND", "bold"),
                    Hanging(literal("Closing sheet"), told(asked.paper), _LABEL),
                    Hanging(literal("Clock on the wall"), told(asked.clock), _LABEL),
                ),
                classes="paper",
            )
        if asked.tail:
            yield from self._tail()
        if isinstance(self._error, Unexplained):
            yield Field(literal("Because"), Entry(id="because", value=stated.because))

    def _notes(self) -> Below:
        asked = self._asked
        numbers = literal("as they are now, NUMBER or NUMBER@PLACE, before they are opened")
        seals = (Hanging(literal("Seals"), numbers, _LABEL),) if asked.seals else ()
        who = literal("Another person reads it") if asked.witnesses else literal("Read it")
        optional = () if asked.head_required else (literal("It may be left out."),)
        of_last = literal("of the last ceremony, as on paper: 31:0123456789abcdef")
        sheet = () if asked.first else (Hanging(literal("Closing sheet"), Below(of_last, *optional), _LABEL),)
        tested = beside(told(", ".join(asked.tested)), literal(": all right"))
        found = (Hanging(literal("Self-test"), tested, _LABEL),) if asked.tested else ()
        return Below(
            Hanging(literal("Names"), literal("are written down as stated."), _LABEL),
            Hanging(
                literal("Time"),
                beside(who, literal(" from another clock: 2026-11-23 11:30")),
                _LABEL,
            ),
            *sheet,
            *seals,
            *found,
        )

    def _tail(self) -> Iterator[Widget]:
        yield Passage(
            Below(
                literal("The last ceremony ended early. These lines of the log are not signed yet:", "bold"),
                *(entry_block(each) for each in self._asked.tail),
                literal("Do all of them tell what happened? Then type how many there are."),
                literal("If not: Esc, and find out first."),
            ),
            id="tail-lines",
        )
        yield Field(literal("Lines accepted"), Entry(id="tail", value=self._stated.tail))

    @on(Entry.Done)
    def done(self) -> None:
        """Return what was typed."""
        typed = {str(each.id): each.value.strip() for each in self.query(Entry)}
        names = (typed[f"witness-{number}"] for number in range(self._asked.witnesses))
        witnesses = tuple(name for name in names if name)
        self.dismiss(
            Stated(
                typed["operator"],
                witnesses,
                typed["clock"],
                typed.get("head", ""),
                typed.get("tail", ""),
                typed.get("because", ""),
                tuple((each, typed[f"{_SEAL}{each}"]) for each in self._asked.seals),
            )
        )
