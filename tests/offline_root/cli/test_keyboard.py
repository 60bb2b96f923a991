"""What a person is asked at the terminal, in which order, and what mistakes cost."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.appliance import PIN, Appliance, example_policy
from tests.offline_root.cli.terminal import CTRL_C, CTRL_D, Person, person
from tests.requests import request, written

pytestmark = pytest.mark.e2e

HEAD = "Closing sheet of the last ceremony"
CLOCK = "A second person reads the UTC date and time from another clock"
PIN_QUESTION = "PIN of the token (nothing is shown):"
SLIP = "type the first 32 hex digits of the fingerprint on the paper slip of test"
SURE = "Sign this for test? Type yes or no."


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M")


@contextmanager
def signing(appliance: Appliance, file: Path, *more: str | Path) -> Iterator[Person]:
    """Start `sign` with people, place and environment alone: the rest is asked."""
    people = ("--operator", "Olga", "--witness", "Wanda")
    common = ("sign", file, "--environment", "test", "--out", appliance.out, *people, *more)
    with person(appliance.base, "--home", appliance.home, *common) as someone:
        yield someone


def open_ceremony(someone: Person, appliance: Appliance) -> None:
    someone.answer(HEAD, appliance.head)
    someone.answer(CLOCK, now())
    someone.answer(PIN_QUESTION, PIN)


def spaced(digits: str) -> str:
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


class TestSign:
    def test_asks_for_everything_in_the_order_of_a_ceremony(self, appliance: Appliance, good: Path) -> None:
        with signing(appliance, good) as someone:
            open_ceremony(someone, appliance)
            someone.answer(SLIP, spaced(appliance.fingerprint(good)[:32]))
            someone.expect("REVIEW")
            someone.answer(SURE, "yes")
            someone.expect("CLOSING SHEET")
            done = someone.done()

        assert done.code == 0, done.err
        assert "ISSUED" in done.out
        assert PIN not in done.err
        assert appliance.log_is_whole()
        too_wide = [each for each in done.err.splitlines() if len(each) > 80 and "/" not in each]
        assert too_wide == []

    def test_shows_nothing_of_the_request_before_the_paper(self, appliance: Appliance, good: Path) -> None:
        fingerprint = appliance.fingerprint(good)
        with signing(appliance, good) as someone:
            open_ceremony(someone, appliance)
            someone.expect(SLIP)
            assert "REVIEW" not in someone.seen
            assert fingerprint[:4] not in someone.seen
            someone.type("")
            done = someone.done()

        assert done.code == 1
        assert "REVIEW" not in done.err
        assert "approval.fingerprint-mismatch" in done.out

    def test_marks_mistyped_groups_and_lets_people_type_again(self, appliance: Appliance, good: Path) -> None:
        right = appliance.fingerprint(good)[:32]
        wrong = right[:4] + ("0000" if right[4:8] != "0000" else "1111") + right[8:]
        with signing(appliance, good) as someone:
            open_ceremony(someone, appliance)
            someone.answer(SLIP, spaced(wrong))
            someone.expect(f"{right[:4]} [{wrong[4:8]}] {right[8:12]}")
            someone.answer(SLIP, right)
            someone.answer(SURE, "yes")
            done = someone.done()

        assert done.code == 0, done.err

    def test_refuses_a_slip_that_stays_wrong(self, appliance: Appliance, good: Path) -> None:
        with signing(appliance, good) as someone:
            open_ceremony(someone, appliance)
            for _ in range(3):
                someone.answer(SLIP, "0123 " * 8)
            done = someone.done()

        assert done.code == 1
        assert "approval.fingerprint-mismatch" in done.out
        assert appliance.events().count("request-refused") == 1

    def test_takes_no_for_an_answer(self, appliance: Appliance, good: Path) -> None:
        with signing(appliance, good) as someone:
            open_ceremony(someone, appliance)
            someone.answer(SLIP, appliance.fingerprint(good))
            someone.answer(SURE, "y")
            done = someone.done()

        assert done.code == 1
        assert "approval.withheld" in done.out
        assert "signing-started" not in appliance.events()[9:]
        assert (next(appliance.out.rglob("test-ca-refused.txt"))).read_text().count("approval.withheld") == 1

    def test_asks_for_each_warning_by_its_code(self, appliance: Appliance, tmp_path: Path) -> None:
        file = written(tmp_path, "prod.csr", request())
        with signing(appliance, file) as someone:
            open_ceremony(someone, appliance)
            someone.answer(SLIP, appliance.fingerprint(file))
            someone.answer(
                "WARN request.file.other-environment: to sign all the same", "request.file.other-environment"
            )
            someone.answer(SURE, "yes")
            done = someone.done()

        assert done.code == 0, done.err

    def test_refuses_where_a_warning_is_not_acknowledged(self, appliance: Appliance, tmp_path: Path) -> None:
        file = written(tmp_path, "prod.csr", request())
        with signing(appliance, file) as someone:
            open_ceremony(someone, appliance)
            someone.answer(SLIP, appliance.fingerprint(file))
            someone.answer("WARN request.file.other-environment", "")
            someone.answer(SURE, "yes")
            done = someone.done()

        assert done.code == 1
        assert "approval.not-acknowledged" in done.out

    def test_asks_nothing_that_the_command_says(self, appliance: Appliance, good: Path) -> None:
        confirm = ("--confirm", appliance.fingerprint(good))
        given = ("--clock", now(), "--head", appliance.head, "--pin-file", appliance.pin_file)
        with signing(appliance, good, *confirm, *given) as someone:
            done = someone.done()

        assert done.code == 0, done.err
        assert "> " not in done.err


class TestOpening:
    def test_asks_again_for_a_mistyped_pin_and_counts(self, appliance: Appliance, good: Path) -> None:
        with signing(appliance, good, "--confirm", appliance.fingerprint(good)) as someone:
            someone.answer(HEAD, appliance.head)
            someone.answer(CLOCK, now())
            someone.answer(PIN_QUESTION, "mistyped")
            someone.expect("Attempt 1 of 3.")
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


class TestCreate:
    def test_asks_twice_for_the_new_pin(self, tmp_path: Path) -> None:
        appliance = Appliance(tmp_path)
        policy = written(tmp_path, "policy.toml", example_policy().encode())
        people = ("--operator", "Olga", "--witness", "Wanda")
        with person(tmp_path, "--home", appliance.home, "create", "--policy", policy, *people) as someone:
            someone.answer(CLOCK, now())
            someone.answer("New PIN of the token (nothing is shown):", PIN)
            someone.answer("New PIN of the token, once more:", PIN + "x")
            someone.expect("The two entries differ.")
            someone.answer("New PIN of the token (nothing is shown):", PIN)
            someone.answer("New PIN of the token, once more:", PIN)
            someone.expect("SO PIN: write it on paper now")
            done = someone.done()

        assert done.code == 0, done.err
        assert "ANCHOR" in done.out
        assert PIN not in done.err

    def test_stopped_at_the_pin_makes_nothing(self, tmp_path: Path) -> None:
        policy = written(tmp_path, "policy.toml", example_policy().encode())
        people = ("--operator", "Olga", "--witness", "Wanda")
        with person(tmp_path, "--home", tmp_path / "home", "create", "--policy", policy, *people) as someone:
            someone.answer(CLOCK, now())
            someone.expect("New PIN of the token")
            someone.press(CTRL_C)
            done = someone.done()

        assert done.code == 1
        assert not (tmp_path / "home").exists()


class TestAdopt:
    @pytest.mark.parametrize(("answer", "code"), [("yes", 0), ("no", 1)])
    def test_shows_what_changes_and_asks(self, appliance: Appliance, tmp_path: Path, answer: str, code: int) -> None:
        policy = written(tmp_path, "new.toml", example_policy().replace('"3650d"', '"3000d"').encode())
        people = ("--operator", "Olga", "--witness", "Wanda")
        with person(tmp_path, "--home", appliance.home, "policy", "adopt", policy, *people) as someone:
            someone.expect('+validity = "3000d"')
            open_ceremony(someone, appliance)
            someone.answer("Put this policy in force? Type yes or no.", answer)
            done = someone.done()

        assert done.code == code, done.err
        assert ('"3000d"' in (appliance.place / "policy.toml").read_text()) is (code == 0)
        assert appliance.events()[-1] == "ceremony-closed"


def test_the_log_fits_a_terminal(appliance: Appliance, tmp_path: Path) -> None:
    with person(tmp_path, "--home", appliance.home, "log", "show", stdout_too=True) as someone:
        done = someone.done()

    assert done.code == 0
    assert [each for each in done.err.splitlines() if len(each) > 80] == []
