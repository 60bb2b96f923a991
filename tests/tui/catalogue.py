"""Every screen in every state worth looking at, by name. Nothing here changes from run to run."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import hsm
from offline_root import crl, issue, revocation, wire
from offline_root.adoption import difference
from offline_root.alarm import Use, stop
from offline_root.anchor import Anchor
from offline_root.audit.entry import Entry as LogEntry
from offline_root.audit.entry import Facts
from offline_root.audit.note import verifier_from_spki
from offline_root.audit.watch import Alarm, Evidence
from offline_root.backup_file import KWP, Backup
from offline_root.checks import hierarchy
from offline_root.checks.approval import FINGERPRINT_MISMATCH
from offline_root.closing import ClosingSheet
from offline_root.crl import CrlDraft, CrlReview
from offline_root.desk import View
from offline_root.deviations import Unexplained
from offline_root.errors import AuditError, CeremonyError, TokenError, TokenTrouble, VolumeError
from offline_root.findings import Finding, Severity, warnings
from offline_root.machine import Barred
from offline_root.model import (
    Change,
    Crl,
    CrlNumber,
    Der,
    Difference,
    Fingerprint,
    Intent,
    Issued,
    People,
    Reason,
    Review,
    Revocation,
    Serial,
    SigningRequest,
    Unreadable,
)
from offline_root.posture import Judged, Kept, Posture, judge_posture
from offline_root.request.reader import read_request
from offline_root.selftest import ANSWERS
from offline_root.shares import BadShare, Purpose, ShareSet, split, word_list
from offline_root.status import CrlStanding, Line, Status
from tests.offline_root.station.rooms import POLICY, policy_of
from tests.offline_root.test_posture import CLOSED, OPEN
from tests.tui.desks import Counting, FakeDesk, PluggedIn, Sticks, fake_desk, named, seeded, team_policy
from tui.frame import Frame, Page
from tui.idle import Watch
from tui.safe_text import literal
from tui.screens.acknowledge import AcknowledgeScreen
from tui.screens.adopt import AdoptScreen
from tui.screens.alarm import AlarmScreen
from tui.screens.anchor import AnchorScreen, CompareScreen
from tui.screens.barred import BarredScreen
from tui.screens.because import BecauseScreen
from tui.screens.begin import BeginScreen
from tui.screens.card import CardScreen
from tui.screens.crl import CrlScreen
from tui.screens.delivery import DeliveryScreen
from tui.screens.destroy import DestroyScreen
from tui.screens.home import HomeScreen
from tui.screens.keeping import BackupsScreen, DrillScreen, KeepingScreen
from tui.screens.leave import LeaveScreen
from tui.screens.lock import CodeScreen, LockScreen
from tui.screens.log import LogScreen
from tui.screens.names import NamesScreen
from tui.screens.note import NoteScreen
from tui.screens.opening import Asked, OpeningScreen, Stated
from tui.screens.paper import PaperScreen
from tui.screens.pin import NewPinScreen, PinScreen, SetUpScreen
from tui.screens.policy import PolicyScreen
from tui.screens.posture import PostureScreen
from tui.screens.problem import ProblemScreen
from tui.screens.requests import RequestsScreen, Row
from tui.screens.review import ReviewScreen
from tui.screens.revoke import ConfirmScreen, IntermediatesScreen, ReasonScreen
from tui.screens.seals import SealsScreen
from tui.screens.share import ShareScreen
from tui.screens.statements import StatementsScreen
from tui.screens.stick import StickScreen
from tui.screens.strangers import CountScreen, StrangersScreen
from tui.screens.ways import CopiesScreen, WaysScreen
from tui.screens.working import WorkingScreen
from usb_transfer.sticks import Unfit


def _ed25519() -> bytes:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _p256() -> bytes:
    return seeded("audit").public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


NOBODY = Frame("no authority yet")
FRAME = Frame("example", environments=("test", "prod"))
REHEARSAL = replace(FRAME, authority="rehearsal", rehearsal=True)
LONG = Frame(f"a{'-long' * 6}", True, (f"e{'-long' * 6}",), f"e{'-long' * 6}")
HEAD = "31:0123456789abcdef"
SPLIT = split(bytes(32), Purpose.PIN, needed=3, made=5, randomness=Counting())
WORDS = replace(SPLIT.shares[1], words=tuple(word_list()[number * 31] for number in range(33))).rows
CARD = ShareSet(Purpose.PIN, 1234, 3, 5).label(2)
ANCHOR = Anchor(Fingerprint("5e7b90d28c1f3ac4" * 4), verifier_from_spki("offline-root/example", _ed25519()))
P256 = Anchor(ANCHOR.root_sha256, verifier_from_spki("offline-root/example", _p256()))
NO_NAME = CeremonyError(
    "'Root' cannot be the name of an authority.",
    meaning="Nothing was done.",
    mend="Use a-z, 0-9 and -, at most 31 characters.",
    retry=True,
)
BACKUP = Backup(
    "example",
    "offline-root/example",
    ANCHOR.root_sha256,
    Der(_p256()),
    "SoftHSM",
    "2026-11-23T11:30:00Z",
    KWP,
    ShareSet(Purpose.BACKUP, 1235, 3, 5),
    b"",
)
ENDS = (
    "The root key of example goes from its token, and nothing is ever signed under this root again.",
    "The newest CRL, good until 2027-05-22T11:30:00Z, is the last one for whoever insists on a CRL.",
    "The backups of set 1235 still hold the key: destroy their cards too, or it can come back.",
    "What a software token kept in files is deleted, not wiped: the disk, and any copy of it, may still hold it.",
)
NOT_THIS_ROOT = CeremonyError(
    "What was typed (5e7b 90d2) is not this root.",
    meaning="Nothing was destroyed.",
    mend="Type at least the first 32 hex digits of the root certificate's SHA-256, from the anchor on paper.",
    retry=True,
)
UNFIT_PIN = TokenError(
    "A new PIN has 4 to 255 characters.",
    trouble=TokenTrouble.REFUSED,
    meaning="Nothing was done.",
    mend="Choose another PIN.",
    retry=True,
)
USED, OLD = (
    TokenError(each.what, trouble=TokenTrouble.REFUSED, meaning=each.meaning, mend=each.mend, retry=each.retry)
    for each in (
        hsm.TokenUsed("The device does not open with the password that its maker gives it."),
        hsm.FirmwareOld("The token has firmware 2.32; 2.40 or newer is needed."),
    )
)
BAD_SHARE = BadShare("This share is of set 4322; the set in use is 1234.", "Look for the card that says set 1234.")
SHEET = ClosingSheet(31, bytes(range(32)))
PEOPLE = People("Olga Operator", ("Wanda Witness", "Walter Witness"))
FINGERPRINT = "8c1f3a5e7b90d2c4" * 4
TYPED = "8c1f 3a5e 7b90 d2c4 8c1f 3a5e 7b90 d2c4"
GOOD_STICK = PluggedIn("REQUESTS", "Flash Disk", "4C530001230811", 15_376_000_000)
SECOND_STICK = PluggedIn("COPY", "DataTraveler 3.0", "E0D55EA574A0F3B0A9D30A6B", 31_000_000_000)
SECOND = Barred(
    "1-2", "3", "Keys Ltd USB Keyboard (1234:5678)", asks=True, reason="is a keyboard besides the one in use"
)
DISGUISED = Barred(
    *("1-1", "2", "\x1b[32mOK\u202e [red]Keys[/] (1234:5678)"),
    asks=False,
    reason="says that it is a keyboard and storage: that is not used here",
)
BAD_STICKS = (
    PluggedIn("", "DataTraveler 3.0", "E0D55EA574A0F3B0A9D30A6B", 31_000_000_000, refusal=Unfit.NO_FILE_SYSTEM.value),
    PluggedIn("\x1b[32mOK\u202e", "[red]Keys[/]", "", 512, refusal=Unfit.DISGUISE.value),
    PluggedIn("SWITCH", "SD Card Reader", "058F63666471", 1_999_999, write_protected=True),
)
RESPONSES = tuple(
    f"{stick}/offline-root/example/20261123T113000Z-0000{size}"
    for stick, size in (("ONE", 31), ("TWO", 33), ("THREE", 35))
)
PATH = "/media/stick/offline-root/example/20261123T113000Z-000031"


@cache
def desk() -> FakeDesk:
    """Return the FAKE desk whose station makes the reviews."""
    base = TemporaryDirectory(prefix="tui-catalogue-")
    _KEPT.append(base)
    return fake_desk(Path(base.name))


_KEPT: list[TemporaryDirectory[str]] = []


def request(data: bytes, file: str = "test.csr") -> SigningRequest | Unreadable:
    """Return what the real reader makes of a file."""
    return read_request(file, data)


def reviewed(data: bytes, environment: str = "test", file: str = "test.csr") -> Review:
    """Return the real station's review of a request; its serial is always the same."""
    found = request(data, file)
    assert isinstance(found, SigningRequest), found.findings
    desk().randomness.count = 0
    with desk().station() as station:
        return station.review(found, environment)


