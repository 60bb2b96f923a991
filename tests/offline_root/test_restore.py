"""Putting back the longer log: when it is the right one, what is refused, and that nothing is lost on the way."""

import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from offline_root import crl, revocation, wire
from offline_root.alarm import RESTORE, SETTLE, AlarmStands, Stick
from offline_root.anchor import Anchor, write_anchor
from offline_root.audit.chain import closing_head, head_at
from offline_root.audit.entry import FIRST_PREV, Entry, Facts, encode
from offline_root.deviations import Unexplained
from offline_root.errors import AuditError, CeremonyError, PolicyError, StationError
from offline_root.model import People, Reason, serial_text
from offline_root.moments import from_utc_text, utc_text
from offline_root.restore import Copy, Known, check_copy, claimed_anchor
from tests.fakes.token import PIN
from tests.offline_root.station.rooms import (
    Room,
    agreed,
    approved,
    fake_room,
    later,
    signed,
    slip,
    whole,
)

G2 = "PrivSec Intermediate CA (test) G2"


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Return an authority whose log was put back after a ceremony that delivered; its token and a stick know better."""
    room = anchored(fake_room(tmp_path))
    before = {path: path.read_bytes() for path in room.place.audit.iterdir()}
    whole(room, tmp_path / "stick", slip())
    for path, data in before.items():
        path.write_bytes(data)
    return room


def anchored(room: Room) -> Room:
    """Lay the anchor beside the log, as `create` does."""
    state = wire.read_state(room.place)
    room.place.publish({"anchor.json": write_anchor(Anchor.of(state))})
    return room


def response(base: Path, number: int = 0) -> Path:
    """Return a response on the stick."""
    return sorted((base / "stick" / "offline-root" / "root").iterdir())[number]


def restores(room: Room, folder: Path, **changes: object) -> Facts:
    """Put the log of a response back."""
    known = wire.read_known(folder, room.place)
    stated = replace(room.opening(RESTORE), clock=wire.SystemClock().now(), **changes)  # type: ignore[arg-type]
    return wire.restore(room.place, known, stated, stated.clock)


def goes_on(room: Room, stick: Path) -> None:
    """Hold the ceremony after a restore, and one more that signs, with the stick that raised the alarm."""
    with room.ceremony(RESTORE) as station:
        room.close(station)
    with room.station() as station:
        station.open(room.opening(because="the clock of the test"), wire.sticks((stick,), "root"))
        station.unlock(PIN)
        signed(station, slip(name=G2))
        agreed(station)
        station.deliver(wire.WiredFolder(stick))
        room.close(station)


def refuses(room: Room, folder: Path, match: str, kind: type[StationError] = AuditError, **changes: object) -> None:
    """Show that a restore is refused and that no file has changed."""
    before = {path: path.read_bytes() for path in room.place.audit.iterdir()}
    with pytest.raises(kind, match=match):
        restores(room, folder, **changes)
    assert {path: path.read_bytes() for path in room.place.audit.iterdir()} == before


def test_the_longer_log_is_back_and_the_other_one_is_kept(room: Room, tmp_path: Path) -> None:
    short, note = room.log, room.checkpoint
    facts = restores(room, response(tmp_path))

    longer = (response(tmp_path) / "audit" / "log.jsonl").read_bytes()
    assert room.log.startswith(longer)
    assert room.log.count(b"\n") == longer.count(b"\n") + 1
    assert facts["lost"] == 2
    (kept,) = room.place.audit.glob("log.jsonl.set-aside-*")
    (kept_note,) = room.place.audit.glob("checkpoint.set-aside-*")
    assert (kept.read_bytes(), kept_note.read_bytes()) == (short, note)
    state = wire.read_state(room.place)
    assert [each.environment for each in state.issued] == ["", "test"]
    goes_on(room, tmp_path / "stick")


def test_an_interface_that_the_policy_does_not_name_puts_nothing_back(room: Room, tmp_path: Path) -> None:
    refuses(room, response(tmp_path), "does not allow the telegraph", PolicyError, interface="telegraph")


def test_after_an_alarm_the_openings_are_set_aside_with_the_short_log(room: Room, tmp_path: Path) -> None:
    sheet = room.head
    with room.station() as station, pytest.raises(AuditError, match="ROLLED BACK: the closing sheet"):
        station.open(room.opening())
    assert room.tokens
    kept = dict(room.tokens.kept)
    room.tokens.kept.clear()
    short = room.log
    later(room, minutes=1)
    with room.ceremony(head=own_head(room)) as station:
        station.close("nobody noticed")
    assert room.log.startswith(short)
    room.tokens.kept = kept

    room.head = sheet
    facts = restores(room, response(tmp_path))
    assert {"ceremony-opened", "token-opened", "ceremony-closed"} <= set(str(facts["set_aside"]).split("'"))
    goes_on(room, tmp_path / "stick")


@pytest.mark.parametrize("days", [-1, 367])
def test_a_clock_that_is_not_as_the_copy_has_it_is_explained_there_too(room: Room, tmp_path: Path, days: int) -> None:
    folder = response(tmp_path)
    known = wire.read_known(folder, room.place)
    moved = from_utc_text(known.state.last_time) + timedelta(days=days)
    stated = replace(room.opening(RESTORE), clock=moved)
    with pytest.raises(Unexplained, match="The machine's clock says"):
        wire.restore(room.place, known, stated, moved)
    told = wire.restore(room.place, known, replace(stated, because="two radio clocks"), moved)
    *_, put_back, corrected = wire.read_log(room.place.audit).entries
    assert (put_back.event, corrected.event, told["added"]) == ("log-restored", "clock-corrected", 2)
    assert corrected.facts == {
        "from": known.state.last_time,
        "to": utc_text(moved),
        "certificates": () if days > 0 else (serial_text(known.state.issued[-1].serial),),
        "because": "two radio clocks",
        "by": stated.people.operator,
        "witnesses": stated.people.witnesses,
    }


def own_head(room: Room) -> str:
    """Return the closing sheet that fits the log on the disk."""
    size = room.log.count(b"\n")
    root = head_at(room.log, size)
    assert root
    return closing_head(size, root)


def test_a_standing_alarm_ends_with_the_log_that_raised_it(room: Room, tmp_path: Path) -> None:
    with room.station() as station, pytest.raises(AlarmStands):
        station.open(room.opening(head=own_head(room)), wire.sticks((tmp_path / "stick",), "root"))
    restores(room, response(tmp_path))
    goes_on(room, tmp_path / "stick")


def test_the_newest_published_crl_comes_with_it(room: Room, tmp_path: Path) -> None:
    """A ceremony after that of the copy made a CRL, and its file is all that is left of it."""
    short = {path: path.read_bytes() for path in room.place.audit.iterdir()}
    elsewhere = room.copy(tmp_path / "elsewhere")
    assert elsewhere.tokens
    elsewhere.tokens.kept.clear()
    later(elsewhere, days=2)
    with elsewhere.ceremony("crl", head=own_head(elsewhere)) as station:
        station.issue_crl(crl.approve(station.review_crl()))
        newest = station.state.crl
    assert newest
    stick = Stick("stick", files={"offline-root/root/x/root-ca.crl": newest.der})
    with room.station() as station, pytest.raises(AlarmStands):
        station.open(room.opening(head=own_head(room)), (stick,))
    assert room.log.startswith(short[room.place.audit / "log.jsonl"])

    facts = restores(room, response(tmp_path))
    assert facts["added"] == 2
    state = wire.read_state(room.place)
    assert (state.crl, state.crl_number) == (newest, newest.number)
    goes_on(room, tmp_path / "stick")


@pytest.mark.parametrize("damage", ["gone", "broken", "empty", "strange", "torn"])
def test_a_log_that_cannot_be_opened_any_more_is_replaced_too(room: Room, tmp_path: Path, damage: str) -> None:
    path = room.place.audit / "log.jsonl"
    match damage:
        case "gone":
            path.unlink()
        case "broken":
            path.write_bytes(room.log.replace(b'"event"', b'"evxnt"', 3))
        case "empty":
            path.write_bytes(b"")
        case "strange":
            path.write_bytes(encode(Entry(0, "2026-11-23T11:30:00Z", FIRST_PREV, "alarm-raised", {})))
        case _:
            path.write_bytes(room.log[:-20])
    restores(room, response(tmp_path))
    goes_on(room, tmp_path / "stick")


def test_power_lost_between_checkpoint_and_log_is_mended_by_doing_it_again(room: Room, tmp_path: Path) -> None:
    (room.place.audit / "checkpoint").write_bytes((response(tmp_path) / "audit" / "checkpoint").read_bytes())
    with room.station() as station, pytest.raises(AuditError):
        station.open(room.opening())
    restores(room, response(tmp_path))
    goes_on(room, tmp_path / "stick")


def test_done_again_within_a_second_nothing_that_was_kept_is_overwritten(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr("offline_root.audit.replacing.os.rename", failing)
        with pytest.raises(AuditError, match="could not be replaced"):
            restores(room, response(tmp_path))
    short = room.log
    restores(room, response(tmp_path))
    kept = sorted(room.place.audit.glob("log.jsonl.set-aside-*"))
    assert [each.read_bytes() for each in kept] == [short, short]


def failing(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


class TestRefused:
    def test_a_copy_that_somebody_changed(self, room: Room, tmp_path: Path) -> None:
        log = response(tmp_path) / "audit" / "log.jsonl"
        log.write_bytes(log.read_bytes().replace(b"test.csr", b"best.csr"))
        refuses(room, response(tmp_path), "cannot be relied on")

    def test_a_copy_whose_last_lines_are_not_signed(self, room: Room, tmp_path: Path) -> None:
        known = wire.read_known(response(tmp_path), room.place)
        line = known.copy.log.splitlines(keepends=True)[-1]
        with pytest.raises(AuditError, match="cannot be relied on"):
            check_copy(Copy(known.copy.log + line, known.copy.checkpoint), wire.read_anchor_of(room.place))

    def test_a_copy_of_another_authority(self, room: Room, tmp_path: Path) -> None:
        other = fake_room(tmp_path / "other")
        whole(other, tmp_path / "other" / "stick", slip())
        refuses(room, response(tmp_path / "other"), "another root|another audit key|not signed by")

    def test_a_copy_that_this_version_does_not_understand(self, room: Room) -> None:
        strange = encode(Entry(0, "2026-11-23T11:30:00Z", FIRST_PREV, "dream-dreamt", {}))
        with pytest.raises(AuditError, match="cannot be relied on"):
            check_copy(Copy(strange, b""), wire.read_anchor_of(room.place))

    def test_a_folder_without_a_log(self, room: Room, tmp_path: Path) -> None:
        (response(tmp_path) / "audit" / "log.jsonl").unlink()
        refuses(room, response(tmp_path), "no log.jsonl")

    def test_a_copy_that_is_not_longer(self, room: Room, tmp_path: Path) -> None:
        restores(room, response(tmp_path))
        refuses(room, response(tmp_path), "nothing that this log does not")

    def test_a_copy_while_paper_remembers_a_longer_one(self, room: Room, tmp_path: Path) -> None:
        restores(room, response(tmp_path))
        with room.ceremony(RESTORE) as station:
            room.close(station)
        later = {path: path.read_bytes() for path in room.place.audit.iterdir()}
        whole(room, tmp_path / "second", slip("prod"))
        for path, data in later.items():
            path.write_bytes(data)
        (room.place.audit / "log.jsonl").write_bytes(b"")
        refuses(room, response(tmp_path), "not the log that is looked for: ROLLED BACK: the closing sheet")

    def test_a_copy_while_the_checkpoint_beside_a_lost_log_remembers_a_longer_one(
        self, room: Room, tmp_path: Path
    ) -> None:
        sheet = room.head
        restores(room, response(tmp_path))
        with room.ceremony(RESTORE) as station:
            room.close(station)
        (room.place.audit / "log.jsonl").write_bytes(b"")
        refuses(room, response(tmp_path), "ROLLED BACK: the checkpoint beside the log", head=sheet)

    def test_forgetting_what_the_root_key_signed_here(self, room: Room, tmp_path: Path) -> None:
        assert room.tokens
        room.tokens.kept.clear()
        with room.ceremony(head=own_head(room)) as station:
            signed(station, slip(name=G2))
            station.close("done")
        refuses(room, response(tmp_path), "signing-started. is not in the copy and must not be forgotten")

    def test_one_person_alone(self, room: Room, tmp_path: Path) -> None:
        alone = {"kind": CeremonyError, "people": People("Olga", ())}
        refuses(room, response(tmp_path), "witness", **alone)  # type: ignore[arg-type]

    def test_a_log_that_another_process_has_open(self, room: Room, tmp_path: Path) -> None:
        with room.station():
            refuses(room, response(tmp_path), "Another process")


Met = tuple[Room, Room, Known]


class TestTakenIn:
    """Two logs that both count: one goes on, and takes in what the other one issued."""

    @pytest.fixture
    def met(self, tmp_path: Path) -> Met:
        """Return an authority, a copy of it that went on elsewhere and signed, and the log of that one."""
        room = anchored(fake_room(tmp_path))
        other = room.copy(tmp_path / "elsewhere")
        whole(room, tmp_path / "mine", slip(name=G2))
        with other.ceremony() as station:
            station.sign(approved(station, slip()))
            station.issue_crl(crl.approve(station.review_crl()))
            agreed(station)
            station.deliver(wire.WiredFolder(tmp_path / "stick"))
            other.close(station)
        return room, other, wire.read_known(response(tmp_path), room.place)

    def test_its_certificates_can_be_revoked_and_its_crl_numbers_are_spent(self, met: Met, tmp_path: Path) -> None:
        room, _, known = met
        assert known.state.crl
        with room.station() as station:
            station.open(room.opening(SETTLE), (known.copy.stick,))
            (taken,) = station.take_in(known)
            assert station.take_in(known) == ()
            assert {each.reason.split(":")[0] for each in station.settle("a clone ran for a week")} == {"FORK"}
            station.unlock(PIN)
            state = station.state
            assert f"{state.issued[-1].serial:X}".zfill(len(taken)) == taken
            assert state.issued[-1].certificate == known.state.issued[-1].certificate
            assert state.crl_number == known.state.crl_number
            assert station.review_crl().draft.number > known.state.crl_number
            room.close(station)
        with room.station() as station:
            station.open(room.opening(), wire.sticks((tmp_path / "stick",), "root"))
            station.unlock(PIN)
            room.close(station)

    def test_what_the_other_revoked_is_not_lost_where_our_own_crl_has_the_higher_number(
        self, met: Met, tmp_path: Path
    ) -> None:
        room, other, _ = met
        (issued,) = (each for each in wire.read_state(other.place).issued if each.environment == "test")
        with other.ceremony("revoke") as station:
            reviewed = station.review_revocation(issued.serial, Reason.KEY_COMPROMISE)
            station.revoke(revocation.approve(reviewed, serial_text(issued.serial)))
            agreed(station)
            station.deliver(wire.WiredFolder(tmp_path / "stick"))
            other.close(station)
        later(room, hours=1)
        with room.ceremony("crl") as station:
            station.issue_crl(crl.approve(station.review_crl()))
            room.close(station)
        known = wire.read_known(response(tmp_path, 1), room.place)
        with room.station() as station:
            station.open(room.opening(SETTLE), (known.copy.stick,))
            station.take_in(known)
            (taken,) = station.state.revocations
            assert taken == known.state.revocations[0]
            assert station.state.crl
            assert known.state.crl
            assert station.state.crl.number > known.state.crl.number
            assert station.take_in(known) == ()
            station.settle("a clone ran for a week")
            assert [each.event for each in station.entries].count("revocation-imported") == 1
            station.unlock(PIN)
            assert station.review_crl().entries == (taken,)
            room.close(station)

    def test_strangers_can_check_a_response_with_what_was_taken_in(self, met: Met, tmp_path: Path) -> None:
        room, _, known = met
        with room.station() as station:
            station.open(room.opening(SETTLE), (known.copy.stick,))
            station.take_in(known)
            station.settle("a clone ran for a week")
            station.unlock(PIN)
            agreed(station)
            delivered = station.export(wire.WiredFolder(tmp_path / "out"))
            room.close(station)
        done = subprocess.run(["sh", "VERIFY.txt"], cwd=delivered.path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "ALL CHECKS PASSED, if step 1 did.")

    def test_only_in_a_ceremony_that_ends_an_alarm(self, met: Met) -> None:
        room, _, known = met
        with room.ceremony() as station:
            with pytest.raises(CeremonyError, match="opened for something else"):
                station.take_in(known)
            room.close(station)

    def test_what_the_other_revoked_stays_revoked(self, met: Met) -> None:
        room, _, known = met
        newest = known.state.crl
        assert newest
        with room.station() as station:
            station.open(room.opening(SETTLE), (known.copy.stick,))
            station.take_in(known)
            station.settle("a clone ran for a week")
            found = station.state.crl
            assert found
            assert (found.number, found.der, found.entries) == (newest.number, newest.der, newest.entries)


def test_a_copy_names_its_own_anchor_for_the_paper_to_decide(tmp_path: Path) -> None:
    room = fake_room(tmp_path)
    assert claimed_anchor(Copy(room.log, room.checkpoint)) == Anchor.of(wire.read_state(room.place))
    with pytest.raises(AuditError, match="not that of an authority"):
        claimed_anchor(Copy(b"", b""))
