"""The token's PIN, and what opens a device before its set-up."""

from collections.abc import Iterator

from textual import on
from textual.widget import Widget

from offline_root.errors import StationError
from tui.frame import Frame, SecretPage
from tui.layout import Below, Hanging
from tui.safe_text import literal, told, told_lines
from tui.widgets import Entry, Field, Passage, refused

_LABEL = 18


class PinScreen(SecretPage):
    """Return the PIN, None for Esc. `error` is what became of the last one."""

    TITLE_TEXT = literal("Token")
    NEXT = literal("type the PIN, Enter opens the token · Esc ends the ceremony")

    def __init__(self, frame: Frame, token: str, paper: str, error: StationError | None = None) -> None:
        super().__init__(frame)
        self._token, self._paper, self._error = token, paper, error

    def body(self) -> Iterator[Widget]:
        """Give the entry for the PIN."""
        yield from refused(self._error)
        yield Passage(
            Hanging(
                literal("Token"),
                Below(told(self._token), literal("Compare the serial number with the sticker on the token.")),
                _LABEL,
            )
        )
        yield Field(literal("PIN"), Entry(id="pin", secret=True), last=True)
        yield Passage(literal("What you type is not shown. Each attempt is logged before the token sees it."))
        if self._paper:
            yield Passage(
                Below(literal("THE PAPER IN YOUR HAND", "bold"), Hanging(literal("PIN"), told(self._paper), _LABEL)),
                classes="paper",
            )

    @on(Entry.Done)
    def done(self) -> None:
        """Return the PIN and forget it here; an Enter alone costs no attempt."""
        (pin,) = self.taken()
        if pin:
            self.dismiss(pin)
        else:
            self.say_next(literal("type the PIN: nothing was tried yet · Esc ends the ceremony"))


class NewPinScreen(SecretPage):
    """Return the PIN that people choose, typed twice the same; None for Esc. `error` is why it cannot be one."""

    TITLE_TEXT = literal("New PIN")
    NEXT = literal("type a new PIN twice, Enter goes on · Esc back")

    def __init__(self, frame: Frame, error: StationError | None = None) -> None:
        super().__init__(frame)
        self._error = error

    def body(self) -> Iterator[Widget]:
        """Give two entries."""
        yield Passage(
            Below(
                literal("The PIN opens the token: whoever has both has the key.", "bold"),
                literal("Choose one that is on no other machine. What you type is not shown."),
            )
        )
        yield Field(literal("New PIN"), Entry(id="pin", secret=True))
        yield Field(literal("Again"), Entry(id="again", secret=True), last=True)
        said = Below(told_lines(self._error.what), told_lines(self._error.mend)) if self._error else literal("")
        yield Passage(said, id="problem")

    @on(Entry.Done)
    def done(self) -> None:
        """Return the PIN, or say that the two differ."""
        pin, again = self.taken()
        if pin and pin == again:
            self.dismiss(pin)
            return
        self.query_one("#problem", Passage).say(literal("The two are not the same. Again from the first.", "bold"))
        self.query_one("#pin", Entry).focus()


class SetUpScreen(SecretPage):
    """Return what opens a device that is to be set up, empty: as its maker delivers it; None for Esc."""

    TITLE_TEXT = literal("Set-up")
    NEXT = literal("Enter looks at the device · Esc back")

    def __init__(self, frame: Frame, error: StationError | None = None) -> None:
        super().__init__(frame)
        self._error = error

    def body(self) -> Iterator[Widget]:
        """Say which device is taken, and give the entry for a key of the owner."""
        yield Passage(
            Below(
                literal("Plug in the device as its maker delivers it, and no other one like it.", "bold"),
                literal(
                    "It is set up for good: what opens it now is deleted at the end. If you put a set-up key of your"
                    " own into it, type that here: four hex digits, then its password."
                ),
            )
        )
        yield Field(literal("Set-up key"), Entry(id="pin", secret=True), last=True)
        yield Passage(literal("Leave it empty for a device that nobody has used. What you type is not shown."))
        yield from refused(self._error)

    @on(Entry.Done)
    def done(self) -> None:
        """Return the key and forget it here."""
        (key,) = self.taken()
        self.dismiss(key)
