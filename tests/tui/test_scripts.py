"""The same ceremony, written down in tests/ceremonies, by command line and on screen, on real SoftHSM tokens.

Both must leave logs that differ only in the interface, in times, and in what is random.
"""

import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from offline_root import wire
from offline_root.audit.entry import Entry
from offline_root.cli import run
from offline_root.config import Appliance
from offline_root.desk import MachineDesk
from offline_root.keys import fingerprint
from offline_root.model import Issued, Reason, serial_text
from offline_root.moments import utc_text
from offline_root.plugged import FolderStick
from offline_root.request.reader import read_request
from tests.custodians import Custodians
from tests.fakes.token import PIN
from tests.offline_root.station.rooms import BACKED, PEOPLE, Room, slip, softhsm_room, whole
from tests.tui import acts
from tests.tui.desks import named
from tests.tui.showing import Person, held
from tests.tui.test_keeping import chooses, takes_cards
from tui.screens.keeping import Keep

pytestmark = pytest.mark.no_cover

ALL = sorted((Path(__file__).parent.parent / "ceremonies").glob("*.toml"))
KINDS = {path: tomllib.loads(path.read_text()).get("kind", "sign") for path in ALL}
CRLS = [path for path in ALL if KINDS[path] in {"crl", "revoke"}]
KEEPING = [path for path in ALL if KINDS[path] in {"backup", "destroy"}]
SCRIPTS = [path for path in ALL if KINDS[path] == "sign"]
WRONG_PAPER = "0123456789abcdef" * 2

FREE = {
    "ceremony-opened": {"clock", "head", "interface"},
    "certificate-issued": {"certificate", "serial", "sha256"},
    "certificate-revoked": {"date"},
    "crl-issued": {"crl", "crl_number", "this_update", "next_update", "sha256"},
    "key-backed-up": {"set", "file_sha256", "wrapped_sha256", "scratch_token"},
    "request-approved": {"serial", "tbs_sha256"},
    "response-written": {"folder", "sha256sums_sha256"},
    "shares-made": {"set"},
    "signing-started": {"serial", "tbs", "crl_number", "this_update", "next_update"},
    "token-open-attempted": {"serial"},
    "token-opened": {"serial", "proven"},
}
"""What may differ, event by event: times and what is random. Everything else must be the same."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return softhsm_room(tmp_path_factory.mktemp("template") / "home")


def files_of(script: dict[str, Any]) -> dict[str, bytes]:
    """Return the files that lie on the stick; made once, because a signature is never made twice the same."""
    return {
        step["file"]: step["text"].encode()
        if "text" in step
        else named(step["common_name"], step["file"], san="san" in step)
        for step in script["step"]
    }


def lay(script: dict[str, Any], files: dict[str, bytes], stick: Path) -> dict[str, str]:
    """Lay the files on a stick; return what their paper slips say."""
    stick.mkdir()
    slips = {}
    for step in script["step"]:
        file, data = step["file"], files[step["file"]]
        (stick / file).write_bytes(data)
        slips[file] = getattr(read_request(file, data), "fingerprint", WRONG_PAPER)[:32]
        if step.get("confirm") == "wrong":
            slips[file] = WRONG_PAPER
    return slips


def said(script: dict[str, Any]) -> list[str]:
    return list(script.get("statements", ["agree", "agree"]))


def by_command_line(script: dict[str, Any], slips: dict[str, str], room: Room, pin: Path) -> int:
    """Hold the ceremony with one command, typed in the stick's own folder."""
    arguments = ["sign", *slips, "--environment", script["step"][0]["environment"], "--out", "."]
    arguments += [f"--confirm={each}" for each in slips.values()]
    arguments += [f"--acknowledge={code}" for step in script["step"] for code in step.get("acknowledge", ())]
    return run([*arguments, *frame_of(script, room, pin)])


