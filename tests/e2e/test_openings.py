"""A ceremony that may not begin, or cannot go on: exit 1, words that say what to do, nothing signed, a whole log."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from offline_root.moments import utc_text
from tests.appliance import Appliance, example_policy
from tests.requests import request, written

pytestmark = pytest.mark.e2e


def _edit_policy(appliance: Appliance) -> None:
    policy = appliance.place / "policy.toml"
    policy.write_text(policy.read_text().replace('"3650d"', '"3651d"'))


def _other_module(appliance: Appliance) -> None:
    (appliance.home / "appliance.toml").write_text('[module]\npath = "/nonexistent/module.so"\n')


def _no_token_folder(appliance: Appliance) -> None:
    (appliance.place / "token").rename(appliance.base / "token-elsewhere")


def _other_token(appliance: Appliance) -> None:
    tokens = appliance.place / "token" / "tokens"
    next(tokens.iterdir()).rename(appliance.base / "token-elsewhere")


def _bad_settings(appliance: Appliance) -> None:
    (appliance.home / "appliance.toml").write_text("[modul]\n")


def _nothing(_appliance: Appliance) -> None:
    """Leave everything as it is: the command is wrong."""


@dataclass(frozen=True)
class Wrong:
    """What is wrong, in the room or on the disk; words that the error must have; whether the ceremony had begun."""

    says: str
    next: str
    options: tuple[tuple[str, str | None], ...] = ()
    spoil: Callable[[Appliance], None] = _nothing
    begun: bool = False
    witnesses: tuple[str, ...] = ("Wanda",)


CASES = {
    "wrong PIN": Wrong("refused the PIN", "type it again", (("pin_file", "wrong"),), begun=True),
    "no module": Wrong("/nonexistent/module.so", "appliance.toml", spoil=_other_module, begun=True),
    "no token folder": Wrong("token", "put its folder back", spoil=_no_token_folder, begun=True),
    "token gone": Wrong("There is no token root", "Plug in the token", spoil=_other_token, begun=True),
    "appliance.toml misspelt": Wrong("appliance.toml", "Mend the file", spoil=_bad_settings),
    "policy.toml edited": Wrong("not the policy in force", "policy adopt", spoil=_edit_policy),
    "closing sheet of another log": Wrong(
        "are not those of the closing sheet", "Compare each digit", (("head", "9:" + "0" * 16),)
    ),
    "closing sheet of a longer log": Wrong("the log has fewer", "longer log", (("head", "4711:" + "0" * 16),)),
    "closing sheet misspelt": Wrong("SIZE:HEX16", "hex digits", (("head", "nine"),)),
    "no closing sheet": Wrong("closing sheet of the last ceremony is missing", "--head", (("head", None),)),
    "wrong clock": Wrong("clock says", "Compare two clocks", (("clock", "2026-11-23T11:30:00Z"),)),
    "clock misspelt": Wrong("clock cannot be read", "--clock 2026", (("clock", "noon"),)),
    "no clock": Wrong("nobody to ask", "--clock", (("clock", None),)),
    "no PIN": Wrong("nobody to ask", "--pin-file", (("pin_file", None),)),
    "PIN file absent": Wrong("PIN of the token", "--pin-file", (("pin_file", "/nonexistent/pin"),)),
    "no witness": Wrong("witness", "--witness", witnesses=()),
    "same person twice": Wrong("named twice", "different people", witnesses=("olga",)),
    "unknown environment": Wrong("no environment", "test, prod", (("environment", "tset"),)),
    "no place for the response": Wrong("Nothing can be written", "--out", (("out", "/dev/null/x"),)),
    "unknown authority": Wrong("no authority", "Authorities here: root", (("authority", "other"),)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
class TestCannotBegin:
    def test_it_is_said_and_nothing_is_signed(self, appliance: Appliance, tmp_path: Path, case: Wrong) -> None:
        case.spoil(appliance)
        appliance.witnesses = case.witnesses
        (tmp_path / "wrong").write_text("wrong PIN\n")
        before = appliance.events()
        options = {name: str(tmp_path / "wrong") if value == "wrong" else value for name, value in case.options}

        done = appliance.sign("test", written(tmp_path, "good.csr", request()), **options)

        assert (done.code, done.json["response"], done.json["issued"], done.json["refused"]) == (1, None, [], [])
        assert case.says in done.error["what"]
        assert case.next in done.error["next"]
        events = appliance.events()
        assert events.count("certificate-issued") == before.count("certificate-issued")
        assert events[len(before) :][:1] == (["ceremony-opened"] if case.begun else [])
        assert events[-1] == "ceremony-closed"
        (appliance.home / "appliance.toml").unlink(missing_ok=True)
        assert appliance.log_is_whole()


def test_signing_by_an_interface_that_the_policy_does_not_name_is_refused(tmp_path: Path) -> None:
    appliance = Appliance(tmp_path)
    assert appliance.create(example_policy(interfaces='["tui"]')).code == 0
    before = appliance.events()

    done = appliance.sign("test", written(tmp_path, "good.csr", request()))

    assert done.code == 1
    assert "does not allow the cli" in done.error["what"]
    assert 'ceremony.interfaces has "cli"' in done.error["next"]
    assert appliance.events() == before


class TestAWrongPin:
    @staticmethod
    def fail(appliance: Appliance, file: Path, **options: str) -> None:
        (appliance.base / "wrong").write_text("wrong PIN\n")
        assert appliance.sign("test", file, pin_file=str(appliance.base / "wrong"), **options).code == 1

    def test_leaves_lines_that_the_next_opening_asks_about(self, appliance: Appliance, tmp_path: Path) -> None:
        file = written(tmp_path, "good.csr", request())
        self.fail(appliance, file)

        done = appliance.sign("test", file)

        assert done.code == 1
        assert "4 lines of the log are not signed yet" in done.error["what"]
        assert "--accept-tail 4" in done.error["next"]
        assert appliance.sign("test", file, accept_tail="4").code == 0
        assert appliance.log_is_whole()

    def test_is_counted_over_ceremonies(self, appliance: Appliance, tmp_path: Path) -> None:
        file = written(tmp_path, "good.csr", request())
        self.fail(appliance, file)
        self.fail(appliance, file, accept_tail="4")

        assert appliance.call("status").json["pin_attempts"] == 2
        assert appliance.sign("test", file, accept_tail="9").code == 0
        assert appliance.call("status").json["pin_attempts"] == 0


def test_a_statement_that_does_not_agree_stops_the_delivery(appliance: Appliance, tmp_path: Path) -> None:
    file = written(tmp_path, "good.csr", request())

    done = appliance.sign("test", file, statement="Wanda: I do not agree")

    assert (done.code, done.json["response"], done.json["issued"]) == (1, None, [])
    assert "Wanda" in done.error["what"]
    assert [each["file"] for each in done.json["undelivered"]] == [str(file)]
    assert "offline-root export" in done.err
    assert "CLOSING SHEET" in done.err
    assert not appliance.out.exists()
    later = appliance.ceremony(because="only the older sheet is at hand")
    exported = appliance.call("export", "--out", appliance.out, *later)
    assert [each["serial"] for each in exported.json["issued"]] == [done.json["undelivered"][0]["serial"]]


def test_a_clock_a_few_minutes_off_is_accepted(appliance: Appliance, tmp_path: Path) -> None:
    typed = utc_text(datetime.now(UTC) - timedelta(minutes=3))

    assert appliance.sign("test", written(tmp_path, "good.csr", request()), clock=typed).code == 0
