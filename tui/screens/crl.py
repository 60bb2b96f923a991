"""The signing screen of a CRL: what is on it, and, where it revokes an intermediate, what that means."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from offline_root.crl import CrlReview
from offline_root.findings import Severity
from offline_root.model import Revocation, serial_text
from offline_root.moments import utc_text
from tui.frame import Frame
from tui.layout import Below, Block, Hanging
from tui.reading import Reading
from tui.safe_text import beside, literal, told
from tui.screens.review import finding_block
from tui.widgets import Passage

_LABEL = 13


class CrlScreen(Reading[bool]):
    """Return True when all of it was read and approved, None for Esc. `consequences` are those of a revocation."""

    TITLE_TEXT = literal("CRL")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("a", "approve", "Approve")]
    NEXT = literal("Space reads on, to the end · Esc back, nothing signed")
    READ_ALL = literal("A approve, the token signs it · Esc back, nothing signed")
    CONFIRM = literal("A goes on to the confirmation · Esc back, nothing is revoked")
    CANNOT = literal("Esc back: nothing can be signed · Space reads on")

    def __init__(self, frame: Frame, reviewed: CrlReview, consequences: Sequence[str] = ()) -> None:
        super().__init__(frame, approvable=all(each.severity is Severity.INFO for each in reviewed.findings))
        self._reviewed, self._consequences = reviewed, consequences
        if not self.approvable:
            self.NEXT = self.CANNOT
        elif consequences:
            self.READ_ALL = self.CONFIRM

    def body(self) -> Iterator[Widget]:
        """Give what a revocation means first, then the list."""
        if self._consequences:
            told_one_by_one = (Hanging(literal("-"), told(each), 2) for each in self._consequences)
            yield Passage(Below(literal("WHAT IT MEANS", "bold"), *told_one_by_one), id="meaning")
        if self._reviewed.findings:
            yield Passage(Below(*(finding_block(each) for each in self._reviewed.findings)), id="against")
        yield Passage(_list(self._reviewed), id="rows")

    def action_approve(self) -> None:
        """Approve what was read to the end; before that, read on."""
        self.approve(value=True)


def _list(reviewed: CrlReview) -> Block:
    draft = reviewed.draft
    entries: list[Content | Block] = [_entry(each) for each in reviewed.entries]
    return Below(
        literal("THE CRL that will be signed", "bold"),
        Hanging(literal("number"), told(str(draft.number)), _LABEL),
        Hanging(literal("this update"), told(utc_text(draft.this_update)), _LABEL),
        Hanging(literal("next update"), told(utc_text(draft.next_update)), _LABEL),
        Hanging(literal("revoked"), Below(*(entries or [literal("nothing")])), _LABEL),
    )


def _entry(revocation: Revocation) -> Block:
    why = beside(told(revocation.reason.value), literal(", since "), told(revocation.time[:10]))
    return Below(told(serial_text(revocation.serial)), Hanging(literal(""), why, 2))
