"""An authority comes back from its backup, on screen: backup, log and paper first, then cards and a new PIN."""

from functools import partial
from typing import ClassVar

from offline_root.alarm import Stick, Use
from offline_root.backup_file import Backup
from offline_root.errors import VolumeError
from offline_root.model import Crl
from offline_root.opening import witnesses_needed
from offline_root.policy.force import in_force
from offline_root.restoration import RESTORE_KEY, Restoration, check_restorable, read_published
from offline_root.restore import Known, check_copy, claimed_anchor, responses_on
from tui.custody import entered
from tui.founding import Founding
from tui.frame import Frame
from tui.safe_text import literal
from tui.screens.anchor import CompareScreen
from tui.screens.requests import Row
from tui.screens.stick import StickScreen
from tui.screens.ways import CopiesScreen
from tui.stage import Stage
from tui.sticks import GivenUp, call

CRL = "root-ca.crl"
"""The newest CRL that is published, where it lies on the stick of the response."""
_ASK = Row(
    "every online CA",
    "FIRST",
    "What was signed after that response is not in this log: ask what this root signed. Then C makes a fresh CRL.",
)


class Reviving(Founding):
    """The ceremony that puts a root key into a new token, and goes on with the log from a response."""

    KIND: ClassVar[str] = RESTORE_KEY

    def __init__(self, stage: Stage, frame: Frame) -> None:
        super().__init__(stage, frame)
        self._ended = literal("Nothing was restored. Cards of a new PIN, if there were any, open nothing.")

    async def hold(self) -> None:
        """Restore an authority; nothing where people leave before that (StationError)."""
        try:
            restoration = await self._asked_for()
        except GivenUp:
            return
        if restoration is None:
            return
        backup = restoration.backup
        shares = await entered(self._stage, self._frame, (backup.shares,), self._leave)
        pins = await self._pins(restoration.policy.ceremony) if shares else None
        if pins is None:
            return
        self._rows = (_ASK, Row(backup.authority, "RESTORED", "The root key is in a new token, with a new audit key."))
        what = literal("Putting the root key into a new token")
        await self._found(what, call(self._stage.ground.restore, restoration, shares, pins))

    async def _asked_for(self) -> Restoration | None:
        """Take backup, log, paper and people; None if people leave (GivenUp, StationError)."""
        backup = await self._backup()
        if backup is None:
            return None
        self._stage.ground.home.check_free(backup.authority)
        self._frame = Frame(backup.authority)
        found = await self._known(backup)
        if found is None:
            return None
        known, crl = found
        policy = in_force(known.state).ceremony
        asked = self._asked_by(policy, witnesses_needed(policy, after_alarm=True))
        check = self._stage.ground.check_restoration
        checking = literal("Checking people, clock and closing sheet")
        opening = await self._ask(asked, checking, lambda stated: check(Restoration(backup, known, crl, stated)))
        return Restoration(backup, known, crl, opening) if opening else None

    async def _known(self, backup: Backup) -> tuple[Known, Crl | None] | None:
        """Return the log that people choose, once the paper says that it is the right one; None if they leave."""
        ground = self._stage.ground
        stick = await self._response(backup.authority)
        if stick is None:
            return None
        folders = responses_on(stick)
        place = await self._until(partial(CopiesScreen, self._frame, folders))
        if place is None:
            return None
        copy = await self._aside(literal("Reading the log"), call(ground.copy, stick, folders[place]))
        anchor = claimed_anchor(copy)
        if not await self._until(partial(CompareScreen, self._frame, anchor)):
            return None
        known = await self._aside(literal("Checking the copy of the log"), call(check_copy, copy, anchor))
        check_restorable(backup, known)
        return known, await self._aside(literal("Looking for a newer CRL"), call(self._published, known))

    def _published(self, known: Known) -> Crl | None:
        try:
            data = self._stage.ground.stick.file(CRL)
        except VolumeError:
            return None
        return read_published(data, known)

    async def _response(self, authority: str) -> Stick | None:
        """Return the stick with the newest response; None if people leave."""
        tray = self._tray
        if tray is None:
            return await self._aside(literal("Looking at the stick"), call(self._stage.ground.copies, authority))
        chosen = await self._until(partial(StickScreen, self._frame, tray, Use.COPY, ()))
        if chosen is None:
            return None
        return await self._aside(literal("Looking at the stick"), call(tray.choose, chosen, authority))
