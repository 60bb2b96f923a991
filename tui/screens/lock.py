"""The lock: its code is chosen when the token has been opened, and asked for when nobody pressed a key for a while."""

from collections.abc import Iterator

from textual import on
from textual.widget import Widget

from tui.frame import Frame, SecretPage
from tui.idle import SHORTEST, WRONG_CODES, Watch
from tui.layout import Below
from tui.safe_text import beside, literal, told
from tui.widgets import Entry, Field, Passage


class CodeScreen(SecretPage):
    """Return the code that the operator chooses; None for Esc. `lock` and `end` are the policy's durations."""

    TITLE_TEXT = literal("Lock code")
    NEXT = literal("type a code of your own twice, Enter goes on · Esc ends the ceremony")

    def __init__(self, frame: Frame, lock: str, end: str) -> None:
        super().__init__(frame)
        self._lock, self._end = lock, end

    def body(self) -> Iterator[Widget]:
        """Say what it is for, and give two entries."""
        yield Passage(
            Below(
                literal("The token is open.", "bold"),
                beside(literal("If no key is pressed for "), told(self._lock), literal(", this screen hides itself.")),
                literal("The code that you choose now brings it back. It is not the PIN, and is written nowhere."),
                beside(literal("After "), told(self._end), literal(" the token closes and the ceremony ends.")),
            )
        )
        yield Field(literal("Code"), Entry(id="code", secret=True))
        yield Field(literal("Again"), Entry(id="again", secret=True), last=True)
        yield Passage(literal(""), id="problem")

    @on(Entry.Done)
    def done(self) -> None:
        """Return the code, or say why it cannot be taken."""
        code, again = self.taken()
        if code == again and len(code) >= SHORTEST:
            self.dismiss(code)
            return
        said = "The two are not the same." if code != again else f"At least {SHORTEST} characters, please."
        self.query_one("#problem", Passage).say(told(said, "bold"))
        self.query_one("#code", Entry).focus()


class LockScreen(SecretPage):
    """Hide everything until the code is typed."""

    TITLE_TEXT = literal("Locked")
    NEXT = literal("the operator types the lock code, Enter")

    def __init__(self, frame: Frame, watch: Watch) -> None:
        super().__init__(frame)
        self._watch = watch

    def body(self) -> Iterator[Widget]:
        """Give the entry for the code."""
        yield Passage(
            Below(
                literal("LOCKED", "bold"),
                literal("No key was pressed for a while. A ceremony is open here, and so is its token."),
                literal("If its people have gone, do not switch off: call them. The token closes by itself."),
            )
        )
        yield Field(literal("Code"), Entry(id="code", secret=True), last=True)
        yield Passage(literal(""), id="problem")

    @on(Entry.Done)
    def done(self) -> None:
        """Bring the screen back, or count a wrong code."""
        (typed,) = self.taken()
        if self._watch.try_code(typed):
            self.dismiss(None)
            return
        left = WRONG_CODES - self._watch.wrong
        said = f"That is not the code. {left} more, then the token closes." if left else "The token closes."
        self.query_one("#problem", Passage).say(told(said, "bold"))

    def action_back(self) -> None:
        """Stay locked."""
        self.taken()
