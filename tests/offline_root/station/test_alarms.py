"""Rollback, fork, truncation: who finds it, alone; what an alarm stops; and how people go on."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from offline_root import crl, wire
from offline_root.alarm import RESTORE, SETTLE, AlarmStands, Stick, unlogged
from offline_root.errors import AuditError, CeremonyError, StationError, TokenError, TokenTrouble
from offline_root.keys import fingerprint
from offline_root.model import CrlNumber, Letter, People, SigningRequest
from offline_root.request.letter import letter_json
from offline_root.request.reader import read_request
from offline_root.station import Station
from tests.fakes.token import PIN, FakeTokens, trouble
from tests.offline_root.station.rooms import (
    PEOPLE,
    POLICY,
    Room,
    agreed,
    fake_room,
    later,
    refuses,
    signed,
    slip,
    whole,
)

WITHOUT_SHEET = POLICY.replace('opening_head = "required"', 'opening_head = "optional"')
ALONE = WITHOUT_SHEET.replace("witnesses = 1", "witnesses = 0")


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Return an authority whose policy does not insist on the closing sheet."""
    return fake_room(tmp_path, text=WITHOUT_SHEET)


def audit(room: Room) -> Mapping[Path, bytes]:
    """Return the log and its checkpoint as they lie on the disk."""
    return {path: path.read_bytes() for path in room.place.audit.iterdir()}


def put_back(files: Mapping[Path, bytes]) -> None:
    for path, data in files.items():
        path.write_bytes(data)


def forgets(room: Room) -> None:
    """Let the token forget its record, as one that lies on the disk that was put back."""
    assert room.tokens
    room.tokens.kept.clear()


def rolled_back(room: Room, stick: Path) -> tuple[Stick, ...]:
    """Hold a ceremony that signs and delivers, then put the log back to a valid earlier prefix; return the stick."""
    before = audit(room)
    whole(room, stick, slip())
    put_back(before)
    return wire.sticks((stick,), "root")


def alarmed_by_stick(room: Room, stick: Path) -> Room:
    """Return a room in which a stick has raised the alarm."""
    sticks = rolled_back(room, stick)
    with room.station() as station, pytest.raises(AlarmStands):
        station.open(room.opening(head=""), sticks)
    return room


class TestFoundAlone:
    def test_truncation_by_the_closing_sheet(self, room: Room, tmp_path: Path) -> None:
        rolled_back(room, tmp_path / "stick")
        forgets(room)
        refuses(room, AuditError, "ROLLED BACK: the closing sheet says", head=room.head)

    def test_truncation_by_the_tokens_own_record(self, room: Room, tmp_path: Path) -> None:
        rolled_back(room, tmp_path / "stick")
        before = len(room.events())
        with room.station() as station:
            station.open(room.opening(head=""))
            with pytest.raises(AlarmStands, match="ROLLED BACK: the token's own record says"):
                station.unlock(PIN)
            with pytest.raises(StationError):
                station.deliver(wire.WiredFolder(tmp_path / "other"))
            assert station.close("failed") is None
        assert room.tokens
        assert room.tokens.calls[-2:] == ["records", "close"]
        told = ["token-open-attempted", "token-opened", "alarm-raised", "ceremony-closed"]
        assert room.events()[before:] == ["ceremony-opened", *told]

    def test_truncation_by_a_sticks_checkpoint(self, room: Room, tmp_path: Path) -> None:
        sticks = rolled_back(room, tmp_path / "stick")
        forgets(room)
        assert room.tokens
        room.tokens.calls.clear()
        before = len(room.events())
        with room.station() as station:
            with pytest.raises(
                AlarmStands, match=r"ROLLED BACK: the checkpoint .*closing-checkpoint on the stick says"
            ):
                station.open(room.opening(head=""), sticks)
            with pytest.raises(CeremonyError):
                station.unlock(PIN)
        assert room.tokens.calls == []
        raised = ["alarm-raised", "alarm-raised"]
        assert room.events()[before:] == ["ceremony-opened", "stick-seen", *raised, "ceremony-closed"]

    def test_truncation_by_the_checkpoint_in_a_request(self, room: Room, tmp_path: Path) -> None:
        (stick,) = rolled_back(room, tmp_path / "stick")
        forgets(room)
        note = next(each for name, each in stick.files.items() if name.endswith("closing-checkpoint"))
        asked = slip()
        request = read_request("x.csr", asked.data)
        assert isinstance(request, SigningRequest)
        letter = Letter("test", fingerprint(request.der), request.fingerprint, "Ann", "today", note.decode())
        files = {"test.csr": asked.data, "request.json": letter_json(letter)}
        with room.ceremony(head="") as station:
            assert room.tokens
            signed_before = room.tokens.calls.count("sign-audit")
            with pytest.raises(AlarmStands, match=r"ROLLED BACK: the checkpoint in request.json says"):
                station.read_all(tuple(files), files.__getitem__)
            assert room.tokens.calls.count("sign-audit") == signed_before
            assert station.state.ceremony == ""
            everything_that_signs_refuses(station, tmp_path)

    def test_a_fork_by_the_tokens_own_record(self, room: Room, tmp_path: Path) -> None:
        rolled_back(room, tmp_path / "stick")
        assert room.tokens
        kept = dict(room.tokens.kept)
        forgets(room)
        for _ in range(3):
            with room.ceremony(head="") as station:
                room.close(station)
        room.tokens.kept = kept
        with room.station() as station:
            station.open(room.opening(head=""))
            with pytest.raises(AlarmStands, match="FORK: the first"):
                station.unlock(PIN)


