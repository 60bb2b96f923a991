"""Desks for the screens: a LOUD FAKE one, on which everything is exact, and a real rehearsal on SoftHSM.

FAKE: software keys that are the same in every run, a clock that is set by hand, serial numbers that count. The Station
behind it is the real one, and so are the log, the stick's folder and the response.
"""

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from offline_root import wire
from offline_root.alarm import Stick, stop
from offline_root.anchor import Anchor
from offline_root.audit.entry import Entry, Facts
from offline_root.audit.file import LogFile
from offline_root.checks import CODES
from offline_root.closing import ClosingSheet, first_sheet
from offline_root.config import Appliance
from offline_root.desk import Ground, Hints, View
from offline_root.errors import StationError, VolumeError
from offline_root.machine import Barred, Machine
from offline_root.moments import utc_text
from offline_root.opening import Opening
from offline_root.plugged import FolderStick, Tray
from offline_root.policy.model import Policy
from offline_root.policy.presets import preset_text
from offline_root.policy.reader import read_policy
from offline_root.ports import StickFacts, Volume
from offline_root.posture import Posture
from offline_root.rehearsal import Rehearsal, prepare
from offline_root.request.files import RequestFiles
from offline_root.restore import Known, check_copy, copy_on
from offline_root.station import Station
from offline_root.status import status_of
from tests.authorities import attribute, csr
from tests.fakes.token import FakeKey, FakeToken, FakeTokens
from tests.offline_root.station.rooms import POLICY, Room, SetClock, fake_room
from tests.offline_root.test_posture import CLOSED

GUARD = 120.0
"""Seconds after which a hanging test is given up; each step takes a fraction of one."""


def seeded(seed: str) -> ec.EllipticCurvePrivateKey:
    """Return a P-256 key, the same for the same seed."""
    return ec.derive_private_key(int.from_bytes(hashlib.sha256(seed.encode()).digest()), ec.SECP256R1())


class SeededTokens(FakeTokens):
    """FAKE tokens whose keys are the same in every run."""

    def initialize(self, label: str, *, so_pin: str, pin: str) -> FakeToken:
        """Make a fake token with its keys in it already; `generate` finds them there."""
        token = super().initialize(label, so_pin=so_pin, pin=pin)
        root = ec.derive_private_key(int.from_bytes(hashlib.sha384(label.encode()).digest()), ec.SECP384R1())
        audit = ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(label.encode()).digest())
        self.keys[label] = {"root": FakeKey("root", b"\1", root), "audit": FakeKey("audit", b"\2", audit)}
        return token


@dataclass
class Counting:
    """FAKE randomness: the same in every run."""

    count: int = 0

    def octets(self, count: int) -> bytes:
        """Return the next number."""
        self.count += 1
        return hashlib.sha256(b"%d" % self.count).digest()[:count]


@dataclass(frozen=True)
class PluggedIn:
    """FAKE: a stick that is plugged in."""

    label: str
    model: str
    serial: str
    size: int
    write_protected: bool = False
    refusal: str = ""


class Sticks:
    """FAKE: where sticks are plugged in. What is in `broken` fails when it is looked at, once."""

    def __init__(self, *found: PluggedIn) -> None:
        self.found: tuple[PluggedIn, ...] = found
        self.broken: list[PluggedIn] = []
        self.left: dict[str, bytes] = {}

    def look(self) -> tuple[PluggedIn, ...]:
        """Return what is plugged in."""
        return self.found

    def choose(self, stick: StickFacts, authority: str) -> Stick:
        """Return what is to be logged."""
        assert isinstance(stick, PluggedIn)
        if stick in self.broken:
            self.broken.remove(stick)
            raise VolumeError(f"The stick '{stick.label}' was taken out too early.", meaning="-", mend="-", retry=True)
        return Stick(stick.label, (("label", stick.label), ("serial", stick.serial)), self.left)


@dataclass(frozen=True)
class FakeMachine(Machine):
    """FAKE: what on USB is not used is put there by hand, and what was let in is written down."""

    out: list[Barred] = field(default_factory=list)
    let_in: list[Barred] = field(default_factory=list)
    stands: Posture = CLOSED

    def barred(self) -> tuple[Barred, ...]:
        """Return what was put there."""
        return tuple(self.out)

    def admit(self, device: Barred) -> bool:
        """Write it down."""
        self.let_in.append(device)
        self.out.remove(device)
        return True


