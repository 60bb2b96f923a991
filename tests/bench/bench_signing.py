"""A thousand certificates in one ceremony: what each takes besides the token, and what other programs take."""

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.figures import Figure, Run, run
from tests.offline_root.station.commands import sign_arguments, stopped
from tests.offline_root.station.rooms import POLICY, Room, Slip, signed, slip, softhsm_room

KINDS = {
    "P-384": ("ec-p384", ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384")),
    "RSA-4096": ("rsa-4096", ("-newkey", "rsa:4096")),
}
"""The policy's word for a kind of root, and how openssl makes a key of it."""
COUNT, FEW, TIMES = 1000, 50, 9
_TICK = os.sysconf("SC_CLK_TCK")


def measure() -> Iterator[Figure]:
    """Measure both kinds of root; processor time, so that what else the machine does hardly counts."""
    for name, (kind, new) in KINDS.items():
        text = POLICY.replace("[ceremony]", f'key = "{kind}"\n[ceremony]')
        with TemporaryDirectory() as folder:
            base = Path(folder)
            yield from _kind(name, new, base, softhsm_room(base / "home", text=text))


def _kind(name: str, new: Sequence[str], base: Path, room: Room) -> Iterator[Figure]:
    begun = _to_first_signature(room.copy(base / "copy" / "home"), base)
    yield Figure(f"start to the first signature, {name}", begun * 1000, "ms")
    spent = _ceremony(room, [slip(name=f"PrivSec Intermediate CA (test) G{number}") for number in range(COUNT)])
    ours, first, last = (sum(each) / len(each) for each in (spent, spent[:FEW], spent[-FEW:]))
    yield Figure(f"one of {COUNT} certificates, all but the token and the flushes, {name}", ours * 1000, "ms")
    yield Figure(f"the last {FEW} of them against the first {FEW}, {name}", last / first, "x")
    for peer, seconds in _peers(new, base):
        yield Figure(f"`{peer}`, a process for one certificate, {name}", seconds * 1000, "ms")
        yield Figure(f"one of {COUNT} certificates, in runs of `{peer}`, {name}", ours / seconds, "x")


def _ceremony(room: Room, asked: list[Slip]) -> list[float]:
    """Read, review, approve and sign each; return the processor time of this process, which the token's is not."""
    spent = []
    with room.ceremony() as station:
        for each in asked:
            began = time.process_time()
            signed(station, each)
            spent.append(time.process_time() - began)
        room.close(station)
    return spent


def _to_first_signature(room: Room, base: Path) -> float:
    """Return the processor time of program, worker and reader until a certificate is to be signed."""
    with stopped(room, sign_arguments(room, slip(), base / "stick")) as command:
        spent = sum(map(_processor, (command.process.pid, command.worker)))
        command.kill()
    return spent


def _processor(pid: int) -> float:
    """Return the processor time of a process and of its children that have ended (proc(5), fields 14 to 17)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return sum(map(int, fields[11:15])) / _TICK


def _peers(new: Sequence[str], base: Path) -> Iterator[tuple[str, float]]:
    """Yield how long programs take that sign one request with a key in a file: no token, no log, no checks."""
    key, request, root, template = (base / name for name in ("key.pem", "peer.csr", "peer.pem", "template"))
    request.write_bytes(slip().data)
    template.write_text("ca\ncert_signing_key\nexpiration_days = 365\n")
    _done(run("openssl", "req", "-x509", *new, "-nodes", "-keyout", key, "-subj", "/CN=Peer", "-out", root))
    openssl = ("openssl", "x509", "-req", "-in", request, "-CA", root, "-CAkey", key, "-days", "365")
    files = ("--load-request", request, "--load-ca-certificate", root, "--load-ca-privkey", key, "--template", template)
    yield "openssl x509 -req", min(_done(run(*openssl)).seconds for _ in range(TIMES))
    yield "certtool", min(_done(run("certtool", "--generate-certificate", *files)).seconds for _ in range(TIMES))


def _done(done: Run) -> Run:
    assert done.code == 0
    return done
