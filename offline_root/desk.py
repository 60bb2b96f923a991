"""What the screens need from the machine: an authority's station, what lies on the stick, and where answers go."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from offline_root import wire
from offline_root.alarm import Stick, stop
from offline_root.anchor import ORIGIN, Anchor
from offline_root.audit.entry import Entry, Facts
from offline_root.audit.state import State
from offline_root.checks import CODES
from offline_root.closing import ClosingSheet, first_sheet
from offline_root.config import Appliance
from offline_root.creation import Created, Creation, Pins
from offline_root.delivery import written
from offline_root.errors import StationError
from offline_root.home import Home, Place
from offline_root.machine import Machine
from offline_root.moments import FOLDER_FORM, utc_text
from offline_root.opening import Opening
from offline_root.plugged import FolderStick, PluggedStick, Tray
from offline_root.policy.force import accepted
from offline_root.policy.model import Policy
from offline_root.policy.reader import decode_policy
from offline_root.ports import Randomness, Volume
from offline_root.posture import Posture
from offline_root.request.files import RequestFiles
from offline_root.restoration import Restoration, check_takes, log_of
from offline_root.restore import Copy, Known, check_copy, copy_on
from offline_root.shares import Share
from offline_root.station import Station
from offline_root.status import Status, status_of

_HANDED_OUT = ("anchor.json", "root-ca.pem", "root-ca.crl", "root-ca.crl.pem")
POLICY = "policy.toml"
"""The name of the policy on the stick that an authority is made from."""


@dataclass(frozen=True, slots=True)
class View:
    """Where things stand, for the first screen. `problem` is why the log cannot be relied on, if it cannot."""

    status: Status | None
    token: str
    stick: str
    clock: str
    log: str
    problem: StationError | None = None


@dataclass(frozen=True, slots=True)
class Hints:
    """A rehearsal's papers: what an operator would have in hand. Empty in a real ceremony."""

    pin: str = ""
    head: str = ""
    slips: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ground:
    """The machine before there is an authority, or apart from it. Every method raises StationError."""

    home: Home
    appliance: Appliance
    stick: FolderStick | PluggedStick
    machine: Machine = field(default_factory=Machine)

    def posture(self) -> Posture:
        """Return what the machine reports of itself."""
        return self.machine.posture(self.home.path)

    @property
    def randomness(self) -> Randomness:
        """Return where secrets come from."""
        return wire.SystemRandomness()

    def policy(self) -> Policy:
        """Return the policy on the stick."""
        return accepted(decode_policy(self.stick.file(POLICY), CODES), POLICY)

    def check(self, creation: Creation) -> None:
        """Refuse what cannot be made, before anything is handed out for it."""
        wire.check_new(self.home, self.appliance, creation)

    def copies(self, authority: str) -> Stick:
        """Return what earlier ceremonies of an authority left on the stick, where a folder plays it."""
        return next(iter(wire.sticks(self.stick.folders, authority)), Stick("stick"))

    def copy(self, stick: Stick, folder: str) -> Copy:
        """Return the copy of the log in a response on a stick; nothing of it is checked yet."""
        return copy_on(stick, folder, self.stick.log(folder))

    def check_restoration(self, restoration: Restoration) -> None:
        """Refuse what cannot be restored, before custodians type."""
        check_takes(restoration, wire.new_tokens(self.appliance))
        log_of(restoration, wire.SystemClock().now())

    def restore(self, restoration: Restoration, shares: tuple[Share, ...], pins: Pins) -> "tuple[Created, MachineDesk]":
        """Make an authority from its backup and its log; return what leaves that ceremony, and its desk."""
        made, place = wire.restore_authority(self.home, self.appliance, restoration, shares, pins)
        return made, MachineDesk(self.home, place, self.appliance, self.stick)

    def check_new_pin(self, pin: str) -> None:
        """Refuse what no new token takes as its PIN."""
        wire.new_tokens(self.appliance).check_new_pin(pin)

    def check_unused(self, so_pin: str) -> None:
        """Refuse a device that cannot be set up."""
        wire.new_tokens(self.appliance).check_unused(so_pin)

    def create(self, creation: Creation, pins: Pins) -> "tuple[Created, MachineDesk]":
        """Make an authority; return what leaves its ceremony, and its desk."""
        created, place = wire.create_authority(self.home, self.appliance, creation, pins)
        return created, MachineDesk(self.home, place, self.appliance, self.stick)


