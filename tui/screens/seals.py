"""Under which seals things are put away: the next opening asks whether they are still the same."""

from collections.abc import Iterator, Sequence

from textual import on
from textual.widget import Widget

from offline_root.deviations import read_seals
from offline_root.errors import CeremonyError
from tui.frame import Frame, Page
from tui.layout import Below
from tui.safe_text import beside, literal, told
from tui.widgets import Entry, Field, Passage

USUAL = ("token", "shares", "state-disk")
"""What is sealed, besides what has a seal on record."""


class SealsScreen(Page[tuple[str, ...]]):
    """Return the seals, each `KIND=NUMBER[@PLACE]`; None for Esc. `recorded` is what has a seal on record."""

    TITLE_TEXT = literal("Seals")
    NEXT = literal("type each number; Enter in the last line records them · Esc back")

    def __init__(self, frame: Frame, recorded: Sequence[str]) -> None:
        super().__init__(frame)
        self._kinds = tuple(dict.fromkeys((*USUAL, *recorded)))

    def body(self) -> Iterator[Widget]:
        """Give an entry for each thing that may be sealed."""
        yield Passage(
            Below(
                literal("Things that are put away under a seal", "bold"),
                literal("NUMBER or NUMBER@PLACE, such as A0012345@safe-2; leave empty what has no new seal."),
                literal("They go into the log. The next opening asks for them, and tells of one that differs."),
            )
        )
        for kind in self._kinds:
            yield Field(beside(literal("Seal of "), told(kind)), Entry(id=f"seal-{kind}"))

    @on(Entry.Done)
    def done(self) -> None:
        """Return the seals once each is one."""
        typed = ((kind, self.query_one(f"#seal-{kind}", Entry).value.strip()) for kind in self._kinds)
        seals = tuple(f"{kind}={number}" for kind, number in typed if number)
        try:
            read_seals(seals)
        except CeremonyError:
            self.say_next(literal("NUMBER or NUMBER@PLACE, without spaces in the number · Esc back"))
        else:
            self.dismiss(seals)
