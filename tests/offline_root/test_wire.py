"""wire: errors of the token and of the stick become ours, and a log is judged without being taken."""

from collections.abc import Mapping
from pathlib import Path

import pytest

import hsm
import usb_transfer
from offline_root import tokens, wire
from offline_root.anchor import Anchor
from offline_root.config import Appliance
from offline_root.errors import AuditError, PolicyError, StationError, TokenError, TokenTrouble, VolumeError
from offline_root.opening import ADOPT
from tests.fakes.token import PIN
from tests.offline_root.audit.logs import line_after
from tests.offline_root.station.rooms import PINS, POLICY, Room, agreed, fake_room, softhsm_room


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return softhsm_room(tmp_path_factory.mktemp("wire") / "home")


def test_every_kind_of_token_error_has_its_trouble() -> None:
    kinds = {kind for kind in vars(hsm).values() if isinstance(kind, type) and issubclass(kind, hsm.TokenError)}
    refused = {each.__name__ for each in kinds - {kind for kind, _ in tokens._TROUBLES}}
    assert refused == {"TokenError", "TokenRefused", "TokenAmbiguous", "TokenUsed", "PinUnfit", "NotLoggedIn"}


class TestToken:
    def troubled(self, room: Room, appliance: Appliance, directory: Path, serial: str = "") -> TokenError:
        with pytest.raises(TokenError) as error:
            tokens.WiredTokens(appliance, directory).attach("root", serial or wire.read_state(room.place).token_serial)
        assert error.value.meaning
        assert error.value.mend
        return error.value

    def test_errors_keep_what_they_say(self, room: Room, tmp_path: Path) -> None:
        missing = self.troubled(room, Appliance(module=tmp_path / "none.so"), room.place.token)
        assert (missing.trouble, str(tmp_path) in missing.what) == (TokenTrouble.MODULE, True)
        assert self.troubled(room, Appliance(), tmp_path / "none").trouble is TokenTrouble.ABSENT
        assert self.troubled(room, Appliance(), room.place.token, "0" * 16).trouble is TokenTrouble.ABSENT

    def test_calls_turn_every_error_into_ours(self, room: Room) -> None:
        token = tokens.WiredTokens(Appliance(), room.place.token).attach(
            "root", wire.read_state(room.place).token_serial
        )
        with pytest.raises(TokenError) as wrong:
            token.login("0000-0000")
        assert wrong.value.trouble is TokenTrouble.WRONG_PIN
        token.login(PIN)
        with pytest.raises(TokenError) as absent:
            token.find("none")
        assert absent.value.trouble is TokenTrouble.KEY
        with pytest.raises(TokenError) as exists:
            token.generate("ec-p256", label="root", key_id=b"\x09\x09", extractable=False)
        assert exists.value.trouble is TokenTrouble.KEY
        key = token.find("root")
        token.close()
        with pytest.raises(TokenError) as gone:
            token.sign(key, "ecdsa-sha384", b"message")
        assert gone.value.trouble is TokenTrouble.WORKER

    def test_with_an_unfit_pin_is_not_made(self, tmp_path: Path) -> None:
        with pytest.raises(TokenError) as error:
            tokens.WiredTokens(Appliance(), tmp_path / "token").initialize("root", so_pin="1", pin="1")
        assert error.value.trouble is TokenTrouble.REFUSED

    def test_that_cannot_be_seen_is_said_in_words(self, room: Room) -> None:
        state = wire.read_state(room.place)
        assert wire.token_state(room.place, Appliance(), state) == "present"
        gone = Appliance(module=Path("/none.so"))
        assert wire.token_state(room.place, gone, state) == "not available: There is no PKCS#11 module at /none.so."


class TestPolicyCopy:
    def test_is_renewed_by_an_adoption_or_else_by_the_next_opening(self, room: Room, tmp_path: Path) -> None:
        left, wider = room.copy(tmp_path / "home"), POLICY.replace('["test.privsec.ch"]', '"any"')
        with left.ceremony(ADOPT) as station:
            agreed(station)
            station.adopt(wider)
            left.close(station)
        assert left.place.policy_copy() == wider
        left.place.replace_policy(POLICY)
        with left.ceremony() as station:
            left.close(station)
        assert left.place.policy_copy() == wider

    def test_that_never_was_in_force_is_left_alone(self, room: Room, tmp_path: Path) -> None:
        edited = room.copy(tmp_path / "home")
        edited.place.replace_policy(f"{POLICY}# edited\n")
        with edited.station() as station, pytest.raises(PolicyError, match="not the policy in force"):
            station.open(edited.opening())
        assert edited.place.policy_copy() == f"{POLICY}# edited\n"


