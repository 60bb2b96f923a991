"""`clean`: removes from the token what is not this authority's."""

from argparse import Namespace

from offline_root.cleaning import check_confirmed, condemned
from offline_root.cli import ask, interrupts
from offline_root.cli.ceremony import ceremony, closing_text, state_all
from offline_root.cli.layout import shown
from offline_root.cli.outcome import DONE, Outcome
from offline_root.cli.streams import tell
from offline_root.station import Station

SKELETON: dict[str, list[str]] = {"removed": [], "left": []}


def clean(arguments: Namespace) -> Outcome:
    """Remove strangers for good, in a whole ceremony of its own; the root key and the audit key in use stay."""
    marks = {each.lower() for each in arguments.marks}

    def check(station: Station) -> None:
        condemned(station.state, marks)

    with ceremony(arguments, "clean", check) as station:
        found = condemned(station.state, marks)
        tell("These would be removed from the token, for good:", *map(shown, found))
        confirmed = _confirmed(arguments)
        check_confirmed(found, confirmed)
        interrupts.check()
        removed = station.clean(marks, confirmed)
        left = station.state.strangers
        state_all(station, arguments)
        sheet = station.close("done")
    facts = {"removed": list(removed), "left": list(left), "closing": sheet and sheet.head}
    text = "".join(
        f"{what}  {shown(each)}\n" for what, these in (("REMOVED", removed), ("LEFT", left)) for each in these
    )
    return Outcome(DONE, facts, text, closing_text(sheet))


def _confirmed(arguments: Namespace) -> int:
    if arguments.count is not None:
        return int(arguments.count)
    return ask.number("To remove them, type how many they are. If not, press Enter.", "--confirm N")
