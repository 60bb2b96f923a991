"""`rehearse`: a whole ceremony on a throwaway SoftHSM token and a practice stick, marked as worthless everywhere.

The same station, the same checks and the same files as the real thing; only token, stick and people are invented. At a
terminal people play it on screen; elsewhere a script plays all parts and tells what happens.
"""

import shlex
import tempfile
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from offline_root import wire
from offline_root.cli.ceremony import INTERFACE, closing_text
from offline_root.cli.layout import digest, wrapped
from offline_root.cli.outcome import DONE, REFUSED, Outcome, findings_text
from offline_root.cli.policies import policy_from, policy_in
from offline_root.cli.screens import possible
from offline_root.cli.streams import tell
from offline_root.errors import CeremonyError
from offline_root.findings import refusals
from offline_root.fingerprints import groups
from offline_root.model import Issued, Refused, Unreadable, serial_text
from offline_root.opening import Opening
from offline_root.policy.model import CeremonyPolicy
from offline_root.policy.presets import preset_text
from offline_root.practice import PracticeRequest
from offline_root.rehearsal import Rehearsal, prepare
from offline_root.response.verify import verify_response
from offline_root.statement import statements
from offline_root.station import Station

SKELETON: dict[str, Any] = {"rehearsal": None, "home": None, "response": None, "as_expected": False}
_BANNER = "*** REHEARSAL *** Nothing made here is worth anything outside the rehearsal. ***"
_SCREENS = "tui"


def rehearse(arguments: Namespace) -> Outcome:
    """Make a throwaway authority and a practice stick, and hold a ceremony: on screen, or by script."""
    base = _base(arguments.out)
    policy = policy_from(arguments.policy) if arguments.policy else policy_in(preset_text("solo", "Example"))
    if possible(arguments) and not arguments.script and _SCREENS in policy.ceremony.interfaces:
        rehearsal = prepare(base, policy, _SCREENS)
        code = arguments.screens(rehearsal.desk)
        return Outcome(code, _facts(rehearsal), f"{_BANNER}\nWhat is left of it, the stick too, is in\n    {base}\n")
    tell(_BANNER, "", f"It all happens in {base}\n")
    return _by_script(prepare(base, policy, _interface(policy.ceremony)))


def _interface(ceremony: CeremonyPolicy) -> str:
    """Return the interface at which the script plays: one that the policy allows."""
    return INTERFACE if INTERFACE in ceremony.interfaces else ceremony.interfaces[0]


def _base(out: str | None) -> Path:
    """Return the folder of the rehearsal, which must be a fresh one (CeremonyError)."""
    if out is None:
        return Path(tempfile.mkdtemp(prefix="offline-root-rehearsal-"))
    base = Path(out).absolute()
    if any((base / each).exists() for each in ("home", "stick")):
        raise CeremonyError(
            f"{base} holds a rehearsal already.",
            meaning="Nothing was done; nothing is ever overwritten.",
            mend="Name another folder with --out, or leave it out for a fresh one.",
            retry=True,
        )
    return base


def _facts(rehearsal: Rehearsal) -> Mapping[str, Any]:
    return {**SKELETON, "rehearsal": str(rehearsal.base), "home": str(rehearsal.desk.home.path)}


def _by_script(rehearsal: Rehearsal) -> Outcome:
    """Sign what is good, refuse what is bad, deliver, verify; tell it all on the way."""
    _tell_preparations(rehearsal)
    with rehearsal.desk.station() as station:
        path, as_expected = _hold(station, rehearsal)
    found = verify_response(wire.read_folder(path), rehearsal.created.anchor, rehearsal=True).findings
    tell(f"6. VERIFY the response: {findings_text(found).strip()}\n", _BANNER, "")
    good = as_expected and not found
    at, home = shlex.quote(str(path)), shlex.quote(str(rehearsal.desk.home.path))
    text = (
        f"The response is in\n    {path}\n\nLook at it, and check it yourself:\n\n"
        f"    offline-root verify --rehearsal \\\n        --home {home} \\\n        {at}\n\n"
        f"    cd {at}\n    sh VERIFY.txt\n"
    )
    facts = {**_facts(rehearsal), "response": str(path), "as_expected": good}
    return Outcome(DONE if good else REFUSED, facts, text)


def _tell_preparations(rehearsal: Rehearsal) -> None:
    anchor = rehearsal.created.anchor
    tell(
        wrapped("1. CREATE: a throwaway token, a root key and an audit key in it, a self-signed root.", "", "   "),
        "   On paper, the anchor:",
        digest("root certificate, SHA-256", anchor.root_sha256).rstrip(),
        digest("audit key, SHA-256", anchor.audit_sha256),
    )
    tell(
        f"2. A PRACTICE STICK with {len(rehearsal.requests)} requests is in",
        f"     {rehearsal.base / 'stick'}",
        "   The paper in your hand says:",
        *(f"     {each.environment:<8} {groups(each.fingerprint[:32])}" for each in rehearsal.slips),
        "",
    )


def _hold(station: Station, rehearsal: Rehearsal) -> tuple[Path, bool]:
    """Hold the ceremony; return where the response is, and whether good and bad came out as they should."""
    hints, people = rehearsal.desk.hints, rehearsal.people
    interface = _interface(station.policy.ceremony)
    station.open(Opening("sign", interface, people, wire.SystemClock().now(), hints.head))
    station.unlock(hints.pin)
    said = "3. CEREMONY OPEN: people, clock, closing sheet and PIN are right; the token has signed a checkpoint."
    tell(wrapped(said, "", "   "), "")
    as_expected, files = True, rehearsal.desk.requests()
    for slip in rehearsal.requests:
        answer = _answer(station, slip, files.read(slip.file))
        as_expected &= isinstance(answer, Refused) == bool(slip.lesson)
        tell(*_answer_lines(slip, answer), "")
    station.state_all(statements(people, ()))
    delivered = station.deliver(rehearsal.desk.volume())
    sheet = station.close("done")
    tell("5. DELIVERED, read back and compared. Everyone agrees.", closing_text(sheet))
    return delivered.path, as_expected


def _answer(station: Station, slip: PracticeRequest, data: bytes) -> Issued | Refused:
    request = station.read(slip.file, data)
    if isinstance(request, Unreadable):
        return station.refuse(slip.file, slip.environment, request.findings)
    reviewed = station.review(request, slip.environment)
    acknowledged = tuple(each.code for each in reviewed.findings)
    approved = station.approve(reviewed, slip.fingerprint[:32], acknowledged)
    return approved if isinstance(approved, Refused) else station.sign(approved)


def _answer_lines(slip: PracticeRequest, answer: Issued | Refused) -> list[str]:
    if isinstance(answer, Issued):
        return [f"4. ISSUED  {slip.file}: {answer.environment}", f"     serial {serial_text(answer.serial)}"]
    codes = ", ".join(dict.fromkeys(each.code for each in refusals(answer.findings)))
    said = wrapped(f"4. REFUSED {slip.file}: {slip.lesson}", "", "     ")
    return [said, wrapped(codes, "     ")]
