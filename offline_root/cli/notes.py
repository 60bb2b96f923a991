"""`note`: what did not go as it should have, in a whole ceremony of its own."""

from argparse import Namespace

from offline_root.cli.ceremony import ceremony, closing_text, state_all
from offline_root.cli.outcome import DONE, Outcome


def note(arguments: Namespace) -> Outcome:
    """Log what was expected, what happened, and what was decided."""
    with ceremony(arguments, "note") as station:
        station.note(expected=arguments.expected, happened=arguments.happened, decided=arguments.decided)
        state_all(station, arguments)
        sheet = station.close("done")
    facts = {"noted": True, "closing": sheet and sheet.head}
    return Outcome(DONE, facts, "NOTED: it is in the log, and in every report after this one's.\n", closing_text(sheet))
