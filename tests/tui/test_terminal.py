"""The real program on a real pseudo-terminal, by keys alone: a whole rehearsal; hostile files; faults and the end."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from offline_root import wire
from offline_root.config import read_appliance
from offline_root.desk import Hints, MachineDesk
from offline_root.home import Home
from offline_root.plugged import FolderStick
from offline_root.response.verify import verify_response
from tests.tui.desks import named
from tests.tui.terminal import CTRL_C, CTRL_P, CTRL_Q, DOWN, ENTER, ESCAPE, UP, Terminal, terminal

pytestmark = [pytest.mark.e2e, pytest.mark.no_cover]

CODE = "blue 7"
PYTHON = (sys.executable,)
PYTHON_M = (sys.executable, "-m", "offline_root")
ALONE = () if os.geteuid() == 0 else ("--user", "--map-root-user")
JOIN = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
"""Whoever is not root makes and joins a user namespace as well."""

LEFT = (b"\x1b[?1049l", b"\x1b[?25h")
"""What a program writes that leaves the terminal as it was: the other screen is left, the cursor is shown."""


def rehearsed(base: Path) -> MachineDesk:
    """Return the desk of the rehearsal below a folder."""
    home = Home(base / "home")
    return MachineDesk(home, home.choose(None), read_appliance(home.path), FolderStick(base / "stick"), Hints())


def run(*command: str) -> None:
    """Run a command that must work."""
    subprocess.run(command, check=True, capture_output=True)


def log_is_whole(desk: MachineDesk) -> bool:
    """Say whether `log verify` finds nothing."""
    return wire.verify_log(desk.place.audit, wire.read_anchor_of(desk.place)).ok


def opens(person: Terminal, *witnesses: str) -> None:
    """Open the ceremony with what the paper in one's hand says."""
    person.sees("Home", "present")
    person.press(ENTER)
    person.sees("Opening", "THE PAPER IN YOUR HAND")
    person.type("Olga Operator", *witnesses, person.paper("Clock on the wall"), person.paper("Closing sheet"))
    person.sees("Token", "THE PAPER IN YOUR HAND")
    person.type(person.paper("PIN"))
    person.sees("Lock code")
    person.type(CODE, CODE)
    person.sees("Requests")


def chooses(person: Terminal, file: str, at: int) -> int:
    """Choose a file from the list where the cursor is at a row; return the row of the file."""
    person.sees("Requests", file)
    files = re.findall(r"\S+\.\w+$", person.text, re.MULTILINE)
    steps = files.index(file) - at
    person.press(*([DOWN] * steps if steps > 0 else [UP] * -steps), ENTER)
    person.sees("Paper slip", file)
    return files.index(file)


def compares(person: Terminal) -> None:
    """Type what the paper slip says."""
    slip = [person.paper("Environment")]
    if "Fingerprint" in person.text.partition("THE PAPER IN YOUR HAND")[2]:
        slip.append(person.paper("Fingerprint"))
    person.type(*slip)
    person.sees("Review")


def reads(person: Terminal) -> None:
    """Read a review to its end."""
    for _ in range(50):
        if "A approve" in person.rows[-1]:
            return
        before = person.text
        person.press(" ")
        person.waits(lambda: person.text != before, "the next page")  # noqa: B023  # waited for here
    raise AssertionError(person.text)


@pytest.mark.parametrize(
    ("size", "witnesses"), [((80, 24), ()), ((100, 30), ("Wanda Witness",))], ids=["80x24-solo", "100x30-team"]
)
def test_a_whole_rehearsal_by_keys_alone(tmp_path: Path, size: tuple[int, int], witnesses: tuple[str, ...]) -> None:
    from offline_root.policy.presets import preset_text

    policy = tmp_path / "policy.toml"
    policy.write_text(preset_text("team" if witnesses else "solo", "Example"))
    base = tmp_path / "rehearsal"
    with terminal("rehearse", "--out", base, "--policy", policy, size=size) as person:
        before = person.settings
        person.comes_home()
        opens(person, *witnesses)
        at = chooses(person, "test-good.csr", 0)
        compares(person)
        reads(person)
        person.press("a")
        person.sees("Requests", "ISSUED")
        at = chooses(person, "test-wrong-name.csr", at)
        compares(person)
        assert "REFUSE" in person.text
        person.press("r")
        person.sees("Requests", "REFUSED")
        chooses(person, "test-exposed.csr", at)
        compares(person)
        person.press("r")
        person.sees("Requests", "request.file.private-key")
        person.press("d")
        person.sees("Statements")
        person.press(ENTER, *(ENTER for _ in witnesses))
        sheet = person.sees("Closing sheet", "THE RESPONSE")
        person.press("w")
        person.sees("Home", "valid · until")
        person.press("l")
        person.sees("Audit log", "ceremony closed: done")
        person.press(ESCAPE)
        person.sees("Home")
        person.press("q")
        assert person.done() == 0
        assert person.settings == before
        assert all(each in person.raw for each in LEFT)
        assert "Traceback" not in person.raw.decode(errors="replace")

    desk = rehearsed(base)
    response = next((base / "stick").rglob("COMPLETE")).parent
    found = verify_response(wire.read_folder(response), wire.read_anchor_of(desk.place), rehearsal=True)
    assert found.findings == ()
    issued = [each for each in wire.read_state(desk.place).issued if each.environment]
    assert [each.environment for each in issued] == ["test"]
    view = wire.read_log(desk.place.audit)
    assert f"{view.check.size}:{view.check.tree.root().hex()[:16]}" in sheet
    assert log_is_whole(desk)


