"""Ceremonies by keys alone, on a FAKE desk: what is recorded, and what is not when people change their minds."""

from pathlib import Path

import pytest

from offline_root.display import visible
from offline_root.model import Approval, SigningRequest
from tests.fakes.token import PIN
from tests.offline_root.station.rooms import shared_room
from tests.tui import acts
from tests.tui.acts import GOOD, PROD, TIME, WRONG
from tests.tui.desks import FakeDesk, fake_desk, named
from tests.tui.showing import Person, held, text
from tui.widgets import Entry

OPENED = ["ceremony-opened", "token-open-attempted", "token-opened"]
READ = ["request-read"] * 3
CLOSED = ["ceremony-closed"]


class TestCeremony:
    def test_signs_one_refuses_one_and_hands_over(self, desk: FakeDesk) -> None:
        slips = acts.lay(desk)

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await acts.signs(person, GOOD, slips[GOOD])
            await acts.compares(person, WRONG, slips[WRONG])
            await person.sees("review")
            await person.press("r")
            await person.sees("requests")
            assert "ISSUED" in text(person.app)
            await acts.hands_over(person)
            await acts.quits(person)

        assert held(desk, script).return_code in (None, 0)
        assert acts.events(desk) == [
            *OPENED,
            *READ,
            "request-approved",
            "signing-started",
            "certificate-issued",
            "request-refused",
            "statement-made",
            "statement-made",
            "response-written",
            *CLOSED,
        ]
        assert acts.outcome(desk) == "done"
        assert acts.is_whole(desk)
        assert len(list(desk.stick.rglob("closing-checkpoint"))) == 1

    def test_answers_each_request_once(self, desk: FakeDesk) -> None:
        slips = acts.lay(desk)

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await acts.signs(person, GOOD, slips[GOOD])
            await person.chooses(GOOD)
            await person.sees("requests")
            await acts.leaves(person)
            await acts.quits(person)

        held(desk, script)
        assert acts.events(desk).count("certificate-issued") == 1
        assert acts.outcome(desk) == "ended by the people"

    def test_refuses_at_once_what_the_paper_does_not_fit(self, desk: FakeDesk) -> None:
        slips = acts.lay(desk)

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await acts.compares(person, GOOD, slips[PROD])
            assert "[" in text(person.app)
            assert slips[GOOD][:4] not in text(person.app)
            page = person.page
            await person.press("enter", "enter")
            await person.settle()
            assert person.app.screen is page
            await person.types("refuse")
            await person.sees("requests")
            await acts.hands_over(person)
            await acts.quits(person)

        held(desk, script)
        assert "signing-started" not in acts.events(desk)
        refused = next(each for each in desk.entries() if each.event == "request-refused")
        assert "approval.fingerprint-mismatch" in str(refused.facts)

    def test_accepts_a_slip_of_the_finger_that_is_mended(self, desk: FakeDesk) -> None:
        slips = acts.lay(desk)

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await acts.compares(person, GOOD, f"0000{slips[GOOD][4:]}")
            await person.types(slips[GOOD])
            await person.sees("review")
            await person.press("escape")
            await person.sees("requests")
            await acts.leaves(person)
            await acts.quits(person)

        held(desk, script)
        assert "request-refused" not in acts.events(desk)

    def test_acknowledges_a_warning_by_its_code(self, desk: FakeDesk) -> None:
        slips = self._with_warning(desk)

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await self._as_far_as_the_warning(person, slips)
            await person.press("a")
            await person.sees("requests")
            await acts.hands_over(person)
            await acts.quits(person)

        held(desk, script)
        approved = next(each for each in desk.entries() if each.event == "request-approved")
        assert approved.facts["acknowledged"] == ("request.extension.dropped",)

    def test_signs_nothing_when_a_warning_is_not_accepted(self, desk: FakeDesk) -> None:
        slips = self._with_warning(desk)

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await self._as_far_as_the_warning(person, slips)
            await person.press("escape")
            await person.sees("requests")
            await acts.leaves(person)
            await acts.quits(person)

        held(desk, script)
        assert acts.events(desk) == [*OPENED, *READ, *CLOSED]

    @staticmethod
    def _with_warning(desk: FakeDesk) -> str:
        acts.lay(desk)
        (desk.stick / GOOD).write_bytes(named(seed=GOOD, san=True))
        return acts.fingerprint(desk, GOOD)

    @staticmethod
    async def _as_far_as_the_warning(person: Person, digits: str) -> None:
        await acts.compares(person, GOOD, digits)
        await person.sees("review")
        await person.reads()
        await person.press("a")
        await person.sees("acknowledge")

    def test_declines_what_could_be_signed(self, desk: FakeDesk) -> None:
        slips = acts.lay(desk)

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await acts.compares(person, GOOD, slips[GOOD])
            await person.sees("review")
            await person.press("r")
            await person.sees("requests")
            await acts.hands_over(person)
            await acts.quits(person)

        held(desk, script)
        refused = next(each for each in desk.entries() if each.event == "request-refused")
        assert "approval." in str(refused.facts["codes"])

    def test_refuses_a_file_that_is_no_request(self, desk: FakeDesk) -> None:
        (desk.stick / "nothing.csr").write_bytes(b"nothing")

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            for key in ("escape", "r"):
                await person.chooses("nothing.csr")
                await person.sees("paper")
                await person.types("test")
                await person.sees("review")
                await person.press(key)
                await person.sees("requests")
            await acts.hands_over(person)
            await acts.quits(person)

        held(desk, script)
        assert acts.events(desk).count("request-refused") == 1

    def test_refuses_a_link_without_following_it(self, desk: FakeDesk) -> None:
        (desk.stick / "link.csr").symlink_to("/etc/hostname")

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await person.chooses("link.csr")
            await person.sees("paper")
            await person.types("test")
            await person.sees("review")
            await person.press("r")
            await person.sees("requests")
            await acts.hands_over(person)
            await acts.quits(person)

        held(desk, script)
        assert acts.events(desk).count("request-refused") == 1

    def test_finishes_a_signature_that_was_begun(self, desk: FakeDesk) -> None:
        """The machine stopped while the token was signing: the same request again gives the same TBSCertificate."""
        slips = acts.lay(desk)
        self._stop_while_signing(desk, slips[GOOD])

        async def script(person: Person) -> None:
            await person.sees("home")
            assert "UNFINISHED" in text(person.app)
            await person.press("enter")
            await person.sees("opening")
            await person.types("Olga", "Wanda", TIME, desk.room.head, "1")
            await acts.unlocks(person)
            await person.sees("requests")
            await acts.signs(person, GOOD, slips[GOOD])
            await acts.hands_over(person)
            await person.sees("home")
            assert "UNFINISHED" not in text(person.app)
            await person.press("q")

        held(desk, script)
        begun = [each.facts["tbs"] for each in desk.entries() if each.event == "signing-started"][-2:]
        assert begun[0] == begun[1]
        assert acts.events(desk).count("certificate-issued") == 1
        assert acts.is_whole(desk)

    @staticmethod
    def _stop_while_signing(desk: FakeDesk, digits: str) -> None:
        assert desk.room.tokens
        desk.room.tokens.faults = {("sign-root", 3): KeyboardInterrupt()}
        with desk.station() as station:
            station.open(desk.room.opening(interface="tui"))
            station.unlock(PIN)
            request = station.read(GOOD, desk.requests().read(GOOD))
            assert isinstance(request, SigningRequest)
            approval = station.approve(station.review(request, "test"), digits, ())
            assert isinstance(approval, Approval)
            with pytest.raises(KeyboardInterrupt):
                station.sign(approval)
        desk.room.tokens.faults = {}

    def test_approves_only_what_was_read_to_its_end(self, desk: FakeDesk) -> None:
        slips = acts.lay(desk)

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await acts.compares(person, GOOD, slips[GOOD])
            page = await person.sees("review")
            await person.press("end", "a")
            await person.settle()
            assert person.app.screen is page
            await person.press("home", "a", "a", "a", "a", "a", "a")
            await person.sees("requests")
            await acts.leaves(person)
            await acts.quits(person)

        held(desk, script)
        assert "certificate-issued" in acts.events(desk)

    def test_does_not_approve_what_must_be_refused(self, desk: FakeDesk) -> None:
        slips = acts.lay(desk)

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await acts.compares(person, WRONG, slips[WRONG])
            page = await person.sees("review")
            await person.reads()
            await person.press("a", "enter", "y")
            await person.settle()
            assert person.app.screen is page
            await person.press("escape")
            await person.sees("requests")
            await acts.leaves(person)
            await acts.quits(person)

        held(desk, script)
        assert "request-approved" not in acts.events(desk)

    def test_hands_nothing_out_when_somebody_does_not_agree(self, desk: FakeDesk) -> None:
        slips = acts.lay(desk)

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await acts.signs(person, GOOD, slips[GOOD])
            await person.press("d")
            await person.sees("statements")
            await person.types("agree", "I do not agree")
            await person.sees("problem")
            assert "Wanda did not agree" in text(person.app)
            await person.press("enter")
            await person.sees("delivery")
            assert "NOTHING WAS HANDED OUT" in text(person.app)
            await person.press("w")
            await acts.quits(person)

        held(desk, script)
        assert "response-written" not in acts.events(desk)
        assert acts.outcome(desk) == "failed: Wanda did not agree. Nothing is handed out."
        assert acts.is_whole(desk)
        assert [path for path in desk.stick.rglob("*") if path.is_dir()] == []

    def test_without_an_answer_there_is_nothing_to_hand_over(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await person.press("d")
            await person.sees("leave")
            await person.press("escape")
            await person.sees("requests")
            await acts.leaves(person)
            await acts.quits(person)

        held(desk, script)
        assert acts.events(desk) == [*OPENED, *CLOSED]

    def test_shows_the_new_closing_sheet_as_the_paper_of_a_rehearsal(self, desk: FakeDesk) -> None:
        desk.wears(desk.room.head)
        slips = acts.lay(desk)

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await acts.signs(person, GOOD, slips[GOOD])
            await acts.hands_over(person)
            await person.sees("home")
            await person.press("enter")
            await person.sees("opening")
            assert person.app.hints.head != desk.room.head
            assert person.app.hints.head in text(person.app)
            await person.press("escape")
            await acts.quits(person)

        held(desk, script)


class TestEscape:
    def test_leaves_no_trace_before_the_ceremony_is_open(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            home = await person.sees("home")
            await person.press("escape", "escape")
            await person.settle()
            assert person.app.screen is home
            await person.press("l")
            await person.sees("log")
            await person.press("escape")
            await person.sees("home")
            await person.press("r")
            await person.sees("home")
            await person.press("enter")
            await person.sees("opening")
            await person.press("escape")
            await acts.quits(person)

        before = desk.entries()
        held(desk, script)
        assert desk.entries() == before

    def test_opens_the_token_with_shares_and_names_a_bad_one(self, tmp_path: Path) -> None:
        room, splitting = shared_room(tmp_path / "home")
        desk = FakeDesk(room, tmp_path / "stick")
        first, second, _ = (" ".join(each.words) for each in splitting.shares)

        async def script(person: Person) -> None:
            await acts.opens(person, desk)
            await person.sees("share")
            await person.press("escape")
            await person.sees("leave")
            await person.press("escape")
            for card in (first, first, second):
                await person.sees("share")
                person.app.screen.query_one(Entry).value = card
                await person.press("enter")
            await acts.guards(person)
            await person.sees("requests")
            await person.press("escape")
            await person.sees("leave")
            await person.press("e")
            await acts.ends(person)

        held(desk, script)
        entered = [each for each in desk.entries() if each.event == "shares-entered"]
        assert [each.facts["custodians"] for each in entered] == [(1, 2)]

    def test_leaves_where_the_custodians_do_not_come(self, tmp_path: Path) -> None:
        room, _ = shared_room(tmp_path / "home")
        desk = FakeDesk(room, tmp_path / "stick")

        async def script(person: Person) -> None:
            await acts.opens(person, desk)
            await person.sees("share")
            await person.press("escape")
            await person.sees("leave")
            await person.press("e")
            await acts.quits(person)

        held(desk, script)
        assert acts.outcome(desk) == "ended by the people"

    def test_asks_before_it_ends_the_ceremony(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await acts.opens(person, desk)
            await person.sees("pin")
            await person.press("1", "escape")
            await person.sees("leave")
            await person.press("escape")
            await person.sees("pin")
            entry = person.app.screen.query_one(Entry)
            assert entry.value == ""
            await person.press("escape")
            await person.sees("leave")
            await person.press("e")
            await acts.quits(person)

        held(desk, script)
        assert acts.events(desk) == ["ceremony-opened", *CLOSED]
        assert acts.outcome(desk) == "ended by the people"
        assert acts.is_whole(desk)

    def test_goes_one_step_back_and_records_nothing(self, desk: FakeDesk) -> None:
        slips = acts.lay(desk)

        async def script(person: Person) -> None:
            await acts.begins(person, desk)
            await person.press("escape")
            await person.sees("leave")
            await person.press("escape")
            await person.sees("requests")
            await person.chooses(GOOD)
            await person.sees("paper")
            await person.press("escape")
            await person.sees("requests")
            await acts.signs(person, GOOD, slips[GOOD])
            await person.press("d")
            await person.sees("statements")
            await person.press("escape")
            await person.sees("requests")
            await person.press("d")
            await person.sees("statements")
            await person.press("enter", "enter")
            sheet = await person.sees("delivery")
            await person.press("escape", "enter")
            await person.settle()
            assert person.app.screen is sheet
            await person.press("w")
            await acts.quits(person)

        held(desk, script)
        assert acts.events(desk).count("statement-made") == 2
        assert acts.outcome(desk) == "done"


class TestOpening:
    def test_keeps_what_was_typed_and_says_what_is_wrong(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await acts.opens(person, desk, "Olga", "Olga")
            await person.sees("opening")
            assert "named twice" in text(person.app)
            assert [each.value for each in person.app.screen.query(Entry)] == ["Olga", "Olga", TIME, desk.room.head]
            assert person.app.focused is person.app.screen.query_one("#witness-0")
            await person.types("Wanda", "half past eleven", "")
            await person.sees("opening")
            assert "clock cannot be read" in text(person.app)
            await person.types(TIME, "")
            await person.sees("opening")
            assert "closing sheet of the last ceremony is missing" in text(person.app)
            await person.types(desk.room.head)
            await person.sees("pin")
            await person.press("escape")
            await person.sees("leave")
            await person.press("e")
            await acts.quits(person)

        held(desk, script)
        assert acts.events(desk) == ["ceremony-opened", *CLOSED]

    def test_lets_a_mistyped_closing_sheet_be_typed_again(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await person.sees("home")
            await person.press("enter")
            await person.sees("opening")
            await person.types(
                "Olga", "Wanda", TIME, f"{desk.room.head[:-1]}{'1' if desk.room.head[-1] == '0' else '0'}"
            )
            await person.sees("problem")
            assert "not those of the closing sheet" in text(person.app)
            await person.press("enter")
            await person.sees("opening")
            await person.types(desk.room.head)
            await person.sees("pin")
            await person.press("escape")
            await person.sees("leave")
            await person.press("e")
            await acts.quits(person)

        held(desk, script)
        assert acts.events(desk) == ["ceremony-opened", *CLOSED]

    def test_takes_the_number_of_unsigned_lines(self, desk: FakeDesk) -> None:
        async def script(person: Person) -> None:
            await acts.opens(person, desk)
            await person.sees("pin")
            await person.press("escape")
            await person.sees("leave")
            await person.press("e")
            await person.sees("home")
            await person.press("enter")
            await person.sees("opening")
            await person.types("Olga", "Wanda", TIME, desk.room.head)
            for wrong in ("", "1", "two", "9" * 300):
                await person.types(wrong)
                await person.sees("opening")
                assert "lines of the log are not signed yet" in text(person.app)
            await person.types("2")
            await acts.unlocks(person)
            await person.sees("requests")
            await acts.leaves(person)
            await acts.quits(person)

        held(desk, script)
        assert "unsigned-tail-accepted" in acts.events(desk)
        assert acts.is_whole(desk)


class TestPin:
    def test_wrong_three_times_ends_the_ceremony_and_the_next_needs_a_witness(
        self, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        from tests.offline_root.station.rooms import POLICY

        desk = fake_desk(tmp_path_factory.mktemp("solo"), text=POLICY.replace("witnesses = 1", "witnesses = 0"))

        async def script(person: Person) -> None:
            await acts.opens(person, desk, "Olga")
            for _ in range(2):
                await person.sees("pin")
                await person.types("", "wrong")  # an Enter alone costs no attempt
            await person.sees("pin")
            assert "The PIN is wrong" in text(person.app)
            await person.types("wrong again")
            await person.sees("problem")
            assert "attempt 3 of 3" in text(person.app)
            await person.press("enter")
            await person.sees("home")
            await person.press("enter")
            await person.sees("opening")
            assert "Witness" in text(person.app)
            await person.types("Olga", "", TIME, desk.room.head, "8")
            await person.sees("opening")
            assert "witness(es) must be present" in text(person.app)
            await person.types("Wanda", TIME, desk.room.head, "8")
            await acts.unlocks(person)
            await person.sees("requests")
            await acts.leaves(person)
            await acts.quits(person)

        held(desk, script)
        assert acts.events(desk).count("token-open-refused") == 3
        assert acts.is_whole(desk)
        assert PIN not in (desk.room.place.audit / "log.jsonl").read_text()


class TestNamesThatPeopleType:
    HOSTILE = "[red]W[/red] \x1b]52;c;QQ==\x07\u202e\u200b\x9b31m\u2066"

    def test_are_recorded_as_they_are_shown(self, desk: FakeDesk) -> None:
        """What cannot be seen cannot be entered, not even pasted; what is left is plain text and nothing else."""
        seen = "[red]W[/red] ]52;c;QQ==31m"
        slips = acts.lay(desk)

        async def script(person: Person) -> None:
            await person.sees("home")
            await person.press("enter")
            await person.sees("opening")
            entries = list(person.app.screen.query(Entry))
            entries[1].value = self.HOSTILE
            assert entries[1].value == seen
            await person.types("Olga")
            await person.press("enter")
            await person.types(TIME, desk.room.head)
            await acts.unlocks(person)
            await person.sees("requests")
            await acts.signs(person, GOOD, slips[GOOD])
            await person.press("d")
            await person.sees("statements")
            assert f"Witness {seen}:" in text(person.app)
            list(person.app.screen.query(Entry))[1].value = f"<U+202E>{self.HOSTILE}"
            await person.press("enter", "enter")
            await acts.ends(person)

        held(desk, script)
        opened = next(each for each in reversed(desk.entries()) if each.event == "ceremony-opened")
        assert opened.facts["witnesses"] == (seen,)
        said = [each.facts for each in desk.entries() if each.event == "statement-made"]
        assert said[1] == {"person": seen, "statement": visible(f"<U+202E>{seen}"), "agrees": "yes"}
