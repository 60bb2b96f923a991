"""The commands that change state, as data: what they begin with, how they are typed, and how one goes on after a fault.

How one goes on is what the operator's guide says: the same command again; and where that answers that the work is done
already, `export` delivers it.
"""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from offline_root import wire
from offline_root.model import Revocation, Serial, serial_text
from offline_root.moments import utc_text
from tests.fakes.token import PIN
from tests.faults.cases import Case, Verb, copied, room_in
from tests.faults.forks import Forks
from tests.faults.points import injected, recorded
from tests.offline_root.station.commands import arguments, sign_arguments
from tests.offline_root.station.rooms import PEOPLE, POLICY, Room, slip, softhsm_room

FIRST, SECOND = slip(), slip(name="PrivSec Intermediate CA (test) G2", file="second.csr")
"""The same keys for every case, so that every run of a command makes the same calls."""


def nothing(base: Path, _forks: Forks) -> Room:
    """Return a room without an authority."""
    return room_in(base)


def fresh(base: Path, _forks: Forks) -> Room:
    """Return a new authority."""
    return softhsm_room(base / "home")


def answered(base: Path, forks: Forks) -> Room:
    """Return an authority that has signed one request."""
    case = Case(base, fresh(base, forks))
    case.run(forks, sign(case))
    shutil.rmtree(case.stick)
    return case.room


def _put_back(base: Path, forks: Forks) -> Room:
    """Return an authority whose log was put back to before a signature, with the response that has the longer one."""
    case = Case(base, fresh(base, forks))
    shutil.copytree(case.room.place.audit, base / "before")
    case.run(forks, sign(case))
    shutil.rmtree(case.room.place.audit)
    shutil.copytree(base / "before", case.room.place.audit)
    shutil.copytree(next(case.stick.glob("offline-root/root/*")), _response(case))
    return case.room


def _response(case: Case) -> Path:
    return case.room.home.path / "Response"


def _begun(base: Path, forks: Forks) -> Room:
    """Return an authority whose last signature was begun and has no outcome: the power failed in the token."""
    case = Case(base, fresh(base, forks))
    tried = copied(case.room, base / "tried")
    _, points = recorded(forks, sign(tried), tried.base)
    line = next(each for each in points if each.name == "write" and 'log.jsonl>, "{\\"certificate' in each.arguments)
    injected(forks, sign(case), base, line, "killed before")
    assert wire.read_state(case.room.place).intents
    return case.room


def _torn(base: Path, forks: Forks) -> Room:
    """Return an authority with half a line at the end of its log."""
    room = fresh(base, forks)
    with (room.place.audit / "log.jsonl").open("ab") as file:
        file.write(b'{"event":"half')
    return room


def sign(case: Case) -> list[str]:
    """Return the arguments that sign the first request."""
    return sign_arguments(case.room, FIRST, case.stick)


def _sign_both(case: Case) -> list[str]:
    file = case.base / SECOND.file
    file.write_bytes(SECOND.data)
    return [*sign(case), str(file), "--confirm", SECOND.typed]


def export(case: Case) -> list[str]:
    """Return the arguments that deliver everything again."""
    return arguments(case.room, "export", "--out", str(case.stick))


def _create(case: Case) -> list[str]:
    policy = case.base / "policy.toml"
    policy.write_text(POLICY)
    return making(case, "create", "--policy", str(policy))


def making(case: Case, verb: str, *rest: str) -> list[str]:
    """Return the arguments of a ceremony that makes an authority where there is none yet."""
    pin = case.base / "pin"
    pin.write_text(f"{PIN}\n")
    people = ["--operator", PEOPLE.operator, *(f"--witness={each}" for each in PEOPLE.witnesses)]
    pins = ["--clock", utc_text(datetime.now(UTC)), "--so-pin-file", str(pin), "--pin-file", str(pin)]
    return ["--json", "--home", str(case.room.home.path), verb, *rest, *people, *pins]


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


def note(case: Case) -> list[str]:
    """Return the arguments of a ceremony that only takes a note."""
    said = ("--expected", "bag A001", "--happened", "bag A002", "--decided", "go on", "--sealed", "token=A003")
    return arguments(case.room, "note", *said)


