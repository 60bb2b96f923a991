"""The ways out of an alarm, and the response that has the other log."""

from collections.abc import Iterator, Sequence
from enum import IntEnum

from textual.content import Content
from textual.widget import Widget

from tui.frame import Frame, Listing
from tui.layout import Below, Block, Hanging
from tui.safe_text import literal, safe
from tui.widgets import Choice, Passage


class Way(IntEnum):
    """What people can do, in the order of the list."""

    RESTORE = 0
    GO_ON = 1
    TAKE_IN = 2


class WaysScreen(Listing):
    """Return the way out, None for Esc."""

    TITLE_TEXT = literal("Alarm")
    NEXT = literal("arrow keys and Enter choose · Esc home: find out first")

    def body(self) -> Iterator[Widget]:
        """Give what to find out, then the ways out."""
        yield Passage(
            Below(
                literal("Somebody remembers another log than the one on this disk.", "bold"),
                literal("Find out first: is this the right disk? Was it put back from a copy?"),
                literal("Does a copy of it run elsewhere? It takes a witness to go on."),
            )
        )
        yield Choice(_WAYS[each] for each in Way)


class CopiesScreen(Listing):
    """Return the place of the response, None for Esc. `folders` are those on the stick, newest first."""

    TITLE_TEXT = literal("Copies")
    NEXT = literal("arrow keys and Enter choose the newest · Esc home")

    def __init__(self, frame: Frame, folders: Sequence[str]) -> None:
        super().__init__(frame)
        self._folders = folders
        if not folders:
            self.NEXT = literal("Esc home: look for a stick with a response")

    def body(self) -> Iterator[Widget]:
        """Give the list."""
        if not self._folders:
            yield Passage(literal("There is no response of this authority on the stick.", "bold"))
            return
        yield Passage(
            Below(
                literal("Each response has a copy of the log.", "bold"),
                literal("Its name ends with the UTC time, and the lines that its log has."),
            )
        )
        yield Choice(Below(safe(each)) for each in self._folders)


def _way(what: Content, *said: Content) -> Block:
    return Hanging(what, Below(*said), 10)


_WAYS = {
    Way.RESTORE: _way(
        literal("PUT BACK", "bold"),
        literal("the longer log, from the newest response on a stick."),
        literal("Try this first. What is here now is kept beside it."),
    ),
    Way.GO_ON: _way(
        literal("GO ON", "bold"),
        literal("with this log: the longer one is gone, or never was right."),
        literal("Certificates in lines that are lost are in no log."),
    ),
    Way.TAKE_IN: _way(
        literal("TAKE IN", "bold"),
        literal("what another log issued, and go on with this one:"),
        literal("a copy of this authority ran elsewhere, and both logs count."),
    ),
}
