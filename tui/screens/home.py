"""The first screen: where everything stands, and what to do next."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from offline_root.desk import View
from offline_root.intents import explain
from offline_root.status import Line as Certificate
from offline_root.status import Status
from tui.frame import Frame, Page
from tui.safe_text import beside, lines, literal, safe
from tui.widgets import Line

CEREMONY, LOG, QUIT = "ceremony", "log", "quit"


class HomeScreen(Page[str]):
    """Return CEREMONY, LOG or QUIT."""

    TITLE_TEXT = literal("Home")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose('ceremony')", "Open"),
        Binding("l", "choose('log')", "Log"),
        Binding("q", "choose('quit')", "Quit"),
        Binding("escape", "ignore", show=False),
    ]

    def __init__(self, frame: Frame, view: View) -> None:
        super().__init__(frame)
        self._view = view
        self._ready = view.problem is None
        self.NEXT = (
            literal("Enter opens a ceremony · L shows the log · Q ends")
            if self._ready
            else literal("L shows the log · Q ends. Nothing can be signed before the log is explained")
        )

    def body(self) -> Iterator[Widget]:
        """Give the authority with its environments, then token, stick, clock and log."""
        view = self._view
        if view.status is not None:
            yield Line(_tree(view.status), id="tree")
        facts = (("Token", view.token), ("Stick", view.stick), ("Clock", f"{view.clock} (UTC)"), ("Log", view.log))
        yield Line(lines(beside(literal(f"{name:<7}"), safe(value)) for name, value in facts), id="facts")
        if view.problem is not None:
            problem = view.problem
            yield Line(lines((safe(problem.what, "bold"), safe(problem.meaning), safe(problem.mend))), id="problem")

    def action_choose(self, choice: str) -> None:
        """Return a choice; a ceremony only where one can be opened."""
        if choice != CEREMONY or self._ready:
            self.dismiss(choice)

    def action_ignore(self) -> None:
        """Stay: there is nothing to go back to."""


def _tree(status: Status) -> Content:
    last = len(status.lines) - 1
    rows = (
        beside(literal("└─ " if place == last else "├─ "), _certificate(each))
        for place, each in enumerate(status.lines)
    )
    intents = (safe(f"UNFINISHED: {explain(each)}", "bold") for each in status.intents)
    root = beside(safe(status.authority, "bold"), safe(f"  root CA until {status.root_not_after[:10]}"))
    return lines((root, *rows, *intents))


def _certificate(line: Certificate) -> Content:
    until = f", until {line.not_after[:10]}, renew before {line.renew_before[:10]}" if line.serial else ""
    return beside(safe(f"{line.environment:<8} ", "bold"), safe(f"{line.state}{until}"))