HOSTILE_NAMES = (
    b"[@click=app.exit]x.csr",
    b"[red]OK [bold.csr",
    b"esc\x1b]0;owned\x07\x1b[31m.csr",
    b"osc52\x1b]52;c;aGVsbG8=\x07.csr",
    b"c1\xc2\x9b31m\xc2\x9d0;owned\xc2\x9c.csr",
    b"raw\x9b31m\xff\xfe.csr",
    b"line\nOK      good.csr",
    "\u202egpj\u2066.csr".encode(),
    "z\u200bw\u200dj\ufeff.csr".encode(),
    ("Z" + "\u0301" * 90).encode() + b".csr",
    "\U0001f468\u200d\U0001f469 \U000e0041.csr".encode(),
    b"--help.csr",
    b"  spaces  .csr",
    b"l" * 251 + b".csr",
)
PAYLOADS = (
    b"\x1b]0;owned",
    b"\x1b]52;",
    b"aGVsbG8=\x07",
    b"esc\x1b",
    b"\xc2\x9b",
    b"\xc2\x9d",
    b"\x9b31m\xff",
    "\u202e".encode(),
    "\u2066".encode(),
    "\u200b".encode(),
    "\u200d".encode(),
    "\ufeff".encode(),
    "\u0301\u0301\u0301".encode(),
    "\U000e0041".encode(),
    b"\xff",
    b"\xfe",
)
SUBJECT = (
    "[/nope][red]OK[/red][@click=app.bell]x[/]\x1b]0;owned\x07\x1b]52;c;aGVsbG8=\x07\u009b31m"
    "\u202e\u2066\u200b\u200d\ufeff\U000e0041 Z" + "\u0301" * 50 + "\n\t\U0001f468\u200d\U0001f469"
)


def test_hostile_files_reach_the_terminal_as_plain_text(tmp_path: Path) -> None:
    """Every byte that the program wrote is looked at: none of the payloads is among them, raw."""
    base = tmp_path / "rehearsal"
    with terminal("rehearse", "--out", base) as person:
        person.comes_home("7 files")
        stick = base / "stick"
        for path in stick.iterdir():
            path.unlink()
        for name in HOSTILE_NAMES:
            Path(os.fsdecode(os.fsencode(stick) + b"/" + name)).write_bytes(named(SUBJECT, seed=name.hex()))
        person.press("r")
        person.sees("Home", f"{len(HOSTILE_NAMES)} files")
        opens(person)
        for _ in HOSTILE_NAMES:
            person.press(DOWN)
        for number in range(len(HOSTILE_NAMES)):
            if number:
                person.press(DOWN)
            person.press(ENTER)
            person.sees("Paper slip")
            digits = wire_fingerprint(stick, number)
            person.type("test", digits)
            person.sees("Review", "REFUSE", "request.subject")
            for _ in range(6):
                person.press(" ")
            person.press("r")
            person.sees("Requests", "REFUSED")
        person.press("d")
        person.sees("Statements")
        person.paste("agree \x1b]0;owned\x07\u202e\u200b\u009b31m\x1b]52;c;aGVsbG8=\x07")
        person.press(ENTER)
        person.sees("Closing sheet")
        person.press("w")
        person.sees("Home")
        person.press("l")
        person.sees("Audit log")
        person.press(*["\x1b[5~"] * 9)
        person.press(ESCAPE)
        person.sees("Home")
        person.press("q")
        assert person.done() == 0
        raw = bytes(person.raw)

    assert [payload for payload in PAYLOADS if payload in raw] == []
    assert b"Traceback" not in raw
    assert b"<U+001B>]0;owned<U+0007>" in raw.replace(b"\r\n", b"")
    log = (rehearsed(base).place.audit / "log.jsonl").read_bytes()
    assert log.count(b'"event":"request-refused"') == len(HOSTILE_NAMES)
    assert log_is_whole(rehearsed(base))


def wire_fingerprint(stick: Path, number: int) -> str:
    """Return the digits on the paper slip of the file in one row of the list."""
    from offline_root.model import SigningRequest
    from offline_root.request.reader import read_request

    files = wire.requests_on(stick)
    found = read_request(files.names[number], files.read(files.names[number]))
    assert isinstance(found, SigningRequest), found
    return found.fingerprint[:32]


