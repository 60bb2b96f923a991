"""Keeping an authority: what is done with its key, token and policy once they are there; and backups on a stick."""

from collections.abc import Iterator, Sequence
from enum import IntEnum

from textual.widget import Widget

from offline_root.backup_file import Backup
from offline_root.fingerprints import groups
from offline_root.shares import Share
from tui.frame import Frame, Listing, Told
from tui.layout import Below, Block, Hanging
from tui.safe_text import literal, safe, told
from tui.widgets import Choice, Passage


class Keep(IntEnum):
    """What people can do, in the order of the list."""

    BACK_UP = 0
    DRILL = 1
    CHANGE_PIN = 2
    CHANGE_BACKUP = 3
    CLEAN = 4
    ADOPT = 5
    ANCHOR = 6
    DESTROY = 7


class KeepingScreen(Listing):
    """Return what to do, None for Esc."""

    TITLE_TEXT = literal("Keeping")
    NEXT = literal("arrow keys and Enter choose · Esc home")

    def body(self) -> Iterator[Widget]:
        """Give the list."""
        yield Passage(literal("The root key, the cards that open it, its token, the policy", "bold"))
        yield Choice(_KEEPS[each] for each in Keep)


class BackupsScreen(Listing):
    """Return the place of the backup, None for Esc. `folders` are those on the stick."""

    TITLE_TEXT = literal("Backups")
    NEXT = literal("arrow keys and Enter choose · Esc back")

    def __init__(self, frame: Frame, folders: Sequence[str]) -> None:
        super().__init__(frame)
        self._folders = folders
        if not folders:
            self.NEXT = literal("Esc back: look for the stick with the backup")

    def body(self) -> Iterator[Widget]:
        """Give the list."""
        if not self._folders:
            yield Passage(literal("There is no folder with root-key.backup on the stick.", "bold"))
            return
        yield Passage(literal("Each folder is a backup; its name says whose, when made, and the set of cards."))
        yield Choice(Below(safe(each)) for each in self._folders)


class DrillScreen(Told):
    """Say that a backup opens."""

    TITLE_TEXT = literal("Drill")

    def __init__(self, frame: Frame, backup: Backup, shares: Sequence[Share], *, seen: bool) -> None:
        super().__init__(frame)
        self._backup, self._shares, self._seen = backup, shares, seen

    def body(self) -> Iterator[Widget]:
        """Say by whose cards, and which key is in it."""
        custodians = ", ".join(str(each.custodian) for each in sorted(self._shares, key=lambda each: each.custodian))
        yield Passage(
            Below(
                literal("OK: THE BACKUP OPENS", "bold"),
                told(f"by the cards of custodians {custodians} of set {self._backup.shares.number}."),
                literal("Nothing was kept, and no token was touched."),
            ),
            id="verdict",
        )
        half = len(self._backup.key) // 2
        digest = Below(told(groups(self._backup.key[:half])), told(groups(self._backup.key[half:])))
        yield Passage(
            Below(
                Hanging(literal("Authority"), safe(self._backup.authority), 12),
                Hanging(literal("Key in it"), digest, 12),
            )
        )
        if not self._seen:
            yield Passage(literal("Whether that key is really in it, only a restore can tell: Yubico's form hides it."))


def _keep(what: str, said: str) -> Block:
    return Hanging(told(what, "bold"), told(said), 12)


_KEEPS = {
    Keep.BACK_UP: _keep(
        "BACK UP",
        "A copy of the root key that opens with the cards of several people.",
    ),
    Keep.DRILL: _keep(
        "DRILL",
        "Once a year: do the cards of enough custodians still open a backup?",
    ),
    Keep.CHANGE_PIN: _keep(
        "NEW CARDS",
        "of the PIN, for other custodians: the old cards open the token no more.",
    ),
    Keep.CHANGE_BACKUP: _keep(
        "NEW CARDS",
        "of the backup, with a new file: then old file and old cards are destroyed.",
    ),
    Keep.CLEAN: _keep(
        "CLEAN",
        "Remove from the token what does not belong to this authority.",
    ),
    Keep.ADOPT: _keep(
        "POLICY",
        "Put policy.toml from a stick in force; what it changes is shown first.",
    ),
    Keep.ANCHOR: _keep(
        "ANCHOR",
        "The two fingerprints, to be compared with the paper once more.",
    ),
    Keep.DESTROY: _keep(
        "DESTROY",
        "The end of the root key, for good, and the log that says so.",
    ),
}
