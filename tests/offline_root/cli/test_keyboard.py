"""What a person is asked when signing, creating and adopting, in which order, and what mistakes cost."""

from pathlib import Path

import pytest

from tests.appliance import PIN, Appliance, example_policy
from tests.offline_root.cli.terminal import (
    CLOCK,
    CTRL_C,
    SLIP,
    SURE,
    now,
    open_ceremony,
    person,
    signing,
    spaced,
)
from tests.requests import request, written

pytestmark = pytest.mark.e2e


class TestSign:
    def test_asks_for_everything_in_the_order_of_a_ceremony(self, appliance: Appliance, good: Path) -> None:
        with signing(appliance, good) as someone:
            open_ceremony(someone, appliance)
            someone.answer(SLIP, spaced(appliance.fingerprint(good)[:32]))
            someone.expect("REVIEW")
            someone.expect("requested ec-p384 policy rsa-4096, ec-p256, ec-p384 will be ec-p384")
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
        assert "approval.declined" in done.out
        assert "signing-started" not in appliance.events()[11:]
        assert (next(appliance.out.rglob("test-ca-refused.txt"))).read_text().count("approval.declined") == 1

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
            someone.answer("Press Enter when it is written down.", "")
            done = someone.done()

        assert done.code == 0, done.err
        assert "ANCHOR" in done.out
        assert PIN not in done.err

    @pytest.mark.parametrize(("clock", "pin"), [("2031-01-01 00:00", PIN), (None, "12")])
    def test_shows_no_so_pin_before_all_else_is_right(self, tmp_path: Path, clock: str | None, pin: str) -> None:
        """It would be on paper in a sealed bag, and open nothing."""
        policy = written(tmp_path, "policy.toml", example_policy().encode())
        file = written(tmp_path, "pin", pin.encode())
        people = ("--operator", "Olga", "--witness", "Wanda", "--pin-file", file)
        with person(tmp_path, "--home", tmp_path / "home", "create", "--policy", policy, *people) as someone:
            someone.answer(CLOCK, clock or now())
            done = someone.done()

        assert done.code == 1
        assert "SO PIN" not in done.err
        assert not (tmp_path / "home").exists()

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
