"""Paper first: environment and fingerprint are typed from the slip before anything of the request's key is shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual import on
from textual.content import Content
from textual.widget import Widget

from offline_root.checks.approval import DIGITS, digits, wrong_groups
from offline_root.model import Fingerprint
from tui.frame import Frame, Page
from tui.layout import Below, Block, Hanging
from tui.safe_text import beside, literal, safe, told
from tui.widgets import Entry, Field, Passage

_LABEL = 18
REFUSE = "refuse"
"""What is typed, in full, to have a request refused: a key that bounces must not do that."""


@dataclass(frozen=True, slots=True)
class Slip:
    """What was typed from the paper slip."""

    environment: str
    digits: str


class PaperScreen(Page[Slip]):
    """Return what was typed, None for Esc. Without a `fingerprint` the file holds no request: only the environment.

    `paper` is the slip of a rehearsal: environment and digits.
    """

    TITLE_TEXT = literal("Paper slip")
    NEXT = literal("type what the paper says; Enter compares · Esc back to the requests")

    def __init__(
        self,
        frame: Frame,
        file: str,
        environments: Sequence[str],
        fingerprint: Fingerprint | None,
        paper: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(frame)
        self._file, self._environments, self._fingerprint, self._paper = file, environments, fingerprint, paper
        self._compared: str | None = None

    def body(self) -> Iterator[Widget]:
        """Give the entries, and room for the comparison right below them."""
        yield Passage(
            Below(
                Hanging(literal("File"), safe(self._file, "bold"), _LABEL),
                Hanging(literal("Environments"), told(", ".join(self._environments)), _LABEL),
            )
        )
        field = Field(literal("Environment"), Entry(id="environment"))
        yield field
        if self._fingerprint is not None:
            field = Field(literal("Fingerprint"), Entry(id="digits"))
            yield field
        field.add_class("last")
        problem = Passage(literal(""), id="problem")
        problem.display = False
        yield problem
        yield Passage(self._note(), id="notes")
        if self._paper is not None:
            environment, typed = self._paper
            slip = [Hanging(literal("Environment"), told(environment), _LABEL)]
            if self._fingerprint is not None:
                slip.append(Hanging(literal("Fingerprint"), told(typed), _LABEL))
            yield Passage(Below(literal("THE PAPER IN YOUR HAND", "bold"), *slip), classes="paper")

    def _note(self) -> Block:
        if self._fingerprint is None:
            return Below(
                literal("This file holds no request that could be signed: there is nothing to compare."),
                literal("The environment says who gets the refusal."),
            )
        return Below(
            literal("Type it from the paper slip, never from the screen or the file. Of the"),
            literal("fingerprint, the first 32 hex digits; spaces and capitals do not matter."),
        )

    @on(Entry.Done)
    def done(self) -> None:
        """Compare; return the slip if it fits, or the wrong one when people say in full that it is to be refused."""
        environment = self.query_one("#environment", Entry)
        named = environment.value.strip()
        if named not in self._environments:
            what = beside(safe(named, "bold"), literal(" is no environment of the policy.")) if named else _NO_NAME
            self._object(what)
            environment.focus()
            return
        if self._fingerprint is None:
            self.dismiss(Slip(named, ""))
            return
        typed = digits(self.query_one("#digits", Entry).value)
        if typed == REFUSE and self._compared is not None:
            self.dismiss(Slip(named, self._compared))
            return
        if not wrong_groups(typed, self._fingerprint):
            self.dismiss(Slip(named, typed))
            return
        self._compared = typed
        self._object(_comparison(typed, self._fingerprint))

    def _object(self, what: Block | Content) -> None:
        """Say what is wrong, above the notes."""
        problem = self.query_one("#problem", Passage)
        problem.say(what)
        problem.display = True


_NO_NAME = literal("Type the environment that stands on the paper slip.")


def marked(typed: str, fingerprint: Fingerprint) -> Content:
    """Return what was typed in groups of four, each that is not the fingerprint's in brackets."""
    wrong = wrong_groups(typed, fingerprint)
    groups = [typed[start : start + 4] for start in range(0, max(len(typed), DIGITS), 4)]
    return beside(
        *(
            beside(literal("["), safe(group.ljust(4, "_"), "bold"), literal("]"))
            if number in wrong
            else beside(literal(" "), safe(group), literal(" "))
            for number, group in enumerate(groups, start=1)
        )
    )


def _comparison(typed: str, fingerprint: Fingerprint) -> Block:
    return Below(
        literal("The groups in brackets are not those of the key in the file:", "bold"),
        Hanging(literal(""), marked(typed, fingerprint), 2),
        literal("A slip of the finger? Correct it, and press Enter."),
        literal('The paper really says so? Type "refuse" instead: the request is not signed.'),
    )
