"""A backup on a FAKE token that misbehaves: it counts only after all of it was proven."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from offline_root.errors import CeremonyError, TokenError, TokenTrouble, VolumeError
from offline_root.shares import BadShare, Splitting
from offline_root.wire import WiredFolder
from tests.fakes.token import flipped, trouble
from tests.offline_root.station.rooms import BACKED, Room, fake_room


@pytest.fixture
def backed(tmp_path: Path) -> Room:
    return fake_room(tmp_path / "home", text=BACKED)


def back_up(room: Room, volume: WiredFolder, handed: list[Splitting], *, missing: int = 0) -> None:
    with room.ceremony("backup") as station:
        drawn = station.draw_backup()
        handed.append(drawn.splitting)
        kept = station.keep_backup(drawn, drawn.splitting.shares[missing:], volume)
        assert kept.backup.shares == handed[0].kept
        room.close(station)


def test_the_log_knows_the_set_before_anybody_sees_a_share_and_the_backup_after_it_was_read_back(
    backed: Room, tmp_path: Path
) -> None:
    class Watched(WiredFolder):
        def read_back(self, folder: str) -> Mapping[str, bytes]:
            assert backed.events()[-1] == "shares-made"
            return super().read_back(folder)

    back_up(backed, Watched(tmp_path / "vault"), [])
    assert backed.events()[-3:] == ["shares-made", "key-backed-up", "ceremony-closed"]


def test_a_stick_that_lies_makes_no_backup(backed: Room, tmp_path: Path) -> None:
    class Liar(WiredFolder):
        def read_back(self, folder: str) -> Mapping[str, bytes]:
            return {**super().read_back(folder), "root-key.backup": b"else"}

    with pytest.raises(VolumeError, match="not what was written"):
        back_up(backed, Liar(tmp_path / "vault"), [])
    assert "key-backed-up" not in backed.events()


def test_the_copy_that_is_tried_cannot_leave_the_token_it_is_tried_in(backed: Room, tmp_path: Path) -> None:
    tokens, found = backed.tokens, list[dict[str, str]]()
    assert tokens

    def look(signature: bytes) -> bytes:
        found.append(dict(tokens.keys["scratch"]["root"].attributes))
        return signature

    first_of_the_opening = tokens.calls.count("prove-root") + 1
    tokens.faults = {("prove-root", first_of_the_opening + 1): look}
    back_up(backed, WiredFolder(tmp_path / "vault"), [])
    assert found == [{"CKA_EXTRACTABLE": "false"}]


def test_a_custodian_who_does_not_type_the_card_back_makes_no_backup_and_no_file(backed: Room, tmp_path: Path) -> None:
    with pytest.raises(BadShare, match="Not every custodian has typed the card back"):
        back_up(backed, WiredFolder(tmp_path / "vault"), [], missing=1)
    assert "key-backed-up" not in backed.events()
    assert not (tmp_path / "vault").exists()


@pytest.mark.parametrize("verb", ["wrap", "unwrap"])
def test_a_token_that_does_not_wrap_or_unwrap_makes_none(backed: Room, tmp_path: Path, verb: str) -> None:
    assert backed.tokens
    backed.tokens.faults = {(verb, 1): trouble(TokenTrouble.REFUSED, "no")}
    handed: list[Splitting] = []
    with pytest.raises(TokenError, match="no"):
        back_up(backed, WiredFolder(tmp_path / "vault"), handed)
    assert (handed, "key-backed-up" in backed.events()) == ([], False)


def test_a_wrong_signature_of_the_copy_makes_none(backed: Room, tmp_path: Path) -> None:
    assert backed.tokens
    backed.tokens.faults = {("prove-root", backed.tokens.calls.count("prove-root") + 2): flipped}
    handed: list[Splitting] = []
    with pytest.raises(TokenError, match="does not sign as the root key does"):
        back_up(backed, WiredFolder(tmp_path / "vault"), handed)
    assert (handed, "key-backed-up" in backed.events()) == ([], False)


def test_a_policy_with_a_backup_is_refused_where_the_module_makes_none(tmp_path: Path) -> None:
    with pytest.raises(CeremonyError, match="makes no backup of a key of kind ed25519"):
        fake_room(tmp_path / "home", text=BACKED.replace("[root]", '[root]\nkey = "ed25519"'))
