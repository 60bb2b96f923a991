"""The token's PIN."""

from collections.abc import Iterator

from textual import on
from textual.widget import Widget

from offline_root.errors import StationError
from tui.frame import Frame, Page
from tui.layout import Below, Hanging
from tui.safe_text import literal, told, told_lines
from tui.widgets import Entry, Field, Passage

_LABEL = 18


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
            yield Passage(Below(told_lines(self._error.what), told_lines(self._error.mend)), id="problem")
        yield Passage(
            Hanging(
                literal("Token"),
                Below(told(self._token), literal("Compare the serial number with the sticker on the token.")),
                _LABEL,
            )
        )
        field = Field(literal("PIN"), Entry(id="pin", secret=True))
        field.add_class("last")
        yield field
        yield Passage(literal("What you type is not shown. Each attempt is logged before the token sees it."))
        if self._paper:
            yield Passage(
                Below(literal("THE PAPER IN YOUR HAND", "bold"), Hanging(literal("PIN"), told(self._paper), _LABEL)),
                classes="paper",
            )

    @on(Entry.Done)
    def done(self) -> None:
        """Return the PIN and forget it here."""
        self.dismiss(self._taken())

    def action_back(self) -> None:
        """Forget the PIN, and leave."""
        self._taken()
        super().action_back()

    def _taken(self) -> str:
        entry = self.query_one("#pin", Entry)
        pin, entry.value = entry.value, ""
        return pin
