"""Ceremonies that hand nothing out: they end with statements and a closing sheet."""

from functools import partial

from textual.content import Content

from offline_root.model import People
from offline_root.station import Station
from tui.ceremony import Ceremony
from tui.screens.because import BecauseScreen
from tui.sticks import Paths


class Inward(Ceremony):
    """A ceremony that hands nothing out."""

    async def _work(self, station: Station, people: People) -> Paths | None:
        """Take the statements; None if people leave before that."""
        while not await self._state(station, people, hands_out=False):
            if await self._leave():
                return None
        return ()

    async def _because(self, title: Content, what: tuple[str, ...], ask: str) -> str | None:
        """Have people say why; None if they leave."""
        return await self._until(partial(BecauseScreen, self._frame, title, what, ask))
