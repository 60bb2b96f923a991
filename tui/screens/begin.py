"""The first screen where there is no authority: how one comes here."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.frame import Page
from tui.layout import Below, Hanging
from tui.safe_text import literal
from tui.widgets import Passage

CREATE, RESTORE, DRILL, QUIT = "create", "restore", "drill", "quit"
_LABEL = 12


class BeginScreen(Page[str]):
    """Return one of the words above."""

    TITLE_TEXT = literal("Home")
    NEXT = literal("C create an authority · R restore one · D drill with a backup · Q quit")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "choose('create')", "Create"),
        Binding("r", "choose('restore')", "Restore"),
        Binding("d", "choose('drill')", "Drill"),
        Binding("q", "choose('quit')", "Quit"),
        Binding("escape", "ignore", show=False),
    ]

    def body(self) -> Iterator[Widget]:
        """Say what is missing, and the ways there."""
        yield Passage(literal("THERE IS NO AUTHORITY HERE", "bold"))
        yield Passage(
            Hanging(
                literal("C create", "bold"),
                Below(
                    literal("a new one: its token, root key, root certificate and first CRL."),
                    literal("It takes policy.toml on a stick, the people whom that asks for,"),
                    literal("paper, and a clock that does not depend on this machine."),
                ),
                _LABEL,
            )
        )
        yield Passage(
            Hanging(
                literal("R restore", "bold"),
                Below(
                    literal("one whose token or disk is gone: from the stick with its backup, the"),
                    literal("newest response, the anchor on paper, and the custodians' cards."),
                ),
                _LABEL,
            )
        )
        yield Passage(Hanging(literal("D drill", "bold"), literal("do the cards still open a backup?"), _LABEL))
        yield Passage(literal("Was there one? Then this is not its disk: quit, and look for that first."))

    def action_choose(self, choice: str) -> None:
        """Return a choice."""
        self.dismiss(choice)

    def action_ignore(self) -> None:
        """Stay: there is nothing to go back to."""
