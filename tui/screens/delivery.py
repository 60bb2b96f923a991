"""The end: the closing sheet for paper, and where the response is."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from offline_root.closing import ClosingSheet
from offline_root.words import words
from tui.frame import Frame, Page
from tui.layout import Below, Block, Hanging
from tui.qr import qr_lines
from tui.safe_text import beside, exact, literal, pixels, told
from tui.screens.requests import FREE, Row, row_block
from tui.widgets import Line, Passage

_SPOKEN = 8
"""Octets of the root hash that are on the closing sheet."""


class DeliveryScreen(Page[bool]):
    """Return True when the closing sheet is written down.

    `paths` is where the response and its copies are, None if nothing was handed out, empty if nothing was to be; `done`
    says what was done; `free`, that they are on sticks which are unmounted by now.
    """

    TITLE_TEXT = literal("Closing sheet")
    NEXT = literal("write the closing sheet on paper, then W: it is written down")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "written", "Written"),
        Binding("escape", "ignore", show=False),
    ]

    def __init__(
        self, frame: Frame, paths: Sequence[str] | None, done: Sequence[Row], sheet: ClosingSheet, *, free: bool = False
    ) -> None:
        super().__init__(frame)
        self._paths, self._done, self._sheet = paths, done, sheet
        self._free = (FREE,) if free else ()

    def body(self) -> Iterator[Widget]:
        """Give the sheet first: it is what the next opening asks for."""
        with Horizontal(id="sheet"):
            yield Passage(_sheet(self._sheet), classes="paper")
            yield Line(pixels(qr_lines(self._sheet.head.upper())), id="qr")
        torn = tuple(each for each in self._paths or () if each in self._sheet.unfinished)
        whole = tuple(each for each in self._paths or () if each not in torn)
        if torn:
            yield Passage(
                Below(
                    literal("THE RESPONSE IS NOT WHOLE: the stick was gone or full too soon", "bold"),
                    *map(_at, torn),
                    literal("It does not verify. Deliver once more: E at home."),
                    *(() if whole else self._free),
                ),
                id="problem",
            )
        if whole:
            yield Passage(
                Below(
                    literal("THE RESPONSE, written and read back, is in", "bold"),
                    *map(_at, whole),
                    literal("Take this folder to the online CA; NEXT-STEPS.txt in it says how to go on."),
                    *self._free,
                )
            )
        elif self._paths is None:
            yield Passage(
                Below(
                    literal("NOTHING WAS HANDED OUT", "bold"),
                    literal("What was signed is in the log; E at home delivers it later."),
                )
            )
        if self._done:
            yield Passage(Below(literal("WHAT WAS DONE", "bold"), *(row_block(each) for each in self._done)))

    def action_written(self) -> None:
        """Go on."""
        self.dismiss(result=True)

    def action_ignore(self) -> None:
        """Stay: a sheet that nobody wrote down is missed at the next opening."""


def _at(path: str) -> Block:
    return Hanging(literal(""), exact(path), 2)


def _sheet(sheet: ClosingSheet) -> Block:
    spoken = words(sheet.root[:_SPOKEN])
    half = _SPOKEN // 2
    return Below(
        literal("CLOSING SHEET", "bold"),
        literal("The next opening asks for this:"),
        literal(""),
        Hanging(literal(""), told(sheet.head, "bold"), 2),
        literal(""),
        beside(literal("log size   "), told(str(sheet.size))),
        beside(literal("root hash  "), told(sheet.spaced)),
        literal("in words"),
        Hanging(literal(""), Below(told(" ".join(spoken[:half])), told(" ".join(spoken[half:]))), 2),
    )
