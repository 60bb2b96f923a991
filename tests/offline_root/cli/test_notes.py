"""`note`, `--because`, `--seal` and `--sealed`: what people put on record, by command line and on screen."""

from datetime import UTC, datetime, timedelta

import pytest

from offline_root.moments import utc_text
from tests.appliance import PIN, Appliance
from tests.offline_root.cli.terminal import CLOCK, PIN_QUESTION, now, person

SAID = ("--expected", "bag A001", "--happened", "bag A002", "--decided", "go on, and look for A001")


def test_a_note_is_a_whole_ceremony(appliance: Appliance) -> None:
    done = appliance.call("note", *SAID, *appliance.ceremony())

    assert done.code == 0, done.err
    noted = next(each for each in appliance.entries() if each["event"] == "note-made")
    assert (noted["expected"], noted["by"]) == ("bag A001", "Olga")
    assert appliance.log_is_whole()


def test_seals_are_compared_from_one_ceremony_to_the_next(appliance: Appliance) -> None:
    sealed = ("--sealed", "token=A001@safe-1", "--sealed", "so-pin=B7")
    assert appliance.call("note", *SAID, *sealed, *appliance.ceremony()).code == 0

    other = ("--seal", "token=A002")
    refused = appliance.call("note", *SAID, *other, *appliance.ceremony())
    assert "The seal of token is A002; on record is A001@safe-1" in refused.error["what"]
    done = appliance.call("note", *SAID, *other, "--because", "the guard changed it", *appliance.ceremony())
    assert done.code == 0, done.err
    assert "seal-explained" in appliance.events()


def test_a_seal_that_cannot_be_understood_costs_no_ceremony(appliance: Appliance) -> None:
    before = appliance.events()
    assert appliance.call("note", *SAID, "--sealed", "A001", *appliance.ceremony()).code == 1
    assert appliance.events() == before


@pytest.fixture
def ahead(appliance: Appliance, monkeypatch: pytest.MonkeyPatch) -> Appliance:
    """Return an appliance that held a ceremony while its clock was three days ahead."""
    with monkeypatch.context() as wrong:
        wrong.setattr("offline_root.wire.SystemClock.now", lambda _: datetime.now(UTC) + timedelta(days=3))
        clock = utc_text(datetime.now(UTC) + timedelta(days=3))
        assert appliance.call("note", *SAID, *appliance.ceremony(clock=clock)).code == 0
    return appliance


def test_a_clock_that_went_back_is_explained_by_an_option(ahead: Appliance) -> None:
    refused = ahead.call("note", *SAID, *ahead.ceremony())
    assert "the log's last line is of" in refused.error["what"]

    done = ahead.call("note", *SAID, "--because", "it was set wrong", *ahead.ceremony())
    assert done.code == 0, done.err
    corrected = next(each for each in ahead.entries() if each["event"] == "clock-corrected")
    assert (corrected["because"], corrected["certificates"]) == ("it was set wrong", [])
    assert ahead.call("note", *SAID, *ahead.ceremony()).code == 0


@pytest.mark.e2e
def test_or_by_the_person_at_the_keyboard(ahead: Appliance) -> None:
    people = ("--operator", "Olga", "--witness", "Wanda")
    with person(ahead.base, "--home", ahead.home, "note", *SAID, "--head", ahead.head, *people) as someone:
        someone.answer(CLOCK, now())
        someone.answer("type what explains it, for the log.", "it was set wrong")
        someone.answer(PIN_QUESTION, PIN)
        done = someone.done()
    assert done.code == 0, done.err
    assert "clock-corrected" in ahead.events()
