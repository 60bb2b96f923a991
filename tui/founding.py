"""The ceremony that begins an authority, on screen. What opens the token is on paper before anything is made.

Only the backup of a device is made in the middle of it: afterwards nothing leaves that device.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.content import Content

from offline_root.alarm import Use
from offline_root.backup import Drawn, Keeping, Kept, Write
from offline_root.creation import Created, Creation, Pins, check_custody, draw_pins, draw_so_pin
from offline_root.desk import MachineDesk
from offline_root.errors import CeremonyError, StationError, TokenError
from offline_root.home import CUT_SHORT
from offline_root.policy.model import CeremonyPolicy, Policy
from tui.backed import HandingOut, rows
from tui.custody import handed_out
from tui.frame import Frame
from tui.ground import OnGround
from tui.safe_text import literal
from tui.screens.anchor import AnchorScreen, CompareScreen
from tui.screens.card import CardScreen
from tui.screens.opening import Asked
from tui.screens.pin import NewPinScreen, PinScreen, SetUpScreen
from tui.screens.policy import USUAL, PolicyScreen
from tui.screens.requests import Row
from tui.stage import Stage
from tui.sticks import GivenUp, call

_SO_PIN = "SO PIN: it sets another PIN. Seal it in a numbered bag."


class Founding(HandingOut, OnGround):
    """A ceremony that an authority comes from; `desk` is that authority's, once it is there."""

    def __init__(self, stage: Stage, frame: Frame) -> None:
        super().__init__(stage, frame)
        self.desk: MachineDesk | None = None

    async def _pins(self, ceremony: CeremonyPolicy) -> Pins | None:
        """Return the PINs once they are on paper, in shares, or in heads; None if people leave."""
        ground = self._stage.ground
        so_pin = await self._set_up_key() if ground.appliance.sets_up else ""
        if so_pin is None:
            return None
        if ceremony.shares is not None:
            pins, splitting = draw_pins(*ceremony.shares, ground.randomness)
            pins = pins if ground.appliance.has_so_pin else replace(pins, so_pin=so_pin)
            return pins if await handed_out(self._stage, self._frame, splitting, self._leave) else None
        if not ground.appliance.makes_tokens:
            known = await self._until(partial(PinScreen, self._frame, "as its vendor's tool made it", ""))
            return None if known is None else Pins("", known)
        if ground.appliance.has_so_pin:
            so_pin = draw_so_pin(ground.randomness)
            if not await self._until(partial(CardScreen, self._frame, _SO_PIN, "who seals it", (so_pin,))):
                return None
        pin = await self._new_pin()
        return None if pin is None else Pins(so_pin, pin)

    async def _set_up_key(self) -> str | None:
        """Return what opens the device before its set-up, once it does; None if people leave."""
        error: StationError | None = None
        while (typed := await self._until(partial(SetUpScreen, self._frame, error))) is not None:
            try:
                await self._aside(literal("Looking at the device"), call(self._stage.ground.check_unused, typed))
            except TokenError as refused:
                error = refused
            else:
                return typed
        return None

    async def _new_pin(self) -> str | None:
        """Return a PIN that the token will take; None if people leave."""
        error: StationError | None = None
        while (pin := await self._until(partial(NewPinScreen, self._frame, error))) is not None:
            try:
                self._stage.ground.check_new_pin(pin)
            except StationError as unfit:
                error = unfit
            else:
                return pin
        return None

    async def _found(self, what: Content, make: Callable[[], tuple[Created, MachineDesk]]) -> None:
        """Make it, put the anchor on a stick and on paper, and show the closing sheet (StationError)."""
        created, desk = await self._aside(what, make)
        self.desk = desk
        self._rows += tuple(Row(str(each), "LEFT OVER", CUT_SHORT) for each in desk.home.aside(desk.authority))
        self._ended = literal("The authority is made and whole; its anchor goes on paper alone.")
        try:
            await self._with_stick(None, Use.ANCHOR, literal("Writing the anchor"), desk.hand_out_anchor)
        except GivenUp:
            self._rows += (Row("anchor.json", "NEXT", "No stick has it yet: it lies in HOME."),)
        compared = None
        while not compared:
            await self._stage.show(AnchorScreen(self._frame, created.anchor))
            compared = await self._stage.show(CompareScreen(self._frame, created.anchor))
        await self._write_down(created.closing, ())


class Creating(Founding):
    """The ceremony that begins an authority."""

    KIND: ClassVar[str] = "create"

    def __init__(self, stage: Stage, frame: Frame) -> None:
        super().__init__(stage, frame)
        self._ended = literal("No authority was made. What was written on paper opens nothing: destroy it.")

    async def hold(self) -> None:
        """Make an authority as people ask for it; nothing where they leave before that (StationError)."""
        try:
            creation = await self._asked_for()
            pins = creation and await self._pins(creation.policy.ceremony)
        except GivenUp:
            return
        if creation and pins:
            self._rows = (Row(creation.name, "CREATED", "What its policy says under [root] cannot be changed."),)
            what = literal("Making token, keys, root certificate and CRL")
            await self._found(what, call(self._stage.ground.create, creation, pins))

    async def _asked_for(self) -> Creation | None:
        """Take policy, name, people and clock; None if people leave (GivenUp)."""
        ground = self._stage.ground
        policy = await self._with_stick(None, Use.POLICY, literal("Reading the policy"), ground.policy)
        check_custody(policy.ceremony, makes_tokens=ground.appliance.makes_tokens)
        name = await self._named(policy)
        if name is None:
            return None
        self._frame = Frame(name)
        asked = Asked(policy.ceremony.witnesses, first=True)
        checking = literal("Checking people and clock")
        keeping = self._keeping() if policy.ceremony.backup and ground.appliance.sets_up else None
        creation = partial(Creation, name, policy, keeping=keeping)
        opening = await self._ask(asked, checking, lambda stated: ground.check(creation(stated)))
        return creation(opening) if opening else None

    def _keeping(self) -> Keeping:
        """Return how the backup is handed out while its key is being made: that waits beside the screens of people."""
        loop = asyncio.get_running_loop()
        return lambda drawn, write: asyncio.run_coroutine_threadsafe(self._kept(drawn, write), loop).result()

    async def _kept(self, drawn: Drawn, write: Write) -> Kept:
        """Have the backup handed out (CeremonyError if people leave)."""
        self._ended = literal("No authority was made. Destroy all cards, and reset the device: it is half set up.")
        try:
            kept = await self._hand_out(None, drawn, write)
        except GivenUp:
            kept = None
        if kept is None:
            raise CeremonyError(
                "People left before the backup was made.",
                meaning="No authority was made. No certificate of that root has left the room.",
                mend="Find out why they left.",
                retry=True,
            )
        self._rows += rows(kept)
        return kept

    async def _named(self, policy: Policy) -> str | None:
        """Show the policy, and take a name that is free; None if people leave."""
        error: StationError | None = None
        name = USUAL
        while (typed := await self._until(partial(PolicyScreen, self._frame, policy, name, error))) is not None:
            name = typed
            try:
                self._stage.ground.home.check_free(name)
            except StationError as refused:
                error = refused
            else:
                return name
        return None
