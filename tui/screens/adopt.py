"""The policy that is to be put in force: what it changes, line by line, to be read to its end."""

import re
from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.frame import Frame
from tui.layout import Below, Block, Hanging
from tui.reading import Reading
from tui.safe_text import literal, told
from tui.widgets import Passage

_HEADERS = 2
"""Rows of a difference that name the two sides."""
_PLACE = re.compile(r"@@ -([0-9]+)")


class AdoptScreen(Reading[bool]):
    """Return True when all of it was read and people go on, None for Esc. `differs` is a unified difference."""

    TITLE_TEXT = literal("Policy")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("a", "approve", "Approve")]
    NEXT = literal("Space reads on, to the end · Esc home, nothing changes")
    READ_ALL = literal("A goes on: people, clock, token · Esc home, nothing changes")

    def __init__(self, frame: Frame, differs: str) -> None:
        super().__init__(frame)
        self._rows = differs.split("\n")[_HEADERS:]

    def body(self) -> Iterator[Widget]:
        """Say what the signs mean, then give the rows."""
        if not self._rows:
            yield Passage(literal("THE POLICY ON THE STICK IS THE ONE IN FORCE: NOTHING CHANGES", "bold"))
            return
        yield Passage(
            Below(
                literal("WHAT CHANGES", "bold"),
                Hanging(literal("-", "bold"), literal("is in force now, and ends"), 2),
                Hanging(literal("+", "bold"), literal("is in force from then on"), 2),
                literal("Lines without a sign stay as they are."),
            )
        )
        yield Passage(Below(*map(_row, self._rows)), id="rows")

    def action_approve(self) -> None:
        """Go on with what was read to the end; before that, read on."""
        self.approve(value=True)


def _row(row: str) -> Block:
    if place := _PLACE.match(row):
        return Below(told(f"line {place[1]} of the policy in force:"))
    style = "bold" if row[:1] in {"-", "+"} else ""
    return Hanging(told(row[:1], style), told(row[1:], style), 2)