def good() -> Review:
    """Return a review that can be approved."""
    return reviewed(named())


def doubtful() -> Review:
    """Return a review that can be approved with a warning."""
    return reviewed(named(san=True))


def bad() -> Review:
    """Return a review that refuses, of a name that hides a character."""
    return reviewed(named("PrivSec Intermediate CA (test) G1\u202e"), file="test-\u202egpj.csr")


def again(*changes: Change) -> Review:
    """Return a review in an environment that had an intermediate before."""
    since = Difference(Serial(0x0A1B2C3D4E5F), "2024-11-23T11:30:00Z", changes)
    return replace(good(), difference=since)


CHANGES = (
    Change(
        "subject", "O=PrivSec, CN=PrivSec Intermediate CA (test)", "O=PrivSec, CN=PrivSec Intermediate CA (test) G1"
    ),
    Change("key", "rsa-4096", "ec-p256"),
    Change("extKeyUsage", "serverAuth", "(none)"),
)


def names_of() -> Page[Any]:
    """Return the name test of an intermediate."""
    throwaway = good().throwaway
    assert throwaway is not None
    return NamesScreen(TEST, issue.load(throwaway))


def issued() -> Issued:
    """Return an intermediate; its certificate is some other one."""
    root = wire.read_state(desk().room.place).issued[0]
    return replace(root, environment="test", serial=INTENT.serial, sha256=Fingerprint(FINGERPRINT))


