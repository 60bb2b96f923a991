"""The signing screen: what was requested, what the policy says, what will be issued, and all findings."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from offline_root.findings import Finding, Severity, refusals, warnings
from offline_root.fingerprints import groups
from offline_root.issue import load
from offline_root.model import Difference, Review, Row, Unreadable
from offline_root.words import words
from tui.frame import Frame
from tui.layout import Below, Block, Hanging
from tui.reading import Reading
from tui.safe_text import beside, exact, literal, safe, told
from tui.screens.names import NamesScreen
from tui.widgets import Passage

APPROVE, REFUSE = "approve", "refuse"
_LABEL, _COLUMN, _SEVERITY = 24, 11, 8


def finding_block(finding: Finding) -> Block:
    """Return one finding: severity, code and rule, what was found, how to mend it."""
    return Hanging(
        told(finding.severity.value.upper(), "bold"),
        Below(
            beside(told(finding.code, "bold"), literal("  ("), told(finding.rule), literal(")")),
            exact(finding.message),
            Hanging(literal("What to do:"), told(finding.mend), 12),
        ),
        _SEVERITY,
    )


def row_block(row: Row) -> Block:
    """Return one row: its label, and beside it what was requested, what the policy says, what will be issued."""
    columns = [Hanging(literal("issued", "bold"), exact(row.issued or "-", "bold"), _COLUMN)]
    if row.policy not in ("", row.issued):
        columns.insert(0, Hanging(literal("policy"), exact(row.policy), _COLUMN))
    if row.requested:
        columns.insert(0, Hanging(literal("requested"), exact(row.requested), _COLUMN))
    return Hanging(told(row.label, "bold"), Below(*columns), _LABEL)


class ReviewScreen(Reading[str]):
    """Return APPROVE or REFUSE, None for Esc. To approve, nothing may refuse, and every row must have been shown."""

    TITLE_TEXT = literal("Review")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "approve", "Approve"),
        Binding("n", "names", "Test a name"),
        Binding("r", "refuse", "Refuse"),
    ]
    NEXT = literal("Space reads on, to the end · N test a name · R refuse · Esc back")
    READ_ALL = literal("A approve, the token signs · N test a name · R refuse · Esc back")
    CANNOT = literal("R refuse, and tell the sender why · Space reads on · Esc back")

    def __init__(self, frame: Frame, subject: Review | Unreadable) -> None:
        super().__init__(frame, approvable=not refusals(subject.findings))
        self._subject = subject
        if not self.approvable:
            self.NEXT = self.CANNOT

    def body(self) -> Iterator[Widget]:
        """Give what refuses and what warns first, then the certificate, then what is good to know."""
        subject = self._subject
        yield Passage(_verdict(subject, self.frame.environment), id="verdict")
        yield from _findings((*refusals(subject.findings), *warnings(subject.findings)), "against")
        if isinstance(subject, Review):
            yield Passage(_key(subject), id="key")
            if subject.difference:
                yield Passage(_changes(subject.difference), id="changes")
            yield Passage(Below(_CERTIFICATE, *(row_block(row) for row in subject.rows)), id="rows")
        yield from _findings(tuple(each for each in subject.findings if each.severity is Severity.INFO), "others")

    def action_approve(self) -> None:
        """Approve what was read to the end; before that, read on."""
        self.approve(APPROVE)

    def action_names(self) -> None:
        """Show the name test above this screen: what was read stays read."""
        if self.approvable and isinstance(self._subject, Review) and self._subject.throwaway:
            self.app.push_screen(NamesScreen(self.frame, load(self._subject.throwaway)))

    def action_refuse(self) -> None:
        """Refuse."""
        self.dismiss(REFUSE)


def _changes(difference: Difference) -> Block:
    """Return what changes since the last certificate of the environment."""
    rows = (
        Hanging(
            told(each.label, "bold"),
            Below(
                Hanging(literal("before"), exact(each.before), _COLUMN),
                Hanging(literal("now", "bold"), exact(each.now, "bold"), _COLUMN),
            ),
            _LABEL,
        )
        for each in difference.changes
    )
    return Below(
        literal("WHAT CHANGES in this environment", "bold"), Hanging(literal(""), told(difference.summary), 2), *rows
    )


_CERTIFICATE = literal("THE CERTIFICATE: requested · policy, unless the same · will be issued", "bold")


def _findings(findings: Sequence[Finding], name: str) -> Iterator[Widget]:
    if findings:
        yield Passage(Below(*(finding_block(each) for each in findings)), id=name)


def _verdict(subject: Review | Unreadable, environment: str) -> Block:
    file = subject.file if isinstance(subject, Unreadable) else subject.request.file
    if refusals(subject.findings):
        word, about, then = literal("REFUSE", "bold"), literal("cannot be signed for "), literal(". Why:")
    elif warnings(subject.findings):
        word, about, then = literal("WARN", "bold"), literal("can be signed for "), literal(" if you accept this:")
    else:
        word, about, then = literal("OK", "bold"), literal("can be signed for "), literal(". Read all of it.")
    return Hanging(word, Below(safe(file, "bold"), beside(about, safe(environment), then)), _SEVERITY)


def _key(review: Review) -> Block:
    fingerprint = review.request.fingerprint
    half = len(fingerprint) // 2
    spoken = words(bytes.fromhex(fingerprint[:half]))
    return Below(
        literal("THE KEY: its fingerprint, and the first half of that in words", "bold"),
        Hanging(
            literal(""),
            Below(
                told(groups(fingerprint[:half])),
                told(groups(fingerprint[half:])),
                told(" ".join(spoken[:8])),
                told(" ".join(spoken[8:])),
            ),
            2,
        ),
    )
