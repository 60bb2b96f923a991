"""expiry.ics: the dates of a response, as a calendar reads them."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from offline_root import wire
from offline_root.audit.state import State
from offline_root.crl import newest
from offline_root.issue import load
from offline_root.model import ROOT, CrlNumber, Issued, Reason, Revocation
from offline_root.moments import from_utc_text
from offline_root.response.expiry import expiry
from tests.offline_root.station.rooms import fake_room, policy_of, slip, whole

POLICY = policy_of()


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> State:
    """Return what an authority's log amounts to that issued one intermediate of each environment."""
    base = tmp_path_factory.mktemp("expiry")
    room = fake_room(base / "home")
    whole(room, base / "stick", slip(), slip("prod"))
    return wire.read_state(room.place)


def issued(state: State) -> tuple[Issued, ...]:
    return tuple(each for each in state.issued if each.environment != ROOT)


def events(calendar: bytes) -> list[dict[str, str]]:
    """Read a calendar by the rules of RFC 5545, and return the properties of each event."""
    assert calendar.isascii()
    assert calendar.endswith(b"END:VCALENDAR\r\n")
    assert max(map(len, calendar.split(b"\r\n"))) <= 75
    assert b"\n" not in calendar.replace(b"\r\n", b"")
    lines = calendar.decode().replace("\r\n ", "").split("\r\n")
    text = "\n".join(lines)
    found = []
    for each in re.findall(r"BEGIN:VEVENT\n(.*?)\nEND:VEVENT", text, re.DOTALL):
        event, alarm = each.split("\nBEGIN:VALARM\n")
        assert alarm.startswith("ACTION:DISPLAY\nTRIGGER:-P14D\nDESCRIPTION:")
        found.append(dict(line.split(":", 1) for line in event.split("\n")))
    return found


def days(state: State, **changes: object) -> dict[str, str]:
    """Return the day of each event by its kind, and the environment where it is about one."""
    crl = replace(newest(state), **changes)  # type: ignore[arg-type]
    found = {}
    for each in events(expiry(issued(state), crl, state.root, POLICY).encode()):
        kind = each["UID"].removesuffix("@offline-root.invalid").partition("-")[2]
        about = next((f" {name}" for name in ("test", "prod") if f"intermediate of {name}" in each["SUMMARY"]), "")
        found[kind + about] = each["DTSTART;VALUE=DATE"]
    return found


def test_each_day_that_something_is_due_or_over(state: State) -> None:
    crl = newest(state)
    begin, end = (from_utc_text(each) for each in (crl.this_update, crl.next_update))
    test, prod = ((load(each.certificate).not_valid_after_utc) for each in issued(state))
    leaf = timedelta(seconds=POLICY.environments[0].max_leaf_validity.seconds)
    assert days(state) == {
        "renew test": f"{test - leaf:%Y%m%d}",
        "over test": f"{test:%Y%m%d}",
        "renew prod": f"{prod - leaf:%Y%m%d}",
        "over prod": f"{prod:%Y%m%d}",
        "crl-due": f"{begin + 2 * (end - begin) / 3:%Y%m%d}",
        "crl-over": f"{end:%Y%m%d}",
        "root-over": f"{load(state.root).not_valid_after_utc:%Y%m%d}",
    }


def test_nobody_is_reminded_of_what_was_revoked(state: State) -> None:
    gone = Revocation(issued(state)[0].serial, Reason.KEY_COMPROMISE, "2026-11-24T00:00:00Z")
    assert {each for each in days(state, entries=(gone,)) if "test" in each} == set()
    assert {"renew prod", "over prod"} <= days(state, entries=(gone,)).keys()


def test_of_an_environment_that_left_the_policy_only_the_end_is_known(state: State) -> None:
    left = replace(POLICY, environments=POLICY.environments[1:])
    found = events(expiry(issued(state), newest(state), state.root, left).encode())
    assert [each["SUMMARY"][:6] for each in found if "intermediate of test" in each["SUMMARY"]] == ["Over: "]


def test_a_newer_response_takes_the_place_of_the_older_one(state: State) -> None:
    """The events are the same ones for a calendar, with a higher number (RFC 5545, 3.8.7.4)."""
    crl = newest(state)
    older, newer = (
        events(expiry(issued(state), replace(crl, number=CrlNumber(number)), state.root, POLICY).encode())
        for number in (5, 6)
    )
    assert [each["UID"] for each in older] == [each["UID"] for each in newer]
    assert len({each["UID"] for each in older}) == len(older)
    assert ({each["SEQUENCE"] for each in older}, {each["SEQUENCE"] for each in newer}) == ({"5"}, {"6"})
