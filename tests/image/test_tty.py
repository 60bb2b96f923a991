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


def asked(person: Console, question: str, *answers: str) -> str:
    """Wait for a question as the last thing on the screen, and answer it; return what stood there."""
    seen = person.waits(lambda text: "".join(text.split()).endswith("".join(question.split())), question)
    person.type(*answers)
    return seen


def test_a_ceremony_begins_on_tty1_by_usb_keys(tmp_path: Path) -> None:
    policy = put(fat(tmp_path / "policy", label="POLICY"), "policy.toml", preset_text("solo", "Example").encode())
    with Booted() as machine:
        start(machine, tmp_path, ISO, USB, "-device", "usb-kbd,bus=xhci.0")
        machine.terminal()  # QEMU waits for somebody on the serial line, where nothing is said
        person = Console(machine)
        asked(person, "then press Enter.", "")
        asked(person, ">", "memory")
        with machine.plugged(policy, "policy"):
            seen = ""
            while not (found := re.findall(r"^ +([0-9]+)  .*serial POLICY,", seen, re.MULTILINE)):
                person.type(*[""] * bool(seen))  # the kernel had not looked at it yet
                asked(person, "Put the stick in, then press Enter.", "")
                seen = asked(person, "Its number:")
            person.type(found[-1])
            asked(person, "0-9, -):", "root")
            asked(person, "You are:", "Olga Operator")
            asked(person, "between them:", "")
            asked(person, ">", utc_text(datetime.now(UTC))[:16].replace("T", " "))
            asked(person, ">", "")
            asked(person, "(nothing is shown):", "7391 blue heron 5527")
            asked(person, "once more:", "7391 blue heron 5527")
            asked(person, "Take the stick out, then press Enter.", "")
        seen = person.waits(lambda text: "NEXT: type both lines" in text, "this machine")
        shutil.copy(person.picture, tmp_path / "posture.ppm")
        assert groups(digest(BUILT / "root.squashfs")) in seen
        assert "IN MEMORY: all is gone when this machine goes off" in seen
        assert {word for word in ("REFUSE", "WARN", "OK") if f"\n  {word}" in seen} == {"WARN", "OK"}
        person.type("", "")
        person.waits(lambda text: "NEXT: Enter answers requests" in text, "home")
        shutil.copy(person.picture, tmp_path / "home.ppm")
        person.press("q")
        assert machine.ended(machine.terminal()) == 0