def consequences() -> tuple[str, ...]:
    """Return what it means to revoke it."""
    return revocation.consequences(policy_of(), issued())


def crl_review(*revocations: Revocation) -> CrlReview:
    """Return the review of a CRL."""
    state = replace(wire.read_state(desk().room.place), revocations=revocations, crl=None)
    begin = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    return crl.review(state, CrlDraft(CrlNumber(1795510800), begin, begin + timedelta(days=180)))


REVOCATIONS = tuple(
    Revocation(Serial(0x3F6A1BC0D2E49F8801A2B3C4D5E6F708192A3B4C + number), reason, "2026-11-24T09:00:00Z")
    for number, reason in enumerate(Reason)
)
NOT_THAT = CeremonyError(
    "What was typed (0A1B) is not the certificate that would be revoked.",
    meaning="Nothing was revoked.",
    mend="Type its serial, or at least the first 32 hex digits of its SHA-256, as on its paper.",
    retry=True,
)


def unreadable() -> Unreadable:
    """Return what is no request."""
    found = request(b"-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----\n", "server-key.pem")
    assert isinstance(found, Unreadable)
    return found


def warning() -> Finding:
    """Return one warning."""
    return warnings(doubtful().findings)[0]


def entry(seq: int, event: str, facts: Facts) -> LogEntry:
    """Return a line of a log."""
    return LogEntry(seq, f"2026-11-23T11:{seq:02}:00Z", "0" * 64, event, facts)


