"""The frame of every ceremony on screen, from top to bottom: open, unlock, the work, state, hand over, close.

Screens are shown and answer; the station does. Nothing is asked twice, and Esc asks before it ends anything. The work
itself is `tui.signing`'s and `tui.revoking`'s.
"""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from typing import ClassVar, TypeVar

from textual.content import Content

from offline_root.alarm import SETTLE, AlarmStands, Use
from offline_root.closing import ClosingSheet
from offline_root.delivery import Delivered
from offline_root.errors import (
    AuditError,
    CeremonyError,
    StationError,
    TokenError,
    TokenTrouble,
)
from offline_root.linter import warm_up
from offline_root.model import People
from offline_root.opening import Opening, witnesses_needed
from offline_root.policy.model import CeremonyPolicy
from offline_root.ports import Volume
from offline_root.station import Station
from tui.custody import entered
from tui.frame import Frame
from tui.idle import Watch
from tui.safe_text import literal
from tui.screens.alarm import told_of
from tui.screens.delivery import DeliveryScreen
from tui.screens.lock import CodeScreen
from tui.screens.note import NoteScreen
from tui.screens.opening import Asked, OpeningScreen, Stated
from tui.screens.pin import PinScreen
from tui.screens.problem import ProblemScreen
from tui.screens.requests import Row
from tui.screens.seals import SealsScreen
from tui.screens.statements import Said, StatementsScreen, Wish
from tui.stage import Stage
from tui.sticks import WRITING, AtSticks, GivenUp, Paths, call

T = TypeVar("T")
_ENDED = "ended by the people"


