"""The commands that change state, as data: what they begin with, how they are typed, and how one goes on after a fault.

How one goes on is what the operator's guide says: the same command again; and where that answers that the work is done
already, `export` delivers it.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from offline_root import wire
from offline_root.backup_file import read_backup
from offline_root.home import Home, Place
from offline_root.model import Revocation, Serial, serial_text
from offline_root.moments import utc_text
from offline_root.shares import Purpose
from tests.fakes.token import PIN
from tests.faults.forks import Forks
from tests.faults.points import injected, recorded
from tests.offline_root.station.commands import arguments, sign_arguments
from tests.offline_root.station.rooms import BACKED, PEOPLE, POLICY, Room, slip, softhsm_room

FIRST, SECOND = slip(), slip(name="PrivSec Intermediate CA (test) G2", file="second.csr")
"""The same keys for every case, so that every run of a command makes the same calls."""


@dataclass
class Case:
    """An authority and a stick in a folder of their own, to be spoilt."""

    base: Path
    room: Room

    @property
    def stick(self) -> Path:
        """Return the stick."""
        return self.base / "stick"

    def run(self, forks: Forks, argv: Sequence[str], *codes: int) -> dict[str, Any]:
        """Run a command without any fault, keep its closing sheet, and return its facts."""
        ended = forks.call(argv)
        assert ended.code in (codes or (0,)), ended
        self.room.head = ended.facts.get("closing") or self.room.head
        return ended.facts


@dataclass(frozen=True)
class Verb:
    """A command: what it begins with, its arguments, and how one goes on when it has failed."""

    prepare: Callable[[Path, Forks], Room]
    argv: Callable[[Case], list[str]]
    go_on: Callable[[Case, Forks], None]


def copied(template: Room, base: Path) -> Case:
    """Return a copy of a template in `base`."""
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir()
    if template.home.path.exists():
        shutil.copytree(template.home.path, base / "home", symlinks=True)
    return Case(base, _room(base, template.head))


def _room(base: Path, head: str = "") -> Room:
    home = Home(base / "home")
    return Room(home, Place(home.path / "root"), head)


def _nothing(base: Path, _forks: Forks) -> Room:
    return _room(base)


def _fresh(base: Path, _forks: Forks) -> Room:
    return softhsm_room(base / "home")


def _backed(base: Path, _forks: Forks) -> Room:
    return softhsm_room(base / "home", text=BACKED)


def _answered(base: Path, forks: Forks) -> Room:
    case = Case(base, _fresh(base, forks))
    case.run(forks, _sign(case))
    shutil.rmtree(case.stick)
    return case.room


def _put_back(base: Path, forks: Forks) -> Room:
    """Return an authority whose log was put back to before a signature, with the response that has the longer one."""
    case = Case(base, _fresh(base, forks))
    shutil.copytree(case.room.place.audit, base / "before")
    case.run(forks, _sign(case))
    shutil.rmtree(case.room.place.audit)
    shutil.copytree(base / "before", case.room.place.audit)
    shutil.copytree(next(case.stick.glob("offline-root/root/*")), _response(case))
    return case.room


def _response(case: Case) -> Path:
    return case.room.home.path / "Response"


def _begun(base: Path, forks: Forks) -> Room:
    """Return an authority whose last signature was begun and has no outcome: the power failed in the token."""
    case = Case(base, _fresh(base, forks))
    tried = copied(case.room, base / "tried")
    _, points = recorded(forks, _sign(tried), tried.base)
    line = next(each for each in points if each.name == "write" and 'log.jsonl>, "{\\"certificate' in each.arguments)
    injected(forks, _sign(case), base, line, "killed before")
    assert wire.read_state(case.room.place).intents
    return case.room


def _torn(base: Path, forks: Forks) -> Room:
    """Return an authority with half a line at the end of its log."""
    room = _fresh(base, forks)
    with (room.place.audit / "log.jsonl").open("ab") as file:
        file.write(b'{"event":"half')
    return room


def _sign(case: Case) -> list[str]:
    return sign_arguments(case.room, FIRST, case.stick)


def _sign_both(case: Case) -> list[str]:
    file = case.base / SECOND.file
    file.write_bytes(SECOND.data)
    return [*_sign(case), str(file), "--confirm", SECOND.typed]


def _export(case: Case) -> list[str]:
    return arguments(case.room, "export", "--out", str(case.stick))


def _create(case: Case) -> list[str]:
    policy, pin = case.base / "policy.toml", case.base / "pin"
    policy.write_text(POLICY)
    pin.write_text(f"{PIN}\n")
    people = ["--operator", PEOPLE.operator, *(f"--witness={each}" for each in PEOPLE.witnesses)]
    files = ["--policy", str(policy), "--so-pin-file", str(pin), "--pin-file", str(pin)]
    home = str(case.room.home.path)
    return ["--json", "--home", home, "create", *people, "--clock", utc_text(datetime.now(UTC)), *files]


def _abandon(case: Case) -> list[str]:
    state = wire.read_state(case.room.place)
    serials: list[Serial] = [*(each.serial for each in state.intents), *state.abandoned]
    return arguments(case.room, "abandon", serial_text(serials[0]))


def _adopt(case: Case) -> list[str]:
    file = case.base / "new.toml"
    file.write_text(f"{POLICY}# reviewed\n")
    return arguments(case.room, "policy", "adopt", str(file))


def _revoke(case: Case) -> list[str]:
    serial = serial_text(wire.read_state(case.room.place).issued[-1].serial)
    named = (serial, "--reason", "superseded", "--confirm", serial)
    return arguments(case.room, "revoke", *named, "--out", str(case.stick))


def _crl(case: Case) -> list[str]:
    return arguments(case.room, "crl", "--out", str(case.stick))


def _note(case: Case) -> list[str]:
    said = ("--expected", "bag A001", "--happened", "bag A002", "--decided", "go on", "--sealed", "token=A003")
    return arguments(case.room, "note", *said)


def _backup(case: Case) -> list[str]:
    return arguments(case.room, "backup", "--out", str(case.base / "vault"))


def _restore(case: Case) -> list[str]:
    return arguments(case.room, "log", "restore", str(_response(case)))


def _backup_again(case: Case, forks: Forks) -> None:
    """Make another one, whatever there is of the first: it counts, and the root key signs as before."""
    file = Path(case.run(forks, _backup(case))["backup"]) / "root-key.backup"
    shares = wire.read_state(case.room.place).shared(Purpose.BACKUP)
    assert shares == read_backup(file.read_bytes()).shares
    _sign_again(case, forks)


def _restore_again(case: Case, forks: Forks) -> None:
    """Restore again; a log that is back already says so, and everything in it can be delivered."""
    facts = case.run(forks, _restore(case), 0, 1)
    assert "error" not in facts or "holds nothing that this log does not" in facts["error"]["what"], facts
    assert len(case.run(forks, _export(case))["issued"]) == 1


def _settle(case: Case) -> list[str]:
    return arguments(case.room, "log", "settle", str(_response(case)), "--because", "a copy ran elsewhere")


def _settle_again(case: Case, forks: Forks) -> None:
    """Settle again; where it is settled already, everything that the other log issued was taken in."""
    facts = case.run(forks, _settle(case), 0, 1)
    assert "error" not in facts or "no alarm to settle" in facts["error"]["what"], facts
    state = wire.read_state(case.room.place)
    assert (state.alarms, len(state.issued)) == ((), 2)
    assert len(case.run(forks, _export(case))["issued"]) == 1


def _sign_again(case: Case, forks: Forks) -> None:
    _answer(case, forks, _sign(case), 1)


def _sign_both_again(case: Case, forks: Forks) -> None:
    _answer(case, forks, _sign_both(case), 2)


def _answer(case: Case, forks: Forks, argv: list[str], count: int) -> None:
    """Sign what has no answer yet; then everything can be delivered, and each request has one answer."""
    facts = case.run(forks, argv, 0, 1)
    assert len(facts["issued"]) + len(facts["refused"]) == count, facts
    for each in facts["refused"]:
        assert "request.already-answered" in {found["code"] for found in each["findings"]}, each
    assert len(case.run(forks, _export(case))["issued"]) == count
    state = wire.read_state(case.room.place)
    assert state.intents == ()
    assert len({each.request_sha256 for each in state.issued}) == len(state.issued) == 1 + count


def _export_again(case: Case, forks: Forks) -> None:
    assert len(case.run(forks, _export(case))["issued"]) == 1


def _abandon_again(case: Case, forks: Forks) -> None:
    facts = case.run(forks, _abandon(case), 0, 1)
    assert "error" not in facts or facts["error"]["what"].startswith("There is no open intent"), facts
    assert len(wire.read_state(case.room.place).abandoned) == 1
    _sign_again(case, forks)


def _revoke_again(case: Case, forks: Forks) -> None:
    """Revoke again; what is revoked stays so, and only its CRL is made again: the one that was begun, or another."""
    facts = case.run(forks, _revoke(case), 0, 1)
    if "error" in facts:
        assert "is revoked already" in facts["error"]["what"], facts
        case.run(forks, _crl(case))
    assert [each.serial for each in _listed(case)] == [wire.read_state(case.room.place).issued[-1].serial]


def _crl_again(case: Case, forks: Forks) -> None:
    case.run(forks, _crl(case))
    assert _listed(case) == ()


def _listed(case: Case) -> tuple[Revocation, ...]:
    """Return what the newest CRL lists, whose copy is in HOME too."""
    state = wire.read_state(case.room.place)
    assert state.crl
    assert (state.intents, state.unlisted) == ((), ())
    assert (case.room.place.path / "root-ca.crl").read_bytes() == state.crl.der
    return state.crl.entries


def _note_again(case: Case, forks: Forks) -> None:
    case.run(forks, _note(case))
    assert wire.read_state(case.room.place).seals == (("token", "A003"),)


def _adopt_again(case: Case, forks: Forks) -> None:
    case.run(forks, _adopt(case))
    assert case.room.place.policy_copy() == wire.read_state(case.room.place).policy
    _sign_again(case, forks)


def _create_again(case: Case, forks: Forks) -> None:
    if case.room.place.path.exists():
        # It has its name, so it is whole. Its closing sheet may never have been shown: `log verify` has it.
        found = wire.verify_log(case.room.place.audit, wire.read_anchor_of(case.room.place))
        assert found.ok
        case.room.head = f"{found.size}:{found.root.hex()[:16]}"
    else:
        case.run(forks, _create(case))
    _sign_again(case, forks)


VERBS: dict[str, Verb] = {
    "create": Verb(_nothing, _create, _create_again),
    "sign one request": Verb(_fresh, _sign, _sign_again),
    "sign two requests": Verb(_fresh, _sign_both, _sign_both_again),
    "finish a signature": Verb(_begun, _sign, _sign_again),
    "sign after a torn line": Verb(_torn, _sign, _sign_again),
    "abandon": Verb(_begun, _abandon, _abandon_again),
    "revoke": Verb(_answered, _revoke, _revoke_again),
    "crl": Verb(_fresh, _crl, _crl_again),
    "note": Verb(_fresh, _note, _note_again),
    "export": Verb(_answered, _export, _export_again),
    "policy adopt": Verb(_fresh, _adopt, _adopt_again),
    "log restore": Verb(_put_back, _restore, _restore_again),
    "log settle": Verb(_put_back, _settle, _settle_again),
}

KEEPING = {"backup": Verb(_backed, _backup, _backup_again)}
"""Those in which custodians get cards: here they are thrown away."""
