"""What is done on a machine apart from the log of any authority: no log records its sticks."""

from functools import partial

from offline_root.alarm import Use
from offline_root.backup_file import Backup, read_backup
from offline_root.plugged import Tray
from tui.ceremony import Ceremony
from tui.safe_text import literal
from tui.screens.keeping import BackupsScreen


class OnGround(Ceremony):
    """A ceremony with the sticks of a machine."""

    @property
    def _tray(self) -> Tray | None:
        return self._stage.ground.stick.tray

    async def _backup(self) -> Backup | None:
        """Return the backup that people choose from a stick; None if they leave (GivenUp, CeremonyError)."""
        looking = literal("Looking for backups")
        found = await self._with_stick(None, Use.BACKED_UP, looking, self._stage.ground.stick.backups)
        folders = tuple(sorted(found, reverse=True))
        place = await self._until(partial(BackupsScreen, self._frame, folders))
        return None if place is None else read_backup(found[folders[place]])
