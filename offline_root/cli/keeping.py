"""`backup`: a copy of the root key that opens with the cards of several people."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from offline_root import wire
from offline_root.backup import Kept
from offline_root.cli import custodians
from offline_root.cli.ceremony import ceremony, check_out, closing_text, state_all
from offline_root.cli.layout import digest, wrapped
from offline_root.cli.outcome import DONE, Outcome
from offline_root.station import Station

BACKUP_SKELETON: dict[str, Any] = {"backup": None}


def backup(arguments: Namespace) -> Outcome:
    """Make a backup of the root key, prove it, and hand out its shares."""

    def check(station: Station) -> None:
        check_out(arguments)
        station.check_backup()
        custodians.check_somebody()

    with ceremony(arguments, "backup", check) as station:
        kept = station.backup(wire.WiredFolder(Path(arguments.out)), custodians.hand_out)
        state_all(station, arguments)
        sheet = station.close("done")
    made = kept.backup
    facts = {
        "backup": str(kept.path),
        "sha256": kept.sha256,
        "key_sha256": made.key,
        "set": made.shares.number,
        "needed": made.shares.needed,
        "shares": made.shares.made,
        "closing": sheet and sheet.head,
    }
    return Outcome(DONE, facts, _text(kept), closing_text(sheet))


def _text(kept: Kept) -> str:
    shares = kept.backup.shares
    return (
        f"BACKED UP: the root key, in {kept.path}\n\n"
        + digest("the file, SHA-256", kept.sha256)
        + digest("the key in it", kept.backup.key)
        + "\n"
        + wrapped(
            f"It opens with {shares.needed} of the {shares.made} cards BACKUP SHARE of set {shares.number}, and with"
            " nothing else. That was tried with every choice of cards, in a scratch token, with a signature."
        )
        + "\n\n"
        + wrapped(f"WHAT IT MEANS that the key can leave its token: {kept.means}.")
        + "\n\n"
        + wrapped(
            "NEXT: copy the folder to where you will find it in ten years, apart from the cards. Seal each card in a"
            " numbered bag."
        )
    )
