"""The verbs about what was recorded: log show, log verify, verify."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from offline_root import wire
from offline_root.anchor import Anchor, read_anchor
from offline_root.cli.outcome import DONE, REFUSED, Outcome, findings_facts, findings_text
from offline_root.errors import StationError
from offline_root.fingerprints import groups
from offline_root.home import Home
from offline_root.model import serial_text
from offline_root.response.report import line
from offline_root.response.verify import verify_response


def _audit_folder(arguments: Namespace) -> Path:
    """Return the folder of log.jsonl: PATH itself, the folder of a file PATH, or that of the authority in HOME."""
    if arguments.path is None:
        return Home(Path(arguments.home)).choose(arguments.authority).audit
    path = Path(arguments.path)
    return path if path.is_dir() else path.parent


def log_show(arguments: Namespace) -> Outcome:
    """Print every line of the log in words."""
    view = wire.read_log(_audit_folder(arguments))
    entries = [
        {"seq": each.seq, "time": each.time, "prev": each.prev, "event": each.event, **each.facts}
        for each in view.entries
    ]
    return Outcome(DONE, {"entries": entries}, "\n".join(line(each) for each in view.entries))


def log_verify(arguments: Namespace) -> Outcome:
    """Check the log and its checkpoint, without token and without changing anything."""
    folder = _audit_folder(arguments)
    anchor = _anchor(arguments)
    checked = wire.verify_log(folder, anchor)
    problems = [{"line": each.line, "reason": each.reason} for each in checked.problems]
    facts: dict[str, Any] = {
        "ok": checked.ok,
        "size": checked.size,
        "root": checked.root.hex(),
        "signed": checked.signed,
        "unsigned": checked.unsigned,
        "origin_proven": anchor is not None,
        "problems": problems,
    }
    said = "".join(f"line {each.line}: {each.reason}\n" for each in checked.problems)
    verdict = "OK" if checked.ok else "FAILED"
    text = f"{said}{verdict}  {checked.size} lines, {checked.signed} signed, {checked.unsigned} not; root {groups(checked.root.hex())}\n"
    return Outcome(DONE if checked.ok else REFUSED, facts, text)


def verify(arguments: Namespace) -> Outcome:
    """Check a response folder against the anchor."""
    found = verify_response(wire.read_folder(Path(arguments.folder)), _anchor(arguments), rehearsal=arguments.rehearsal)
    ok = not found.findings
    facts = {
        "ok": ok,
        "origin": found.origin,
        "root_sha256": found.root_sha256,
        "log_size": found.log_size,
        "issued": [
            {"environment": each.environment, "serial": serial_text(each.serial), "sha256": each.sha256}
            for each in found.issued
        ],
        "findings": findings_facts(found.findings),
    }
    if not ok:
        return Outcome(REFUSED, facts, f"FAILED\n\n{findings_text(found.findings)}")
    issued = "".join(f"    {each.owner}, serial {serial_text(each.serial)}\n" for each in found.issued)
    return Outcome(DONE, facts, f"OK  a whole response of {found.origin}, log size {found.log_size}\n{issued}")


def _anchor(arguments: Namespace) -> Anchor | None:
    """Return the anchor in --anchor, else that of HOME where there is one, else None."""
    if arguments.anchor is not None:
        return read_anchor(wire.read_text_file(Path(arguments.anchor)))
    try:
        place = Home(Path(arguments.home)).choose(arguments.authority)
        return read_anchor(wire.read_text_file(place.path / "anchor.json"))
    except StationError:
        return None