class TestStick:
    def test_errors_are_ours(self, tmp_path: Path) -> None:
        (tmp_path / "taken").mkdir()
        (tmp_path / "link").symlink_to("taken")
        for act in (
            lambda: wire.read_text_file(tmp_path / "taken"),
            lambda: wire.read_folder(tmp_path / "none"),
            lambda: wire.write_files(tmp_path / "taken", {}),
            lambda: wire.WiredFolder(tmp_path).write("taken", {}),
            lambda: wire.WiredFolder(tmp_path).add("none", "file", b""),
            lambda: wire.WiredFolder(tmp_path).read_back("none"),
            lambda: wire.requests_on(tmp_path / "none"),
        ):
            with pytest.raises(VolumeError) as error:
                act()
            assert isinstance(error.value.__cause__, usb_transfer.VolumeError)
            assert error.value.mend

    def test_gives_enough_of_a_long_request_to_see_that_it_is_too_long(self, tmp_path: Path) -> None:
        (tmp_path / "long.csr").write_bytes(bytes(wire.REQUEST_LIMIT + 10))
        assert len(wire.requests_on(tmp_path).read("long.csr")) == wire.REQUEST_LIMIT + 1
        (tmp_path / "text").write_bytes(bytes(wire.TEXT_LIMIT + 1))
        with pytest.raises(VolumeError, match="larger than"):
            wire.read_text_file(tmp_path / "text")

    def test_files_that_people_name_are_read_at_once_wherever_they_lie(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "one").mkdir()
        (tmp_path / "one" / "a.csr").write_bytes(b"A")
        (tmp_path / "b").write_bytes(b"B")
        asked = []
        heads = usb_transfer.heads

        def counted(folder: Path, count: int, *names: str) -> Mapping[str, bytes | usb_transfer.VolumeError]:
            asked.append(folder)
            return heads(folder, count, *names)

        monkeypatch.setattr(usb_transfer, "heads", counted)
        monkeypatch.chdir(tmp_path)
        files = wire.request_files(("one/a.csr", "b", "one/request.json", "./b", "none/c"))
        assert asked == [Path("one"), Path(), Path("none")]
        assert (files.read("one/a.csr"), files.read("b"), files.read("./b")) == (b"A", b"B", b"B")
        for name, said in (("one/request.json", "No such"), ("none/c", "No such"), ("c", "was not there")):
            with pytest.raises(VolumeError, match=said):
                files.read(name)

    def test_a_reader_that_is_lost_is_the_error_of_each_file_it_should_have_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "a.csr").write_bytes(b"A")
        monkeypatch.setattr(usb_transfer.reader, "_START", "import sys; sys.exit(7)")
        files = wire.request_files((f"{tmp_path}/a.csr",))
        with pytest.raises(VolumeError, match="ended with 7"):
            files.read(f"{tmp_path}/a.csr")

    def test_is_written_and_read(self, tmp_path: Path) -> None:
        wire.write_files(tmp_path / "out" / "new", {"a": b"1", "b/c": b"2"})
        assert wire.read_folder(tmp_path / "out" / "new") == {"a": b"1", "b/c": b"2"}
        (tmp_path / "out" / "new" / "x.csr").write_text("")
        assert wire.requests_on(tmp_path / "out").names == ("new/x.csr",)


class TestLog:
    def test_is_read_without_being_taken(self, room: Room) -> None:
        with room.station() as station:
            assert wire.read_state(room.place) == station.state
            assert wire.read_log(room.place.audit).check.size == station.state.size
            assert wire.verify_log(room.place.audit, wire.read_anchor_of(room.place)).ok

    def test_that_is_damaged_is_not_believed(self, tmp_path: Path) -> None:
        room = fake_room(tmp_path / "home")
        (room.place.audit / "log.jsonl").write_bytes(room.log.replace(b"Olga", b"Olaf", 1))
        with pytest.raises(AuditError, match="The audit log of root is damaged: line 2") as error:
            wire.read_state(room.place)
        assert not error.value.retry
        assert not wire.verify_log(room.place.audit, None).ok

    def test_that_is_damaged_stops_the_other_authorities_too(self, tmp_path: Path) -> None:
        room = fake_room(tmp_path / "home")
        other = softhsm_room(tmp_path / "home", name="second")
        (room.place.audit / "log.jsonl").write_bytes(room.log.replace(b"Olga", b"Olaf", 1))
        with pytest.raises(AuditError, match="of root is damaged"), other.station():
            pass

    def test_that_a_newer_version_wrote_is_judged_all_the_same(self, tmp_path: Path) -> None:
        room = fake_room(tmp_path / "home")
        anchor = Anchor.of(wire.read_state(room.place))
        (room.place.audit / "log.jsonl").write_bytes(room.log + line_after(room.log, "moon-landed", {}))
        verdict = wire.verify_log(room.place.audit, anchor)
        assert (verdict.signed, verdict.unsigned) == (11, 1)
        assert not wire.verify_log(room.place.audit, None).ok


class TestSettling:
    def test_hides_errors_of_ours_and_no_others(self) -> None:
        def fail(error: Exception) -> None:
            raise error

        wire.settle(lambda: fail(StationError("x", meaning="", mend="", retry=True)))
        with pytest.raises(ZeroDivisionError):
            wire.settle(lambda: 1 / 0)


def test_pins_do_not_show_themselves() -> None:
    assert repr(PINS) == "Pins(…)"
    assert PIN not in f"{PINS}"
