"""A restore on a FAKE token: what does not belong together, and a token that misbehaves."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from offline_root import wire
from offline_root.anchor import Anchor
from offline_root.audit.entry import decode
from offline_root.audit.file import LogFile
from offline_root.audit.fold import fold
from offline_root.audit.replacing import begin_log
from offline_root.backup import Kept
from offline_root.errors import AuditError, CeremonyError, PolicyError, TokenError
from offline_root.model import CrlNumber
from offline_root.restoration import RESTORE_KEY, Restoration, check_restorable, log_of, read_published, restore
from offline_root.restore import Known, check_copy, find_copy
from offline_root.restore import restored as put_back
from offline_root.shares import Purpose, ShareSet, Splitting
from tests.fakes.token import FakeTokens, flipped, lost
from tests.offline_root.station.rooms import BACKED, PINS, Room, agreed, fake_room

Backed = tuple[Room, Kept, Splitting, Known]


@pytest.fixture(scope="module")
def backed(tmp_path_factory: pytest.TempPathFactory) -> Backed:
    """Return an authority with a backup, its shares, and the log that a response took away."""
    base = tmp_path_factory.mktemp("backed")
    room = fake_room(base / "home", text=BACKED)
    with room.ceremony("backup") as station:
        drawn = station.draw_backup()
        kept = station.keep_backup(drawn, drawn.splitting.shares, wire.WiredFolder(base / "vault"))
        agreed(station)
        delivered = station.export(wire.WiredFolder(base / "stick"))
        anchor = Anchor.of(station.state)
        room.close(station)
    return room, kept, drawn.splitting, check_copy(find_copy(wire.read_folder(delivered.path)), anchor)


def restored(backed: Backed, folder: Path, tokens: FakeTokens, *, shared: bool = False, above: int = 1) -> None:
    room, kept, splitting, known = backed
    assert known.state.crl
    newer = replace(known.state.crl, number=CrlNumber(known.state.crl.number + above))
    asked = Restoration(kept.backup, known, newer, room.opening(RESTORE_KEY, because="the disk died"))
    pins = replace(PINS, kept=ShareSet(Purpose.PIN, 2, 2, 3) if shared else None)
    begin_log(folder, log_of(asked, room.clock.now()), known.copy.checkpoint)
    with LogFile.open(folder) as log:
        restore(asked, splitting.shares[1:], pins, log=log, tokens=tokens, clock=room.clock)


def events(folder: Path) -> list[str]:
    return [each.event for each in wire.read_log(folder).entries]


def test_it_goes_on_with_a_new_audit_key(backed: Backed, tmp_path: Path) -> None:
    restored(backed, tmp_path / "audit", FakeTokens())
    expected = ["key-restored", "key-generated", "audit-key-replaced", "crl-imported", "ceremony-closed"]
    assert events(tmp_path / "audit")[-5:] == expected


def test_a_key_that_signs_wrongly_is_not_taken(backed: Backed, tmp_path: Path) -> None:
    with pytest.raises(TokenError, match="does not sign as the root key does"):
        restored(backed, tmp_path / "audit", FakeTokens(faults={("prove-root", 1): flipped}))
    assert events(tmp_path / "audit")[-1] == "token-initialized"


def test_a_backup_of_another_kind_of_token_is_not_taken(backed: Backed, tmp_path: Path) -> None:
    tokens = FakeTokens(way="AES-CCM (YubiHSM 2)")
    with pytest.raises(CeremonyError, match=r"takes no backup by AES-KWP \(RFC 5649\)\.") as caught:
        restored(backed, tmp_path / "audit", tokens)
    assert "FAKE" in caught.value.mend
    assert tokens.calls == []


def test_no_scratch_token_is_needed(backed: Backed, tmp_path: Path) -> None:
    restored(backed, tmp_path / "audit", FakeTokens(tries=False))
    assert "key-restored" in events(tmp_path / "audit")


def test_a_device_that_fails_in_the_middle_says_that_it_is_half_set_up(backed: Backed, tmp_path: Path) -> None:
    tokens = FakeTokens(faults={("generate", 1): lost()}, left=("authentication key 0042",))
    with pytest.raises(TokenError) as caught:
        restored(backed, tmp_path / "audit", tokens)
    assert "half set up" in caught.value.meaning


LOST = "9999:0123456789abcdef"
"""The closing sheet of a ceremony of which no response is left."""


def test_a_sheet_of_a_lost_ceremony_has_to_be_explained_where_no_log_is_left(backed: Backed) -> None:
    room, _, _, known = backed
    stated = room.opening(RESTORE_KEY, head=LOST)
    explained = replace(stated, because="the last stick burnt")
    for own, each in ((b"", stated), (known.copy.log.splitlines(keepends=True)[0], explained)):
        with pytest.raises(AuditError, match=r"ROLLED BACK: the closing sheet says 9999 lines.*missing\.$") as error:
            put_back(known, own, None, each, room.clock.now())
        assert ("--because" in error.value.mend) is not bool(own)
    text, facts = put_back(known, b"", None, explained, room.clock.now())
    assert facts["heads"][-1] == {"size": 9999, "root": "0123456789abcdef"}  # type: ignore[index]
    assert (9999, "0123456789abcdef") in fold(map(decode, text.splitlines(keepends=True))).explained


@pytest.mark.parametrize("above", [0, -1])
def test_a_published_crl_that_the_log_knows_already_is_not_taken_in(backed: Backed, tmp_path: Path, above: int) -> None:
    """The log would not be read any more: a CRL number in it has to rise."""
    restored(backed, tmp_path / "audit", FakeTokens(), above=above)
    assert events(tmp_path / "audit")[-2:] == ["audit-key-replaced", "ceremony-closed"]


def test_a_pin_that_is_not_as_the_policy_says_is_refused(backed: Backed, tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="PIN is not split as the policy says"):
        restored(backed, tmp_path / "audit", FakeTokens(), shared=True)


def test_backup_and_log_of_two_authorities_do_not_go_together(backed: Backed) -> None:
    _, kept, _, known = backed
    check_restorable(kept.backup, known)
    for changed in ({"public_key": b"x"}, {"root_sha256": "x"}, {"origin": "offline-root/other"}):
        with pytest.raises(CeremonyError, match="not of the same root"):
            check_restorable(replace(kept.backup, **changed), known)
    with pytest.raises(CeremonyError, match="backup of a rehearsal"):
        check_restorable(replace(kept.backup, origin="rehearsal.invalid/root"), known)


def test_a_published_crl_is_read_only_if_the_root_signed_it(backed: Backed) -> None:
    known = backed[3]
    assert known.state.crl
    assert read_published(known.state.crl.der, known).number == known.state.crl_number
    with pytest.raises(CeremonyError, match="not one that this root signed"):
        read_published(b"x", known)


def test_the_log_is_whole_on_the_disk_before_anything_is_done_because_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed = set()
    monkeypatch.setattr(os, "fsync", lambda file: flushed.add((os.fstat(file).st_ino, os.fstat(file).st_size)))
    audit = tmp_path / "audit"
    begin_log(audit, b"x\n", b"note")
    about = [path.stat() for path in (tmp_path, audit, audit / "log.jsonl", audit / "checkpoint")]
    assert flushed == {(each.st_ino, each.st_size) for each in about}


def test_nothing_is_begun_where_a_log_lies(tmp_path: Path) -> None:
    begin_log(tmp_path / "audit", b"x\n", b"note")
    with pytest.raises(AuditError, match="could not be written"):
        begin_log(tmp_path / "audit", b"x\n", b"note")
