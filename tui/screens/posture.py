"""This machine, before anything is opened on it: what it reports of itself, and what another one measured before."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from offline_root import __version__
from offline_root.errors import StationError
from offline_root.findings import Severity
from offline_root.fingerprints import groups
from offline_root.posture import Judged, Posture
from tui.frame import Frame, Page
from tui.layout import Below, Block, Hanging
from tui.safe_text import beside, literal, told
from tui.widgets import Entry, Field, Passage, refused

NOTHING_TYPED = ("", "")
_WORD, _ABOUT = 8, 12
_WORDS = {Severity.REFUSE: "REFUSE", Severity.WARN: "WARN", Severity.INFO: "OK"}


class PostureScreen(Page[tuple[str, str]]):
    """Return the SHA-256 that was typed and who measured it; None for Q, where this machine is not to be used.

    `error` is what was wrong with what was `typed` before.
    """

    TITLE_TEXT = literal("This machine")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "Quit"),
        Binding("escape", "ignore", show=False),
    ]

    def __init__(
        self,
        frame: Frame,
        posture: Posture,
        lines: Sequence[Judged],
        token: str,
        typed: tuple[str, str] = NOTHING_TYPED,
        error: StationError | None = None,
    ) -> None:
        super().__init__(frame)
        self._posture, self._lines, self._token = posture, lines, token
        self._typed, self._error = typed, error
        self.wrong = error.about if error else ""
        self._open = any(each.severity is Severity.REFUSE for each in lines)
        self.NEXT = _REFUSED if self._open else _ASKS

    def body(self) -> Iterator[Widget]:
        """Give the verdict line by line, both hashes, and the entries."""
        yield from refused(self._error)
        if self._open:
            yield Passage(literal("THIS MACHINE IS NOT AS IT SHOULD BE: NOTHING IS OPENED ON IT", "bold"), id="problem")
        yield Passage(Below(_reported(self._posture.image), *map(_line, self._lines), *self._facts()), id="posture")
        if not self._open:
            sha256, by = self._typed
            yield Field(literal("Measured SHA-256"), Entry(id="measured", value=sha256))
            yield Field(literal("By"), Entry(id="by", value=by), last=True)
            yield Passage(_EXPLAINED)

    def _facts(self) -> Iterator[Block]:
        """Give what is no verdict: people compare it themselves."""
        clock = beside(told(self._posture.clock[:16].replace("T", " ")), literal(" UTC, by this machine's clock"))
        for about, said in ((literal("Clock"), clock), (literal("Token"), told(self._token))):
            yield Hanging(literal(""), Hanging(about, said, _ABOUT), _WORD)

    @on(Entry.Done)
    def done(self) -> None:
        """Return what was typed."""
        sha256, by = (self.query_one(f"#{name}", Entry).value.strip() for name in ("measured", "by"))
        self.dismiss((sha256, by))

    def action_quit(self) -> None:
        """Leave a machine that is not to be used."""
        if self._open:
            self.dismiss(None)

    def action_ignore(self) -> None:
        """Stay: there is nothing to go back to."""


def _reported(image: str) -> Block:
    """Return the version, and the hash that the machine reports of itself."""
    said = told(groups(image)) if image else literal("NOT THE BOOTABLE IMAGE: what is open below stays open", "bold")
    version = Hanging(literal("Version"), told(__version__), _WORD + _ABOUT)
    return Below(version, Hanging(literal("Reports its root"), said, _WORD + _ABOUT))


def _line(judged: Judged) -> Block:
    style = "" if judged.severity is Severity.INFO else "bold"
    said = Hanging(told(judged.about), told(judged.said, style), _ABOUT)
    return Hanging(told(_WORDS[judged.severity], style), said, _WORD)


_ASKS: Content = literal("type both lines, or leave them empty; Enter in the last line goes on")
_REFUSED: Content = literal("Q switches off; verify the image on another machine")
_EXPLAINED = literal(
    "Measured: the medium's, by another machine before this one was started, and by whom. Compare both with SHA256SUMS "
    "of the build (offline-root.iso, root.squashfs). What a machine reports of itself proves nothing. Both are logged."
)
