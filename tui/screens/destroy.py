"""The end of a root key: what follows from it, and the two confirmations."""

from collections.abc import Iterator, Sequence

from textual import on
from textual.widget import Widget

from offline_root.destruction import DIGITS
from offline_root.errors import StationError
from tui.frame import Frame, Page
from tui.layout import Below
from tui.safe_text import beside, literal, told
from tui.widgets import Entry, Field, Passage, refused


class DestroyScreen(Page[tuple[str, str]]):
    """Return root's SHA-256 and name as typed, None for Esc. `error`: why what was `typed` before confirms nothing."""

    TITLE_TEXT = literal("Destroy")
    NEXT = literal("type both; Enter goes on, nothing is destroyed yet · Esc home")

    def __init__(
        self,
        frame: Frame,
        consequences: Sequence[str],
        typed: tuple[str, str] = ("", ""),
        error: StationError | None = None,
    ) -> None:
        super().__init__(frame)
        self._consequences, self._typed, self._error = consequences, typed, error
        self.wrong = error.about if error else ""

    def body(self) -> Iterator[Widget]:
        """Give the entries, and what follows."""
        yield from refused(self._error)
        if self._error is None:
            yield Passage(literal("THE ROOT KEY IS TO BE DESTROYED", "bold"))
        yield Field(literal("Root's SHA-256"), Entry(id="certificate", value=self._typed[0]))
        yield Field(literal("Authority's name"), Entry(id="name", value=self._typed[1]), last=True)
        yield Passage(
            beside(
                literal("From the anchor on paper, the first "), told(str(DIGITS)), literal(" digits; and the name.")
            )
        )
        yield Passage(Below(literal("WHAT FOLLOWS", "bold"), *map(told, self._consequences)))

    @on(Entry.Done)
    def done(self) -> None:
        """Return both."""
        certificate, name = (self.query_one(f"#{each}", Entry).value for each in ("certificate", "name"))
        self.dismiss((certificate, name))
