"""The commands about the root key's life, and the one of the online side, as data like `verbs`; and all commands."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hsm import Token
from offline_root import wire
from offline_root.audit.state import RootKey
from offline_root.backup_file import NAME, Backup
from offline_root.config import Appliance
from offline_root.keys import fingerprint
from offline_root.shares import Purpose
from tests.fakes.token import PIN
from tests.faults.cases import Case, Verb, room_in
from tests.faults.forks import Forks
from tests.faults.promises import backups_keep_their_promise, token_keeps_its_promise
from tests.faults.verbs import (
    FIRST,
    SECOND,
    VERBS,
    answered,
    export,
    fresh,
    made_again,
    making,
    note,
    nothing,
    sign,
    sign_again,
)
from tests.offline_root.station.commands import arguments, sign_arguments
from tests.offline_root.station.rooms import BACKED, POLICY, SHARED, Room, softhsm_room


def _backed(base: Path, _forks: Forks) -> Room:
    return softhsm_room(base / "home", text=BACKED)


def _backup(case: Case) -> list[str]:
    return arguments(case.room, "backup", "--out", str(case.base / "vault"))


def _backup_again(case: Case, forks: Forks) -> None:
    """Make another one, whatever there is of the first; each that counts is whole, and the root key signs as before."""
    _counted(case)
    case.run(forks, _backup(case))
    assert wire.read_state(case.room.place).shared(Purpose.BACKUP) == _counted(case)[-1].shares
    sign_again(case, forks)


def _counted(case: Case) -> Sequence[Backup]:
    return backups_keep_their_promise(wire.read_log(case.room.place.audit).entries, case.base)


def _kept(base: Path, forks: Forks) -> Room:
    """Return an authority with a backup, which lies in HOME here."""
    case = Case(base, _backed(base, forks))
    case.run(forks, _backup(case))
    shutil.move(base / "vault", _vault(case))
    return case.room


def _keep_anew(case: Case) -> list[str]:
    return arguments(case.room, "shares", "change", "backup", "--out", str(case.base / "vault"))


def _keep_anew_again(case: Case, forks: Forks) -> None:
    """Change them again; each backup that counts or did is whole, and the root key signs as before."""
    _counted(case)
    facts = case.run(forks, _keep_anew(case))
    assert str(_counted(case)[-1].shares.number) == str(facts["set"])
    sign_again(case, forks)


def _shared(base: Path, forks: Forks) -> Room:
    """Return an authority whose PIN is in shares; the cards lie in HOME here."""
    case = Case(base, room_in(base))
    base.mkdir()
    policy = base / "policy.toml"
    policy.write_text(SHARED)
    case.run(forks, without_pins(making(case, "create", "--policy", str(policy))))
    _vault(case).mkdir()
    for each in forks.cards():
        shutil.copy(each, _vault(case))
    return case.room


def without_pins(argv: list[str]) -> list[str]:
    """Return the arguments without the files of PIN and SO PIN, which come last."""
    return argv[: next(place for place, each in enumerate(argv) if each in {"--pin-file", "--so-pin-file"})]


def _opened(argv: list[str], folder: Path) -> list[str]:
    """Return the arguments with two cards of three in the place of the PIN."""
    return [*without_pins(argv), *(f"--share-file={folder / f'card-{number}'}" for number in (1, 3))]


def _share_anew(case: Case) -> list[str]:
    return _opened(arguments(case.room, "shares", "change", "pin"), _vault(case))


def _share_anew_again(case: Case, forks: Forks) -> None:
    """Open with the former cards, or else with the new ones, as the guide says; the root key signs under either."""
    folder = _vault(case)
    ended = forks.call(_opened(note(case), folder))
    if ended.code:
        folder = forks.scratches.parent
        case.run(forks, _opened(note(case), folder))
    else:
        case.room.head = ended.facts["closing"]
    assert len(case.run(forks, _opened(sign(case), folder))["issued"]) == 1
    assert wire.read_state(case.room.place).offered is None


def _lost(base: Path, forks: Forks) -> Room:
    """Return a HOME without its authority, and beside it what it comes back from, after one request was signed."""
    case = Case(base, _backed(base, forks))
    backup = case.run(forks, _backup(case))["backup"]
    cards = forks.cards()
    response = case.run(forks, sign(case))["response"]
    vault = _vault(case)
    shutil.copytree(response, vault / "response")
    for each in (Path(backup) / NAME, case.room.place.path / "anchor.json", *cards):
        shutil.copy(each, vault)
    for folder in (case.room.place.path, case.stick, base / "vault"):
        shutil.rmtree(folder)
    return case.room


def _vault(case: Case) -> Path:
    return case.room.home.path / "Vault"


def _restore(case: Case) -> list[str]:
    vault = _vault(case)
    cards = [f"--share-file={vault / f'card-{number}'}" for number in (3, 1)]
    known = ("--log", str(vault / "response"), "--anchor", str(vault / "anchor.json"), "--head", case.room.head)
    return making(case, "restore", str(vault / NAME), *known, *cards)


def _restore_again(case: Case, forks: Forks) -> None:
    """Restore, unless it is done; what was issued can be delivered, and the root key signs on."""
    made_again(case, forks, _restore)
    assert [each.request_sha256 for each in wire.read_state(case.room.place).issued[1:]] != []
    signed = case.run(forks, sign_arguments(case.room, SECOND, case.stick))
    assert len(signed["issued"]) == 1
    assert len(case.run(forks, export(case))["issued"]) == 2


def _destroy(case: Case) -> list[str]:
    root = fingerprint(wire.read_state(case.room.place).root)
    return arguments(case.room, "destroy", "--confirm", root, "--confirm-name", "root", "--out", str(case.stick))


def _destroy_again(case: Case, forks: Forks) -> None:
    """Destroy, unless it is done; the log never says another thing of the key than its token."""
    token_keeps_its_promise(case.room.place, wire.read_state(case.room.place), [PIN])
    facts = case.run(forks, _destroy(case), 0, 1)
    assert "error" not in facts or facts["error"]["what"] == "The root key of this authority was destroyed.", facts
    assert wire.read_state(case.room.place).root_key is RootKey.DESTROYED
    assert _labels(case) == ["audit", "audit"]
    assert len(case.run(forks, export(case))["issued"]) == 1


@contextmanager
def _token(room: Room) -> Iterator[Token]:
    state = wire.read_state(room.place)
    with Token.attach(
        Appliance().module, room.place.token, label=state.token_label, serial=state.token_serial
    ) as token:
        token.login(PIN)
        yield token


def _labels(case: Case) -> list[str]:
    with _token(case.room) as token:
        return [each.label for each in token.keys()]  # noqa: SIM118  # a Token is no mapping


def _crowded(base: Path, forks: Forks) -> Room:
    """Return an authority in whose token lie a key and a data object that are not its own, and whose log says so."""
    case = Case(base, fresh(base, forks))
    with _token(case.room) as token:
        token.generate("ec-p256", label="elsewhere", key_id=b"\0\7", extractable=False)
        token.record("elsewhere", b"value")
    case.run(forks, note(case))
    assert len(wire.read_state(case.room.place).strangers) == 3
    return case.room


def _clean(case: Case) -> list[str]:
    found = wire.read_state(case.room.place).strangers
    return arguments(case.room, "clean", *(each.split()[0] for each in found), "--confirm", str(len(found)))


def _clean_again(case: Case, forks: Forks) -> None:
    """Remove what is left; what is ours is there, and signs."""
    while wire.read_state(case.room.place).strangers:
        facts = case.run(forks, _clean(case), 0, 1)
        assert "error" not in facts or "no stranger with the mark" in facts["error"]["what"], facts
    sign_again(case, forks)
    assert wire.read_state(case.room.place).strangers == ()
    assert sorted(_labels(case)) == ["audit", "audit", "root", "root"]


def _prepare(case: Case) -> list[str]:
    return _prepared(case, "desk")


def _prepared(case: Case, at: str) -> list[str]:
    policy, request = case.base / "policy.toml", case.base / FIRST.file
    policy.write_text(POLICY)
    request.write_bytes(FIRST.data)
    given = ("--environment", FIRST.environment, "--policy", str(policy), "--asked-by", "Otto Online")
    return ["--json", "prepare", str(request), *given, "--out", str(case.base / at)]


def _prepare_again(case: Case, forks: Forks) -> None:
    """Prepare again; where the folder is there, in another place, as it says."""
    facts = case.run(forks, _prepare(case), 0, 1)
    if "error" in facts:
        assert "name another place with --out" in facts["error"]["next"], facts
        facts = case.run(forks, _prepared(case, "another"))
    assert facts["request"]["key"] == FIRST.fingerprint


KEEPING: dict[str, Verb] = {
    "backup": Verb(_backed, _backup, _backup_again),
    "shares change backup": Verb(_kept, _keep_anew, _keep_anew_again),
    "shares change pin": Verb(_shared, _share_anew, _share_anew_again),
    "restore": Verb(_lost, _restore, _restore_again),
    "destroy": Verb(answered, _destroy, _destroy_again),
    "clean": Verb(_crowded, _clean, _clean_again),
    "prepare": Verb(nothing, _prepare, _prepare_again),
}
COMMANDS: dict[str, Verb] = {**VERBS, **KEEPING}
"""Every command that writes anything."""