def frame_of(script: dict[str, Any], room: Room, pin: Path) -> list[str]:
    """Return the options that every ceremony has."""
    names = (PEOPLE.operator, *PEOPLE.witnesses)
    pin.write_text(PIN)
    options = ["--operator", PEOPLE.operator, *(f"--witness={name}" for name in PEOPLE.witnesses)]
    options += [f"--statement={name}: {text}" for name, text in zip(names, said(script), strict=True)]
    options += ["--clock", utc_text(room.clock.now()), "--head", room.head, "--pin-file", str(pin)]
    return [*options, "--home", str(room.home.path)]


def on_screen(script: dict[str, Any], slips: dict[str, str], room: Room, stick: Path) -> None:
    """Hold the ceremony with the keyboard."""

    async def answer(person: Person, step: dict[str, Any]) -> None:
        await person.chooses(step["file"])
        await person.sees("paper")
        await person.types(step["environment"], *(() if "text" in step else (slips[step["file"]],)))
        if step.get("confirm") == "wrong":
            await person.types("refuse")
        else:
            await person.sees("review")
            await person.reads()
            await person.press("a" if step["expected"] == "issued" else "r")
        for _ in step.get("acknowledge", ()):
            await person.sees("acknowledge")
            await person.press("a")
        await person.sees("requests")

    async def hold(person: Person) -> None:
        await opens(person, room, "enter")
        await person.sees("requests")
        for step in script["step"]:
            await answer(person, step)
        await person.press("d")
        await ends(person, script)

    held(MachineDesk(room.home, room.place, Appliance(), FolderStick(stick)), hold)


async def opens(person: Person, room: Room, key: str) -> None:
    """Open a ceremony from home, with its token."""
    await person.sees("home")
    await person.press(key)
    await person.sees("opening")
    clock = utc_text(room.clock.now())[:16].replace("T", " ")
    await person.types(PEOPLE.operator, *PEOPLE.witnesses, clock, room.head)
    await person.sees("pin")
    await person.types(PIN)
    await acts.guards(person)


async def ends(person: Person, script: dict[str, Any]) -> None:
    """Make the statements, write down the closing sheet, and quit."""
    await person.sees("statements")
    await person.types(*said(script))
    page = await person.next()
    while page != "home":
        await person.press({"problem": "enter", "delivery": "w"}[page])
        page = await person.next()
    await person.press("q")
    await person.pilot.pause()


def crl_by_command_line(script: dict[str, Any], issued: Issued, room: Room, base: Path) -> int:
    """Revoke, or make a fresh CRL, with one command."""
    serial = serial_text(issued.serial)
    named = [serial, "--reason", script["reason"], "--confirm", serial] if script["kind"] == "revoke" else []
    return run([script["kind"], *named, "--out", str(base / "a"), *frame_of(script, room, base / "pin")])


def crl_on_screen(script: dict[str, Any], issued: Issued, room: Room, stick: Path) -> None:
    """Revoke, or make a fresh CRL, with the keyboard."""

    async def hold(person: Person) -> None:
        if script["kind"] == "revoke":
            await opens(person, room, "v")
            await acts.revokes(person, Reason(script["reason"]), serial_text(issued.serial))
        else:
            await opens(person, room, "c")
            await person.sees("crl")
            await person.reads()
            await person.press("a")
        await ends(person, script)

    stick.mkdir()
    held(MachineDesk(room.home, room.place, Appliance(), FolderStick(stick)), hold)


def plain(entries: Sequence[Entry], since: int) -> list[dict[str, Any]]:
    """Return what must be equal of a ceremony's lines. A certificate that a finding names is another one."""
    kept = ((each, FREE.get(each.event, set())) for each in entries[since:])
    lines = [
        {"event": each.event, **{name: value for name, value in each.facts.items() if name not in free}}
        for each, free in kept
    ]
    return [
        json.loads(re.sub("Serial [0-9A-F]+ is valid until [0-9TZ:-]+", "One is valid", json.dumps(line)))
        for line in lines
    ]


