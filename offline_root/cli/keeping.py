"""`backup`, `restore`, `shares verify`: a copy of the root key that opens with the cards of several people."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from offline_root import wire
from offline_root.backup_file import MAX_BACKUP, Backup, open_backup, read_backup
from offline_root.cli import ask, custodians, interrupts
from offline_root.cli.authority import made, new_pins
from offline_root.cli.backed import backup_facts, backup_text
from offline_root.cli.ceremony import INTERFACE, ceremony, check_out, closing_text, head_of, machine, people, state_all
from offline_root.cli.layout import digest, wrapped
from offline_root.cli.outcome import DONE, Outcome
from offline_root.config import Appliance, read_appliance
from offline_root.display import visible
from offline_root.home import Home
from offline_root.opening import Opening
from offline_root.policy.force import in_force
from offline_root.restoration import RESTORE_KEY, Restoration, check_restorable, check_takes, log_of, read_published
from offline_root.shares import Share, combine
from offline_root.station import Station

BACKUP_SKELETON: dict[str, Any] = {"backup": None}
VERIFY_SKELETON: dict[str, Any] = {"opens": False}
MAX_CRL = 1024 * 1024
"""Bytes of a published CRL."""


def backup(arguments: Namespace) -> Outcome:
    """Make a backup of the root key, prove it, and hand out its shares."""

    def check(station: Station) -> None:
        check_out(arguments)
        station.check_backup()
        custodians.check_somebody()

    with ceremony(arguments, "backup", check) as station:
        drawn = station.draw_backup()
        typed = custodians.hand_out(drawn.splitting)
        kept = station.keep_backup(drawn, typed, wire.WiredFolder(Path(arguments.out)))
        state_all(station, arguments)
        sheet = station.close("done")
    facts = {**backup_facts(kept), "closing": sheet and sheet.head}
    return Outcome(DONE, facts, backup_text(kept), closing_text(sheet))


def verify_shares(arguments: Namespace) -> Outcome:
    """Open a backup with the cards of custodians, in memory alone: a drill, on any machine without a network."""
    backup = _read(arguments.file)
    shares = _shares(arguments, backup)
    told = open_backup(backup, combine(shares))
    present = sorted(each.custodian for each in shares)
    facts = {
        "opens": True,
        "key_seen": told,
        "key_sha256": backup.key,
        "set": backup.shares.number,
        "custodians": present,
    }
    text = wrapped(
        f"OK: the cards of custodians {', '.join(map(str, present))} open this backup of {visible(backup.authority)}"
        f"{', and the key in it is the one that the file says' if told else ''}. Nothing was kept, and no token was"
        f" touched.{'' if told else ' Whether the key in it is the right one, only a restore can tell.'}"
    )
    return Outcome(DONE, facts, f"{text}\n\n{digest('the key in it', backup.key)}")


def _read(file: str) -> Backup:
    return read_backup(wire.read_text_file(Path(file), MAX_BACKUP))


def _shares(arguments: Namespace, backup: Backup) -> tuple[Share, ...]:
    if arguments.share_file or not ask.somebody():
        return custodians.from_files((backup.shares,), arguments.share_file)
    return custodians.entered((backup.shares,))


def restore(arguments: Namespace) -> Outcome:
    """Put the root key from its backup into a new token, and go on with the log from a response."""
    home, appliance = Home(Path(arguments.home)), read_appliance(Path(arguments.home))
    restoration = _restoration(arguments, home, appliance)
    shares = _shares(arguments, restoration.backup)
    with interrupts.held():
        pins = new_pins(arguments, restoration.policy.ceremony, appliance)
        made_anew, place = wire.restore_authority(home, appliance, restoration, shares, pins)
    said = f"RESTORED {place.name} in {place.path}: the root key in a new token, with a new audit key.\n\n"
    asked = wrapped(
        "FIRST: what was signed after that response is not in this log. Ask every online CA for what this root signed"
        " for it, and take what nobody can account for as misused. Then make a fresh CRL."
    )
    return made(made_anew, place, home.aside(place.name), f"{said}{asked}\n\n")


def _restoration(arguments: Namespace, home: Home, appliance: Appliance) -> Restoration:
    """Return what is restored, once it is sure that it can be (StationError): only then do custodians type."""
    backup = _read(arguments.file)
    known = wire.read_copy(Path(arguments.log), Path(arguments.anchor))
    check_restorable(backup, known)
    home.check_free(known.state.authority)
    crl = read_published(wire.read_text_file(Path(arguments.crl), MAX_CRL), known) if arguments.crl else None
    policy = in_force(known.state).ceremony
    head = head_of(arguments, policy)
    clock = ask.clock(arguments.clock, alone=False)
    because, reported = arguments.because, machine(arguments)
    stated = Opening(RESTORE_KEY, INTERFACE, people(arguments), clock, head, because=because, machine=reported)
    restoration = Restoration(backup, known, crl, stated)
    check_takes(restoration, wire.new_tokens(appliance))
    log_of(restoration, wire.SystemClock().now())
    return restoration
