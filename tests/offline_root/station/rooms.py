"""A room for ceremonies: an authority in a HOME of its own, the people, the paper, the clock, and requests on slips."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AttributeOID, NameOID

from offline_root import wire
from offline_root.audit.file import LogFile
from offline_root.checks import CODES
from offline_root.config import Appliance
from offline_root.creation import Creation, Pins, create, draw_pins
from offline_root.delivery import Delivered
from offline_root.errors import CeremonyError, StationError
from offline_root.home import Home, Place
from offline_root.keys import fingerprint
from offline_root.model import Approval, Issued, People, Refused, SigningRequest
from offline_root.opening import ADOPT, Opening
from offline_root.policy.model import Policy
from offline_root.policy.reader import read_policy
from offline_root.ports import Clock, Tokens
from offline_root.response.files import pem
from offline_root.shares import Share, Splitting
from offline_root.statement import statements
from offline_root.station import Station
from tests.fakes.token import PIN, FakeTokens

PEOPLE = People("Olga Operator", ("Wanda Witness",))
PINS = Pins("battery staple 0815", PIN)
NOW = datetime(2026, 11, 23, 11, 30, tzinfo=UTC)

POLICY = """\
format = 1
[root]
common_name = "PrivSec OFFLINE Root CA"
organization = "PrivSec"
crl_url = "http://pki.privsec.ch/root-ca.crl"
certificate_url = "http://pki.privsec.ch/root-ca.der"
[ceremony]
witnesses = 1
interfaces = ["tui", "cli"]
opening_head = "required"
pin_attempts = 3
[environments.test]
common_name = "PrivSec Intermediate CA (test) G*"
file_name = "test-ca"
mount = "pki-test"
[environments.test.name_constraints]
permitted_dns = ["test.privsec.ch"]
[environments.prod]
common_name = "PrivSec Intermediate CA (prod) G*"
file_name = "prod-ca"
mount = "pki-prod"
[environments.prod.name_constraints]
permitted_dns = ["prod.privsec.ch"]
"""

SHARED = POLICY.replace("witnesses = 1", 'witnesses = 1\nactivation = "shares"\nshares = "2 of 3"')
"""The same, with the PIN in shares."""


SOLO = POLICY.replace("witnesses = 1", "witnesses = 0")
"""The same, for one person alone."""


def policy_of(text: str = POLICY) -> Policy:
    """Return the policy of a text."""
    read = read_policy(text, CODES)
    assert read.policy, read.findings
    return read.policy


@dataclass
class SetClock:
    """A clock that is set by hand."""

    time: datetime = NOW

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self.time


@dataclass(frozen=True)
class Slip:
    """A request on a stick and the paper that came with it."""

    data: bytes
    environment: str
    fingerprint: str
    file: str

    @property
    def typed(self) -> str:
        """Return what is typed from paper."""
        return self.fingerprint[:32]


def slip(environment: str = "test", name: str = "", *, password: str = "", file: str = "") -> Slip:
    """Return a new request with a new key. `name` replaces the common name; `password` is a challenge password."""
    key = ec.generate_private_key(ec.SECP256R1())
    common_name = name or f"PrivSec Intermediate CA ({environment}) G1"
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    )
    if password:
        builder = builder.add_attribute(AttributeOID.CHALLENGE_PASSWORD, password.encode())
    data = builder.sign(key, SHA384() if password else SHA256()).public_bytes(Encoding.PEM)
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Slip(data, environment, fingerprint(spki), file or f"{environment}.csr")


@dataclass
class Room:
    """One authority. `tokens` None: SoftHSM and the machine's clock, wired as the command line does it.

    `cards` open its token where its PIN is in shares.
    """

    home: Home
    place: Place
    head: str
    tokens: FakeTokens | None = None
    clock: Clock = field(default_factory=wire.SystemClock)
    cards: Sequence[Share] = ()

    @contextmanager
    def station(self) -> Iterator[Station]:
        """Open the authority's log for one ceremony."""
        if self.tokens is None:
            with wire.station(self.home, self.place, Appliance()) as station:
                yield station
        else:
            with LogFile.open(self.place.audit) as log:
                yield fake_station(log, self.tokens, self.clock, self.place.policy_copy())

    def opening(self, kind: str = "sign", **changes: object) -> Opening:
        """Return what the people state, with some of it changed."""
        return replace(Opening(kind, "cli", PEOPLE, self.clock.now(), self.head), **changes)  # type: ignore[arg-type]

    @contextmanager
    def ceremony(self, kind: str = "sign", **changes: object) -> Iterator[Station]:
        """Open a ceremony with its token, accepting and explaining what there is; the body closes it."""
        with self.station() as station:
            usual = {"accepted_tail": len(station.tail), "because": "so it is in this test"}
            station.open(self.opening(kind, **{**usual, **changes}))
            if self.cards:
                station.unlock_together(self.cards)
            else:
                station.unlock(PIN)
            yield station

    def adopt(self, text: str) -> str:
        """Put a policy in force in a ceremony of its own; return what differs."""
        with self.ceremony(ADOPT) as station:
            agreed(station)
            differs = station.adopt(text)
            self.close(station)
        self.place.replace_policy(text)
        return differs

    def close(self, station: Station, outcome: str = "done") -> None:
        """Close the ceremony and keep its closing sheet."""
        sheet = station.close(outcome)
        assert sheet
        self.head = sheet.head

    @property
    def log(self) -> bytes:
        """Return the log as it lies on the disk."""
        return (self.place.audit / "log.jsonl").read_bytes()

    @property
    def checkpoint(self) -> bytes:
        """Return the checkpoint as it lies on the disk."""
        return (self.place.audit / "checkpoint").read_bytes()

    def events(self) -> list[str]:
        """Return what the log records, in order."""
        return [each.event for each in wire.read_log(self.place.audit).entries]

    def copy(self, path: Path) -> "Room":
        """Return the same authority in another HOME, for a test to use up."""
        shutil.copytree(self.home.path, path, symlinks=True)
        home = Home(path)
        tokens = self.tokens and FakeTokens(
            {label: dict(keys) for label, keys in self.tokens.keys.items()}, kept=dict(self.tokens.kept)
        )
        clock = SetClock(self.clock.time) if isinstance(self.clock, SetClock) else self.clock
        return Room(home, home.choose(self.place.name), self.head, tokens, clock)


