"""kill -9 of a real `offline-root sign` at chosen system calls, by strace: what is promised holds after each of them.

At most one TBSCertificate per serial; never a signature whose TBS is not in the log; every issued certificate can be
delivered byte for byte; the same request leads to exactly one certificate.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from offline_root import wire
from offline_root.audit.chain import check
from offline_root.audit.state import decoded
from offline_root.issue import load
from offline_root.keys import fingerprint
from offline_root.model import Approval, Der
from offline_root.response.verify import verify_response
from tests.offline_root.station.calls import Call, log_line
from tests.offline_root.station.commands import run, sign_arguments
from tests.offline_root.station.rooms import Room, Slip, agreed, approve, slip

pytestmark = [pytest.mark.e2e, pytest.mark.no_cover]

KILLED = -9


def killed_at(room: Room, asked: Slip, stick: Path, name: str, number: int, *, before: bool) -> bool:
    """Sign a request and be killed at the n-th of a system call, before it is made or after; say whether one was."""
    how = "error=EIO:signal=SIGKILL" if before else "signal=SIGKILL"
    inject = f"inject={name}:{how}:when={number}"
    done = run(room, sign_arguments(room, asked, stick), before=("strace", "-qq", "-o", "/dev/null", "-e", inject))
    assert done.code in {0, KILLED}, done.said
    return done.code == KILLED


def promises_hold(room: Room) -> None:
    """Look at the log alone."""
    entries = wire.read_log(room.place.audit).entries
    begun: dict[object, bytes] = {}
    for entry in entries:
        if entry.event == "signing-started":
            tbs = decoded(str(entry.facts["tbs"]))
            assert begun.setdefault(entry.facts.get("serial") or entry.facts["crl_number"], tbs) == tbs
        if entry.event == "certificate-issued":
            certificate = load(Der(decoded(str(entry.facts["certificate"]))))
            assert certificate.tbs_certificate_bytes == begun[entry.facts["serial"]]
    issued = [entry.facts["serial"] for entry in entries if entry.event == "certificate-issued"]
    assert len(issued) == len(set(issued))


def recovers(room: Room, asked: Slip, stick: Path) -> bytes:
    """Go on after the kill: sign again what is not answered yet, deliver everything, and return the one certificate."""
    whole = check(room.log)
    assert whole.problems == ()
    with room.ceremony() as station:
        dead = station.state.intents
        approval = approve(station, asked)
        if isinstance(approval, Approval):
            issued = station.sign(approval)
            assert [each.serial for each in dead] in ([], [issued.serial])
        else:
            assert "request.already-answered" in {each.code for each in approval.findings}
        agreed(station)
        delivered = station.export(wire.WiredFolder(stick))
        room.close(station)
    assert verify_response(wire.read_folder(delivered.path), wire.read_anchor_of(room.place)).findings == ()
    (answer,) = delivered.answers
    assert answer.issued.request_sha256 == fingerprint(load_request(asked))
    return answer.issued.certificate


def load_request(asked: Slip) -> bytes:
    return x509.load_pem_x509_csr(asked.data).public_bytes(Encoding.DER)


def try_point(room: Room, stick: Path, name: str, number: int, *, before: bool) -> bool:
    """Be killed at one point and show that everything holds; say whether the run came as far as that point."""
    asked = slip()
    killed = killed_at(room, asked, stick, name, number, before=before)
    promises_hold(room)
    certificate = recovers(room, asked, stick)
    promises_hold(room)
    # Whatever the killed command had handed out already, whole or in part, is that very certificate.
    assert {path.read_bytes() for path in stick.rglob("test-ca.der") if path.stat().st_size} <= {certificate}
    return killed


Where = Callable[[list[Call]], int]
"""Finds a system call in a run that was not killed. Every run of the same ceremony makes the same calls."""


def flush_of(event: str) -> Where:
    return lambda calls: log_line(calls, event)[1]


def flush_on_the_stick(file: str) -> Where:
    return lambda calls: next(n for n, call in enumerate(calls) if call.flushes(file))


def checkpoint(number: int) -> Where:
    return lambda calls: [n for n, call in enumerate(calls) if call.name == "renameat"][number - 1]


POINTS: dict[str, tuple[Where, bool]] = {
    "the opening is not on the disk": (flush_of("ceremony-opened"), True),
    "the opening is on the disk": (flush_of("ceremony-opened"), False),
    "the attempt is on the disk": (flush_of("token-open-attempted"), False),
    "the first checkpoint is not in place": (checkpoint(1), True),
    "the first checkpoint is in place": (checkpoint(1), False),
    "the approval is on the disk": (flush_of("request-approved"), False),
    "the intent is not on the disk": (flush_of("signing-started"), True),
    "the intent is on the disk": (flush_of("signing-started"), False),
    "the certificate is not on the disk": (flush_of("certificate-issued"), True),
    "the certificate is on the disk": (flush_of("certificate-issued"), False),
    "checkpoint A is in place": (checkpoint(3), False),
    "the certificate is on the stick": (flush_on_the_stick("/test-ca.der>"), False),
    "the manifest is on the stick": (flush_on_the_stick("/SHA256SUMS>"), False),
    "the response is whole": (flush_on_the_stick("/COMPLETE>"), False),
    "the response is on record": (flush_of("response-written"), False),
    "checkpoint B is not in place": (checkpoint(4), True),
    "checkpoint B is in place": (checkpoint(4), False),
    "everything is done": (flush_on_the_stick("/closing-checkpoint>"), False),
}


def place_of(calls: list[Call], where: Where) -> tuple[str, int]:
    """Return a system call as strace counts it: its name, and which of that name it is."""
    number = where(calls)
    name = calls[number].name
    return name, sum(call.name == name for call in calls[: number + 1])


@pytest.mark.parametrize("point", POINTS)
def test_everything_promised_holds_after_a_kill_when(
    room: Room, tmp_path: Path, calls: tuple[list[Call], Path], point: str
) -> None:
    where, before = POINTS[point]
    name, number = place_of(calls[0], where)
    assert try_point(room, tmp_path / "stick", name, number, before=before)


@pytest.mark.parametrize("event", ["signing-started", "certificate-issued"])
def test_the_points_are_what_they_are_called(
    room: Room, tmp_path: Path, calls: tuple[list[Call], Path], event: str
) -> None:
    name, number = place_of(calls[0], flush_of(event))
    assert killed_at(room, slip(), tmp_path / "stick", name, number, before=False)
    assert room.events()[-1] == event


def test_a_certificate_that_was_issued_before_the_kill_is_delivered_byte_for_byte(
    room: Room, tmp_path: Path, calls: tuple[list[Call], Path]
) -> None:
    asked, stick = slip(), tmp_path / "stick"
    name, number = place_of(calls[0], flush_of("certificate-issued"))
    assert killed_at(room, asked, stick, name, number, before=False)
    issued = wire.read_state(room.place).issued[-1].certificate
    assert not stick.exists()
    assert recovers(room, asked, stick) == issued