def _restore(case: Case) -> list[str]:
    return arguments(case.room, "log", "restore", str(_response(case)))


def _restore_again(case: Case, forks: Forks) -> None:
    """Restore again; a log that is back already says so, and everything in it can be delivered."""
    facts = case.run(forks, _restore(case), 0, 1)
    assert "error" not in facts or "holds nothing that this log does not" in facts["error"]["what"], facts
    assert len(case.run(forks, export(case))["issued"]) == 1


def _settle(case: Case) -> list[str]:
    return arguments(case.room, "log", "settle", str(_response(case)), "--because", "a copy ran elsewhere")


def _settle_again(case: Case, forks: Forks) -> None:
    """Settle again; where it is settled already, everything that the other log issued was taken in."""
    facts = case.run(forks, _settle(case), 0, 1)
    assert "error" not in facts or "no alarm to settle" in facts["error"]["what"], facts
    state = wire.read_state(case.room.place)
    assert (state.alarms, len(state.issued)) == ((), 2)
    assert len(case.run(forks, export(case))["issued"]) == 1


def sign_again(case: Case, forks: Forks) -> None:
    """Sign the first request, if it has no answer yet, and deliver it."""
    _answer(case, forks, sign(case), 1)


def _sign_both_again(case: Case, forks: Forks) -> None:
    _answer(case, forks, _sign_both(case), 2)


def _answer(case: Case, forks: Forks, argv: list[str], count: int) -> None:
    """Sign what has no answer yet; then everything can be delivered, and each request has one answer."""
    facts = case.run(forks, argv, 0, 1)
    assert len(facts["issued"]) + len(facts["refused"]) == count, facts
    for each in facts["refused"]:
        assert "request.already-answered" in {found["code"] for found in each["findings"]}, each
    assert len(case.run(forks, export(case))["issued"]) == count
    state = wire.read_state(case.room.place)
    assert state.intents == ()
    assert len({each.request_sha256 for each in state.issued}) == len(state.issued) == 1 + count


def _export_again(case: Case, forks: Forks) -> None:
    assert len(case.run(forks, export(case))["issued"]) == 1


def _abandon_again(case: Case, forks: Forks) -> None:
    facts = case.run(forks, _abandon(case), 0, 1)
    assert "error" not in facts or facts["error"]["what"].startswith("There is no open intent"), facts
    assert len(wire.read_state(case.room.place).abandoned) == 1
    sign_again(case, forks)


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
    case.run(forks, note(case))
    assert wire.read_state(case.room.place).seals == (("token", "A003"),)


def _adopt_again(case: Case, forks: Forks) -> None:
    case.run(forks, _adopt(case))
    assert case.room.place.policy_copy() == wire.read_state(case.room.place).policy
    sign_again(case, forks)


def _create_again(case: Case, forks: Forks) -> None:
    made_again(case, forks, _create)
    sign_again(case, forks)


def made_again(case: Case, forks: Forks, make: Callable[[Case], list[str]]) -> None:
    """Make an authority, unless it is there. It has its name, so it is whole."""
    if not case.room.place.path.exists():
        case.run(forks, make(case))
        return
    # Its closing sheet may never have been shown: `log verify` has it.
    found = wire.verify_log(case.room.place.audit, wire.read_anchor_of(case.room.place))
    assert found.ok
    case.room.head = f"{found.size}:{found.root.hex()[:16]}"


VERBS: dict[str, Verb] = {
    "create": Verb(nothing, _create, _create_again),
    "sign one request": Verb(fresh, sign, sign_again),
    "sign two requests": Verb(fresh, _sign_both, _sign_both_again),
    "finish a signature": Verb(_begun, sign, sign_again),
    "sign after a torn line": Verb(_torn, sign, sign_again),
    "abandon": Verb(_begun, _abandon, _abandon_again),
    "revoke": Verb(answered, _revoke, _revoke_again),
    "crl": Verb(fresh, _crl, _crl_again),
    "note": Verb(fresh, note, _note_again),
    "export": Verb(answered, export, _export_again),
    "policy adopt": Verb(fresh, _adopt, _adopt_again),
    "log restore": Verb(_put_back, _restore, _restore_again),
    "log settle": Verb(_put_back, _settle, _settle_again),
}