def fake_station(log: LogFile, tokens: Tokens, clock: Clock, policy_copy: str) -> Station:
    """Return a station on a FAKE token."""
    return Station(log, policy_copy=policy_copy, tokens=tokens, clock=clock, randomness=wire.SystemRandomness())


def softhsm_room(
    path: Path, *, name: str = "root", text: str = POLICY, rehearsal: bool = False, pins: Pins = PINS
) -> Room:
    """Return a new authority on SoftHSM."""
    home = Home(path)
    creation = creation_of(name, text, wire.SystemClock().now(), rehearsal=rehearsal)
    created, place = wire.create_authority(home, Appliance(), creation, pins)
    return Room(home, place, created.closing.head)


def creation_of(name: str, text: str, now: datetime, *, rehearsal: bool = False) -> Creation:
    """Return what an authority is made with."""
    return Creation(name, policy_of(text), Opening("create", "cli", PEOPLE, now), rehearsal)


def fake_room(path: Path, *, text: str = POLICY, tokens: FakeTokens | None = None, pins: Pins = PINS) -> Room:
    """Return a new authority on a FAKE token, whose clock is set by hand."""
    home, clock, tokens = Home(path), SetClock(), tokens or FakeTokens(pin=pins.pin)
    creation = creation_of("root", text, clock.now())
    with home.creating("root") as place:
        with LogFile.create(place.audit) as log:
            made = create(creation, pins, log=log, tokens=tokens, clock=clock, randomness=wire.SystemRandomness())
        place.publish({"policy.toml": text.encode(), "root-ca.pem": pem(made.root)})
    return Room(home, home.choose("root"), made.closing.head, tokens, clock)


BACKED = POLICY.replace("witnesses = 1", 'witnesses = 1\nbackup = "2 of 3"')
"""The same, with a backup of the root key."""


def shared_room(path: Path) -> tuple[Room, Splitting]:
    """Return a new authority on a FAKE token whose PIN two of three custodians hold, and their shares."""
    pins, splitting = draw_pins(2, 3, wire.SystemRandomness())
    return fake_room(path, text=SHARED, pins=pins), splitting


def approve(station: Station, asked: Slip, acknowledged: Sequence[str] = ()) -> Approval | Refused:
    """Take a request as far as the approval."""
    request = station.read(asked.file, asked.data)
    if not isinstance(request, SigningRequest):
        return station.refuse(asked.file, asked.environment, request.findings)
    return station.approve(station.review(request, asked.environment), asked.typed, tuple(acknowledged))


def approved(station: Station, asked: Slip) -> Approval:
    """Take a good request as far as the approval."""
    approval = approve(station, asked)
    assert isinstance(approval, Approval), approval
    return approval


def signed(station: Station, asked: Slip) -> Issued:
    """Take a good request as far as the certificate."""
    return station.sign(approved(station, asked))


def agreed(station: Station) -> None:
    """Let everyone agree."""
    station.state_all(statements(PEOPLE, ()))


def whole(room: Room, stick: Path, *asked: Slip) -> Delivered:
    """Hold one whole ceremony: sign or refuse what is asked for, deliver it onto the stick, close."""
    with room.ceremony() as station:
        for each in asked:
            approval = approve(station, each)
            if isinstance(approval, Approval):
                station.sign(approval)
        agreed(station)
        delivered = station.deliver(wire.WiredFolder(stick))
        room.close(station)
    return delivered


def later(room: Room, **amount: float) -> None:
    """Set the clock of a FAKE room forward."""
    assert isinstance(room.clock, SetClock)
    room.clock.time += timedelta(**amount)


def refuses(room: Room, kind: type[StationError], match: str, /, **changes: object) -> StationError:
    """Try to open; show that it is refused, that the ceremony goes no further, and that nothing was written."""
    before = {path: path.read_bytes() for path in room.home.path.rglob("*") if path.is_file()}
    with room.station() as station:
        with pytest.raises(kind, match=match) as error:
            station.open(replace(room.opening(), **changes))  # type: ignore[arg-type]
        with pytest.raises(CeremonyError, match="No ceremony is open"):
            station.unlock(PIN)
        assert station.close("failed") is None
    assert {path: path.read_bytes() for path in room.home.path.rglob("*") if path.is_file()} == before
    return error.value
