"""The signing screen: what was requested, what the policy says, what will be issued, and all findings."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget

from offline_root.findings import Finding, refusals
from offline_root.fingerprints import groups
from offline_root.model import Review, Unreadable
from offline_root.model import Row as ReviewRow
from offline_root.words import words
from tui.frame import Frame, Page
from tui.safe_text import beside, lines, literal, safe
from tui.widgets import Line

_COLUMNS = literal("requested · policy · will be issued     (- nothing, = what will be issued)", "bold")
APPROVE, REFUSE = "approve", "refuse"


def finding_content(finding: Finding) -> Content:
    """Return one finding: severity and code with the rule, what was found, how to mend it."""
    return lines(
        (
            beside(safe(finding.severity.value.upper(), "bold"), safe(f"  {finding.code}  ({finding.rule})")),
            safe(f"  {finding.message}"),
            safe(f"  What to do: {finding.mend}"),
        )
    )


def row_content(row: ReviewRow) -> Content:
    """Return one row: label, then requested · policy · will be issued."""
    policy = "=" if row.policy in ("", row.issued) else row.policy
    asked = f"  {row.requested or '-'} · {policy} · "
    return beside(safe(f"{row.label:<11}", "bold"), safe(asked), safe(row.issued or "-", "bold"))


class ReviewScreen(Page[str]):
    """Return APPROVE or REFUSE, None for Esc. To approve, nothing may refuse, and the page must be read to its end."""

    TITLE_TEXT = literal("Review")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "approve", "Approve"),
        Binding("r", "refuse", "Refuse"),
        Binding("space", "page", "More", show=False),
    ]

    def __init__(self, frame: Frame, subject: Review | Unreadable) -> None:
        super().__init__(frame)
        self._subject = subject
        self._approvable = not refusals(subject.findings)
        self.NEXT = (
            literal("read to the end with Space; then A approve · R refuse · Esc back")
            if self._approvable
            else literal("R refuse, and tell the sender why · Space reads on · Esc back")
        )

    def body(self) -> Iterator[Widget]:
        """Give the findings that refuse first, then the certificate, then all other findings."""
        subject = self._subject
        yield Line(_verdict(subject, approvable=self._approvable), id="verdict")
        if isinstance(subject, Review):
            yield Line(_key(subject))
            yield Line(lines((_COLUMNS, *(row_content(row) for row in subject.rows))), id="rows")
        yield Line(lines(finding_content(each) for each in subject.findings), id="findings")

    def on_mount(self) -> None:
        """Let the arrow keys scroll."""
        self.query_one("#body", VerticalScroll).focus()

    def action_page(self) -> None:
        """Read on."""
        self.query_one("#body", VerticalScroll).scroll_page_down(animate=False)

    def action_approve(self) -> None:
        """Approve what was read to the end."""
        body = self.query_one("#body", VerticalScroll)
        if self._approvable and body.scroll_offset.y >= body.max_scroll_y:
            self.dismiss(APPROVE)
        elif self._approvable:
            self.action_page()

    def action_refuse(self) -> None:
        """Refuse."""
        self.dismiss(REFUSE)


def _verdict(subject: Review | Unreadable, *, approvable: bool) -> Content:
    file = subject.file if isinstance(subject, Unreadable) else subject.request.file
    if approvable:
        return beside(literal("OK  ", "bold"), safe(file), literal("  can be signed. Read all of it."))
    return beside(literal("REFUSE  ", "bold"), safe(file), literal("  cannot be signed."))


def _key(review: Review) -> Content:
    fingerprint = review.request.fingerprint
    half = len(fingerprint) // 2
    spoken = words(bytes.fromhex(fingerprint[:half]))
    return lines(
        (
            literal("fingerprint of the key, and its first half in words", "bold"),
            safe(f"  {groups(fingerprint[:half])}"),
            safe(f"  {groups(fingerprint[half:])}"),
            safe(f"  {' '.join(spoken[:8])}"),
            safe(f"  {' '.join(spoken[8:])}"),
        )
    )
