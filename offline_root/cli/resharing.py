"""`shares change`: new cards for new custodians."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from offline_root import resharing, wire
from offline_root.cli import custodians
from offline_root.cli.backed import backup_facts, backup_text
from offline_root.cli.ceremony import ceremony, check_out, closing_text, state_all
from offline_root.cli.layout import wrapped
from offline_root.cli.outcome import DONE, Outcome, UsageError
from offline_root.shares import Purpose
from offline_root.station import Station

SKELETON: dict[str, Any] = {"set": None, "former": []}


def change(arguments: Namespace) -> Outcome:
    """Replace the cards of the PIN or of the backup."""
    of_backup = Purpose(arguments.purpose) is Purpose.BACKUP
    if of_backup != bool(arguments.out):
        raise UsageError(
            "offline-root shares change: --out DIR goes with backup, and with nothing else.",
            "`offline-root shares change --help` shows how it is used.",
        )
    return _backup(arguments) if of_backup else _pin(arguments)


def _pin(arguments: Namespace) -> Outcome:
    def check(station: Station) -> None:
        resharing.check_pin_shares(station.state)
        custodians.check_somebody()

    with ceremony(arguments, resharing.CHANGE, check) as station:
        former = resharing.check_pin_shares(station.state).number
        splitting = station.draw_shares()
        station.change_shares(splitting, custodians.hand_out(splitting))
        state_all(station, arguments)
        sheet = station.close("done")
    facts = {"set": splitting.kept.number, "former": [str(former)], "closing": sheet and sheet.head}
    said = f"CHANGED: the cards PIN SHARE of set {splitting.kept.number} open the token from now on.\n\n"
    asked = wrapped(f"NEXT: destroy the cards of set {former}; they open nothing any more.")
    return Outcome(DONE, facts, f"{said}{asked}\n", closing_text(sheet))


def _backup(arguments: Namespace) -> Outcome:
    former: list[str] = []

    def check(station: Station) -> None:
        former.extend(resharing.check_backups(station.entries))
        check_out(arguments)
        station.check_backup()
        custodians.check_somebody()

    with ceremony(arguments, resharing.CHANGE, check) as station:
        drawn = station.draw_backup()
        typed = custodians.hand_out(drawn.splitting)
        kept = station.replace_backup(drawn, typed, wire.WiredFolder(Path(arguments.out)))
        state_all(station, arguments)
        sheet = station.close("done")
    facts = {**backup_facts(kept), "former": former, "closing": sheet and sheet.head}
    old = f"FIRST: destroy file and cards of set {', '.join(former)}: together they still open, whatever the log says."
    return Outcome(DONE, facts, f"{backup_text(kept)}\n\n{wrapped(old)}\n", closing_text(sheet))