class Ceremony(AtSticks):
    """A ceremony at a desk. `KIND` is what it opens as, the verb of the command line."""

    KIND: ClassVar[str]

    def __init__(self, stage: Stage, frame: Frame) -> None:
        super().__init__(stage, frame)
        self._rows: tuple[Row, ...] = ()

    @property
    def _done(self) -> tuple[Row, ...]:
        """Return what was done so far, row by row."""
        return self._rows

    async def hold(self) -> None:
        """Hold the ceremony, and close it in good order whatever happens (StationError where it could not begin)."""
        warm_up()
        with ExitStack() as opened:
            at_desk = self._stage.desk.station()
            station = await self._aside(literal("Checking the audit log"), lambda: opened.enter_context(at_desk))
            people = await self._open(station) if await self._prepared(station) else None
            if people is None:
                return
            try:
                ready = await self._unlock(station) and await self._guard(station)
                paths = await self._work(station, people) if ready else None
                await self._close(station, _ENDED if paths is None else "done", paths)
            except GivenUp as given_up:
                await self._close(station, f"{_ENDED}: {given_up}")
            except StationError as error:
                # The token closes before anybody reads. A fault on the way out must not hide the one before.
                sheet = None
                with suppress(StationError):
                    sheet = await self._shut(station, f"failed: {error.what}")
                await self._stage.show(told_of(self._frame, error))
                await self._write_down(sheet)
            except BaseException as error:
                # The program itself is at an end, and its screens with it.
                with suppress(StationError):
                    station.close(f"failed: a fault of the program, {type(error).__name__}")
                raise

    async def _prepared(self, station: Station) -> bool:  # noqa: ARG002
        """Find out, before it begins, whether it can be held at all (StationError); False if people leave."""
        return True

    async def _open(self, station: Station) -> People | None:
        """Ask until the opening is right; None if people leave."""

        def act(opening: Opening) -> None:
            station.open(opening, (*self._stage.desk.sticks(), *self._sticks))

        checking = literal("Checking people, clock, closing sheet and stick")
        opening = await self._ask(self._asked(station), checking, act)
        return opening.people if opening else None

    async def _ask(self, asked: Asked, what: Content, act: Callable[[Opening], object]) -> Opening | None:
        """Ask until what people state is right for `act`, which says so slowly; None if they leave."""
        stated: Stated | None = Stated()
        error: StationError | None = None
        at = ""
        while stated := await self._stage.show(OpeningScreen(self._frame, asked, stated or Stated(), error, at)):
            try:
                opening = replace(stated.opening(self.KIND), machine=self._stage.machine_facts())
                await self._aside(what, call(act, opening))
            except CeremonyError as refused:
                error, at = refused, ""
            except AlarmStands:
                raise
            except AuditError as alarm:
                # One digit of the closing sheet mistyped raises it too; then the people may type it again.
                error, at = None, alarm.about
                await self._stage.show(ProblemScreen(self._frame, alarm))
            else:
                return opening
        return None

    def _asked(self, station: Station) -> Asked:
        policy, after_alarm = station.policy.ceremony, self.KIND == SETTLE
        # A checkpoint that does not fit covers no line: that is what is settled.
        tail = station.tail if not after_alarm or station.signed_head.ok else ()
        wall = station.machine_time[:16].replace("T", " ") if self._stage.hints.head else ""
        seals = tuple(on for on, _ in station.state.seals)
        asked = self._asked_by(policy, witnesses_needed(policy, station.state.attempts, after_alarm=after_alarm))
        return replace(asked, tail=tail, clock=wall, seals=seals, tested=station.tested)

    def _asked_by(self, policy: CeremonyPolicy, witnesses: int) -> Asked:
        return Asked(witnesses, policy.opening_head == "required", paper=self._stage.hints.head)

    async def _unlock(self, station: Station) -> bool:
        """Ask for the PIN, or for the shares of it, until the token opens; False if people leave."""
        if sets := station.state.openers:
            shares = await entered(self._stage, self._frame, sets, self._leave)
            if shares:
                await self._aside(literal("Opening the token"), call(station.unlock_together, shares))
            return bool(shares)
        token = f"{station.state.token_label}, serial {station.state.token_serial}"
        error: StationError | None = None
        while True:
            typed = await self._until(partial(PinScreen, self._frame, token, self._stage.hints.pin, error))
            if typed is None:
                return False
            try:
                await self._aside(literal("Opening the token"), call(station.unlock, typed))
            except TokenError as wrong:
                if wrong.trouble is not TokenTrouble.WRONG_PIN:
                    raise
                error = wrong
            else:
                return True

    async def _guard(self, station: Station) -> bool:
        """Let the operator choose the code of the lock, and begin to watch; False if people leave."""
        lock, end = station.policy.ceremony.idle_lock, station.policy.ceremony.idle_logout
        code = await self._until(partial(CodeScreen, self._frame, str(lock), str(end)))
        if code is None:
            return False
        self._stage.guard = Watch(code, lock.seconds, end.seconds)
        return True

    async def _work(self, station: Station, people: People) -> Paths | None:
        """Do what the ceremony is for, and hand over; return where to, None if people leave."""
        raise NotImplementedError

    async def _note(self, station: Station) -> None:
        """Record what did not go as it should have; nothing where people leave the screen."""
        noted = await self._stage.show(NoteScreen(self._frame))
        if noted is not None:
            made = partial(station.note, expected=noted.expected, happened=noted.happened, decided=noted.decided)
            await self._aside(literal("The note is recorded"), made)

    async def _end(self, station: Station, people: People) -> Paths | None:
        """Take the statements and hand over; None for Esc."""
        if not await self._state(station, people, hands_out=True):
            return None
        return await self._handed_over(station)

    async def _ended_by(self, station: Station, people: People) -> Paths | None:
        """Take the statements and hand over; None if people leave before that."""
        while (paths := await self._end(station, people)) is None:
            if await self._leave():
                return None
        return paths

    async def _handed_over(self, station: Station) -> Paths:
        """Write the response, onto as many sticks as people choose; return where it is (GivenUp)."""
        volume = self._stage.desk.volume

        def write() -> str:
            return str(self._deliver(station, volume()).path)

        first = await self._with_stick(station, Use.RESPONSE, WRITING, write)
        return (first, *(await self._copies(station, self._tray, write) if self._tray else ()))

    def _deliver(self, station: Station, volume: Volume) -> Delivered:
        """Write what is handed over (CeremonyError, VolumeError)."""
        return station.deliver(volume)

    async def _state(self, station: Station, people: People, *, hands_out: bool) -> bool:
        """Take the statements and record them; False for Esc. Seals and notes may be recorded before."""
        said: Said | None = None
        while True:
            screen = StatementsScreen(self._frame, people, self._done, said, hands_out=hands_out)
            said = await self._stage.show(screen)
            if said is None:
                return False
            match said.wish:
                case Wish.SEALS:
                    await self._seal(station)
                case Wish.NOTE:
                    await self._note(station)
                case Wish.END:
                    statements = said.statements(people)
                    await self._aside(literal("Recording the statements"), call(station.state_all, statements))
                    return True

    async def _seal(self, station: Station) -> None:
        """Record under which seals things are put away; nothing where people leave the screen or type none."""
        recorded = tuple(on for on, _ in station.state.seals)
        seals = await self._stage.show(SealsScreen(self._frame, recorded))
        if seals:
            await self._aside(literal("The seals are recorded"), call(station.seal, seals))

    async def _close(self, station: Station, outcome: str, paths: Paths | None = None) -> None:
        await self._write_down(await self._shut(station, outcome), paths)

    async def _shut(self, station: Station, outcome: str) -> ClosingSheet | None:
        self._stage.guard = None
        return await self._aside(literal("Closing the ceremony"), call(station.close, outcome))

    async def _write_down(self, sheet: ClosingSheet | None, paths: Paths | None = None) -> None:
        """Show the closing sheet if there is one: the audit key signed it if the token was open."""
        if sheet is not None:
            if self._stage.hints.head:
                self._stage.hints = replace(self._stage.hints, head=sheet.head)
            await self._stage.show(DeliveryScreen(self._frame, paths, self._done, sheet, free=self._tray is not None))