class TestNewerCrl:
    """A CRL that the root signed and that this log never began: lines are missing, and its number is spent."""

    @pytest.fixture
    def sticks(self, room: Room, tmp_path: Path) -> tuple[Stick, ...]:
        """Return a stick with nothing but the CRL of a ceremony that the log has forgotten."""
        before = audit(room)
        later(room, hours=1)
        with room.ceremony() as station:
            station.issue_crl(crl.approve(station.review_crl()))
            agreed(station)
            station.deliver(wire.WiredFolder(tmp_path / "stick"))
            room.close(station)
        put_back(before)
        forgets(room)
        (stick,) = wire.sticks((tmp_path / "stick",), "root")
        return (Stick("stick", files={name: each for name, each in stick.files.items() if name.endswith(".crl")}),)

    def test_raises_the_alarm_and_settling_takes_it_in(self, room: Room, sticks: tuple[Stick, ...]) -> None:
        with room.station() as station, pytest.raises(AlarmStands, match=r"ROLLED BACK: the CRL .* has the number"):
            station.open(room.opening(head=""), sticks)
        with room.station() as station:
            station.open(room.opening(SETTLE, head="", accepted_tail=len(station.tail)), sticks)
            (ended,) = station.settle("the log was lost")
            number = station.state.crl_number
            found = unlogged(ended.evidence, replace(station.state, crl_number=CrlNumber(0)))
            assert found == station.state.crl
            station.unlock(PIN)
            assert station.review_crl().draft.number > number
            room.close(station)
        with room.station() as station:
            station.open(room.opening(), sticks)

    def test_an_older_or_equal_one_raises_none(self, room: Room, tmp_path: Path) -> None:
        whole(room, tmp_path / "stick", slip())
        (stick,) = wire.sticks((tmp_path / "stick",), "root")
        assert [name for name in stick.files if name.endswith(".crl")]
        with room.station() as station:
            station.open(room.opening(), (stick,))


