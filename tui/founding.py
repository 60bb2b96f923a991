"""The ceremony that begins an authority, on screen. What opens the token is on paper before anything is made."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.content import Content

from offline_root.alarm import Use
from offline_root.creation import Created, Creation, Pins, check_custody, draw_pins, draw_so_pin
from offline_root.desk import MachineDesk
from offline_root.errors import StationError
from offline_root.policy.model import CeremonyPolicy, Policy
from tui.ceremony import GivenUp, call
from tui.custody import handed_out
from tui.frame import Frame
from tui.ground import OnGround
from tui.safe_text import literal
from tui.screens.anchor import AnchorScreen, CompareScreen
from tui.screens.card import CardScreen
from tui.screens.opening import Asked
from tui.screens.pin import NewPinScreen, PinScreen
from tui.screens.policy import USUAL, PolicyScreen
from tui.screens.requests import Row
from tui.stage import Stage

_SO_PIN = "SO PIN: it sets another PIN. Seal it in a numbered bag."


class Founding(OnGround):
    """A ceremony that an authority comes from; `desk` is that authority's, once it is there."""

    def __init__(self, stage: Stage, frame: Frame) -> None:
        super().__init__(stage, frame)
        self.desk: MachineDesk | None = None

    async def _pins(self, ceremony: CeremonyPolicy) -> Pins | None:
        """Return the PINs once they are on paper, in shares, or in heads; None if people leave."""
        ground = self._stage.ground
        if ceremony.shares is not None:
            pins, splitting = draw_pins(*ceremony.shares, ground.randomness)
            pins = pins if ground.appliance.has_so_pin else replace(pins, so_pin="")
            return pins if await handed_out(self._stage, self._frame, splitting, self._leave) else None
        if not ground.appliance.makes_tokens:
            known = await self._until(partial(PinScreen, self._frame, "as its vendor's tool made it", ""))
            return None if known is None else Pins("", known)
        so_pin = draw_so_pin(ground.randomness) if ground.appliance.has_so_pin else ""
        if so_pin and not await self._until(partial(CardScreen, self._frame, _SO_PIN, "who seals it", (so_pin,))):
            return None
        pin = await self._new_pin()
        return None if pin is None else Pins(so_pin, pin)

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
        self._ended = literal("The authority is made and whole; its anchor goes on paper alone.")
        try:
            await self._with_stick(None, Use.ANCHOR, literal("Writing the anchor"), desk.hand_out_anchor)
        except GivenUp:
            self._rows += (Row("anchor.json", "NEXT", "No stick has it yet: it lies in HOME."),)
        compared = None
        while not compared:
            await self._stage.show(AnchorScreen(self._frame, created.anchor))
            compared = await self._stage.show(CompareScreen(self._frame, created.anchor))
        await self._write_down(created.closing, "")


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
        opening = await self._ask(asked, checking, lambda stated: ground.check(Creation(name, policy, stated)))
        return Creation(name, policy, opening) if opening else None

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
