"""Makes the pictures of the README from the running program: `python -m tests.pictures`."""

import re
import tempfile
from pathlib import Path

from offline_root.checks import CODES
from offline_root.policy.presets import preset_text
from offline_root.policy.reader import read_policy
from offline_root.rehearsal import PEOPLE, Rehearsal, prepare
from tests.tui import acts
from tests.tui.showing import LARGE, Person, held

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
FILE = "test-good.csr"


def _save(person: Person, name: str) -> None:
    picture = person.app.export_screenshot(title="offline-root")
    # The fonts that the picture asks a network for are left out: the reader's own monospace does.
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    # Textual numbers its styles at random; equal screens must give equal pictures.
    picture = re.sub(r"terminal-\d+-", "terminal-", picture)
    (PICTURES / f"{name}.svg").write_text(picture, encoding="utf-8")


def draw(rehearsal: Rehearsal) -> None:
    """Hold a rehearsal as far as the pictures go, then end it."""
    hints = rehearsal.desk.hints
    environment, digits = hints.slips[FILE]

    async def script(person: Person) -> None:
        await person.sees("home")
        _save(person, "home")
        await person.press("enter")
        await person.sees("opening")
        clock = rehearsal.desk.view().clock[:16].replace("T", " ")
        await person.types(PEOPLE.operator, *PEOPLE.witnesses, clock, hints.head)
        await person.sees("pin")
        await person.types(hints.pin)
        await acts.guards(person)
        await person.sees("requests")
        await person.chooses(FILE)
        await person.sees("paper")
        await person.types(environment, f"abcd{digits[4:]}")
        await person.settle()
        _save(person, "paper")
        await person.types(digits)
        await person.sees("review")
        _save(person, "review")
        await person.press("escape")
        await person.sees("requests")
        await acts.leaves(person)
        await acts.quits(person)

    held(rehearsal.desk, script, LARGE)


def main() -> None:
    """Make all pictures."""
    policy = read_policy(preset_text("team", "Example"), CODES).policy
    if policy is None:
        raise SystemExit("the preset does not read")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as base:
        draw(prepare(Path(base), policy, "tui"))


if __name__ == "__main__":
    main()
