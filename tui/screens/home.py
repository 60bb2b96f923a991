"""The first screen: where everything stands, and what to do next."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from offline_root.alarm import AlarmStands
from offline_root.desk import View
from offline_root.findings import warnings
from offline_root.intents import again, explain
from offline_root.status import REVOKED, CrlStanding, Status
from offline_root.status import Line as Certificate
from tui.frame import Frame, Page
from tui.layout import Below, Block, Hanging
from tui.safe_text import beside, literal, safe, told, told_lines
from tui.screens.alarm import LOUD
from tui.widgets import Passage

CEREMONY, REVOKE, CRL, EXPORT, ABANDON, ALARM = "ceremony", "revoke", "crl", "export", "abandon", "alarm"
KEEP, LOG, LOOK, QUIT = "keep", "log", "look", "quit"
_LABEL = 12
"""Columns of the labels at least: as many as the tree needs for an environment of usual length."""


class HomeScreen(Page[str]):
    """Return one of the words above."""

    TITLE_TEXT = literal("Home")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose('ceremony')", "Open"),
        Binding("v", "choose('revoke')", "Revoke"),
        Binding("c", "choose('crl')", "CRL"),
        Binding("e", "choose('export')", "Export"),
        Binding("g", "choose('abandon')", "Give up"),
        Binding("a", "choose('alarm')", "Alarm"),
        Binding("k", "choose('keep')", "Keep"),
        Binding("l", "choose('log')", "Log"),
        Binding("r", "choose('look')", "Look again"),
        Binding("q", "choose('quit')", "Quit"),
        Binding("escape", "ignore", show=False),
    ]

    def __init__(self, frame: Frame, view: View) -> None:
        super().__init__(frame)
        self._view = view
        self._ready = view.problem is None
        self._alarm = isinstance(view.problem, AlarmStands)
        if self._alarm:
            self.NEXT = literal("A ways out of the alarm: nothing is signed · L log · R again · Q quits")
        elif not self._ready:
            self.NEXT = literal("A puts back the log: nothing is signed · L log · R again · Q quits")
        else:
            self.NEXT = _next(view)

    def body(self) -> Iterator[Widget]:
        """Give what stands in the way, the authority with its environments, then token, stick, clock and log."""
        view = self._view
        if view.problem is not None:
            problem = view.problem
            yield Passage(
                Below(
                    LOUD if self._alarm else literal("THE AUDIT LOG CANNOT BE RELIED ON", "bold"),
                    told_lines(problem.what),
                    told(problem.meaning),
                    Hanging(literal("What to do:", "bold"), told(problem.mend), _LABEL),
                ),
                id="problem",
            )
        if view.status is not None:
            yield Passage(_tree(view.status), id="tree")
        indent = _LABEL if view.status is None else _indent(view.status)
        yield Passage(
            Below(
                Hanging(literal("Token"), told(view.token), indent),
                Hanging(literal("Stick"), told(view.stick), indent),
                Hanging(literal("Clock"), beside(told(view.clock[:16].replace("T", " ")), literal(" UTC")), indent),
                Hanging(literal("Log"), told(view.log), indent),
                *(_crl(view.status.crl, indent) if view.status is not None else ()),
                *(_odd(view.status, indent) if view.status is not None else ()),
            ),
            id="facts",
        )
        if view.status is not None and view.status.intents:
            yield Passage(_unfinished(view.status), id="unfinished")

    def action_choose(self, choice: str) -> None:
        """Return a choice; a ceremony only where one can be opened."""
        begun = self._view.status is not None and self._view.status.intents
        if (choice not in (CEREMONY, REVOKE, CRL, EXPORT, ABANDON, KEEP) or self._ready) and (
            choice != ABANDON or begun
        ):
            self.dismiss(choice)

    def action_ignore(self) -> None:
        """Stay: there is nothing to go back to."""


def _next(view: View) -> Content:
    """Name a CRL first where one is due: whoever insists on one stops working without it."""
    if view.status is not None and view.status.crl.due and not view.status.intents:
        return literal("C CRL due · Enter sign · V revoke · E export · K keep · L log · Q quit")
    return literal("Enter requests · C CRL · V revoke · E export · K keep · L log · Q quit")


def _crl(standing: CrlStanding, indent: int) -> Iterator[Block]:
    """Give the newest CRL, and why another one is due."""
    found = standing.crl
    until = literal("none") if found is None else beside(literal("good until "), told(found.next_update[:10]))
    due = (beside(literal("due: ", "bold"), told(standing.due)),) if standing.due else ()
    yield Hanging(literal("CRL"), Below(until, *due), indent)


def _odd(status: Status, indent: int) -> Iterator[Block]:
    """Give what an environment lacks, and how much there is to read about all that was issued."""
    if status.needs:
        yield Hanging(literal("Needed", "bold"), Below(*map(told, status.needs)), indent)
    if status.findings:
        warned = len(warnings(status.findings))
        counted = told(f"warnings: {warned} · notes: {len(status.findings) - warned} · ")
        yield Hanging(literal("Findings"), beside(counted, literal("offline-root status has them")), indent)


def _tree(status: Status) -> Block:
    last = len(status.lines) - 1
    rows = (
        Hanging(
            beside(literal("└─ ") if place == last else literal("├─ "), safe(each.environment, "bold")),
            _certificate(each),
            _indent(status),
        )
        for place, each in enumerate(status.lines)
    )
    root = Hanging(
        safe(status.authority, "bold"),
        beside(literal("root CA, valid until "), told(status.root_not_after[:10])),
        _indent(status),
    )
    return Below(root, *rows)


def _indent(status: Status) -> int:
    """Return the columns that the longest name needs."""
    names = (len(status.authority) + 1, *(len(each.environment) + 4 for each in status.lines))
    return max(_LABEL, *(name + 1 for name in names))


def _certificate(line: Certificate) -> Block:
    state = told(line.state)
    if not line.serial:
        return Below(state)
    until = (literal(" · until "), told(line.not_after[:10]))
    renew = () if line.state == REVOKED else (literal(" · renew before "), told(line.renew_before[:10]))
    return Below(beside(state, *until, *renew))


def _unfinished(status: Status) -> Block:
    """Give each signature that was begun and has no outcome, and the two ways out."""
    found = (
        Below(
            told(explain(each)),
            Hanging(
                literal("What to do:", "bold"),
                Below(
                    beside(told(again(each)), literal(" within 24 hours: that finishes it.")),
                    beside(literal("Or G gives it up (offline-root abandon "), told(each.label), literal(")")),
                ),
                _LABEL,
            ),
        )
        for each in status.intents
    )
    return Below(literal("UNFINISHED", "bold"), *found)