TAIL = (
    entry(31, "token-open-attempted", {"serial": "FAKE-1"}),
    entry(32, "signing-started", {"serial": "0A1B2C3D4E5F", "environment": "test"}),
)
TESTED = tuple(ANSWERS)
OPENED: Facts = {
    "authority": "example",
    "ceremony": "sign",
    "interface": "tui",
    "operator": "Olga Operator",
    "witnesses": ("Wanda Witness",),
    "clock": "2026-11-23T11:30:00Z",
    "clock_by": "Wanda Witness",
    "seals": {"token": "A0012345@safe-2"},
    "head": HEAD,
    "version": "0",
    "self_test": TESTED,
    "machine": CLOSED.facts(),
}
LOG = (
    entry(9, "ceremony-opened", OPENED),
    *(entry(number, "token-open-attempted", {"serial": "FAKE-1"}) for number in range(10, 20)),
    entry(20, "request-read", {"file": "test.csr", "form": "PEM", "request_sha256": "1" * 64}),
    entry(21, "certificate-issued", {"serial": "0A1B2C", "environment": "test", "sha256": "2" * 64}),
    entry(22, "something-new", {"unknown": "fact"}),
    entry(23, "ceremony-closed", {"outcome": "done"}),
)
ROWS = (
    Row("prod-good.csr", "request", "PEM"),
    Row("test-broken.csr", "REFUSED", "test: request.signature"),
    Row("test-exposed.csr", "REFUSE", "request.private-key"),
    Row("test-good.csr", "ISSUED", "test, serial 3F6A1BC0D2E49F8801A2B3C4D5E6F708192A3B4C"),
)
LONG_ROWS = (
    Row("request/" + "very-long-name-" * 15 + ".csr", "request", "PEM"),
    *(Row(f"test-{number:02}.csr", "request", "OpenBao table, PEM inside") for number in range(30)),
)
WRONG_PIN = TokenError(
    "The PIN is wrong.",
    trouble=TokenTrouble.WRONG_PIN,
    meaning="The token did not open.",
    mend="Type it again, slowly. The token may lock for good after more attempts.",
    retry=True,
)
PROBLEM = VolumeError(
    "/media/stick/offline-root/example could not be written: No space left on device.",
    meaning="What is there is not a whole response. Everything is safe in the audit log.",
    mend="Use another stick or folder, and deliver with `offline-root export`.",
    retry=True,
)
ODD = Unexplained(
    "The closing sheet is of 20 lines, but a later ceremony ended with a sheet of 31.",
    meaning="It is not as the log has it. The ceremony has not begun; nothing was done.",
    mend='Find out why. If that is in order, say so, for the log: --because "WHAT EXPLAINS IT".',
    retry=True,
)
TWICE = CeremonyError(
    "The same person is named twice.",
    meaning="The ceremony has not begun. Nothing was done.",
    mend="Operator and witnesses must be different people.",
    retry=True,
)
UNMEASURED = CeremonyError(
    "That is no SHA-256 with a name.",
    meaning="Nothing was recorded.",
    mend="Type 32 hex digits or more, in groups or not, and who measured them. Or leave both out.",
    retry=True,
    about="by",
)
DAMAGED = AuditError(
    "The audit log of example is damaged: line 17: the hash of the line before is another one.",
    meaning="Nothing it says can be relied on.",
    mend="Put back the log from the newest response, and compare it with the closing sheet.",
    retry=False,
)
ALARM = stop(
    (
        Alarm(
            Evidence("closing sheet", 31, "0123456789abcdef"),
            f"ROLLED BACK: the checkpoint {PATH.removeprefix('/media/stick/')}/closing-checkpoint on the stick says 31"
            " lines; the log has fewer. Lines are missing.",
        ),
        Alarm(
            Evidence("token's own record", 29, "fedcba"),
            "FORK: the first 29 lines of the log are not those of the token's own record.",
        ),
    )
)
SETTLED = (
    Row("FORK: the first 29 lines of the log are not those of the token's own record.", "SETTLED", "a clone ran"),
    Row("serial 0A1B2C", "TAKEN IN", "issued by the other log; it can be revoked now"),
)
COPIES = ("20261123T113000Z-000031", "20260523T090000Z-000017")
CRL = Crl(CrlNumber(1795500000), "2026-11-23T11:30:00Z", "2027-05-22T11:30:00Z", Der(b""), Fingerprint("4" * 64), ())
VALID = Line("test", "valid", "0A1B", "2" * 64, "2031-11-23T11:25:00Z", "2031-08-25T11:25:00Z")
STATUS = Status(
    "example",
    rehearsal=False,
    root_sha256="3" * 64,
    root_not_after="2046-11-23T11:25:00Z",
    lines=(VALID, replace(VALID, state="renew now"), Line("prod", "nothing issued yet")),
    intents=(),
    abandoned=(),
    revoked=(),
    crl=CrlStanding(CRL, ""),
    attempts=0,
    log_size=31,
    last_time="2026-11-23T11:30:00Z",
)
INTENT = Intent(
    serial=Serial(0x3F6A1BC0D2E49F8801A2B3C4D5E6F708192A3B4C),
    environment="test",
    tbs=Der(b""),
    file="test.csr",
    request_sha256="1" * 64,
    policy_sha256="2" * 64,
    time="2026-11-23T11:30:00Z",
)
HEALTHY = View(STATUS, "present", "7 files that may be requests", "2026-11-24T09:00:00Z", "31 lines, 31 signed")


