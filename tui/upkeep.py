"""Upkeep of an authority, on screen: another policy put in force, strangers removed from the token."""

from typing import ClassVar

from offline_root.alarm import Use
from offline_root.cleaning import check_any, check_confirmed, condemned
from offline_root.errors import CeremonyError, StationError
from offline_root.model import People
from offline_root.opening import ADOPT
from offline_root.station import Station
from tui.frame import Frame
from tui.inward import Inward
from tui.safe_text import literal
from tui.screens.adopt import AdoptScreen
from tui.screens.requests import Row
from tui.screens.strangers import DONE, CountScreen, StrangersScreen
from tui.stage import Stage
from tui.sticks import GivenUp, Paths, call


class Adopting(Inward):
    """The ceremony that puts another policy in force. What it changes was read before it begins."""

    KIND: ClassVar[str] = ADOPT

    def __init__(self, stage: Stage, frame: Frame) -> None:
        super().__init__(stage, frame)
        self._text = ""
        self._ended = literal("The policy that was in force stays in force.")

    async def _prepared(self, station: Station) -> bool:
        def read() -> tuple[str, str]:
            text = self._stage.ground.policy().text
            return text, station.adoption(text)

        try:
            self._text, differs = await self._with_stick(None, Use.POLICY, literal("Reading the policy"), read)
        except GivenUp:
            return False
        return await self._stage.show(AdoptScreen(self._frame, differs)) is True

    async def _work(self, station: Station, people: People) -> Paths | None:
        """Put it in force once everybody has agreed; None if people leave before that."""
        self._rows = (
            Row("policy.toml", "NEXT", 'in force once everybody has agreed: words with a "no" or "not" stop it'),
        )
        paths = await super()._work(station, people)
        if paths is not None:
            await self._aside(literal("The policy is put in force"), call(station.adopt, self._text))
            self._rows = (Row("policy.toml", "IN FORCE", "for every request from now on"),)
        return paths


class Cleaning(Inward):
    """The ceremony that removes from the token what is not this authority's."""

    KIND: ClassVar[str] = "clean"

    def __init__(self, stage: Stage, frame: Frame) -> None:
        super().__init__(stage, frame)
        self._ended = literal("What was not removed yet stays in the token.")

    async def _prepared(self, station: Station) -> bool:
        check_any(station.state)
        return True

    async def _work(self, station: Station, people: People) -> Paths | None:
        """Let people choose what goes, and count it; None if they leave before that."""
        found = await self._condemned(station)
        if found is None:
            return None
        left = station.state.strangers
        self._rows = (
            *(Row(each, "REMOVED", "for good") for each in found if each not in left),
            *(Row(each, "LEFT", "the token did not remove it") for each in found if each in left),
        )
        return await super()._work(station, people)

    async def _condemned(self, station: Station) -> tuple[str, ...] | None:
        """Return what was to be removed, once that was tried; None if people leave."""
        chosen, at = frozenset[int](), 0
        while True:
            strangers = station.state.strangers
            place = await self._stage.show(StrangersScreen(self._frame, strangers, chosen, at))
            if place is None:
                if await self._leave():
                    return None
            elif place != DONE:
                chosen, at = chosen ^ {place}, place
            elif chosen:
                marks = {strangers[each].partition(" ")[0] for each in chosen}
                found = condemned(station.state, marks)
                if (count := await self._counted(found)) is not None:
                    await self._aside(literal("The token removes them"), call(station.clean, marks, count))
                    return found

    async def _counted(self, found: tuple[str, ...]) -> int | None:
        """Have people count what goes; None if they go back to the list."""
        error: StationError | None = None
        while (count := await self._stage.show(CountScreen(self._frame, found, error))) is not None:
            try:
                check_confirmed(found, count)
            except CeremonyError as wrong:
                error = wrong
            else:
                return count
        return None