@dataclass
class FakeDesk:
    """A FAKE desk: a room with a FAKE token, and a folder as its stick."""

    room: Room
    stick: Path
    hints: Hints = field(default_factory=Hints)
    randomness: Counting = field(default_factory=Counting)
    tray: Tray | None = None
    machine: FakeMachine = field(default_factory=FakeMachine)

    def __post_init__(self) -> None:
        sys.stderr.write("*** FAKE DESK *** software keys, a clock that stands still, for tests only\n")
        self.stick.mkdir(exist_ok=True)

    @property
    def ground(self) -> Ground:
        """Return a machine with SoftHSM: it is not asked at a FAKE desk."""
        return Ground(self.room.home, Appliance(), FolderStick(self.stick))

    @property
    def authority(self) -> str:
        """Return the authority's name."""
        return self.room.place.name

    def posture(self) -> Posture:
        """Return the posture of a FAKE machine."""
        return self.machine.stands

    def view(self) -> View:
        """Return where things stand."""
        now = utc_text(self.room.clock.now())
        try:
            stick = f"{len(self.requests().names)} files that may be requests"
        except StationError as error:
            stick = error.what
        try:
            state = wire.read_state(self.room.place)
            status = status_of(state, self.room.clock.now())
        except StationError as error:
            return View(None, "not looked at", stick, now, "cannot be relied on", error)
        problem = stop(state.alarms) if state.alarms else None
        return View(status, "FAKE token, present", stick, now, f"{status.log_size} lines", problem)

    def entries(self) -> tuple[Entry, ...]:
        """Return every line of the log."""
        return wire.read_log(self.room.place.audit).entries

    @contextmanager
    def station(self) -> Iterator[Station]:
        """Open the authority for one ceremony."""
        assert self.room.tokens
        with LogFile.open(self.room.place.audit) as log:
            yield Station(
                log,
                policy_copy=self.room.place.policy_copy(),
                tokens=self.room.tokens,
                clock=self.room.clock,
                randomness=self.randomness,
            )

    def sticks(self) -> tuple[Stick, ...]:
        """Return what earlier ceremonies left on the stick."""
        return () if self.tray else wire.sticks((self.stick,), self.authority)

    def requests(self) -> RequestFiles:
        """Return the files on the stick that may hold requests."""
        return wire.requests_on(self.stick)

    def known(self, stick: Stick, folder: str) -> Known:
        """Return the copy of the log in a response."""
        copy = copy_on(stick, folder, FolderStick(self.stick).log(folder))
        return check_copy(copy, wire.read_anchor_of(self.room.place))

    def restore(self, known: Known, stated: Opening) -> Facts:
        """Put a copy of the log in the place of this one."""
        return wire.restore(self.room.place, known, stated, self.room.clock.now())

    def papers(self) -> tuple[Anchor, ClosingSheet | None]:
        """Return anchor and first closing sheet."""
        view = wire.read_log(self.room.place.audit)
        anchor = Anchor.of(wire.read_state(self.room.place))
        return anchor, first_sheet(view.entries, view.check.size, view.check.root)

    def volume(self) -> Volume:
        """Return where the response goes."""
        return wire.WiredFolder(self.stick)

    def wears(self, head: str) -> None:
        """Put a closing sheet beside the desk, as in a rehearsal."""
        self.hints = replace(self.hints, head=head)


def fake_desk(base: Path, *, text: str = POLICY) -> FakeDesk:
    """Return a new FAKE desk below `base`."""
    return FakeDesk(fake_room(base / "home", text=text, tokens=SeededTokens()), base / "stick")


def at(desk: FakeDesk) -> SetClock:
    """Return the clock of a FAKE desk."""
    assert isinstance(desk.room.clock, SetClock)
    return desk.room.clock


def named(common_name: str = "PrivSec Intermediate CA (test) G1", seed: str = "one", **extensions: bool) -> bytes:
    """Return a CSR for a name, with the key of a seed; `san=True` asks for a subjectAltName."""
    asked: list[tuple[x509.ExtensionType, bool]] = []
    if extensions.get("san"):
        asked.append((x509.SubjectAlternativeName([x509.DNSName("ca.test.privsec.ch")]), False))
    return csr(x509.Name([attribute(NameOID.COMMON_NAME, common_name)]), seeded(seed), *asked)


def team_policy(*changes: tuple[str, str]) -> Policy:
    """Return the preset for a team, with some of its text changed."""
    text = preset_text("team", "Example")
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new)
    found = read_policy(text, CODES)
    assert found.policy, found.findings
    return found.policy


def softhsm_rehearsal(base: Path, policy: Policy | None = None) -> Rehearsal:
    """Return a real rehearsal on SoftHSM."""
    return prepare(base, policy or team_policy(), "tui")
