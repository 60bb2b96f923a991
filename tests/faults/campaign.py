"""One fault after another in one command: each on a fresh copy of its template, each followed by what one does then."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_csr

from offline_root import wire
from offline_root.keys import fingerprint
from offline_root.leftovers import SWEPT
from offline_root.request.letter import FILE, read_letter
from tests.faults.cases import Case, Verb, copied
from tests.faults.forks import Ended, Forks
from tests.faults.points import Point, injected, recorded
from tests.faults.promises import everything_holds
from tests.offline_root.station.rooms import Room


@dataclass
class Campaign:
    """A command, its template, and every system call that it makes in HOME and on the stick."""

    verb: Verb
    forks: Forks
    base: Path
    template: Room
    points: list[Point]

    @classmethod
    def of(cls, verb: Verb, forks: Forks, base: Path) -> "Campaign":
        """Prepare a command in `base`, and let it run once to see what it does."""
        base.mkdir()
        template = verb.prepare(base / "template", forks)
        case = copied(template, base / "case")
        ended, points = recorded(forks, verb.argv(case), case.base)
        assert ended.code == 0, ended
        return cls(verb, forks, base, template, points)

    def faults(self) -> Iterator[tuple[Point, str]]:
        """Yield every call, with everything that can go wrong at it."""
        for point in self.points:
            for mode in point.modes:
                yield point, mode

    def survives(self, point: Point, mode: str) -> None:
        """Let one thing go wrong; everything holds, then and after one has gone on."""
        case = copied(self.template, self.base / "case")
        ended = injected(self.forks, self.verb.argv(case), case.base, point, mode)
        ends_in_words(ended, killed="killed" in mode)
        holds(case, ended)
        goes_on(self.verb, case, self.forks)


def holds(case: Case, ended: Ended) -> None:
    """Demand that everything holds after a command, and that it has done what it says."""
    whole = everything_holds(case.room.home.path, case.stick)
    if ended.code == 0:
        _is_done(case, ended, whole)


def goes_on(verb: Verb, case: Case, forks: Forks) -> None:
    """Go on after the fault; everything holds, and a scratch token that was left is gone and told."""
    left = forks.left()
    verb.go_on(case, forks)
    assert forks.left() == []
    assert everything_holds(case.room.home.path, case.stick) or not case.stick.exists()
    if not case.room.place.path.exists():
        return  # that of a request at the online CA
    swept = [each.facts["count"] for each in wire.read_log(case.room.place.audit).entries if each.event == SWEPT]
    assert swept == ([len(left)] if left else [])
    found = wire.verify_log(case.room.place.audit, wire.read_anchor_of(case.room.place))
    assert found.ok
    assert found.unsigned == 0


def ends_in_words(ended: Ended, *, killed: bool = False) -> None:
    """Demand words and an exit code of ours from a command that was not killed."""
    assert "Traceback" not in ended.err, ended
    if killed:
        return
    assert ended.code in {0, 1}, ended
    if ended.code == 1 and "error" in ended.facts:
        error = ended.facts["error"]
        assert error["what"]
        assert error["meaning"]
        assert error["next"]
        assert "fault of this program" not in error["what"], ended


def _is_done(case: Case, ended: Ended, whole: list[Path]) -> None:
    """Demand that a command which says it is done has done it, or has said what is missing."""
    response = ended.facts.get("response")
    if response and "deliver again with `offline-root export`" not in " ".join(ended.err.split()):
        assert whole == [Path(response)], ended
    if folder := ended.facts.get("folder"):
        _is_prepared(Path(folder), ended.facts["request"])
    if case.room.place.path.exists():
        case.room.head = ended.facts["closing"]


def _is_prepared(folder: Path, request: dict[str, str]) -> None:
    """Demand a request and the letter that goes with it."""
    letter = read_letter((folder / FILE).read_bytes())
    pem = (folder / f"{request['environment']}.csr").read_bytes()
    der = load_pem_x509_csr(pem).public_bytes(Encoding.DER)
    assert letter
    assert letter.csr_sha256 == request["csr_sha256"] == fingerprint(der)
