"""A whole ceremony on the image, by its serial line alone: state disk, authority, request, response; the next boot."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from offline_root.anchor import read_anchor
from offline_root.moments import utc_text
from offline_root.policy.presets import preset_text
from offline_root.response.verify import verify_response
from tests.guest.sticks import fat, put, read
from tests.image.machine import Booted
from tests.offline_root.station.rooms import slip
from tests.tui.terminal import ENTER, Terminal

pytestmark = pytest.mark.image
PASSPHRASE, PIN, CODE = "sixteen grey herons", "7391 blue heron 5527", "blue 7"
HEAD = re.compile(r"([0-9]+:[0-9a-f]{16})")


def now() -> str:
    return utc_text(datetime.now(UTC))


def asked(person: Terminal, question: str, *answers: str) -> None:
    """Wait for a question as the last thing on the terminal, and answer it."""
    person.waits(lambda: "".join(person.text.split()).endswith("".join(question.split())), question)
    person.type(*answers)


def number(person: Terminal, serial: str) -> str:
    """Return the number before what has this serial number."""
    found = re.findall(rf"^ +([0-9]+)  .*serial {serial},", person.text, re.MULTILINE)
    return str(found[-1])


def makes_state_disk(person: Terminal) -> None:
    """Make the state disk."""
    asked(person, "then press Enter.", "")
    asked(person, ">")
    person.type(f"new {number(person, 'STATE')}")
    asked(person, "Type ERASE:", "ERASE")
    asked(person, "12 characters or more:", PASSPHRASE)
    asked(person, "Once more:", PASSPHRASE)


def creates(person: Terminal) -> str:
    """Create the authority by the policy on the stick; return the head for the closing sheet."""
    asked(person, "Put the stick in, then press Enter.", "")
    asked(person, "Its number:")
    person.type(number(person, "POLICY"))
    asked(person, "0-9, -):", "root")
    asked(person, "You are:", "Olga Operator")
    asked(person, "between them:", "")
    asked(person, ">", now())
    asked(person, ">", "")  # the SO PIN is written down
    asked(person, "(nothing is shown):", PIN)
    asked(person, "once more:", PIN)
    asked(person, "Take the stick out, then press Enter.")
    head = HEAD.findall(person.raw.decode(errors="replace"))[-1]
    person.press(ENTER)
    return str(head)


def opens(person: Terminal, head: str) -> None:
    """Open a ceremony and the token."""
    person.sees("Home")
    person.press(ENTER)
    person.sees("Opening")
    person.type("Olga Operator", now(), head)
    person.sees("Token")
    person.type(PIN)
    person.sees("Lock code")
    person.type(CODE, CODE)
    person.sees("Stick", "INSERT THE STICK WITH THE REQUESTS")


def signs(person: Terminal, fingerprint: str) -> None:
    """Sign the one request."""
    person.press(ENTER)
    person.sees("Requests", "test.csr")
    person.press(ENTER)
    person.sees("Paper slip")
    person.type("test", fingerprint)
    person.sees("Review")
    while "A approve" not in person.rows[-1]:
        before = person.text
        person.press(" ")
        person.waits(lambda before=before: person.text != before, "the next page")  # type: ignore[misc]
    person.press("a")
    person.sees("Requests", "ISSUED")


def test_a_ceremony_and_the_next_boot(tmp_path: Path) -> None:
    request = slip(name="Example Intermediate CA (test)")
    state = tmp_path / "state"
    state.write_bytes(bytes(64 << 20))
    policy = put(fat(tmp_path / "policy", label="POLICY"), "policy.toml", preset_text("solo", "Example").encode())
    requests = put(fat(tmp_path / "requests", label="REQUESTS"), "test.csr", request.data)
    response = fat(tmp_path / "response", label="RESPONSE")

    with Booted() as machine:
        machine.start_kernel()
        person = machine.terminal()
        machine.plug("state", state, serial="STATE")
        with machine.plugged(policy, "policy"):
            makes_state_disk(person)
            head = creates(person)
        opens(person, head)
        with machine.plugged(requests, "requests"):
            person.sees("Stick", "serial REQUESTS")
            signs(person, request.typed)
        person.press("d")
        person.sees("Statements")
        person.press(ENTER)
        person.sees("Stick", "FRESH STICK")
        with machine.plugged(response, "response"):
            person.sees("Stick", "serial RESPONSE")
            person.press(ENTER)
            sheet = person.sees("Closing sheet", "THE RESPONSE")
        head = HEAD.findall(sheet)[-1]
        person.press("w")
        person.sees("Home")
        person.press("q")
        assert machine.ended(person) == 0

    anchor = read_anchor(read(policy, tmp_path / "read-policy")["offline-root/root/anchor/anchor.json"])
    delivered = read(response, tmp_path / "read-response")
    (complete,) = [name for name in delivered if name.endswith("/COMPLETE")]
    folder = complete.removesuffix("COMPLETE")
    files = {name.removeprefix(folder): data for name, data in delivered.items() if name.startswith(folder)}
    assert verify_response(files, anchor).findings == ()

    with Booted() as machine:
        machine.start_kernel()
        person = machine.terminal()
        machine.plug("state", state, serial="STATE")
        asked(person, "then press Enter.", "")
        asked(person, ">")
        person.type(f"open {number(person, 'STATE')}")
        asked(person, "Its passphrase:", PASSPHRASE)
        opens(person, head)
