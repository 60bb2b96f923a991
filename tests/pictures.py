"""Makes the pictures of the README from the running program: `python -m tests.pictures`."""

import asyncio
import re
import tempfile
from pathlib import Path

from textual.pilot import Pilot

from offline_root.checks import CODES
from offline_root.policy.presets import preset_text
from offline_root.policy.reader import read_policy
from offline_root.rehearsal import PEOPLE, Rehearsal, prepare
from tui.app import CeremonyApp

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
SIZE = (100, 30)


async def _settle(pilot: Pilot[None]) -> None:
    """Wait until nothing slow is going on any more."""
    for _ in range(100):
        await pilot.pause(0.05)
        if type(pilot.app.screen).__name__ != "WorkingScreen":
            return


async def _type(pilot: Pilot[None], *texts: str) -> None:
    for text in texts:
        await pilot.press(*text, "enter")
    await _settle(pilot)


def _save(pilot: Pilot[None], name: str) -> None:
    picture = pilot.app.export_screenshot(title="offline-root")
    # The fonts that the picture asks a network for are left out: the reader's own monospace does.
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    # Textual numbers its styles at random; equal screens must give equal pictures.
    picture = re.sub(r"terminal-\d+-", "terminal-", picture)
    (PICTURES / f"{name}.svg").write_text(picture, encoding="utf-8")


async def _draw(rehearsal: Rehearsal) -> None:
    hints = rehearsal.desk.hints
    environment, digits = hints.slips["test-good.csr"]
    app = CeremonyApp(rehearsal.desk)
    async with app.run_test(size=SIZE) as pilot:
        await _settle(pilot)
        _save(pilot, "home")
        await pilot.press("enter")
        await _settle(pilot)
        clock = rehearsal.desk.view().clock[:16].replace("T", " ")
        await _type(pilot, PEOPLE.operator, *PEOPLE.witnesses, clock, hints.head)
        await _type(pilot, hints.pin)
        await pilot.press("down", "down", "down", "enter")
        await _settle(pilot)
        await _type(pilot, environment, f"abcd{digits[4:]}")
        _save(pilot, "paper")
        await pilot.press(*(["backspace"] * len(digits)))
        await _type(pilot, digits)
        _save(pilot, "review")
        app.exit()


def main() -> None:
    """Hold a rehearsal as far as the pictures go."""
    policy = read_policy(preset_text("team", "Example"), CODES).policy
    if policy is None:
        raise SystemExit("the preset does not read")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as base:
        asyncio.run(_draw(prepare(Path(base), policy, "tui")))


if __name__ == "__main__":
    main()
