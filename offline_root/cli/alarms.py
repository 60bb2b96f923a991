"""`log restore`, `log settle`: what ends an alarm, in ceremonies of two people at least."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from offline_root import wire
from offline_root.alarm import RESTORE, SETTLE
from offline_root.audit.watch import Alarm
from offline_root.cli import ask
from offline_root.cli.ceremony import INTERFACE, ceremony, closing_text, head_of, machine, people, places, state_all
from offline_root.cli.layout import wrapped
from offline_root.cli.outcome import DONE, Outcome
from offline_root.display import visible_lines
from offline_root.moments import utc_text
from offline_root.opening import Opening
from offline_root.policy.force import in_force
from offline_root.station import Station

_REVOKE = (
    "NEXT: these certificates were issued elsewhere. Whatever nobody can account for: offline-root revoke SERIAL. Then"
    " make a fresh CRL."
)
_ASK = (
    "NEXT: certificates may exist that this log does not list. Ask every online CA for what this root signed for it,"
    " and take what nobody can account for as misused."
)

RESTORE_SKELETON: dict[str, Any] = {"restored": None}
SETTLE_SKELETON: dict[str, Any] = {"settled": [], "taken_in": []}


def banner(alarms: Sequence[Alarm]) -> str:
    """Return what comes first wherever alarms stand: nothing else matters until they are settled."""
    return "".join(f"{visible_lines(wrapped(f'*** ALARM *** {each.reason}'))}\n\n" for each in alarms)


def restore(arguments: Namespace) -> Outcome:
    """Put the longer log from a response in the place of the one in HOME, which is kept aside."""
    _, place, _ = places(arguments)
    known = wire.read_known(Path(arguments.folder), place)
    arguments.head = head_of(arguments, in_force(known.state).ceremony)
    clock = ask.clock(arguments.clock, alone=False)
    arguments.clock = utc_text(clock)
    because, reported = arguments.because, machine(arguments)
    stated = Opening(RESTORE, INTERFACE, people(arguments), clock, arguments.head, because=because, machine=reported)
    facts = wire.restore(place, known, stated, wire.SystemClock().now())
    # The lines that say so are under no checkpoint yet; these people have just made them.
    arguments.accept_tail = facts["added"]
    with ceremony(arguments, RESTORE) as station:
        state_all(station, arguments)
        sheet = station.close("done")
    text = f"RESTORED a log of {facts['lines']} lines; the one that was here is kept beside it.\n"
    if facts["lost"]:
        text += wrapped(
            f"LOST: {facts['lost']} lines that the last ceremony recorded after it had written that response. They tell"
            " of the delivery and of the closing."
        )
    shown = {name: facts[name] for name in ("lines", "lost", "set_aside")}
    return Outcome(DONE, {"restored": shown, "closing": sheet and sheet.head}, text, closing_text(sheet))


def settle(arguments: Namespace) -> Outcome:
    """Go on with the log on this disk although somebody remembers another one, and say why."""
    ended: list[Alarm] = []
    taken: list[str] = []
    other = None if arguments.folder is None else wire.read_known(Path(arguments.folder), places(arguments)[1])
    arguments.sticks = (other.copy.stick,) if other else ()
    because = arguments.because or ask.text("Why is the log on this disk the right one?", "--because TEXT")

    def first(station: Station) -> None:
        if other:
            taken.extend(station.take_in(other))
        ended.extend(station.settle(because))

    with ceremony(arguments, SETTLE, first=first) as station:
        state_all(station, arguments)
        sheet = station.close("done")
    reasons = [each.reason for each in ended]
    facts = {"settled": reasons, "taken_in": taken, "closing": sheet and sheet.head}
    text = "".join(wrapped(f"SETTLED  {each}") + "\n" for each in reasons)
    text += "".join(f"TAKEN IN  {each}\n" for each in taken)
    text += wrapped(_REVOKE if taken else _ASK) + "\n"
    return Outcome(DONE, facts, text, closing_text(sheet))
