"""What goes wrong in a ceremony, by keys alone: it ends in words, nothing is stuck, and the log verifies afterwards."""

import errno
import os
import shutil
import signal
from pathlib import Path
from typing import NoReturn

import pytest

import hsm
from offline_root import wire
from offline_root.audit import file as log_file
from offline_root.audit.file import LogFile
from offline_root.closing import ClosingSheet
from offline_root.desk import MachineDesk
from offline_root.rehearsal import PEOPLE
from offline_root.station import Station
from tests.fakes.token import flipped, lost
from tests.tui import acts
from tests.tui.acts import GOOD
from tests.tui.desks import FakeDesk, fake_desk, softhsm_rehearsal
from tests.tui.showing import Person, held, text
from tui.screens.home import HomeScreen

pytestmark = pytest.mark.no_cover


class TestStick:
    def test_may_come_later(self, desk: FakeDesk) -> None:
        desk.stick.rmdir()

        async def script(person: Person) -> None:
            await acts.opens(person, desk)
            await acts.unlocks(person)
            for key in ("enter", "escape"):
                await person.sees("problem")
                assert "The stick cannot be read" in text(person.app)
                await person.press(key)
            await person.sees("leave")
            await person.press("escape")
            await person.sees("problem")
            desk.stick.mkdir()
            acts.lay(desk)
            await person.press("enter")
            await person.sees("requests")
            assert GOOD in text(person.app)
            await acts.leaves(person)
            await acts.quits(person)

        held(desk, script)
        assert acts.events(desk).count("request-read") == 3
        assert acts.is_whole(desk)

    def test_that_never_comes_ends_the_ceremony(self, desk: FakeDesk) -> None:
        desk.stick.rmdir()

        async def script(person: Person) -> None:
            await acts.opens(person, desk)
            await acts.unlocks(person)
            await person.sees("problem")
            await person.press("escape")
            await person.sees("leave")
            await person.press("e")
            await acts.writes_down(person)
            await person.sees("home")
            assert "The stick cannot be read" in text(person.app)
            await person.press("q")

        held(desk, script)
        assert acts.outcome(desk).startswith("ended by the people: The stick cannot be read")
        assert acts.is_whole(desk)

    def test_taken_away_before_the_delivery_is_put_back(self, desk: FakeDesk, tmp_path: Path) -> None:
        slips = acts.lay(desk)

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await acts.signs(person, GOOD, slips[GOOD])
            desk.stick.rename(tmp_path / "away")
            desk.stick.symlink_to("/proc/nowhere")
            await person.press("d")
            await person.sees("statements")
            await person.press("enter", "enter")
            await person.sees("problem")
            assert "could not be written" in text(person.app)
            desk.stick.unlink()
            (tmp_path / "away").rename(desk.stick)
            await person.press("enter")
            await acts.ends(person)

        held(desk, script)
        assert acts.outcome(desk) == "done"
        assert acts.events(desk).count("response-written") == 1
        assert acts.is_whole(desk)

    def test_taken_away_before_the_last_file_leaves_a_closing_sheet_all_the_same(
        self, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        slips = acts.lay(desk)
        close = Station.close

        def too_late(station: Station, outcome: str) -> ClosingSheet | None:
            desk.stick.rename(tmp_path / "away")
            return close(station, outcome)

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await acts.signs(person, GOOD, slips[GOOD])
            await person.press("d")
            await person.sees("statements")
            monkeypatch.setattr(Station, "close", too_late)
            await person.press("enter", "enter")
            await person.sees("delivery")
            assert "THE RESPONSE IS NOT WHOLE" in text(person.app)
            assert "Take this folder" not in text(person.app)
            await person.press("w")
            await acts.quits(person)

        held(desk, script)
        assert acts.outcome(desk) == "done"
        assert acts.is_whole(desk)

    def test_that_is_full_ends_with_what_was_signed_in_the_log(
        self, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A stick that is full in earnest is in test_terminal.py."""
        slips = acts.lay(desk)

        def full(_: object) -> NoReturn:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await acts.signs(person, GOOD, slips[GOOD])
            await person.press("d")
            await person.sees("statements")
            monkeypatch.setattr("usb_transfer.folder._flush", full)
            await person.press("enter", "enter")
            await person.sees("problem")
            assert "No space left" in " ".join(text(person.app).split())
            await person.press("escape")
            await person.sees("leave")
            await person.press("e")
            await person.sees("delivery")
            assert "NOTHING WAS HANDED OUT" in text(person.app)
            await person.press("w")
            await acts.quits(person)

        held(desk, script)
        assert "certificate-issued" in acts.events(desk)
        assert "response-written" not in acts.events(desk)
        assert acts.is_whole(desk)


class TestLog:
    def test_that_another_program_has_is_left_alone(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await person.sees("home")
            with LogFile.open(desk.room.place.audit):
                await person.press("enter")
                await person.sees("problem")
                await person.press("escape")
                await person.sees("home")
            await person.press("enter")
            await person.sees("opening")
            await person.press("escape")
            await acts.quits(person)

        before = desk.entries()
        held(desk, script)
        assert desk.entries() == before

    @pytest.mark.parametrize("step", ["opening", "pin", "paper", "review"])
    def test_that_cannot_be_written_any_more_ends_the_ceremony(
        self, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        slips = acts.lay(desk)

        def breaks(_: object, __: object) -> NoReturn:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

        def now(at: str) -> None:
            if at == step:
                monkeypatch.setattr(log_file, "write_all", breaks)

        async def script(person: Person) -> None:
            await person.sees("home")
            await person.press("enter")
            await person.sees("opening")
            now("opening")
            await person.types("Olga", "Wanda", acts.TIME, desk.room.head)
            if step != "opening":
                await person.sees("pin")
                now("pin")
                await acts.unlocks_here(person)
            if step in ("paper", "review"):
                await acts.guards(person)
                await person.sees("requests")
                now("paper")
                digits = slips[GOOD] if step == "review" else "0" * 32
                await acts.compares(person, GOOD, digits)
                if step == "paper":
                    await person.types("refuse")
                else:
                    await person.sees("review")
                    await person.reads()
                    now("review")
                    await person.press("a")
            await person.sees("problem")
            assert "Read-only file system" in text(person.app)
            monkeypatch.undo()
            await person.press("enter")
            if step == "opening":
                await person.sees("opening")
                await person.press("escape")
            await acts.quits(person)

        held(desk, script)
        assert "signing-started" not in acts.events(desk)
        assert acts.is_whole(desk)

    def test_that_is_damaged_stops_everything_but_looking(self, desk: FakeDesk) -> None:
        log = desk.room.place.audit / "log.jsonl"
        log.write_bytes(log.read_bytes().replace(b"Olga Operator", b"Olga 0perator", 1))

        async def script(person: Person) -> None:
            home = await person.sees("home")
            await person.press("enter")
            await person.settle()
            assert person.app.screen is home
            assert "CANNOT BE RELIED ON" in text(person.app)
            await person.press("l")
            await person.sees("log")
            await person.press("escape")
            await acts.quits(person)

        held(desk, script)

    def test_that_is_gone_is_told(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await person.sees("home")
            shutil.rmtree(desk.room.place.audit)
            await person.press("l")
            await person.sees("problem")
            await person.press("enter")
            await acts.quits(person)

        held(desk, script)

    def test_with_another_policy_beside_it_opens_no_ceremony(self, desk: FakeDesk) -> None:
        copy = desk.room.place.path / "policy.toml"
        copy.write_text(copy.read_text() + "\n# edited\n")

        async def script(person: Person) -> None:
            await acts.opens(person, desk)
            await person.sees("problem")
            assert "policy.toml is not the policy in force" in text(person.app)
            await person.press("enter")
            await acts.quits(person)

        before = desk.entries()
        held(desk, script)
        assert desk.entries() == before


class TestToken:
    def test_that_is_lost_while_it_signs_ends_the_ceremony(self, tmp_path: Path) -> None:
        desk = fake_desk(tmp_path)
        assert desk.room.tokens
        # It was used once, for the root's own certificate. Now its worker is gone for good.
        desk.room.tokens.faults = {("sign-root", 3): lost(), ("sign-audit", 5): lost()}
        slips = acts.lay(desk)

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await acts.compares(person, GOOD, slips[GOOD])
            await person.sees("review")
            await person.reads()
            await person.press("a")
            await person.sees("problem")
            assert "worker process ended" in text(person.app)
            await person.press("enter")
            await acts.ends_here(person)

        held(desk, script)
        assert acts.events(desk)[-3:] == ["signing-started", "signing-failed", "ceremony-closed"]
        assert acts.is_whole(desk)

    def test_that_signs_wrongly_hands_out_nothing(self, desk: FakeDesk) -> None:
        assert desk.room.tokens
        desk.room.tokens.faults = {("sign-root", 3): flipped}
        slips = acts.lay(desk)

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await acts.compares(person, GOOD, slips[GOOD])
            await person.sees("review")
            await person.reads()
            await person.press("a")
            await person.sees("problem")
            await person.press("enter")
            await acts.ends_here(person)

        held(desk, script)
        assert "certificate-issued" not in acts.events(desk)
        assert acts.is_whole(desk)

    def test_that_is_not_there_ends_the_ceremony(self, desk: FakeDesk) -> None:
        assert desk.room.tokens
        desk.room.tokens.faults = {("attach", 2): lost()}

        async def script(person: Person) -> None:
            await acts.opens(person, desk)
            await person.sees("pin")
            await acts.unlocks_here(person)
            await person.sees("problem")
            await person.press("escape")
            await acts.quits(person)

        held(desk, script)
        assert acts.events(desk) == ["ceremony-opened", "token-open-refused", "ceremony-closed"]
        assert acts.is_whole(desk)

    @pytest.mark.e2e
    def test_whose_worker_is_killed_while_it_signs_leaves_a_log_that_verifies(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rehearsal = softhsm_rehearsal(tmp_path / "rehearsal")
        desk, hints = rehearsal.desk, rehearsal.desk.hints
        sign = hsm.Token.sign

        def killed(token: hsm.Token, key: hsm.TokenKey, algorithm: str, message: bytes) -> bytes:
            if key.label == "root":
                os.kill(token._worker.pid, signal.SIGKILL)
            return sign(token, key, algorithm, message)

        async def script(person: Person) -> None:
            await person.sees("home")
            await person.press("enter")
            await person.sees("opening")
            await person.types(PEOPLE.operator, *PEOPLE.witnesses, _wall(desk), hints.head)
            await person.sees("pin")
            await person.types(hints.pin)
            await acts.guards(person)
            await person.sees("requests")
            await acts.compares(person, "test-good.csr", hints.slips["test-good.csr"][1])
            await person.sees("review")
            await person.reads()
            monkeypatch.setattr(hsm.Token, "sign", killed)
            await person.press("a")
            await person.sees("problem")
            assert "worker" in text(person.app)
            monkeypatch.undo()
            await person.press("enter")
            await person.sees("home")
            assert "present" in text(person.app)
            await person.press("q")

        held(desk, script)
        found = wire.verify_log(desk.place.audit, wire.read_anchor_of(desk.place))
        assert found.ok
        assert found.unsigned > 0
        assert wire.read_state(desk.place).intents == ()


def _wall(desk: MachineDesk) -> str:
    return desk.view().clock[:16].replace("T", " ")


class TestFaultOfTheProgram:
    """A bug ends in words and with exit code 1, and closes the ceremony. test_terminal.py looks at the terminal."""

    def test_in_the_station(self, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        slips = acts.lay(desk)

        def breaks(*_: object) -> NoReturn:
            raise ZeroDivisionError("\x1b[31mboo")

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            monkeypatch.setattr(Station, "review", breaks)
            await acts.compares(person, GOOD, slips[GOOD])
            await person.sees("problem")
            assert "The program made a mistake: ZeroDivisionError." in text(person.app)
            assert "<U+001B>[31mboo" in text(person.app)
            await person.press("enter")
            await person.pilot.pause()

        assert held(desk, script).return_code == 1
        assert acts.outcome(desk) == "failed: a fault of the program, ZeroDivisionError"
        assert acts.is_whole(desk)

    def test_at_the_desk(self, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        def breaks(*_: object) -> NoReturn:
            raise ZeroDivisionError

        monkeypatch.setattr(FakeDesk, "view", breaks)

        async def script(person: Person) -> None:
            await person.sees("problem")
            await person.press("enter")
            await person.pilot.pause()

        assert held(desk, script).return_code == 1

    def test_in_a_screen(
        self, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def breaks(*_: object) -> NoReturn:
            raise ZeroDivisionError("secret")

        async def script(person: Person) -> None:
            await person.sees("home")
            monkeypatch.setattr(HomeScreen, "body", breaks)
            await person.press("r")
            await person.app.pages.get()
            await person.pilot.pause()

        with pytest.raises(ZeroDivisionError):
            held(desk, script)
        said = capsys.readouterr().err
        assert "The program made a mistake: ZeroDivisionError." in said
        assert "Traceback" not in said

    def test_in_a_screen_of_a_ceremony(self, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        from tui.screens.paper import PaperScreen

        acts.lay(desk)

        def breaks(*_: object) -> NoReturn:
            raise ZeroDivisionError

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            monkeypatch.setattr(PaperScreen, "body", breaks)
            await person.chooses(GOOD)
            await person.app.pages.get()
            await person.pilot.pause()

        with pytest.raises(ZeroDivisionError):
            held(desk, script)
        assert acts.outcome(desk) == "failed: a fault of the program, CancelledError"
        assert acts.is_whole(desk)
