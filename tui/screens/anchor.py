"""The anchor: two fingerprints that go on paper, and are typed back from there."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from offline_root.anchor import Anchor
from offline_root.audit.note import KeyKind
from offline_root.checks.approval import DIGITS, digits, wrong_groups
from offline_root.fingerprints import groups
from offline_root.model import Fingerprint
from tui.frame import Frame, Page
from tui.layout import Below, Block, Hanging
from tui.safe_text import literal, told
from tui.screens.paper import marked
from tui.widgets import Entry, Field, Passage


def _digests(anchor: Anchor) -> Sequence[tuple[str, Content, Fingerprint]]:
    return (
        ("root", literal("Root certificate"), anchor.root_sha256),
        ("audit", literal("Audit key"), anchor.audit_sha256),
    )


class AnchorScreen(Page[bool]):
    """Return True when both are on paper, None for Esc. There is no way back where they are shown first."""

    TITLE_TEXT = literal("Anchor")
    NEXT = literal("write both on paper, then W: they are compared")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("w", "written", "Written")]

    def __init__(self, frame: Frame, anchor: Anchor, *, again: bool = False) -> None:
        super().__init__(frame)
        self._anchor, self._again = anchor, again
        if again:
            self.NEXT = literal("W compares your paper with them · Esc home")

    def body(self) -> Iterator[Widget]:
        """Give both, in groups of four."""
        yield Passage(
            Below(
                literal("THE ANCHOR: write both on paper", "bold"),
                literal("Everything that this authority ever issues is checked against them."),
                literal("Best, one person reads aloud, another writes."),
            )
        )
        yield Passage(Below(*(_digest(label, sha256) for _, label, sha256 in _digests(self._anchor))), classes="paper")
        if self._anchor.verifier.kind is not KeyKind.ED25519:
            yield Passage(
                literal(
                    "The token knows no Ed25519, so the audit key is ECDSA P-256: this program and VERIFY.txt check"
                    " its checkpoints, tools for C2SP checkpoints do not."
                )
            )

    def action_written(self) -> None:
        """Go on."""
        self.dismiss(result=True)

    def action_back(self) -> None:
        """Leave, but not before the paper exists: without it nobody can tell this root from another."""
        if self._again:
            super().action_back()


class CompareScreen(Page[bool]):
    """Return True when the paper has been typed and is right, None for Esc."""

    TITLE_TEXT = literal("Compare")
    NEXT = literal("type from the paper, Enter compares · Esc shows them again")

    def __init__(self, frame: Frame, anchor: Anchor) -> None:
        super().__init__(frame)
        self._anchor = anchor

    def body(self) -> Iterator[Widget]:
        """Give an entry for each, and room for what is wrong."""
        yield Passage(
            Below(
                literal("Is the paper right?", "bold"),
                literal("Type the first 32 digits of each from there; best, someone else than wrote it."),
            )
        )
        fields = [Field(label, Entry(id=name)) for name, label, _ in _digests(self._anchor)]
        fields[-1].add_class("last")
        yield from fields
        problem = Passage(literal(""), id="problem")
        problem.display = False
        yield problem
        yield Passage(literal("Spaces and capitals do not matter."))

    @on(Entry.Done)
    def done(self) -> None:
        """Compare."""
        wrong = [each for each in _digests(self._anchor) if wrong_groups(self._typed(each[0]), each[2])]
        if not wrong:
            self.dismiss(result=True)
            return
        problem = self.query_one("#problem", Passage)
        problem.say(
            Below(
                literal("The groups in brackets are not those of this authority:", "bold"),
                *(Hanging(label, marked(self._typed(name), sha256), 18) for name, label, sha256 in wrong),
                literal("A slip of the finger? Correct it. Is the paper wrong? Esc, and write it anew."),
            )
        )
        problem.display = True
        self.query_one(f"#{wrong[0][0]}", Entry).focus()

    def _typed(self, name: str) -> str:
        return digits(self.query_one(f"#{name}", Entry).value)


def _digest(label: Content, sha256: Fingerprint) -> Block:
    return Below(label, Hanging(literal(""), Below(told(groups(sha256[:DIGITS])), told(groups(sha256[DIGITS:]))), 2))
