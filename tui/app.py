"""The program on screen. `CeremonyApp` shows screens and runs slow things aside; `tui.ceremony` says in which order."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from textual import events, work
from textual.app import App
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen

from offline_root.audit.entry import Facts
from offline_root.desk import Desk, Ground, Hints, View
from offline_root.errors import CeremonyError, StationError
from offline_root.machine import Barred
from offline_root.posture import Measured, judge_posture, judge_self_test, read_measured
from tui.ceremony import Ceremony
from tui.exporting import Exporting
from tui.founding import Creating, Founding
from tui.frame import Frame, Page
from tui.idle import Due, Watch
from tui.keeping import Anchoring, BackingUp, ChangingBackup, ChangingPin, Destroying, Drill
from tui.reviving import Reviving
from tui.revoking import CrlCeremony, Revoking
from tui.safe_text import literal, told_text
from tui.screens import begin
from tui.screens.alarm import told_of
from tui.screens.barred import BarredScreen
from tui.screens.begin import BeginScreen
from tui.screens.home import ABANDON, ALARM, CEREMONY, CRL, EXPORT, KEEP, LOG, QUIT, REVOKE, HomeScreen
from tui.screens.keeping import Keep, KeepingScreen
from tui.screens.lock import LockScreen
from tui.screens.log import LogScreen
from tui.screens.posture import NOTHING_TYPED, PostureScreen
from tui.screens.problem import ProblemScreen
from tui.screens.working import WorkingScreen
from tui.settling import Abandoning, Alarm
from tui.signing import Signing
from tui.upkeep import Adopting, Cleaning

T = TypeVar("T")
_CEREMONIES: Mapping[str | None, type[Ceremony]] = {
    CEREMONY: Signing,
    REVOKE: Revoking,
    CRL: CrlCeremony,
    EXPORT: Exporting,
    ABANDON: Abandoning,
    ALARM: Alarm,
}

_FOUNDING: Mapping[str | None, type[Founding]] = {begin.CREATE: Creating, begin.RESTORE: Reviving}
_KEEPING: Mapping[Keep, type[Ceremony]] = {
    Keep.BACK_UP: BackingUp,
    Keep.DRILL: Drill,
    Keep.CHANGE_PIN: ChangingPin,
    Keep.CHANGE_BACKUP: ChangingBackup,
    Keep.CLEAN: Cleaning,
    Keep.ADOPT: Adopting,
    Keep.ANCHOR: Anchoring,
    Keep.DESTROY: Destroying,
}


class CeremonyApp(App[None], inherit_bindings=False):
    """Shows one authority at its desk."""

    CSS_PATH = Path(__file__).parent / "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    # No ctrl+q in the middle of a signing, no screenshot key, no palette: only what the screens themselves offer.
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, at: Desk | Ground) -> None:
        """Begin at a desk, or on a machine on which there is no authority yet."""
        super().__init__()
        self._at = at
        self._founded = not isinstance(at, Ground)
        if isinstance(at, Ground):
            self.ground, self.hints, self._frame = at, Hints(), Frame("no authority yet")
        else:
            self.desk, self.ground, self.hints = at, at.ground, at.hints
            # Only a rehearsal has papers of its own. Before the log is read, nothing else tells.
            self._frame = Frame(at.authority, rehearsal=bool(at.hints.pin))
        self.guard: Watch | None = None
        self._shown: asyncio.Future[Any] | None = None
        self._told: set[Barred] = set()
        self._measured = Measured()
        self.theme = "ansi-dark"

    def on_mount(self) -> None:
        """Begin."""
        self.set_interval(1, self.look_up)
        self.drive()

    @work(exclusive=True)
    async def drive(self) -> None:
        """Show home, do what is chosen there, and come back, until people end it."""
        looked, going_on = False, True
        while going_on:
            try:
                looked = looked or await self.look_at_machine()
                going_on = looked and await (self._at_home() if self._founded else self._begin())
            except StationError as error:
                await self.show(told_of(self._frame, error))
            except Exception as error:  # noqa: BLE001  # a bug must end in words, not in a traceback over a ceremony's screen
                await self.show(ProblemScreen(self._frame, _unexpected(error)))
                self.exit(return_code=1)
                return
        self.exit()

    async def _at_home(self) -> bool:
        """Show home once, and do what is chosen there; False to quit."""
        looking = literal("Looking at token, stick and log")
        view = await self.aside(self._frame, looking, self.desk.view)
        self._frame = frame = _frame(self.desk.authority, view) or self._frame
        choice = await self.show(HomeScreen(frame, view))
        if choice in _CEREMONIES:
            await _CEREMONIES[choice](self, frame).hold()
        elif choice == KEEP:
            keep = await self.show(KeepingScreen(frame))
            if keep is not None:
                await _KEEPING[Keep(keep)](self, frame).hold()
        elif choice == LOG:
            entries = await self.aside(frame, literal("Reading the log"), self.desk.entries)
            await self.show(LogScreen(frame, entries))
        return choice != QUIT

    async def _begin(self) -> bool:
        """Show how an authority comes here, and let people make it; False to quit."""
        choice = await self.show(BeginScreen(self._frame))
        if choice in _FOUNDING:
            founding = _FOUNDING[choice](self, self._frame)
            try:
                await founding.hold()
            finally:
                self._go_on_at(founding.desk)
        elif choice == begin.DRILL:
            await Drill(self, self._frame).hold()
        return choice != begin.QUIT

    def _go_on_at(self, desk: Desk | None) -> None:
        """Show the authority that was made, if one was."""
        if desk:
            self.desk, self._frame, self._founded = desk, Frame(desk.authority), True

    async def look_at_machine(self) -> bool:
        """Show what this machine reports of itself, ask what another one measured; False if it is not to be used."""
        frame, looking = self._frame, literal("Looking at this machine")
        posture = await self.aside(frame, looking, self._at.posture)
        lines = (await self.aside(frame, looking, judge_self_test), *judge_posture(posture))
        token = (await self.aside(frame, looking, self.desk.view)).token if self._founded else "no authority yet"
        typed: tuple[str, str] | None = NOTHING_TYPED
        error: StationError | None = None
        while typed := await self.show(PostureScreen(frame, posture, lines, token, typed or NOTHING_TYPED, error)):
            try:
                self._measured = read_measured(*typed)
            except CeremonyError as wrong:
                error = wrong
            else:
                return True
        return False

    def machine_facts(self) -> Facts:
        """Return what the machine reports of itself now, and what another one measured before it was started."""
        return {**self._at.posture().facts(), **self._measured.facts()}

    async def show(self, screen: Screen[T]) -> T | None:
        """Show a screen until it returns its value (CeremonyError where nobody is there any more)."""
        self._shown = shown = self.push_screen(screen, wait_for_dismiss=True)
        return await shown

    async def aside(self, frame: Frame, what: Content, call: Callable[[], T]) -> T:
        """Do something slow beside the screen, which says `what`. It cannot be interrupted from the keyboard."""
        screen = WorkingScreen(frame, what)
        await self.push_screen(screen)
        try:
            return await asyncio.to_thread(call)
        finally:
            screen.dismiss(None)
            self._touch()

    async def on_event(self, event: events.Event) -> None:
        """Take note of every key, whichever widget it is for."""
        if isinstance(event, events.InputEvent | events.Paste):
            self._touch()
        await super().on_event(event)

    def _touch(self) -> None:
        if self.guard:
            self.guard.touch()

    def look_up(self) -> None:
        """Look whether anybody is there, and what is plugged in. The token at work is left alone."""
        screens = self.screen_stack  # none while the app is closing: its timers outlive its screens
        page = screens[-1] if screens else None
        if not isinstance(page, Page) or isinstance(page, WorkingScreen):
            return
        if not (self.guard and self._hides(self.guard, page)) and not isinstance(page, LockScreen | BarredScreen):
            self._tell_of_usb(page.frame)

    def _hides(self, guard: Watch, page: Page[Any]) -> bool:
        """Lock the screen, or end the ceremony, where nobody has pressed a key; say whether that was done."""
        match guard.due():
            case Due.LOCK:
                self.push_screen(LockScreen(page.frame, guard))
                return True
            case Due.END if self._shown and not self._shown.done():
                while len(self.screen_stack) > 1:
                    self.pop_screen()
                self._shown.set_exception(guard.ended())
                return True
        return False

    def _tell_of_usb(self, frame: Frame) -> None:
        """Show a device that is not used, once each time that it is plugged in."""
        for device in self._at.machine.barred():
            if device not in self._told:
                self._told.add(device)
                self.push_screen(BarredScreen(frame, device), partial(self._answered, frame, device))
                return

    def _answered(self, frame: Frame, device: Barred, answer: object) -> None:
        if answer:
            admit = partial(self._at.machine.admit, device)
            self.run_worker(self.aside(frame, literal("Letting the keyboard in"), admit), group="usb")

    def copy_to_clipboard(self, text: str) -> None:
        """Do nothing: a clipboard is outside."""

    def _fatal_error(self) -> None:
        """End in words where a screen itself has failed: Textual would print a traceback, with all that it knows."""
        if not self._exit_renderables:
            error = _unexpected(self._exception or RuntimeError())
            self.panic(told_text(error.what, error.meaning, error.mend))


def _frame(authority: str, view: View) -> Frame | None:
    """Return the head of all screens; None where the log does not tell."""
    status = view.status
    if status is None:
        return None
    return Frame(authority, status.rehearsal, tuple(dict.fromkeys(each.environment for each in status.lines)))


def _unexpected(error: Exception) -> StationError:
    return CeremonyError(
        f"The program made a mistake: {type(error).__name__}.",
        meaning="The ceremony was ended. What was done before is in the audit log.",
        mend="Start again; `offline-root status` says where things stand. Report this with the text below.\n"
        + str(error),
        retry=False,
    )
