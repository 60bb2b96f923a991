"""One whole ceremony around a verb: people, clock, closing sheet, PIN; and an orderly end whatever happens."""

import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from offline_root import wire
from offline_root.audit.entry import Entry
from offline_root.cli import ask
from offline_root.closing import ClosingSheet
from offline_root.config import Appliance, read_appliance
from offline_root.errors import StationError, TokenError
from offline_root.home import Home, Place
from offline_root.model import People
from offline_root.opening import Opening
from offline_root.response.report import line
from offline_root.statement import statements
from offline_root.station import Station

INTERFACE = "cli"


def people(arguments: Namespace) -> People:
    """Return who is named on the command line."""
    return People(arguments.operator, tuple(arguments.witness))


def stated(arguments: Namespace, kind: str, tail: Sequence[Entry] = ()) -> Opening:
    """Return what the command line, or the person at the keyboard, states for the opening."""
    clock, accepted = ask.clock(arguments.clock), arguments.accept_tail
    if tail and not accepted and sys.stdin.isatty():
        print("These lines of the log are not signed yet:", *map(line, tail), sep="\n", file=sys.stderr)
        accepted = ask.number("How many of them tell what really happened?", "--accept-tail N")
    return Opening(kind, INTERFACE, people(arguments), clock, arguments.head or "", accepted)


def places(arguments: Namespace) -> tuple[Home, Place, Appliance]:
    """Return HOME, the chosen authority and the machine's settings (StationError)."""
    home = Home(Path(arguments.home))
    return home, home.choose(arguments.authority), read_appliance(home.path)


@contextmanager
def ceremony(arguments: Namespace, kind: str) -> Iterator[Station]:
    """Open a ceremony with its token, and close it in good order if the body fails (StationError)."""
    home, place, appliance = places(arguments)
    # A PIN file that cannot be read must not leave a begun ceremony behind.
    typed = ask.pin(arguments) if arguments.pin_file else None
    with wire.station(home, place, appliance) as station:
        station.open(stated(arguments, kind, station.tail))
        try:
            _unlock(station, arguments, typed)
            yield station
        except (StationError, KeyboardInterrupt) as error:
            why = error.what if isinstance(error, StationError) else "interrupted"
            wire.settle(lambda: station.close(f"failed: {why}"))
            raise


def _unlock(station: Station, arguments: Namespace, typed: str | None) -> None:
    """Open the token; a mistyped PIN is asked for again, as often as the policy allows."""
    while True:
        try:
            station.unlock(ask.pin(arguments) if typed is None else typed)
        except TokenError as error:
            if typed is not None or not error.retry or error.trouble.value != "wrong-pin":
                raise
            print(f"{error.what} Try again.", file=sys.stderr)
        else:
            return


def state_all(station: Station, arguments: Namespace) -> None:
    """Record the statements of everyone present."""
    station.state_all(statements(people(arguments), tuple(arguments.statement)))


def closing_text(sheet: ClosingSheet | None) -> str:
    """Return the closing sheet as it is copied onto paper."""
    if sheet is None:
        return ""
    return (
        "CLOSING SHEET: write this on paper; the next opening asks for it.\n"
        f"    log size {sheet.size}    root hash {sheet.spaced}    (--head {sheet.head})\n"
    )