class Desk(Protocol):
    """An authority and all around it, as the screens see it. Every method raises StationError."""

    @property
    def machine(self) -> Machine:
        """Return the machine under it."""

    @property
    def ground(self) -> Ground:
        """Return the machine apart from its authority."""

    @property
    def authority(self) -> str:
        """Return the authority's name."""

    @property
    def hints(self) -> Hints:
        """Return the papers of a rehearsal."""

    def posture(self) -> Posture:
        """Return what the machine reports of itself."""

    def view(self) -> View:
        """Return where things stand."""

    def entries(self) -> tuple[Entry, ...]:
        """Return every line of the log."""

    def station(self) -> AbstractContextManager[Station]:
        """Open the authority for one ceremony."""

    @property
    def tray(self) -> Tray | None:
        """Return where sticks are plugged in; None where a folder plays the one stick there is."""

    def sticks(self) -> tuple[Stick, ...]:
        """Return what earlier ceremonies left on the stick."""

    def requests(self) -> RequestFiles:
        """Return the files on the stick that may hold requests; all are read at once."""

    def known(self, stick: Stick, folder: str) -> Known:
        """Return the copy of the log in a response on a stick, once it is sure that it is this authority's."""

    def restore(self, known: Known, stated: Opening) -> Facts:
        """Put a copy of the log in the place of this one; return the facts of the line that says so."""

    def papers(self) -> tuple[Anchor, ClosingSheet | None]:
        """Return what was to go on paper: the anchor; the first closing sheet, as long as nothing came after it."""

    def volume(self) -> Volume:
        """Return where the response goes."""


def neighbours(home: Home, place: Place) -> tuple[tuple[State, ...], tuple[str, ...]]:
    """Return the other authorities, and which of them cannot be read: that must not hide where this one stands."""
    states, unread = [], []
    for each in home.others(place.name):
        try:
            states.append(wire.read_state(each))
        except StationError as error:
            unread.append(f"{each.name}: {error.what}")
    return tuple(states), tuple(unread)


@dataclass(frozen=True, slots=True)
class MachineDesk:
    """The desk of this machine: HOME, and a folder or the sticks that are plugged in."""

    home: Home
    place: Place
    appliance: Appliance
    stick: FolderStick | PluggedStick
    hints: Hints = field(default_factory=Hints)
    machine: Machine = field(default_factory=Machine)

    @property
    def ground(self) -> Ground:
        """Return the machine apart from its authority."""
        return Ground(self.home, self.appliance, self.stick)

    @property
    def authority(self) -> str:
        """Return the authority's name."""
        return self.place.name

    def posture(self) -> Posture:
        """Return what the machine reports of itself."""
        return self.machine.posture(self.home.path)

    def view(self) -> View:
        """Return where things stand; a log that cannot be relied on is part of the view."""
        clock = utc_text(wire.SystemClock().now())
        stick = self._stick()
        try:
            verdict = wire.verify_log(self.place.audit, wire.read_anchor_of(self.place))
            state = wire.read_state(self.place)
            status = status_of(state, wire.SystemClock().now(), neighbours(self.home, self.place)[0])
        except StationError as error:
            return View(None, "not looked at", stick, clock, "cannot be relied on", error)
        token = wire.token_state(self.place, self.appliance, state)
        log = f"{verdict.size} lines, {verdict.signed} signed" + "".join(
            f"; {each.reason}" for each in verdict.problems
        )
        return View(status, token, stick, clock, log, stop(state.alarms) if state.alarms else None)

    def _stick(self) -> str:
        try:
            return self.stick.view()
        except StationError as error:
            return error.what

    def entries(self) -> tuple[Entry, ...]:
        """Return every line of the log (AuditError)."""
        return wire.read_log(self.place.audit).entries

    def station(self) -> AbstractContextManager[Station]:
        """Open the authority for one ceremony (StationError)."""
        return wire.station(self.home, self.place, self.appliance)

    @property
    def tray(self) -> Tray | None:
        """Return where sticks are plugged in; None where a folder plays the one stick there is."""
        return self.stick.tray

    def sticks(self) -> tuple[Stick, ...]:
        """Return what earlier ceremonies left on the stick (VolumeError)."""
        return wire.sticks(self.stick.folders, self.place.name)

    def requests(self) -> RequestFiles:
        """Return the files on the stick that may hold requests; all are read at once (VolumeError)."""
        return self.stick.requests()

    def known(self, stick: Stick, folder: str) -> Known:
        """Return the copy of the log in a response on a stick (StationError)."""
        return check_copy(copy_on(stick, folder, self.stick.log(folder)), wire.read_anchor_of(self.place))

    def restore(self, known: Known, stated: Opening) -> Facts:
        """Put a copy of the log in the place of this one (StationError)."""
        return wire.restore(self.place, known, stated, wire.SystemClock().now())

    def papers(self) -> tuple[Anchor, ClosingSheet | None]:
        """Return anchor and, right after the authority came here, its closing sheet (StationError)."""
        anchor, view = wire.read_anchor_of(self.place), wire.read_log(self.place.audit)
        return anchor, first_sheet(view.entries, view.check.size, view.check.root)

    def hand_out_anchor(self) -> None:
        """Write to the stick what everyone needs who will check what is issued (VolumeError)."""
        written(
            self.stick.volume(),
            f"{ORIGIN}{self.place.name}/anchor-{wire.SystemClock().now().strftime(FOLDER_FORM)}",
            {name: wire.read_text_file(self.place.path / name) for name in _HANDED_OUT},
            meaning="This copy must not be used. The authority itself is made, and whole.",
            mend="Take another stick.",
        )

    def volume(self) -> Volume:
        """Return the stick as the place of the response."""
        return self.stick.volume()
