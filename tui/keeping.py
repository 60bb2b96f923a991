"""Keeping the root key, on screen: a backup, a drill with one, the end of the key."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from offline_root import destruction, resharing
from offline_root.backup import Drawn, Kept
from offline_root.backup_file import open_backup
from offline_root.errors import CeremonyError, StationError
from offline_root.model import People
from offline_root.ports import Volume
from offline_root.shares import Share, combine
from offline_root.station import Station
from tui.backed import HandingOut, rows
from tui.ceremony import Ceremony
from tui.custody import entered, handed_out
from tui.frame import Frame
from tui.ground import OnGround
from tui.inward import Inward
from tui.safe_text import literal
from tui.screens.anchor import AnchorScreen, CompareScreen
from tui.screens.destroy import DestroyScreen
from tui.screens.keeping import DrillScreen
from tui.screens.requests import Row
from tui.stage import Stage
from tui.sticks import GivenUp, Paths, call

BACKUP = "backup"
"""The kind of the ceremony."""


class BackingUp(HandingOut, Inward):
    """The ceremony that makes a backup of the root key."""

    KIND: ClassVar[str] = BACKUP

    def __init__(self, stage: Stage, frame: Frame) -> None:
        super().__init__(stage, frame)
        self._first: tuple[Row, ...] = ()

    async def _prepared(self, station: Station) -> bool:
        station.check_backup()
        return True

    async def _work(self, station: Station, people: People) -> Paths | None:
        """Make the backup, hand out its cards, write it; None if people leave before that (GivenUp)."""
        trying = literal("Wrapping the key, and trying the backup in a scratch token")
        drawn = await self._aside(trying, station.draw_backup)
        self._ended = literal("This backup does not count. Destroy all cards of its set.")
        kept = await self._hand_out(station, drawn, partial(self._keep(station), drawn))
        if kept is None:
            return None
        self._rows = (*self._first, *rows(kept))
        return await super()._work(station, people)

    def _keep(self, station: Station) -> Callable[[Drawn, Sequence[Share], Volume], Kept]:
        return station.keep_backup


class ChangingBackup(BackingUp):
    """The ceremony that gives the backup to other custodians: another backup, in the place of those before it."""

    KIND: ClassVar[str] = resharing.CHANGE

    async def _prepared(self, station: Station) -> bool:
        former = ", ".join(resharing.check_backups(station.entries))
        self._first = (Row(f"set {former}", "FIRST", "destroy its file and its cards: together they still open"),)
        return await super()._prepared(station)

    def _keep(self, station: Station) -> Callable[[Drawn, Sequence[Share], Volume], Kept]:
        return station.replace_backup


class ChangingPin(Inward):
    """The ceremony that gives the token to other custodians: another PIN, in new shares."""

    KIND: ClassVar[str] = resharing.CHANGE

    async def _prepared(self, station: Station) -> bool:
        resharing.check_pin_shares(station.state)
        return True

    async def _work(self, station: Station, people: People) -> Paths | None:
        """Hand out the new cards, and let the token take their PIN; None if people leave before that."""
        former = resharing.check_pin_shares(station.state)
        splitting = station.draw_shares()
        self._ended = literal("Nothing was changed: the old cards open the token. Destroy the new ones.")
        typed = await handed_out(self._stage, self._frame, splitting, self._leave)
        if not typed:
            return None
        changing = literal("The token takes the new PIN, and is opened with it")
        await self._aside(changing, call(station.change_shares, splitting, typed))
        self._rows = (
            Row(f"PIN shares of set {splitting.kept.number}", "IN FORCE", "they open the token from now on"),
            Row(f"PIN shares of set {former.number}", "NEXT", "they open nothing any more: destroy these cards"),
        )
        return await super()._work(station, people)


class Drill(OnGround):
    """Opens a backup with the cards of custodians, in memory alone. No token, no log."""

    KIND: ClassVar[str] = "shares verify"

    def __init__(self, stage: Stage, frame: Frame) -> None:
        super().__init__(stage, frame)
        self._ended = literal("Nothing was done, and nothing is kept.")

    async def hold(self) -> None:
        """Let them open it (CeremonyError where it does not)."""
        try:
            backup = await self._backup()
        except GivenUp:
            return
        shares = backup and await entered(self._stage, self._frame, (backup.shares,), self._leave)
        if backup and shares:
            seen = await self._aside(literal("Opening the backup"), call(open_backup, backup, combine(shares)))
            await self._stage.show(DrillScreen(self._frame, backup, shares, seen=seen))


class Anchoring(Ceremony):
    """Shows the anchor once more, and the first closing sheet if that was never asked for. Nothing is recorded."""

    KIND: ClassVar[str] = "anchor"

    async def hold(self) -> None:
        """Have the paper compared, or written anew (StationError)."""
        anchor, sheet = await self._aside(literal("Reading the anchor"), self._stage.desk.papers)
        while await self._stage.show(AnchorScreen(self._frame, anchor, again=True)):
            if await self._stage.show(CompareScreen(self._frame, anchor)):
                break
        await self._write_down(sheet, ())


class Destroying(Ceremony):
    """The ceremony that ends the root key. Both confirmations are typed before it begins."""

    KIND: ClassVar[str] = destruction.DESTROY

    def __init__(self, stage: Stage, frame: Frame) -> None:
        super().__init__(stage, frame)
        self._given = ("", "")

    async def _prepared(self, station: Station) -> bool:
        destruction.check_key(station.state, self.KIND)
        left = destruction.consequences(station.state, station.entries)
        error: StationError | None = None
        while (given := await self._stage.show(DestroyScreen(self._frame, left, self._given, error))) is not None:
            self._given = given
            try:
                destruction.check_confirmation(station.state, *given)
            except CeremonyError as wrong:
                error = wrong
            else:
                return True
        return False

    async def _work(self, station: Station, people: People) -> Paths | None:
        """Take everybody's consent, destroy the key, hand over the log that says so; None if people leave before."""
        self._rows = (Row("root key", "DESTROY", "for good, as soon as everybody has agreed"),)
        while not await self._state(station, people, hands_out=True):
            if await self._leave():
                return None
        await self._aside(literal("The key is destroyed, and looked for"), call(station.destroy, *self._given))
        gone = station.entries[-1].facts
        self._rows = (
            Row("root key", "DESTROYED", str(gone["key"])),
            Row("the token, asked for it", "GONE", str(gone["search"])),
            Row("the token, asked to sign with it", "GONE", str(gone["signature"])),
        )
        self._ended = literal("The key is gone. E at home delivers the log that says so.")
        return await self._handed_over(station)
