"""What ends an alarm, on screen: the longer log put back, or this one gone on with. And a signature given up."""

from dataclasses import replace
from typing import ClassVar

from offline_root.alarm import RESTORE, SETTLE, Stick, Use
from offline_root.audit.entry import Facts
from offline_root.intents import again, explain
from offline_root.model import People
from offline_root.opening import ABANDON, Opening, witnesses_needed
from offline_root.policy.force import in_force
from offline_root.restore import Known, responses_on
from offline_root.station import Station
from tui.ceremony import Ceremony
from tui.frame import Frame
from tui.inward import Inward
from tui.safe_text import literal
from tui.screens.requests import Row
from tui.screens.stick import StickScreen
from tui.screens.ways import CopiesScreen, Way, WaysScreen
from tui.stage import Stage
from tui.sticks import Paths, call

_ACCOUNT = Row(
    "certificates that this log does not list may exist",
    "NEXT",
    "Ask every online CA for what this root signed for it. What nobody can account for: revoke it if it is listed here,"
    " and take it as misused if it is not.",
)


class Settling(Inward):
    """The ceremony that goes on with the log on this disk, and takes in what another log issued."""

    KIND: ClassVar[str] = SETTLE

    def __init__(self, stage: Stage, frame: Frame, stick: Stick | None = None, known: Known | None = None) -> None:
        super().__init__(stage, frame)
        self._known, self._sticks = known, (stick,) if stick else ()

    async def _unlock(self, station: Station) -> bool:
        """Settle first: the token does not open while an alarm stands."""
        what = tuple(each.reason for each in station.state.alarms)
        because = await self._because(literal("Settle"), what, "Why is the log on this disk the right one?")
        if because is None:
            return False
        await self._aside(literal("It is recorded why this log goes on"), call(self._settle, station, because))
        return await super()._unlock(station)

    def _settle(self, station: Station, because: str) -> None:
        taken = station.take_in(self._known) if self._known else ()
        rows = [Row(each.reason, "SETTLED", because) for each in station.settle(because)]
        rows += (Row(f"serial {each}", "TAKEN IN", "issued by the other log; it can be revoked now") for each in taken)
        self._rows = (*rows, _ACCOUNT)


class Restoring(Inward):
    """The ceremony that signs the log which was put back; before it opens, the log is."""

    KIND: ClassVar[str] = RESTORE

    def __init__(self, stage: Stage, frame: Frame, stick: Stick, known: Known) -> None:
        super().__init__(stage, frame)
        self._known, self._sticks = known, (stick,)
        self._facts: Facts = {}
        self._opening: Opening | None = None

    async def hold(self) -> None:
        """Put the log back, with the people that the policy in it asks for; then hold the ceremony (StationError)."""
        policy = in_force(self._known.state).ceremony
        asked = self._asked_by(policy, witnesses_needed(policy, after_alarm=True))
        self._opening = await self._ask(asked, literal("Putting back the longer log"), self._put_back)
        if self._opening:
            await super().hold()

    def _put_back(self, opening: Opening) -> None:
        self._facts = facts = self._stage.desk.restore(self._known, opening)
        lost = f"; {facts['lost']} lines that came later are lost" if facts["lost"] else ""
        kept = f"{facts['lines']} lines are back{lost}. The log that was here is kept beside it."
        self._rows = (Row("log.jsonl", "RESTORED", kept),)

    async def _open(self, station: Station) -> People | None:
        """Open with what people stated: the lines that no checkpoint covers are those that they have just made."""
        if self._opening is None:
            return None
        opening = replace(self._opening, accepted_tail=int(str(self._facts["added"])))
        await self._aside(literal("Opening the ceremony that signs it"), call(station.open, opening, self._sticks))
        return opening.people


class Abandoning(Inward):
    """The ceremony that gives up a signature which was begun and has no outcome."""

    KIND: ClassVar[str] = ABANDON

    async def _work(self, station: Station, people: People) -> Paths | None:
        """Give up what is open: there is one at most."""
        for intent in station.state.intents:
            what = (explain(intent), f"{again(intent)} within 24 hours: that would finish it.")
            because = await self._because(literal("Give up"), what, "Why is it given up, for good?")
            if because is None:
                return None
            await self._aside(literal("It is recorded"), call(station.abandon, intent.label, because))
            self._rows = (Row(intent.label, "ABANDONED", "Make a fresh CRL next: a dead serial goes on it."),)
        return await super()._work(station, people)


class Alarm(Ceremony):
    """What an alarm leads to: people choose the way out, and where it takes one, the response with the other log."""

    async def hold(self) -> None:
        """Let them choose, and hold the ceremony that they chose (StationError)."""
        way = await self._stage.show(WaysScreen(self._frame))
        if way is None:
            return
        if way == Way.GO_ON:
            await Settling(self._stage, self._frame).hold()
            return
        chosen = await self._copy()
        if chosen is not None:
            kind = Restoring if way == Way.RESTORE else Settling
            await kind(self._stage, self._frame, *chosen).hold()

    async def _copy(self) -> tuple[Stick, Known] | None:
        """Return the response that people choose, with the stick that it is on; None if they leave."""
        stick = await self._stick()
        if stick is None:
            return None
        folders = responses_on(stick)
        place = await self._stage.show(CopiesScreen(self._frame, folders))
        if place is None:
            return None
        known = call(self._stage.desk.known, stick, folders[place])
        return stick, await self._aside(literal("Checking the copy of the log"), known)

    async def _stick(self) -> Stick | None:
        desk = self._stage.desk
        if desk.tray is None:
            found = await self._aside(literal("Looking at the stick"), desk.sticks)
            return next(iter(found), Stick("stick"))
        chosen = await self._stage.show(StickScreen(self._frame, desk.tray, Use.COPY, ()))
        if chosen is None:
            return None
        return await self._aside(literal("Looking at the stick"), call(desk.tray.choose, chosen, desk.authority))