def home(**changes: Any) -> Page[Any]:  # noqa: ANN401  # fields of View
    """Return home."""
    return HomeScreen(FRAME, replace(HEALTHY, **changes))


def opening(asked: Asked, stated: Stated = Stated(), error: CeremonyError | None = None) -> Page[Any]:  # noqa: B008
    """Return an opening."""
    return OpeningScreen(FRAME, replace(asked, tested=TESTED), stated, error)


DIFFERS = difference(
    POLICY,
    POLICY.replace('["test.privsec.ch"]', '["test.privsec.ch", "localhost"]').replace("witnesses = 1", "witnesses = 2"),
)
STRANGERS = (
    "5d1c0ffee5d1c0ff secret key, label 'backup of somebody else', id 07",
    "90ab12cd34ef5678 data object, label 'elsewhere', id none",
)
MISCOUNTED = CeremonyError(
    "1 objects would be removed; 2 were confirmed.",
    meaning="Nothing was removed.",
    mend="Look at the list again. Whatever another program or authority still needs must stay.",
    retry=True,
)


def paper(**changes: Any) -> Page[Any]:  # noqa: ANN401  # arguments of PaperScreen
    """Return the paper screen."""
    usual: dict[str, Any] = {
        "frame": FRAME,
        "file": "test.csr",
        "environments": ("test", "prod"),
        "fingerprint": FINGERPRINT,
    }
    return PaperScreen(**{**usual, **changes})


def posture(found: Posture = CLOSED, frame: Frame = FRAME, **typed: Any) -> Page[Any]:  # noqa: ANN401
    """Return the posture of a machine."""
    tested = Judged("Self-test", Severity.INFO, ", ".join(TESTED))
    return PostureScreen(frame, found, (tested, *judge_posture(found)), HEALTHY.token, **typed)


def because() -> Page[Any]:
    """Return the question why an alarm ends."""
    what = ("FORK: the first 29 lines of the log are not those of the token's own record.",)
    return BecauseScreen(FRAME, literal("Settle"), what, "Why is the log on this disk the right one?")


STATED = Stated("Olga Operator", ("Wanda Witness",), "2026-11-23 11:30", HEAD, "")
HINTS = {"paper": HEAD, "clock": "2026-11-23T11:30:00Z"}
TEST = FRAME.at("test")

SEALED = replace(STATED, seals=(("token", "A0012345@safe-2"), ("state-disk", "")))

