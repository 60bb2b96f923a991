"""A backup on its way to its custodians: card by card, then its file onto a stick."""

from offline_root.alarm import Use
from offline_root.backup import Drawn, Kept, Write
from offline_root.station import Station
from tui.ceremony import Ceremony
from tui.custody import handed_out
from tui.safe_text import literal
from tui.screens.requests import Row


class HandingOut(Ceremony):
    """A ceremony in which a backup is handed out."""

    async def _hand_out(self, station: Station | None, drawn: Drawn, write: Write) -> Kept | None:
        """Let each custodian write a card and type it back, then write the file; None if people leave (GivenUp)."""
        typed = await handed_out(self._stage, self._frame, drawn.splitting, self._leave)
        if not typed:
            return None
        writing = literal("Writing the backup, and reading it back")
        stick = self._stage.ground.stick
        return await self._with_stick(station, Use.BACKUP, writing, lambda: write(typed, stick.volume()))


def rows(kept: Kept) -> tuple[Row, ...]:
    """Return what people have to know of a backup that counts."""
    shares = kept.backup.shares
    opens = f"opens with {shares.needed} of {shares.made} cards of set {shares.number}"
    return (
        Row(str(kept.path), "BACKED UP", opens),
        Row("what it means", "NOTE", f"{kept.means}."),
        Row("each card", "NEXT", "into a numbered bag, apart from the backup. Hold a drill once a year."),
        Row("a response", "NEXT", "E at home makes one: a restore needs its log, and none before knows this backup."),
    )
