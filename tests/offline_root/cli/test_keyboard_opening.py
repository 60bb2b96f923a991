"""What a person is asked when a ceremony opens, what mistakes cost, and how one stops."""

from pathlib import Path

import pytest

from tests.appliance import PIN, Appliance, example_policy
from tests.offline_root.cli.terminal import (
    CLOCK,
    CTRL_C,
    CTRL_D,
    HEAD,
    PIN_QUESTION,
    SLIP,
    SURE,
    now,
    open_ceremony,
    person,
    signing,
)

pytestmark = pytest.mark.e2e


class TestOpening:
    def test_asks_again_for_a_mistyped_pin_and_counts(self, appliance: Appliance, good: Path) -> None:
        with signing(appliance, good, "--confirm", appliance.fingerprint(good)) as someone:
            someone.answer(HEAD, appliance.head)
            someone.answer(CLOCK, now())
            someone.answer(PIN_QUESTION, "mistyped")
            someone.expect("That was attempt 1 of 3. Once more, please.")
            someone.answer(PIN_QUESTION, "")
            someone.expect("Nothing was typed.")
            someone.answer(PIN_QUESTION, PIN)
            done = someone.done()

        assert done.code == 0, done.err
        assert appliance.events().count("token-open-refused") == 1

    def test_ends_after_as_many_wrong_pins_as_the_policy_says(self, appliance: Appliance, good: Path) -> None:
        with signing(appliance, good) as someone:
            someone.answer(HEAD, appliance.head)
            someone.answer(CLOCK, now())
            for _ in range(3):
                someone.answer(PIN_QUESTION, "mistyped")
            done = someone.done()

        assert done.code == 1
        assert "attempt 3 of 3" in done.err
        assert appliance.events()[-1] == "ceremony-closed"
        assert appliance.log_is_whole()

    def test_asks_again_for_a_closing_sheet_that_is_none(self, appliance: Appliance, good: Path) -> None:
        with signing(appliance, good, "--confirm", appliance.fingerprint(good)) as someone:
            someone.answer(HEAD, "")
            someone.expect("The closing sheet of the last ceremony is missing. Once more, please.")
            someone.answer(HEAD, now())
            someone.expect("not typed as SIZE:HEX16. Once more, please.")
            someone.answer(HEAD, appliance.head)
            someone.answer(CLOCK, now())
            someone.answer(PIN_QUESTION, PIN)
            done = someone.done()

        assert done.code == 0, done.err

    def test_asks_again_for_a_mistyped_clock(self, appliance: Appliance, good: Path) -> None:
        with signing(appliance, good, "--confirm", appliance.fingerprint(good)) as someone:
            someone.answer(HEAD, appliance.head)
            someone.answer(CLOCK, "half past eleven")
            someone.expect("That is not a UTC date and time.")
            someone.answer(CLOCK, now())
            someone.answer(PIN_QUESTION, PIN)
            done = someone.done()

        assert done.code == 0, done.err

    def test_shows_unsigned_lines_and_asks_whether_they_are_true(self, appliance: Appliance, good: Path) -> None:
        (appliance.base / "wrong").write_text("wrong PIN")
        assert appliance.sign("test", good, pin_file=str(appliance.base / "wrong")).code == 1
        with signing(appliance, good, "--confirm", appliance.fingerprint(good)) as someone:
            someone.answer(HEAD, appliance.head)
            someone.expect("token opening refused")
            someone.answer("If they tell what really happened, type their number, 4.", "4")
            someone.answer(CLOCK, now())
            someone.answer(PIN_QUESTION, PIN)
            done = someone.done()

        assert done.code == 0, done.err
        assert "unsigned-tail-accepted" in appliance.events()

    def test_does_not_begin_where_they_are_not_accepted(self, appliance: Appliance, good: Path) -> None:
        (appliance.base / "wrong").write_text("wrong PIN")
        appliance.sign("test", good, pin_file=str(appliance.base / "wrong"))
        before = appliance.events()
        with signing(appliance, good) as someone:
            someone.answer(HEAD, appliance.head)
            someone.answer("type their number, 4.", "")
            someone.answer(CLOCK, now())
            done = someone.done()

        assert done.code == 1
        assert appliance.events() == before

    def test_of_one_person_alone_asks_for_no_second(self, tmp_path: Path) -> None:
        alone = Appliance(tmp_path, witnesses=())
        policy = example_policy().replace("witnesses = 1 ", "witnesses = 0 ").replace('"required"', '"optional"')
        assert alone.create(policy).code == 0
        out = ("--out", alone.out, "--operator", "Olga")
        with person(tmp_path, "--home", alone.home, "export", *out) as someone:
            someone.answer("Without it, press Enter.", "")
            someone.answer("Read the UTC date and time from another clock", now())
            someone.answer(PIN_QUESTION, PIN)
            done = someone.done()

        assert done.code == 0, done.err
        assert "second person" not in done.err


class TestStopping:
    @pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
    def test_at_the_pin_closes_the_ceremony(self, appliance: Appliance, good: Path, key: str) -> None:
        with signing(appliance, good, "--json") as someone:
            someone.answer(HEAD, appliance.head)
            someone.answer(CLOCK, now())
            someone.expect(PIN_QUESTION)
            someone.press(key)
            done = someone.done()

        assert (done.code, done.json["issued"], done.json["response"]) == (1, [], None)
        assert "Next:" in done.err
        assert "Traceback" not in done.err
        assert appliance.events()[-2:] == ["ceremony-opened", "ceremony-closed"]
        assert appliance.log_is_whole()

    @pytest.mark.parametrize("question", [HEAD, CLOCK])
    def test_before_the_ceremony_records_nothing(self, appliance: Appliance, good: Path, question: str) -> None:
        before = appliance.events()
        with signing(appliance, good) as someone:
            if question == CLOCK:
                someone.answer(HEAD, appliance.head)
            someone.expect(question)
            someone.press(CTRL_C)
            done = someone.done()

        assert done.code == 1
        assert "FAILED: Interrupted." in done.err
        assert appliance.events() == before

    def test_at_the_last_question_leaves_a_closing_sheet(self, appliance: Appliance, good: Path) -> None:
        with signing(appliance, good) as someone:
            open_ceremony(someone, appliance)
            someone.answer(SLIP, appliance.fingerprint(good))
            someone.expect(SURE)
            someone.press(CTRL_C)
            done = someone.done()

        assert done.code == 1
        assert "CLOSING SHEET" in done.err
        assert appliance.entries()[-1]["outcome"] == "failed: Interrupted."
        assert appliance.call("status").json["unsigned"] == 0
