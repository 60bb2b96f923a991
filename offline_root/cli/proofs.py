"""Proofs for people who do not have the log, made and checked."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

from offline_root import wire
from offline_root.anchor import Anchor
from offline_root.audit import proof
from offline_root.audit.entry import Entry, MalformedEntry, decode
from offline_root.audit.file import LogView
from offline_root.audit.note import Checkpoint, UntrustedNote, claimed_sizes, signer_of, verify_note
from offline_root.cli.layout import digest, shown
from offline_root.cli.outcome import DONE, REFUSED, Outcome
from offline_root.cli.requests import typed_serial
from offline_root.display import visible
from offline_root.errors import AuditError, CeremonyError
from offline_root.model import serial_text
from offline_root.response.report import line

SKELETON: dict[str, Any] = {"proof": None}


def prove(arguments: Namespace, view: LogView, signed: int) -> Outcome:
    """Write the proof for a line of the log, or that it only grew; the checkpoint beside it signs `signed` lines."""
    if view.checkpoint is None or view.check.problems or not signed:
        raise AuditError(
            "The log and its checkpoint do not belong together, so nothing can be proven with them.",
            meaning="Nothing was written.",
            mend="See what is wrong: offline-root log verify.",
            retry=False,
        )
    lines = view.text.splitlines(keepends=True)[:signed]
    number = _number(arguments, view.entries)
    if not 1 <= number <= signed:
        raise _nothing(f"{number} is not one of the {signed} lines that the checkpoint signs.")
    if arguments.since is not None:
        grown = proof.prove_growth(lines, number, view.checkpoint)
        return _made({"kind": "consistency", "old": number, "size": signed}, grown)
    included = proof.prove_line(lines, number - 1, view.checkpoint)
    return _made({"kind": "inclusion", "line": number, "index": number - 1, "size": signed}, included)


def _made(facts: dict[str, Any], made: proof.Inclusion | proof.Consistency) -> Outcome:
    text = made.text().decode()
    hashes = [each.hex() for each in made.hashes]
    return Outcome(DONE, {**facts, "hashes": hashes, "proof": text}, text, exact=True)


def _number(arguments: Namespace, entries: tuple[Entry, ...]) -> int:
    """Return the number of the line that is meant, counted from 1 as `log show` does, or the older log's size."""
    if arguments.since is not None:
        return _since(arguments.since)
    if arguments.serial is None:
        return int(arguments.line)
    serial = serial_text(typed_serial(arguments.serial))
    issued = (each for each in entries if each.event == "certificate-issued" and each.facts.get("serial") == serial)
    entry = next(issued, None)
    if entry is None:
        raise _nothing(f"The log records no certificate with the serial {serial}.")
    return entry.seq + 1


def _nothing(what: str) -> CeremonyError:
    mend = "`offline-root log show` numbers the lines, and `offline-root status` has the serials."
    return CeremonyError(what, meaning="Nothing was written.", mend=mend, retry=True)


def _since(given: str) -> int:
    """Return the size in an older checkpoint's file, or the size itself."""
    if given.isascii() and given.isdecimal():
        return int(given)
    sizes = claimed_sizes(wire.read_text_file(Path(given)))
    if not sizes:
        raise _no_checkpoint(given, "it is no signed note of a log's size")
    return sizes[0]


def _no_checkpoint(given: str, reason: str) -> CeremonyError:
    return CeremonyError(
        f"{visible(given)} is not a checkpoint to hold against: {reason}.",
        meaning="Nothing was checked with it.",
        mend="Give `checkpoint` or `closing-checkpoint` of an older response of the same authority.",
        retry=True,
    )


def older(given: str, anchor: Anchor) -> Checkpoint:
    """Return a verified older checkpoint (CeremonyError)."""
    note = wire.read_text_file(Path(given))
    try:
        return verify_note(note, signer_of(note, anchor.keys))
    except UntrustedNote as error:
        raise _no_checkpoint(given, error.reason) from error


def check_proof(data: bytes, anchor: Anchor | None, since: str | None) -> Outcome:
    """Check a proof that `log prove` wrote, on any machine (CeremonyError without anchor or older checkpoint)."""
    if anchor is None:
        raise _needs("A proof says nothing without the anchor.", "Give --anchor FILE, of the create ceremony.")
    try:
        found = proof.parse(data)
        verifier = signer_of(found.note, anchor.keys)
        if isinstance(found, proof.Inclusion):
            return _included(found, found.check(verifier), decode(found.line))
        if since is None:
            raise _needs("This proof speaks of an older checkpoint.", "Give it with --since FILE.")
        head = found.check(verifier, older(since, anchor))
    except (UntrustedNote, MalformedEntry) as error:
        facts = {"ok": False, "problems": [{"line": 0, "reason": error.reason}]}
        return Outcome(REFUSED, facts, f"FAILED  {error.reason}\n")
    said = f"OK      the log of {head.size} lines begins with the {found.old} that the older checkpoint signs\n"
    return _proven({"kind": "consistency", "old": found.old}, head, said)


def _included(found: proof.Inclusion, head: Checkpoint, entry: Entry) -> Outcome:
    facts = {"kind": "inclusion", "line": found.index + 1, "entry": json.loads(found.line)}
    said = f"OK      line {found.index + 1} of a log of {head.size} lines:\n{shown(line(entry))}\n"
    return _proven(facts, head, said)


def _proven(facts: dict[str, Any], head: Checkpoint, said: str) -> Outcome:
    whole = {"ok": True, **facts, "origin": head.origin, "size": head.size, "root": head.root.hex(), "problems": []}
    return Outcome(DONE, whole, said + digest("root hash", head.root.hex(), "        "))


def _needs(what: str, mend: str) -> CeremonyError:
    return CeremonyError(what, meaning="Nothing was checked.", mend=mend, retry=True)