@pytest.mark.e2e
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_both_ways_leave_the_same_log(
    path: Path, template: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tomllib.loads(path.read_text())
    since = len(template.events())
    typed, shown = template.copy(tmp_path / "typed"), template.copy(tmp_path / "shown")

    files = files_of(script)
    slips = lay(script, files, tmp_path / "a")
    lay(script, files, tmp_path / "b")
    monkeypatch.chdir(tmp_path / "a")
    code = by_command_line(script, slips, typed, tmp_path / "pin")
    on_screen(script, slips, shown, tmp_path / "b")

    logs = [plain(wire.read_log(each.place.audit).entries, since) for each in (typed, shown)]
    assert logs[0] == logs[1]
    issued = [each["file"] for each in logs[0] if each["event"] == "certificate-issued"]
    refused = [each["file"] for each in logs[0] if each["event"] == "request-refused"]
    assert issued == [step["file"] for step in script["step"] if step["expected"] == "issued"]
    assert refused == [step["file"] for step in script["step"] if step["expected"] == "refused"]
    assert code == (1 if refused or "statements" in script else 0)


@pytest.mark.e2e
@pytest.mark.parametrize("path", CRLS, ids=lambda path: path.stem)
def test_both_ways_sign_the_same_crl(path: Path, template: Room, tmp_path: Path) -> None:
    script = tomllib.loads(path.read_text())
    before = template.copy(tmp_path / "before")
    (answer,) = whole(before, tmp_path / "stick", slip()).answers
    since = len(before.events())
    typed, shown = before.copy(tmp_path / "typed"), before.copy(tmp_path / "shown")

    code = crl_by_command_line(script, answer.issued, typed, tmp_path)
    crl_on_screen(script, answer.issued, shown, tmp_path / "b")

    logs = [plain(wire.read_log(each.place.audit).entries, since) for each in (typed, shown)]
    assert logs[0] == logs[1]
    assert code == (0 if "response-written" in [each["event"] for each in logs[0]] else 1)
    states = [wire.read_state(each.place) for each in (typed, shown)]
    revoked = [answer.issued.serial] if script["kind"] == "revoke" else []
    for room, state in zip((typed, shown), states, strict=True):
        assert state.crl
        assert [each.serial for each in state.crl.entries] == revoked
        assert (room.place.path / "root-ca.crl").read_bytes() == state.crl.der


def kept_by_command_line(kind: str, root: str, room: Room, base: Path) -> int:
    """Back up or destroy the root key with one command, and custodians at the terminal."""
    options = frame_of({}, room, base / "pin")
    named = ["--confirm", root, "--confirm-name", "root"] if kind == "destroy" else []
    with Custodians().present():
        return run([kind, *named, "--out", str(base / "a"), *options])


def kept_on_screen(kind: str, root: str, room: Room, stick: Path) -> None:
    """Back up or destroy the root key with the keyboard."""

    async def hold(person: Person) -> None:
        await chooses(person, Keep.BACK_UP if kind == "backup" else Keep.DESTROY)
        if kind == "destroy":
            await person.sees("destroy")
            await person.types(root, "root")
        await person.sees("opening")
        clock = utc_text(room.clock.now())[:16].replace("T", " ")
        await person.types(PEOPLE.operator, *PEOPLE.witnesses, clock, room.head)
        await acts.unlocks(person)
        if kind == "backup":
            await takes_cards(person)
        await ends(person, {})

    stick.mkdir()
    held(MachineDesk(room.home, room.place, Appliance(), FolderStick(stick)), hold)


@pytest.mark.e2e
@pytest.mark.parametrize("path", KEEPING, ids=lambda path: path.stem)
def test_both_ways_keep_the_key_alike(path: Path, tmp_path: Path) -> None:
    before = softhsm_room(tmp_path / "before", text=BACKED)
    root = fingerprint(wire.read_state(before.place).root)
    since = len(before.events())
    typed, shown = before.copy(tmp_path / "typed"), before.copy(tmp_path / "shown")
    assert kept_by_command_line(KINDS[path], root, typed, tmp_path) == 0
    kept_on_screen(KINDS[path], root, shown, tmp_path / "b")
    logs = [plain(wire.read_log(each.place.audit).entries, since) for each in (typed, shown)]
    assert logs[0] == logs[1]
    done = {"backup": "key-backed-up", "destroy": "key-destroyed"}[KINDS[path]]
    assert done in [each["event"] for each in logs[0]]