class TestNoAlarm:
    def test_where_everything_remembers_this_log(self, room: Room, tmp_path: Path) -> None:
        whole(room, tmp_path / "stick", slip())
        sticks = wire.sticks((tmp_path / "stick",), "root")
        with room.station() as station:
            station.open(room.opening(), sticks)
            station.unlock(PIN)
            seen = next(each.facts for each in station.entries if each.event == "stick-seen")
            room.close(station)
        size = int(room.head.partition(":")[0])
        assert (seen["stick"], seen["checkpoints"], seen["foreign"]) == ("stick", 2, ())
        assert int(str(seen["newest"])) < size

    def test_from_a_token_whose_record_lags(self, room: Room) -> None:
        assert room.tokens
        with room.ceremony() as station:
            kept = dict(room.tokens.kept)
            room.close(station)
        room.tokens.kept = kept
        with room.ceremony() as station:
            room.close(station)

    def test_from_a_token_whose_record_could_lead_the_disk(self, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        assert room.tokens
        with room.station() as station:
            station.open(room.opening())
            kept, checkpoint = dict(room.tokens.kept), room.checkpoint
            with monkeypatch.context() as full:
                full.setattr("os.rename", failing)
                with pytest.raises(AuditError, match="checkpoint could not be written"):
                    station.unlock(PIN)
            assert (room.tokens.kept, room.checkpoint) == (kept, checkpoint)

    def test_from_a_token_that_keeps_no_records(self, tmp_path: Path) -> None:
        room = fake_room(tmp_path, tokens=FakeTokens(without_records=True))
        with room.ceremony() as station:
            room.close(station)
        assert room.tokens
        assert "record" not in room.tokens.calls
        assert "records" not in room.tokens.calls

    @pytest.mark.parametrize("record", [b"", b"rubbish", b"\xff\0"])
    def test_from_a_record_that_cannot_be_read(self, room: Room, record: bytes) -> None:
        assert room.tokens
        room.tokens.kept["offline-root/root"] = (record,)
        with room.ceremony() as station:
            room.close(station)

    def test_from_a_strangers_checkpoint_but_it_is_told(self, room: Room, tmp_path: Path) -> None:
        other = fake_room(tmp_path / "other", text=WITHOUT_SHEET)
        whole(other, tmp_path / "stick", slip())
        folder = next(tmp_path.glob("stick/offline-root/root/*"))
        (folder / "audit" / "checkpoint").write_bytes(b"\xff rubbish")
        with room.station() as station:
            station.open(room.opening(), wire.sticks((tmp_path / "stick",), "root"))
            station.unlock(PIN)
            seen = next(each.facts for each in station.entries if each.event == "stick-seen")
            assert station.state.alarms == ()
        names = [f"offline-root/root/{folder.name}/{name}" for name in ("closing-checkpoint", "audit/checkpoint")]
        names.append(f"offline-root/root/{folder.name}/root-ca.crl")
        assert (seen["checkpoints"], seen["newest"], list(seen["foreign"])) == (0, 0, names)  # type: ignore[arg-type]

    def test_a_token_that_fails_to_keep_the_record_ends_the_ceremony_in_words(self, room: Room) -> None:
        assert room.tokens
        failed = trouble(TokenTrouble.REFUSED, "The token refused: DeviceMemory.")
        room.tokens.faults = {("record", room.tokens.calls.count("record") + 1): failed}
        with room.station() as station:
            station.open(room.opening())
            with pytest.raises(TokenError, match="DeviceMemory"):
                station.unlock(PIN)
            assert station.close("failed") is None
        with room.ceremony() as station:
            room.close(station)


def failing(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def everything_that_signs_refuses(station: Station, base: Path) -> None:
    volume = wire.WiredFolder(base / "elsewhere")
    for verb in (
        lambda: station.deliver(volume),
        lambda: station.export(volume),
        lambda: station.unlock(PIN),
        lambda: station.adopt("text"),
        lambda: station.abandon("01", "because"),
    ):
        with pytest.raises(StationError):
            verb()
    assert not (base / "elsewhere").exists()


class TestWhileItStands:
    @pytest.fixture
    def alarmed(self, room: Room, tmp_path: Path) -> Room:
        return alarmed_by_stick(room, tmp_path / "stick")

    @pytest.mark.parametrize("kind", ["sign", "revoke", "crl", "export", "note", "abandon", "policy adopt"])
    def test_no_ceremony_opens_and_nothing_is_written(self, alarmed: Room, kind: str) -> None:
        error = refuses(alarmed, AlarmStands, "ALARM: ROLLED BACK", kind=kind, head="")
        assert not error.retry
        assert "log settle" in error.mend

    def test_log_verify_says_so(self, alarmed: Room) -> None:
        found = wire.verify_log(alarmed.place.audit, None)
        assert any("ALARM, not settled yet: ROLLED BACK" in each.reason for each in found.problems)

    def test_it_takes_two_people_to_go_on_even_where_one_is_enough_otherwise(self, tmp_path: Path) -> None:
        room = fake_room(tmp_path, text=ALONE)
        alone = {"people": People("Olga", ()), "head": ""}
        refuses(room, CeremonyError, "because an alarm is to be settled", kind=RESTORE, **alone)
        alarmed_by_stick(room, tmp_path / "stick")
        refuses(room, CeremonyError, "because an alarm is to be settled", kind=SETTLE, **alone)

    def test_the_same_evidence_raises_it_once(self, alarmed: Room, tmp_path: Path) -> None:
        with alarmed.station() as station:
            standing = station.state.alarms
            stated = alarmed.opening(SETTLE, head="", accepted_tail=len(station.tail))
            station.open(stated, wire.sticks((tmp_path / "stick",), "root"))
            assert station.state.alarms == standing

    def test_only_a_ceremony_that_was_opened_for_it_ends_it(self, tmp_path: Path) -> None:
        room = fake_room(tmp_path, text=ALONE)
        rolled_back(room, tmp_path / "stick")
        with room.station() as station:
            station.open(room.opening(head="", people=People("Olga", ())))
            with pytest.raises(AlarmStands, match="the token's own record"):
                station.unlock(PIN)
            with pytest.raises(CeremonyError, match="opened for something else"):
                station.settle("there is nobody else here")
            assert station.state.alarms

    def test_the_people_say_why_and_go_on_and_the_same_evidence_is_old_news(
        self, alarmed: Room, tmp_path: Path
    ) -> None:
        forgets(alarmed)
        with alarmed.station() as station:
            station.open(alarmed.opening(SETTLE, head="", accepted_tail=len(station.tail)))
            assert alarmed.tokens
            calls = list(alarmed.tokens.calls)
            with pytest.raises(StationError, match="ALARM"):
                station.unlock(PIN)
            assert alarmed.tokens.calls == calls
            with pytest.raises(CeremonyError, match="why"):
                station.settle(" ")
            ended = station.settle("the disk was put back on purpose")
            station.unlock(PIN)
            alarmed.close(station)
            said = next(each.facts for each in station.entries if each.event == "alarm-settled")
        assert len(ended) == 2
        assert (said["because"], said["by"], said["witnesses"]) == (
            "the disk was put back on purpose",
            PEOPLE.operator,
            PEOPLE.witnesses,
        )
        sticks = wire.sticks((tmp_path / "stick",), "root")
        with alarmed.station() as station:
            station.open(alarmed.opening(), sticks)
            station.unlock(PIN)
            signed(station, slip(name="PrivSec Intermediate CA (test) G7"))
            agreed(station)
            station.deliver(wire.WiredFolder(tmp_path / "new"))
            alarmed.close(station)

    def test_there_has_to_be_one(self, room: Room) -> None:
        refuses(room, CeremonyError, "no alarm to settle", kind=SETTLE)
        (room.place.audit / "checkpoint").unlink()
        with room.station() as station:
            station.open(room.opening(SETTLE))
            station.settle("a child ate it")
            with pytest.raises(CeremonyError, match="no alarm to settle"):
                station.settle("once more")


class TestOnlyOnPaper:
    """What no note proves is not recorded as an alarm: a digit may be mistyped. `log settle` records it."""

    def test_the_closing_sheet_can_be_settled(self, room: Room, tmp_path: Path) -> None:
        rolled_back(room, tmp_path / "stick")
        forgets(room)
        refuses(room, AuditError, "Check for a mistyped|ROLLED BACK")
        with room.station() as station:
            station.open(room.opening(SETTLE))
            assert [each.evidence.source for each in station.settle("all other copies burnt")] == ["closing sheet"]
            station.unlock(PIN)
            room.close(station)
        with room.ceremony() as station:
            room.close(station)

    @pytest.mark.parametrize("left", [None, b"rubbish"])
    def test_a_checkpoint_that_is_gone_or_broken_can_be_settled(self, room: Room, left: bytes | None) -> None:
        path = room.place.audit / "checkpoint"
        path.unlink() if left is None else path.write_bytes(left)
        with room.station() as station:
            assert not station.signed_head.ok
            station.open(room.opening(SETTLE))
            (ended,) = station.settle("a child ate it")
            assert ended.evidence.note == (left or b"").decode()
            station.unlock(PIN)
            room.close(station)
        with room.ceremony() as station:
            room.close(station)
