"""`log settle`: going on after an alarm, in a ceremony of two people at least."""

from argparse import Namespace
from typing import Any

from offline_root.alarm import SETTLE
from offline_root.audit.watch import Alarm
from offline_root.cli import ask
from offline_root.cli.ceremony import ceremony, closing_text, state_all
from offline_root.cli.layout import wrapped
from offline_root.cli.outcome import DONE, Outcome
from offline_root.station import Station

SETTLE_SKELETON: dict[str, Any] = {"settled": []}


def settle(arguments: Namespace) -> Outcome:
    """Go on with the log on this disk although somebody remembers another one, and say why."""
    ended: list[Alarm] = []
    because = arguments.because or ask.text("Why is the log on this disk the right one?", "--because TEXT")

    def first(station: Station) -> None:
        ended.extend(station.settle(because))

    with ceremony(arguments, SETTLE, first=first) as station:
        state_all(station, arguments)
        sheet = station.close("done")
    reasons = [each.reason for each in ended]
    facts = {"settled": reasons, "closing": sheet and sheet.head}
    text = "".join(wrapped(f"SETTLED  {each}") + "\n" for each in reasons)
    return Outcome(DONE, facts, text, closing_text(sheet))
