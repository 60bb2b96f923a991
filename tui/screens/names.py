"""The name test: type a name, see whether a leaf certificate with it would verify under this intermediate, and why."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtensionOID
from textual import on
from textual.widget import Widget

from offline_root.extensions import described
from offline_root.would_allow import RULE, Answer, under
from tui.frame import Frame, Page
from tui.layout import Below, Block, Hanging
from tui.safe_text import beside, exact, literal, safe, told
from tui.widgets import Entry, Field, Passage

_CONSTRAINTS = ExtensionOID.NAME_CONSTRAINTS.dotted_string
_ANSWER = 8
_LABEL = 18


class NamesScreen(Page[None]):
    """Return None for Esc. Nothing that is typed here is recorded."""

    TITLE_TEXT = literal("Name test")
    NEXT = literal("type a name, Enter asks; again as often as you like · Esc back")

    def __init__(self, frame: Frame, certificate: x509.Certificate) -> None:
        super().__init__(frame)
        self._certificate = certificate

    def body(self) -> Iterator[Widget]:
        """Give the entry, room for the answer right below it, and the constraints that decide."""
        yield Passage(
            literal("Would a leaf certificate with this name verify under this intermediate?"), classes="above"
        )
        yield Passage(literal("A DNS name, address, e-mail address or URI. Only names are looked at."))
        yield Field(literal("Name"), Entry(id="name"), last=True)
        answer = Passage(literal(""), id="answer")
        answer.display = False
        yield answer
        constraints = (each.value for each in described(self._certificate.extensions) if each.oid == _CONSTRAINTS)
        yield Passage(Below(*(Hanging(literal("Name constraints"), exact(each), _LABEL) for each in constraints)))

    @on(Entry.Done)
    def done(self) -> None:
        """Answer, and make room for the next name."""
        entry = self.query_one("#name", Entry)
        answer = self.query_one("#answer", Passage)
        answer.say(_answer(under(self._certificate, entry.value)))
        answer.display = True
        entry.value = ""


def _answer(answer: Answer) -> Block:
    return Hanging(
        told(answer.word, "bold"),
        Below(
            beside(safe(answer.name, "bold"), literal("  ("), told(answer.kind), literal(")")),
            told(answer.message),
            beside(literal("Rule: "), told(RULE)),
        ),
        _ANSWER,
    )
