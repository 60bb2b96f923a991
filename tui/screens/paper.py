"""Paper first: environment and fingerprint are typed from the slip before anything of the request's key is shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual import on
from textual.content import Content
from textual.widget import Widget

from offline_root.checks.approval import DIGITS, digits, wrong_groups
from offline_root.display import visible
from offline_root.model import Fingerprint
from tui.frame import Frame, Page
from tui.safe_text import beside, lines, literal, safe
from tui.widgets import Entry, Field, Line

REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Slip:
    """What was typed from the paper slip."""

    environment: str
    digits: str


class PaperScreen(Page[Slip]):
    """Return what was typed, None for Esc. Without a `fingerprint` the file holds no request: only the environment."""

    TITLE_TEXT = literal("Paper slip")
    NEXT = literal("type what the paper says; Enter compares · Esc back to the requests")

    def __init__(
        self, frame: Frame, file: str, environments: Sequence[str], fingerprint: Fingerprint | None, paper: str = ""
    ) -> None:
        super().__init__(frame)
        self._file, self._environments, self._fingerprint, self._paper = file, environments, fingerprint, paper
        self._compared = ""

    def body(self) -> Iterator[Widget]:
        """Give the entries, and room for the comparison."""
        yield Line(beside(literal("File  "), safe(self._file, "bold")))
        yield Line(beside(literal("Environments  "), safe(", ".join(self._environments))), classes="note")
        yield Field(literal("Environment"), Entry(id="environment"))
        if self._fingerprint is not None:
            yield Line(literal("The first 32 hex digits of the fingerprint; spaces do not matter."), classes="note")
            yield Field(literal("Fingerprint"), Entry(id="digits"))
        else:
            yield Line(
                literal("This file holds no request. The environment says who gets the refusal."), classes="note"
            )
        if self._paper:
            yield Line(lines((literal("THE PAPER IN YOUR HAND", "bold"), safe(self._paper))), classes="paper")
        yield Line(literal(""), id="problem")

    @on(Entry.Done)
    def done(self) -> None:
        """Compare; return the slip if it fits, or if the same wrong digits are confirmed by a second Enter."""
        environment = self.query_one("#environment", Entry).value.strip()
        problem = self.query_one("#problem", Line)
        if environment not in self._environments:
            problem.say(
                beside(safe(visible(environment) or "(nothing)", "bold"), literal(" is no environment of the policy."))
            )
            self.query_one("#environment", Entry).focus()
            return
        typed = digits(self.query_one("#digits", Entry).value) if self._fingerprint is not None else ""
        wrong = wrong_groups(typed, self._fingerprint) if self._fingerprint is not None else ()
        if wrong and typed != self._compared:
            self._compared = typed
            problem.say(_comparison(typed, wrong))
            return
        self.dismiss(Slip(environment, typed))


def _comparison(typed: str, wrong: Sequence[int]) -> Content:
    """Show what was typed in groups of four, each wrong one marked."""
    groups = [typed[start : start + 4] for start in range(0, max(len(typed), DIGITS), 4)]
    marked = (
        safe(f"[{group or '    '}]", "bold reverse") if number in wrong else safe(f" {group} ")
        for number, group in enumerate(groups, start=1)
    )
    return lines(
        (
            literal("These groups are not those of the key in the file:", "bold"),
            beside(*marked),
            literal("Correct a slip of the finger and press Enter. If the paper really says this, press Enter again:"),
            literal("the request is then refused."),
        )
    )
