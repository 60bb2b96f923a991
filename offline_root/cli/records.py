"""The verbs about what was recorded: log show, log verify, log prove, verify."""

import shutil
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from textwrap import fill
from typing import Any

from offline_root import wire
from offline_root.anchor import Anchor, read_anchor
from offline_root.audit.chain import Problem, compare, roots
from offline_root.audit.entry import MAX_LINE
from offline_root.audit.proof import is_proof
from offline_root.cli import proofs
from offline_root.cli.answers import certificate_text, crl_facts, crl_pairs
from offline_root.cli.layout import digest, rows, wrapped
from offline_root.cli.outcome import DONE, REFUSED, Outcome, findings_facts, findings_text
from offline_root.display import visible
from offline_root.errors import CeremonyError
from offline_root.home import Home
from offline_root.model import serial_text
from offline_root.response.report import line
from offline_root.response.verify import verify_response

LOG_SKELETON: dict[str, Any] = {"ok": False, "problems": []}
VERIFY_SKELETON: dict[str, Any] = {"ok": False, "issued": [], "findings": []}
_LOG = "log.jsonl"
_HANGING = " " * 29
"""The width of number and time in front of what happened."""


def _audit_folder(arguments: Namespace) -> Path:
    """Return the folder of log.jsonl: that of PATH (the file, its folder, a response), or of the authority in HOME."""
    if arguments.path is None:
        return Home(Path(arguments.home)).choose(arguments.authority).audit
    path = Path(arguments.path)
    candidates = (path.parent,) if path.name == _LOG else (path, path / "audit")
    for folder in candidates:
        if (folder / _LOG).is_file():
            return folder
    raise CeremonyError(
        f"There is no {_LOG} at {visible(str(path))}.",
        meaning="Nothing was read.",
        mend=f"Name the file {_LOG} itself, the folder it is in, or the folder of a response.",
        retry=True,
    )


def log_show(arguments: Namespace) -> Outcome:
    """Print every line of the log in words."""
    folder = _audit_folder(arguments)
    view = wire.read_log(folder)
    signed = wire.verify_log(folder, None).signed
    entries = [
        {"seq": each.seq, "time": each.time, "prev": each.prev, "event": each.event, **each.facts}
        for each in view.entries
    ]
    text = "\n".join(_shown(line(each)) for each in view.entries)
    said = [f"line {each.line}: {each.reason}" for each in view.check.problems]
    if said:
        aside = "THE LOG IS DAMAGED: what is printed is not to be relied on.\n" + "\n".join(said)
    else:
        aside = f"{wrapped(f'Lines from {signed + 1} on are not signed yet.')}" if signed < len(entries) else ""
    facts = {"entries": entries, "signed": signed, "problems": _problems(view.check.problems)}
    return Outcome(REFUSED if said else DONE, facts, text, aside)


def _shown(said: str) -> str:
    """Return a line as it is, for `grep`; on a terminal, in lines that fit."""
    if sys.stdout is None or not sys.stdout.isatty():
        return said
    width = max(60, shutil.get_terminal_size().columns)
    return fill(said, width, subsequent_indent=_HANGING, break_on_hyphens=False)


def log_prove(arguments: Namespace) -> Outcome:
    """Write a proof for someone who does not have the log."""
    folder = _audit_folder(arguments)
    return proofs.prove(arguments, wire.read_log(folder), wire.verify_log(folder, None).signed)


def log_verify(arguments: Namespace) -> Outcome:
    """Check the log and its checkpoint, or a proof, without token and without changing anything."""
    anchor = _anchor(arguments)
    proof = _proof(arguments.path)
    if proof is not None:
        return proofs.check_proof(proof, anchor, arguments.since)
    folder = _audit_folder(arguments)
    checked = wire.verify_log(folder, anchor)
    if arguments.since is not None:
        checked = replace(checked, problems=(*checked.problems, *_since(folder, arguments.since, anchor)))
    facts: dict[str, Any] = {
        "ok": checked.ok,
        "size": checked.size,
        "root": checked.root.hex(),
        "signed": checked.signed,
        "unsigned": checked.unsigned,
        "origin_proven": anchor is not None,
        "problems": _problems(checked.problems),
    }
    said = "".join(
        wrapped(f"line {each.line}: {each.reason}" if each.line else each.reason) + "\n" for each in checked.problems
    )
    verdict = "OK      " if checked.ok else "FAILED  "
    counted = f"{verdict}{checked.size} lines, {checked.signed} of them signed, {checked.unsigned} not yet\n"
    text = said + counted + digest("root hash", checked.root.hex(), "        ")
    return Outcome(DONE if checked.ok else REFUSED, facts, text)


def _proof(path: str | None) -> bytes | None:
    """Return the proof in a file, or None where PATH is not one."""
    if path is None or not Path(path).is_file() or Path(path).name == _LOG:
        return None
    data = wire.read_text_file(Path(path), limit=2 * MAX_LINE)
    return data if is_proof(data) else None


def _since(folder: Path, older: str, anchor: Anchor | None) -> tuple[Problem, ...]:
    """Return what an older checkpoint says against the log."""
    if anchor is None:
        return ()  # and nothing is proven, as the verdict says already
    head = proofs.older(older, anchor)
    view = wire.read_log(folder)
    found = compare(head, view.check.size, roots(view.text, {head.size}))
    return () if found.ok else (Problem(0, f"the older checkpoint: {found.reason}"),)


def _problems(problems: tuple[Problem, ...]) -> list[dict[str, Any]]:
    return [{"line": each.line, "reason": each.reason} for each in problems]


def verify(arguments: Namespace) -> Outcome:
    """Check a response folder against the anchor."""
    found = verify_response(wire.read_folder(Path(arguments.folder)), _anchor(arguments), rehearsal=arguments.rehearsal)
    ok = not found.findings
    facts = {
        "ok": ok,
        "origin": found.origin,
        "root_sha256": found.root_sha256,
        "log_size": found.log_size,
        "crl": crl_facts(found.crl),
        "issued": [
            {"environment": each.environment, "serial": serial_text(each.serial), "sha256": each.sha256}
            for each in found.issued
        ],
        "findings": findings_facts(found.findings),
    }
    if not ok:
        return Outcome(REFUSED, facts, f"FAILED: do not use this folder.\n\n{findings_text(found.findings)}")
    pairs = (("origin", found.origin), ("log size", str(found.log_size)), *crl_pairs(found.crl))
    issued = "".join(f"{each.owner}\n{certificate_text(each)}" for each in found.issued)
    text = "OK: a whole response, signed by the audit key of the anchor.\n"
    return Outcome(DONE, facts, f"{text}{rows(pairs, '    ')}{issued}")


def _anchor(arguments: Namespace) -> Anchor | None:
    """Return the anchor in --anchor, else that of HOME; None where HOME has no authority (StationError)."""
    if arguments.anchor is not None:
        return read_anchor(wire.read_text_file(Path(arguments.anchor)))
    home = Home(Path(arguments.home))
    if arguments.authority is None and not home.authorities():
        return None
    return wire.read_anchor_of(home.choose(arguments.authority))
