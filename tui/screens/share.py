"""One custodian's share, word by word: what was typed is completed, what was taken is hidden."""

from collections.abc import Iterator

from textual import on
from textual.widget import Widget

from offline_root.shares import WORDS, BadShare, completions, word
from tui.frame import Frame, Page
from tui.layout import Below, Hanging
from tui.safe_text import beside, literal, told
from tui.widgets import Entry, Field, Passage

_LABEL = 18
_SHOWN = 6
"""So many words that begin with what was typed are named."""


class ShareScreen(Page[str]):
    """Return the words that a custodian typed, None for Esc. `card` says which card is wanted."""

    TITLE_TEXT = literal("Share")
    NEXT = literal("type a word, Enter takes it; Enter alone takes back the last · Esc back")

    def __init__(self, frame: Frame, card: str, error: BadShare | None = None) -> None:
        super().__init__(frame)
        self._card, self._error = card, error
        self._words: list[str] = []

    def body(self) -> Iterator[Widget]:
        """Say which card is wanted, and give the entry for its next word."""
        if self._error is not None:
            yield Passage(Below(told(self._error.what, "bold"), told(self._error.mend)), id="problem")
        alone = literal("Only the custodian looks at the screen. Words that were taken are hidden.")
        yield Passage(Hanging(literal("Card"), Below(told(self._card, "bold"), alone), _LABEL))
        yield Field(literal("Word"), Entry(id="word"), last=True)
        yield Passage(literal(""), id="begins")
        yield Passage(literal(""), id="taken")

    def on_mount(self) -> None:
        """Begin with the first word."""
        super().on_mount()
        self._say("")

    @on(Entry.Changed)
    def changed(self, event: Entry.Changed) -> None:
        """Name the words that begin with what was typed."""
        fitting = completions(event.value) if event.value else ()
        more = " …" if len(fitting) > _SHOWN else ""
        self.query_one("#begins", Passage).say(told(", ".join(fitting[:_SHOWN]) + more))

    @on(Entry.Done)
    def done(self) -> None:
        """Take the word, or each of several; the last one of the card ends the entry."""
        entry = self.query_one("#word", Entry)
        typed, entry.value = entry.value.split(), ""
        if not typed and self._words:
            self._words.pop()
        said = ""
        for each in typed:
            try:
                self._words.append(word(len(self._words) + 1, each))
            except BadShare as bad:
                said = f"{bad.what} {bad.mend}"
                break
        if len(self._words) >= WORDS:
            self.dismiss(self._taken())
        else:
            self._say(said)

    def action_back(self) -> None:
        """Forget the words, and leave."""
        self._taken()
        super().action_back()

    def _say(self, problem: str) -> None:
        place = beside(told(f"{len(self._words)} of {WORDS} words taken. Next: word {len(self._words) + 1}."))
        self.query_one("#taken", Passage).say(Below(place, told(problem, "bold")))

    def _taken(self) -> str:
        words, self._words = " ".join(self._words), []
        self.query_one("#word", Entry).value = ""
        return words
