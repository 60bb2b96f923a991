"""What ceremonies do with sticks and with people at the screen: wait for them, and try again as often as they want."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from textual.content import Content

from offline_root.alarm import Stick, Use
from offline_root.errors import PolicyError, VolumeError
from offline_root.plugged import Tray
from offline_root.ports import StickFacts
from offline_root.station import Station
from tui.frame import Frame, Page
from tui.safe_text import literal
from tui.screens.leave import LeaveScreen
from tui.screens.problem import ProblemScreen
from tui.screens.stick import StickScreen, refusal
from tui.stage import Stage

T = TypeVar("T")
Paths = tuple[str, ...]
"""Where a response and its copies are; empty where nothing was to be handed out."""

WRITING = literal("Writing the response, and reading it back")


class GivenUp(Exception):
    """People ended the ceremony over a stick that failed."""


class AtSticks:
    """A stage, and the sticks that people chose so far."""

    def __init__(self, stage: Stage, frame: Frame) -> None:
        self._stage, self._frame = stage, frame
        self._read_from: list[StickFacts] = []
        self._chosen: StickFacts | None = None
        self._left = ""
        self._sticks: tuple[Stick, ...] = ()
        self._ended = literal("What was signed stays in the log, and can be exported later.")

    async def _with_stick(self, station: Station | None, use: Use, what: Content, work: Callable[[], T]) -> T:
        """Do something with a stick; one that fails can be put right or replaced as often as people want (GivenUp).

        Without a station there is no log yet in which it could be recorded.
        """
        while True:
            try:
                if self._tray:
                    await self._choose(station, self._tray, use)
                return await self._aside(what, work)
            except (VolumeError, PolicyError) as error:
                if not await self._stage.show(ProblemScreen(self._frame, error, again=True)) and await self._leave():
                    raise GivenUp(error.what) from error

    @property
    def _tray(self) -> Tray | None:
        """Return where sticks are plugged in: they are mounted only while somebody waits for them."""
        return self._stage.desk.tray

    async def _choose(self, station: Station | None, tray: Tray, use: Use) -> None:
        """Wait for a stick, look at it, and record it (VolumeError, GivenUp)."""
        stick = await self._until(partial(StickScreen, self._frame, tray, use, self._read_from))
        if stick is None:
            raise GivenUp("no stick was chosen")
        await self._use(station, tray, stick, use)

    async def _use(self, station: Station | None, tray: Tray, stick: StickFacts, use: Use) -> None:
        """Look at a stick, and record it (VolumeError)."""
        seen = await self._aside(literal("Looking at the stick"), call(tray.choose, stick, self._frame.authority))
        if station:
            self._left = await self._aside(literal("The stick is recorded"), call(station.see, seen, use))
        else:
            self._sticks += (seen,)
        self._chosen = stick
        if use is Use.REQUESTS:
            self._read_from.append(stick)

    async def _copies(self, station: Station, tray: Tray, write: Callable[[], str]) -> Paths:
        """Write it once more onto each stick that people choose, as long as a fresh one is in; return where to."""
        written, paths = [self._chosen], list[str]()
        while stick := await self._another(tray, written):
            try:
                await self._use(station, tray, stick, Use.COPY_OF_RESPONSE)
                paths.append(await self._aside(WRITING, write))
                written.append(stick)
            except VolumeError as error:
                await self._stage.show(ProblemScreen(self._frame, error))
        return tuple(paths)

    async def _another(self, tray: Tray, written: Sequence[StickFacts | None]) -> StickFacts | None:
        """Return a stick for one more copy; None where no fresh one is in, or people want no more."""
        use, had = Use.COPY_OF_RESPONSE, (*self._read_from, *written)
        if all(each in had or refusal(each, use) for each in tray.look()):
            return None
        return await self._stage.show(StickScreen(self._frame, tray, use, self._read_from, written))

    async def _aside(self, what: Content, work: Callable[[], T]) -> T:
        return await self._stage.aside(self._frame, what, work)

    async def _until(self, screen: Callable[[], Page[T]]) -> T | None:
        """Show a screen until it has its answer; None if people leave."""
        while (answer := await self._stage.show(screen())) is None:
            if await self._leave():
                return None
        return answer

    async def _leave(self) -> bool:
        return await self._stage.show(LeaveScreen(self._frame, self._ended)) is True


def call(function: Callable[..., T], *arguments: object) -> Callable[[], T]:
    """Return a call that is made later, beside the screen."""
    return lambda: function(*arguments)
