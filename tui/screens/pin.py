"""The token's PIN."""

from collections.abc import Iterator

from textual import on
from textual.widget import Widget

from offline_root.errors import StationError
from tui.frame import Frame, Page
from tui.safe_text import lines, literal, safe
from tui.widgets import Entry, Field, Line


class PinScreen(Page[str]):
    """Return the PIN, None for Esc. `error` is what became of the last one."""

    TITLE_TEXT = literal("Token")
    NEXT = literal("type the PIN, Enter opens the token · Esc ends the ceremony")

    def __init__(self, frame: Frame, token: str, paper: str, error: StationError | None = None) -> None:
        super().__init__(frame)
        self._token, self._paper, self._error = token, paper, error

    def body(self) -> Iterator[Widget]:
        """Give the entry for the PIN."""
        if self._error is not None:
            yield Line(lines((safe(self._error.what, "bold"), safe(self._error.mend))), id="problem")
        yield Line(lines((safe(self._token), literal("Compare the serial number with the sticker on the token."))))
        yield Field(literal("PIN"), Entry(id="pin", secret=True))
        yield Line(
            literal("It is not shown. Each attempt is written into the log before the token sees it."), classes="note"
        )
        if self._paper:
            yield Line(lines((literal("THE PAPER IN YOUR HAND", "bold"), safe(self._paper))), classes="paper")

    @on(Entry.Done)
    def done(self) -> None:
        """Return the PIN and forget it here."""
        entry = self.query_one("#pin", Entry)
        pin, entry.value = entry.value, ""
        self.dismiss(pin)