SCREENS: Mapping[str, Callable[[], Page[Any]]] = {
    "home": home,
    "home-rehearsal": lambda: HomeScreen(
        REHEARSAL, replace(HEALTHY, status=replace(STATUS, authority="rehearsal", rehearsal=True))
    ),
    "home-nothing-there": lambda: home(
        status=replace(STATUS, lines=(Line("test", "nothing issued yet"), Line("prod", "nothing issued yet"))),
        token="not available: No token with the label root-ca and the serial number 0123456789abcdef is there.",
        stick="The stick cannot be read: No such file or directory.",
    ),
    "home-log-problem": lambda: home(status=None, token="not looked at", log="cannot be relied on", problem=DAMAGED),
    "home-alarm": lambda: home(problem=ALARM),
    "home-open-intent": lambda: home(status=replace(STATUS, intents=(INTENT,))),
    "home-open-crl": lambda: home(status=replace(STATUS, intents=(replace(INTENT, environment="", crl=CRL.number),))),
    "home-crl-due": lambda: home(status=replace(STATUS, crl=CrlStanding(CRL, "overdue since 2027-05-22T11:30:00Z"))),
    "home-needs": lambda: home(
        status=replace(
            STATUS,
            lines=(replace(VALID, state="revoked"), replace(VALID, environment="prod", state="expired")),
            crl=CrlStanding(CRL, "overdue since 2027-05-22T11:30:00Z"),
            needs=(
                "test needs a new intermediate: its newest one is revoked.",
                "prod needs a new intermediate: its newest one has expired.",
            ),
            findings=tuple(each.finding("") for each in (hierarchy.serial.code, hierarchy.superseded.code)),
        )
    ),
    "home-long-names": lambda: HomeScreen(
        LONG,
        replace(
            HEALTHY,
            status=replace(STATUS, authority=LONG.authority, lines=(replace(VALID, environment=LONG.environment),)),
        ),
    ),
    "opening": lambda: opening(Asked(1)),
    "opening-alone": lambda: opening(Asked(0, head_required=False)),
    "opening-rehearsal": lambda: OpeningScreen(REHEARSAL, Asked(1, **HINTS, tested=TESTED), Stated()),  # type: ignore[arg-type]
    "opening-error": lambda: opening(Asked(1), replace(STATED, witnesses=("Olga Operator",)), TWICE),
    "opening-unexplained": lambda: opening(Asked(1), STATED, ODD),
    "opening-unsigned-tail": lambda: opening(Asked(1, tail=TAIL), STATED),
    "opening-everything": lambda: OpeningScreen(
        REHEARSAL,
        Asked(3, tail=TAIL, tested=TESTED, **HINTS),  # type: ignore[arg-type]
        STATED,
        TWICE,
    ),
    "opening-seals": lambda: OpeningScreen(FRAME, Asked(1, seals=("token", "state-disk"), tested=TESTED), SEALED),
    "pin": lambda: PinScreen(FRAME, "root-ca, serial 0123456789abcdef", ""),
    "pin-empty": lambda: PinScreen(FRAME, "root-ca, serial 0123456789abcdef", ""),
    "pin-rehearsal": lambda: PinScreen(REHEARSAL, "root-ca, serial 0123456789abcdef", "471108"),
    "share": lambda: ShareScreen(FRAME, "PIN SHARE, set 1234: 2 of 3"),
    "share-error": lambda: ShareScreen(FRAME, "PIN SHARE, set 1234: 2 of 3", BAD_SHARE),
    "pin-error": lambda: PinScreen(FRAME, "root-ca, serial 0123456789abcdef", "", WRONG_PIN),
    "begin": lambda: BeginScreen(NOBODY),
    "policy": lambda: PolicyScreen(NOBODY, team_policy()),
    "policy-error": lambda: PolicyScreen(NOBODY, policy_of(), "Root", NO_NAME),
    "opening-first": lambda: OpeningScreen(FRAME, Asked(1, first=True), Stated()),
    "card": lambda: CardScreen(FRAME, CARD, "custodian 2", WORDS),
    "card-shown": lambda: CardScreen(FRAME, CARD, "custodian 2", WORDS),
    "set-up": lambda: SetUpScreen(FRAME),
    "set-up-used": lambda: SetUpScreen(FRAME, USED),
    "set-up-old": lambda: SetUpScreen(FRAME, OLD),
    "new-pin": lambda: NewPinScreen(FRAME),
    "new-pin-error": lambda: NewPinScreen(FRAME, UNFIT_PIN),
    "new-pin-different": lambda: NewPinScreen(FRAME),
    "anchor": lambda: AnchorScreen(FRAME, ANCHOR),
    "again-anchor": lambda: AnchorScreen(FRAME, ANCHOR, again=True),
    "anchor-p256": lambda: AnchorScreen(FRAME, P256),
    "compare": lambda: CompareScreen(FRAME, ANCHOR),
    "compare-wrong": lambda: CompareScreen(FRAME, ANCHOR),
    "keeping": lambda: KeepingScreen(FRAME),
    "adopt": lambda: AdoptScreen(FRAME, DIFFERS),
    "adopt-end": lambda: AdoptScreen(FRAME, DIFFERS),
    "adopt-nothing": lambda: AdoptScreen(FRAME, ""),
    "strangers": lambda: StrangersScreen(FRAME, STRANGERS, ()),
    "strangers-chosen": lambda: StrangersScreen(FRAME, STRANGERS, (1,), 1),
    "count": lambda: CountScreen(FRAME, STRANGERS[1:]),
    "count-wrong": lambda: CountScreen(FRAME, STRANGERS[1:], MISCOUNTED),
    "backups": lambda: BackupsScreen(FRAME, ("example-backup-20261123T113000Z-set-1235",)),
    "backups-none": lambda: BackupsScreen(FRAME, ()),
    "drill": lambda: DrillScreen(FRAME, BACKUP, SPLIT.shares[2:0:-1], seen=True),
    "drill-unseen": lambda: DrillScreen(FRAME, BACKUP, SPLIT.shares[:3], seen=False),
    "destroy": lambda: DestroyScreen(FRAME, ENDS),
    "destroy-error": lambda: DestroyScreen(FRAME, ENDS, ("5e7b 90d2", "example"), NOT_THIS_ROOT),
    "stick-backup": lambda: StickScreen(FRAME, Sticks(*BAD_STICKS), Use.BACKUP, ()),
    "stick-backed-up": lambda: StickScreen(FRAME, Sticks(GOOD_STICK), Use.BACKED_UP, ()),
    "stick-policy": lambda: StickScreen(NOBODY, Sticks(GOOD_STICK), Use.POLICY, ()),
    "stick-anchor": lambda: StickScreen(FRAME, Sticks(GOOD_STICK), Use.ANCHOR, ()),
    "code": lambda: CodeScreen(FRAME, "5min", "30min"),
    "code-different": lambda: CodeScreen(FRAME, "5min", "30min"),
    "lock": lambda: LockScreen(TEST, Watch("blue 7", 300, 1800)),
    "posture": posture,
    "posture-wrong": lambda: posture(typed=("ab" * 32, ""), error=UNMEASURED),
    "posture-memory": lambda: posture(
        replace(CLOSED, kept=Kept.MEMORY, barred=(f"{DISGUISED.said} {DISGUISED.reason}",))
    ),
    "posture-desktop": lambda: posture(OPEN, frame=REHEARSAL),
    "posture-open": lambda: posture(replace(CLOSED, interfaces=("eth0",), swaps=("/dev/sda2",))),
    "usb-keyboard": lambda: BarredScreen(FRAME, SECOND),
    "usb-refused": lambda: BarredScreen(TEST, DISGUISED),
    "lock-wrong": lambda: LockScreen(TEST, Watch("blue 7", 300, 1800)),
    "requests": lambda: RequestsScreen(FRAME, ROWS, 1),
    "requests-empty": lambda: RequestsScreen(FRAME, ()),
    "requests-many": lambda: RequestsScreen(FRAME, LONG_ROWS, 0),
    "requests-free": lambda: RequestsScreen(FRAME, ROWS[:1], free=True),
    "stick": lambda: StickScreen(FRAME, Sticks(), Use.REQUESTS, ()),
    "stick-several": lambda: StickScreen(REHEARSAL, Sticks(GOOD_STICK, *BAD_STICKS), Use.REQUESTS, ()),
    "stick-bad": lambda: StickScreen(FRAME, Sticks(*BAD_STICKS), Use.RESPONSE, ()),
    "stick-again": lambda: StickScreen(FRAME, Sticks(GOOD_STICK), Use.RESPONSE, (GOOD_STICK,)),
    "stick-another": lambda: StickScreen(
        FRAME, Sticks(GOOD_STICK, SECOND_STICK), Use.COPY_OF_RESPONSE, (), (GOOD_STICK,)
    ),
    "stick-copy": lambda: StickScreen(FRAME, Sticks(GOOD_STICK), Use.COPY, ()),
    "paper": paper,
    "paper-rehearsal": lambda: paper(frame=REHEARSAL, paper=("test", TYPED)),
    "paper-unreadable": lambda: paper(file="server-key.pem", fingerprint=None),
    "paper-unreadable-rehearsal": lambda: paper(
        frame=REHEARSAL, file="server-key.pem", fingerprint=None, paper=("test", TYPED)
    ),
    "paper-wrong": lambda: paper(frame=REHEARSAL, paper=("test", TYPED)),
    "paper-short": paper,
    "paper-no-environment": paper,
    "review": lambda: ReviewScreen(TEST, good()),
    "review-end": lambda: ReviewScreen(TEST, good()),
    "review-warning": lambda: ReviewScreen(TEST, doubtful()),
    "review-refused": lambda: ReviewScreen(REHEARSAL.at("test"), bad()),
    "review-again": lambda: ReviewScreen(TEST, again()),
    "review-changed": lambda: ReviewScreen(TEST, again(*CHANGES)),
    "names": names_of,
    "names-yes": names_of,
    "names-no": names_of,
    "review-unreadable": lambda: ReviewScreen(TEST, unreadable()),
    "acknowledge": lambda: AcknowledgeScreen(TEST, warning()),
    "intermediates": lambda: IntermediatesScreen(FRAME, (issued(), replace(issued(), environment="prod"))),
    "intermediates-none": lambda: IntermediatesScreen(FRAME, ()),
    "reason": lambda: ReasonScreen(TEST, issued()),
    "crl": lambda: CrlScreen(FRAME, crl_review()),
    "crl-end": lambda: CrlScreen(FRAME, crl_review(*REVOCATIONS)),
    "crl-refused": lambda: CrlScreen(FRAME, replace(crl_review(), findings=(warning(),))),
    "crl-revoking": lambda: CrlScreen(TEST, crl_review(REVOCATIONS[0]), consequences()),
    "crl-revoking-end": lambda: CrlScreen(REHEARSAL.at("test"), crl_review(REVOCATIONS[0]), consequences()),
    "confirm": lambda: ConfirmScreen(TEST, issued(), Reason.KEY_COMPROMISE),
    "confirm-error": lambda: ConfirmScreen(TEST, issued(), Reason.SUPERSEDED, NOT_THAT),
    "note": lambda: NoteScreen(FRAME),
    "note-short": lambda: NoteScreen(FRAME),
    "seals": lambda: SealsScreen(FRAME, ("token", "hsm-2")),
    "seals-wrong": lambda: SealsScreen(FRAME, ()),
    "working": lambda: WorkingScreen(TEST, literal("The token signs, and the signature is verified")),
    "statements": lambda: StatementsScreen(FRAME, PEOPLE, ROWS[1:2] + ROWS[3:]),
    "statements-inward": lambda: StatementsScreen(FRAME, PEOPLE, SETTLED, hands_out=False),
    "delivery": lambda: DeliveryScreen(FRAME, (PATH,), ROWS[1:2] + ROWS[3:], SHEET),
    "delivery-free": lambda: DeliveryScreen(FRAME, ("offline-root/x",), ROWS[3:], SHEET, free=True),
    "delivery-inward": lambda: DeliveryScreen(FRAME, (), SETTLED, SHEET),
    "delivery-nothing": lambda: DeliveryScreen(FRAME, None, (), replace(SHEET, size=123456)),
    "delivery-unfinished": lambda: DeliveryScreen(FRAME, (PATH,), ROWS[3:], replace(SHEET, unfinished=(PATH,))),
    "delivery-copies": lambda: DeliveryScreen(
        FRAME, RESPONSES, ROWS[3:], replace(SHEET, unfinished=RESPONSES[1:2]), free=True
    ),
    "alarm": lambda: AlarmScreen(FRAME, ALARM),
    "ways": lambda: WaysScreen(FRAME),
    "copies": lambda: CopiesScreen(FRAME, [f"offline-root/example/{each}" for each in COPIES]),
    "copies-none": lambda: CopiesScreen(REHEARSAL, ()),
    "because": because,
    "because-short": because,
    "problem": lambda: ProblemScreen(FRAME, DAMAGED),
    "problem-again": lambda: ProblemScreen(FRAME, PROBLEM, again=True),
    "log": lambda: LogScreen(FRAME, LOG),
    "log-empty": lambda: LogScreen(FRAME, ()),
    "leave": lambda: LeaveScreen(FRAME, literal("No authority was made.")),
}

