"""The same program on the first virtual console: read from the screen's picture, typed on by a keyboard on USB."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from image.build import digest
from offline_root.fingerprints import groups
from offline_root.moments import utc_text
from offline_root.policy.presets import preset_text
from tests.guest.sticks import fat, put
from tests.image.console import Console
from tests.image.machine import BUILT, Booted
from tests.image.test_media import ISO, USB, start

pytestmark = pytest.mark.image
HALF = re.compile(r"((?:[0-9a-f]{4} ){7}[0-9a-f]{4})")


def asked(person: Console, question: str, *answers: str) -> str:
    """Wait for a question as the last thing on the screen, and answer it; return what stood there."""
    seen = person.waits(lambda text: "".join(text.split()).endswith("".join(question.split())), question)
    person.type(*answers)
    return seen


def sees(person: Console, *words: str) -> str:
    """Wait until all of them stand on the screen; return all of it."""
    return person.waits(lambda text: all(each in text for each in words), words[0])


def creates(person: Console) -> None:
    """Create an authority by the policy on the stick."""
    sees(person, "WITH policy.toml", "serial POLICY")
    person.type("")
    sees(person, "ALL OF IT")
    person.type("")
    sees(person, "NEXT: type each line")
    person.type("Olga Operator", utc_text(datetime.now(UTC))[:16].replace("T", " "))
    sees(person, "NEXT: Enter shows it")
    person.type("")
    sees(person, "NEXT: write it down")
    person.press("w")
    sees(person, "NEXT: type a new PIN")
    person.type("7391 blue heron 5527", "7391 blue heron 5527")
    sees(person, "STICK FOR THE ANCHOR", "serial POLICY")
    person.type("")
    root, _, audit, _ = HALF.findall(sees(person, "NEXT: write both on paper"))
    person.press("w")
    sees(person, "NEXT: type from the paper")
    person.type(root, audit)
    sees(person, "NEXT: write the closing sheet")
    person.press("w")


def test_a_ceremony_begins_on_tty1_by_usb_keys(tmp_path: Path) -> None:
    policy = put(fat(tmp_path / "policy", label="POLICY"), "policy.toml", preset_text("solo", "Example").encode())
    with Booted() as machine:
        start(machine, tmp_path, ISO, USB, "-device", "usb-kbd,bus=xhci.0")
        machine.terminal()  # QEMU waits for somebody on the serial line, where nothing is said
        person = Console(machine)
        asked(person, "then press Enter.", "")
        asked(person, ">", "memory")
        seen = sees(person, "NEXT: type both lines")
        shutil.copy(person.picture, tmp_path / "posture.ppm")
        assert groups(digest(BUILT / "root.squashfs")) in seen
        assert "IN MEMORY: all is gone when this machine goes off" in seen
        assert {word for word in ("REFUSE", "WARN", "OK") if f"\n  {word}" in seen} == {"WARN", "OK"}
        person.type("", "")
        sees(person, "THERE IS NO AUTHORITY HERE")
        person.press("c")
        with machine.plugged(policy, "policy"):
            creates(person)
        sees(person, "NEXT: Enter requests")
        shutil.copy(person.picture, tmp_path / "home.ppm")
        person.press("q")
        assert machine.ended(machine.terminal()) == 0