def test_the_keys_that_end_other_programs_do_nothing(tmp_path: Path) -> None:
    with terminal("rehearse", "--out", tmp_path / "rehearsal") as person:
        person.comes_home("present")
        person.press(CTRL_C, CTRL_Q, CTRL_P, "\x1a", "\x1c", "\x13", "\x04")
        person.press(ENTER)
        person.sees("Opening")
        person.press(CTRL_C, CTRL_Q, CTRL_P, "\x1a", "\x1c", "\x13")
        person.type("Olga")
        person.sees("Opening", "Olga")
        person.press(ESCAPE)
        person.sees("Home")
        person.press("q")
        assert person.done() == 0


def test_the_environment_presses_no_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual obeys variables of its own: keys to press, files to write screens and logs to."""
    monkeypatch.setenv("TEXTUAL_PRESS", "q,q,q")
    monkeypatch.setenv("TEXTUAL_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("TEXTUAL_SCREENSHOT", "0")
    monkeypatch.setenv("TEXTUAL_SCREENSHOT_LOCATION", str(tmp_path))
    with terminal("rehearse", "--out", tmp_path / "rehearsal") as person:
        person.comes_home("present")
        person.press("l")
        person.sees("Audit log")
        person.press(ESCAPE)
        person.sees("Home")
        person.press("q")
        assert person.done() == 0
    assert [path.name for path in tmp_path.iterdir()] == ["rehearsal"]


BUGGY = """
import sys
from offline_root.__main__ import main
from tui.screens.home import HomeScreen
from offline_root.desk import MachineDesk
from offline_root.plugged import FolderStick
def breaks(*_):
    password = "canary"
    raise ZeroDivisionError("of a test")
if sys.argv.pop(1) == "screen":
    HomeScreen.body = breaks
else:
    MachineDesk.view = breaks
sys.exit(main())
"""


@pytest.mark.parametrize("where", ["screen", "desk"])
def test_a_fault_of_the_program_ends_in_words_and_leaves_the_terminal_as_it_was(tmp_path: Path, where: str) -> None:
    buggy = tmp_path / "buggy.py"
    buggy.write_text(BUGGY)
    with terminal(buggy, where, "rehearse", "--out", tmp_path / "rehearsal", program=PYTHON) as person:
        before = person.settings
        if where == "desk":
            person.sees("Problem", "The program made a mistake: ZeroDivisionError.")
            person.press(ENTER)
        else:
            person.sees("This machine")
            person.type("", "")
        assert person.done() == 1
        assert person.settings == before
        assert all(each in person.raw for each in LEFT)
        said = person.raw.decode(errors="replace")
        assert "The program made a mistake: ZeroDivisionError." in said
        assert "Traceback" not in said
        assert "canary" not in said


class TestUnderAnotherRoof:
    """Where a folder is a file system of its own, made for the test alone."""

    def test_a_stick_that_is_full_can_be_replaced(self, tmp_path: Path) -> None:
        base = tmp_path / "rehearsal"
        with terminal("rehearse", "--out", base, program=("unshare", "--mount", *ALONE, *PYTHON_M)) as person:
            person.comes_home("present")
            opens(person)
            chooses(person, "test-exposed.csr", 0)
            compares(person)
            person.press("r")
            person.sees("Requests", "REFUSED")
            inside = ("nsenter", f"--target={person.program.pid}", "--mount", *JOIN)
            run(*inside, "mount", "-t", "tmpfs", "-o", "size=64k", "none", str(base / "stick"))
            person.press("d")
            person.sees("Statements")
            person.press(ENTER)
            person.sees("Problem", "No space left")
            run(*inside, "umount", str(base / "stick"))
            person.press(ENTER)
            person.sees("Closing sheet", "THE RESPONSE")
            person.press("w")
            person.sees("Home")
            person.press("q")
            assert person.done() == 0
        assert log_is_whole(rehearsed(base))

    def test_a_log_that_became_read_only_opens_no_ceremony(self, tmp_path: Path) -> None:
        base = tmp_path / "rehearsal"
        with terminal("rehearse", "--out", base, program=("unshare", "--mount", *ALONE, *PYTHON_M)) as person:
            person.comes_home("present")
            audit = str(rehearsed(base).place.audit)
            inside = ("nsenter", f"--target={person.program.pid}", "--mount", *JOIN)
            run(*inside, "mount", "--bind", audit, audit)
            run(*inside, "mount", "-o", "remount,bind,ro", audit)
            person.press(ENTER)
            person.sees("Problem", "Read-only file system")
            person.press(ENTER)
            person.sees("Home")
            run(*inside, "umount", audit)
            opens(person)
            person.press(ESCAPE)
            person.sees("End?")
            person.press("e")
            person.sees("Closing sheet", "NOTHING WAS HANDED OUT")
            person.press("w")
            person.sees("Home")
            person.press("q")
            assert person.done() == 0
        assert log_is_whole(rehearsed(base))