KEYS: Mapping[str, tuple[str, ...]] = {
    "code-different": ("blue 7", "blue 8"),
    "card-shown": ("",),
    "new-pin-different": ("blue 7", "blue 8"),
    "compare-wrong": ("5e7b 90d2 8c1f 3ac4 5e7b 90d2 8c1f 3ac5", "5e7b"),
    "lock-wrong": ("red 7",),
    "names-yes": ("www.test.privsec.ch",),
    "names-no": ("www.test.privsec.ch", "10.0.0.1"),
    "paper-wrong": ("test", "8c1f 3a5e 7b90 0000 8c1f 3a5e 7b90 d2c5"),
    "stick-bad": ("",),
    "stick-again": ("",),
    "paper-short": ("test", "8c1f 3a5e 7b9"),
    "because-short": ("",),
    "pin-empty": ("",),
    "note-short": ("bag A0012345", "", "go on"),
    "seals-wrong": ("A0012345@safe-2", "bag 7", ""),
    "paper-no-environment": ("staging", ""),
}
"""What is typed before the picture is taken, with Enter after each."""

END = {"adopt-end", "review-end", "crl-end", "crl-revoking-end"}
"""Screens that are read to the end before the picture is taken."""

assert FINGERPRINT_MISMATCH.severity is Severity.REFUSE
