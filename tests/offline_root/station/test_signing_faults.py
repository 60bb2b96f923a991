"""What a token may do while it signs, and a stick while it is written to: nothing wrong is ever handed out."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509.oid import ExtensionOID

from offline_root import creation, wire
from offline_root import station as station_module
from offline_root.errors import AuditError, CeremonyError, PolicyError, StationError, TokenError, VolumeError
from offline_root.examination import check
from offline_root.findings import Finding
from offline_root.home import Home
from offline_root.model import Der, Issued, serial_text
from offline_root.ports import Volume
from tests.certificates import good, good_root_parts
from tests.fakes.token import Fault, flipped, lost
from tests.offline_root.station.rooms import Room, Slip, agreed, approved, fake_room, signed, slip, whole


def faulty(room: Room, faults: Mapping[tuple[str, int], Fault]) -> Room:
    assert room.tokens
    room.tokens.faults = faults
    return room


def failing(_: int) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def from_another_call(_: bytes) -> bytes:
    return bytes.fromhex("3006020101020101")


WRONG: dict[str, tuple[Fault, type[StationError], str]] = {
    "one bit wrong": (flipped, CeremonyError, "does not verify with the root's public key"),
    "cut short": (lambda signature: signature[:-1], CeremonyError, "does not verify"),
    "empty": (lambda _: b"", CeremonyError, "does not verify"),
    "over something else": (from_another_call, CeremonyError, "does not verify"),
    "of the wrong length": (lambda signature: signature + b"\0", CeremonyError, "does not verify"),
    "in another encoding": (lambda signature: b"\x30\x81" + signature[1:], CeremonyError, "does not verify"),
    "dies": (lost(), TokenError, "worker process ended"),
}


class TestRootSignature:
    @pytest.mark.parametrize("name", WRONG)
    def test_that_is_wrong_is_recorded_and_its_serial_dead(self, fake: Room, tmp_path: Path, name: str) -> None:
        fault, kind, match = WRONG[name]
        with faulty(fake, {("sign-root", 1): fault}).ceremony() as station:
            approval = approved(station, slip())
            with pytest.raises(kind, match=match) as error:
                station.sign(approval)
            assert station.state.issued[1:] == ()
            assert station.state.intents == ()
            assert station.state.abandoned == (approval.review.draft.serial,)
            assert station.entries[-1].event == "signing-failed"
            assert error.value.what in str(station.entries[-1].facts["reason"])
            again = station.review(approval.review.request, "test").findings
            (begun,) = (each.message for each in again if each.code == "request.key.abandoned")
            assert begun.startswith(f"Serial {serial_text(approval.review.draft.serial)}, begun ")
            # The ceremony may go on: the next signature has another serial, and only that one is handed out.
            issued = signed(station, slip("prod"))
            assert issued.serial != approval.review.draft.serial
            agreed(station)
            delivered = station.deliver(wire.WiredFolder(tmp_path / "stick"))
            fake.close(station)
        assert [each.issued for each in delivered.answers] == [issued]

    def test_that_is_wrong_is_not_kept_anywhere(self, fake: Room) -> None:
        made: list[bytes] = []

        def wrong(signature: bytes) -> bytes:
            made.append(flipped(signature))
            return made[0]

        with faulty(fake, {("sign-root", 1): wrong}).ceremony() as station, pytest.raises(CeremonyError):
            signed(station, slip())
        assert made[0].hex().encode() not in fake.log
        assert [each for each in fake.events() if each == "certificate-issued"] == ["certificate-issued"]

    def test_interrupted_by_the_operator_leaves_the_intent_open(self, fake: Room) -> None:
        with faulty(fake, {("sign-root", 1): KeyboardInterrupt()}).ceremony() as station:
            approval = approved(station, slip())
            with pytest.raises(KeyboardInterrupt):
                station.sign(approval)
            assert [each.serial for each in station.state.intents] == [approval.review.draft.serial]

    def test_in_a_batch_does_not_undo_the_one_before(self, fake: Room, tmp_path: Path) -> None:
        with faulty(fake, {("sign-root", 2): flipped}).ceremony() as station:
            first = signed(station, slip())
            with pytest.raises(CeremonyError):
                signed(station, slip("prod"))
            fake.close(station, "failed")
        with fake.ceremony("export") as station:
            agreed(station)
            delivered = station.export(wire.WiredFolder(tmp_path / "stick"))
        assert [each.issued for each in delivered.answers] == [first]


class TestUnsound:
    """The checks see something wrong that the signature does not show: it is held back, or not even signed."""

    def test_a_certificate_that_is_found_unsound_once_signed_is_held_back(
        self, fake: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bad = good().without(ExtensionOID.KEY_USAGE).signed()
        with fake.ceremony() as station:
            approval = approved(station, slip())
            monkeypatch.setattr(station_module, "examine", lambda _, issuer: check(bad, issuer))
            with pytest.raises(CeremonyError, match=r"is not sound: .*\(certificate\.key-usage\)") as error:
                station.sign(approval)
            assert "Nothing was handed out" in error.value.meaning
            assert station.state.issued[1:] == ()
            assert station.state.abandoned == (approval.review.draft.serial,)
            assert station.entries[-1].event == "signing-failed"
            assert "certificate.key-usage" in str(station.entries[-1].facts["reason"])

    @pytest.mark.parametrize("seen", [1, 2])
    def test_a_root_that_is_unsound_is_no_authority(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: int
    ) -> None:
        """Seen before it is signed (1), the root key signs nothing; seen after (2), nothing of it gets out."""
        bad, asked = good_root_parts().without(ExtensionOID.KEY_USAGE).signed(), iter((1, 2))

        def examined(certificate: Der, issuer: Der) -> tuple[Finding, ...]:
            return check(bad, bad) if next(asked) == seen else check(certificate, issuer)

        monkeypatch.setattr(creation, "examine", examined)
        with pytest.raises((PolicyError, CeremonyError), match=r"not be sound|is not sound") as error:
            fake_room(tmp_path / "home")
        assert isinstance(error.value, PolicyError if seen == 1 else CeremonyError)
        assert "certificate.key-usage" in error.value.what
        assert Home(tmp_path / "home").authorities() == ()
        events = [each.event for each in wire.read_log(tmp_path / "home" / ".creating-root" / "audit").entries]
        assert events[-2:] == (["key-generated"] * 2 if seen == 1 else ["signing-started", "signing-failed"])


def test_a_file_that_is_no_request_is_refused_with_the_others(fake: Room, tmp_path: Path) -> None:
    good, bad = slip(), Slip(b"no request at all", "test", "0" * 64, "notes.txt")
    delivered = whole(fake, tmp_path / "stick", bad, good)
    assert len(delivered.answers) == 1
    assert b"File:        notes.txt" in (delivered.path / "test-ca-refused.txt").read_bytes()
    assert fake.events().count("request-read") == 1


class TestAuditSignature:
    """In `sign`, `deliver` and `close` the audit key signs checkpoints and SHA256SUMS."""

    @pytest.mark.parametrize("fault", [flipped, lost()])
    @pytest.mark.parametrize("number", range(2, 6))
    def test_that_is_wrong_hands_out_nothing_that_carries_it(
        self, fake: Room, tmp_path: Path, number: int, fault: Fault
    ) -> None:
        stick = tmp_path / "stick"
        issued: list[Issued] = []

        def hold() -> None:
            with faulty(fake, {("sign-audit", number): fault}).ceremony() as station:
                try:
                    issued.append(signed(station, slip()))
                    agreed(station)
                    station.deliver(wire.WiredFolder(stick))
                finally:
                    fake.close(station)

        with pytest.raises((CeremonyError, TokenError)):
            hold()
        # 2: before the first signature. 3: checkpoint A, 4: SHA256SUMS. 5: checkpoint B.
        assert len(issued) == (number > 2)
        assert len(list(stick.rglob("COMPLETE"))) == (number > 4)
        assert list(stick.rglob("closing-checkpoint")) == []
        # What was issued is delivered later, byte for byte.
        with fake.ceremony("export") as station:
            agreed(station)
            delivered = station.export(wire.WiredFolder(stick))
            fake.close(station)
        assert [each.issued for each in delivered.answers] == issued

    def test_is_not_asked_for_once_a_write_to_the_log_has_failed(
        self, fake: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert fake.tokens
        with fake.ceremony() as station:
            agreed(station)
            with monkeypatch.context() as broken:
                broken.setattr("os.fsync", failing)
                with pytest.raises(AuditError, match="Input/output error"):
                    station.refuse("a.csr", "test", ())
            before = list(fake.tokens.calls)
            with pytest.raises(AuditError, match="not written to any more"):
                station.deliver(wire.WiredFolder(tmp_path / "stick"))
            assert fake.tokens.calls == before


class BadStick:
    """A stick that gives back something else than was written, or is full for the closing checkpoint."""

    def __init__(self, path: Path, *, changed: str = "", full: bool = False) -> None:
        self._folder = wire.WiredFolder(path)
        self._changed = changed
        self._full = full

    def write(self, folder: str, files: Mapping[str, bytes]) -> Path:
        return self._folder.write(folder, files)

    def add(self, folder: str, name: str, content: bytes) -> None:
        if self._full:
            raise VolumeError("The stick is full.", meaning="", mend="", retry=True)
        self._folder.add(folder, name, content)

    def read_back(self, folder: str) -> Mapping[str, bytes]:
        found = dict(self._folder.read_back(folder))
        if self._changed == "missing":
            del found["root-ca.der"]
        elif self._changed == "more":
            found["autorun.inf"] = b""
        elif self._changed in found:
            found[self._changed] += b"\n"
        return found


class TestDelivery:
    @pytest.mark.parametrize(
        ("changed", "named"), [("COMPLETE", "COMPLETE"), ("missing", "root-ca.der"), ("more", "autorun.inf")]
    )
    def test_that_reads_back_otherwise_is_none(self, fake: Room, tmp_path: Path, changed: str, named: str) -> None:
        bad: Volume = BadStick(tmp_path / "bad", changed=changed)
        with fake.ceremony() as station:
            issued = signed(station, slip())
            agreed(station)
            with pytest.raises(VolumeError, match=f"not what was written: {named}"):
                station.deliver(bad)
            assert station.entries[-1].event == "statement-made"
            delivered = station.deliver(wire.WiredFolder(tmp_path / "good"))
            fake.close(station)
        assert [each.issued for each in delivered.answers] == [issued]
        assert list((tmp_path / "bad").rglob("closing-checkpoint")) == []
        assert len(list((tmp_path / "good").rglob("closing-checkpoint"))) == 1

    def test_onto_a_folder_that_is_there_is_refused(self, fake: Room, tmp_path: Path) -> None:
        (tmp_path / "stick").write_text("not a folder")
        with fake.ceremony() as station:
            agreed(station)
            with pytest.raises(VolumeError, match="could not be written"):
                station.deliver(wire.WiredFolder(tmp_path / "stick"))

    def test_twice_in_one_ceremony_gives_two_whole_responses(self, fake: Room, tmp_path: Path) -> None:
        with fake.ceremony() as station:
            signed(station, slip())
            agreed(station)
            volume = wire.WiredFolder(tmp_path / "stick")
            one, two = station.deliver(volume), station.deliver(volume)
            fake.close(station)
        assert one.path != two.path
        assert (one.path / "closing-checkpoint").read_bytes() == (two.path / "closing-checkpoint").read_bytes()

    @pytest.mark.parametrize("bad", [{"full": True}, {"changed": "closing-checkpoint"}])
    def test_whose_closing_checkpoint_does_not_come_to_lie_there_still_gives_the_closing_sheet(
        self, fake: Room, tmp_path: Path, bad: dict[str, Any]
    ) -> None:
        with fake.ceremony() as station:
            agreed(station)
            delivered = station.deliver(BadStick(tmp_path / "stick", **bad))
            sheet = station.close("done")
        assert sheet
        assert sheet.unfinished == (str(delivered.path),)
        assert fake.tokens
        assert fake.tokens.closed == 1
        assert fake.events()[-1] == "ceremony-closed"

    def test_of_nothing_says_so(self, fake: Room, tmp_path: Path) -> None:
        delivered = whole(fake, tmp_path / "stick")
        assert b"No certificate was issued in this ceremony." in (delivered.path / "NEXT-STEPS.txt").read_bytes()
