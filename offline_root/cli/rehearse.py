"""`rehearse`: a whole scripted ceremony on a throwaway SoftHSM token and a practice stick, marked as worthless everywhere.

The same station, the same checks and the same files as the real thing; only token, stick and people are invented.
"""

import secrets
import sys
import tempfile
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from offline_root import wire
from offline_root.cli.ceremony import INTERFACE, closing_text
from offline_root.cli.outcome import DONE, REFUSED, Outcome, findings_text
from offline_root.cli.policies import policy_from, policy_in
from offline_root.config import Appliance, read_appliance
from offline_root.creation import Created, Creation, Pins
from offline_root.findings import refusals
from offline_root.fingerprints import groups
from offline_root.home import Home, Place
from offline_root.model import Issued, People, Refused, Unreadable, serial_text
from offline_root.opening import Opening
from offline_root.policy.presets import preset_text
from offline_root.practice import PracticeRequest, practice_requests
from offline_root.response.verify import verify_response
from offline_root.statement import statements
from offline_root.station import Station

_BANNER = "*** REHEARSAL *** Nothing made here is worth anything outside the rehearsal. ***"
_PEOPLE = People("Olga Operator", ("Wanda Witness",))
_NAME = "rehearsal"


def rehearse(arguments: Namespace) -> Outcome:
    """Create a throwaway authority, sign what is good, refuse what is bad, deliver, verify; tell it all on the way."""
    base = Path(arguments.out or tempfile.mkdtemp(prefix="offline-root-rehearsal-")).absolute()
    home, appliance = Home(base / "home"), read_appliance(base / "home")
    pins = Pins(secrets.token_hex(8), secrets.token_hex(8))
    _tell(_BANNER, f"It all happens in {base}.")
    created, place = _create(arguments, home, appliance, pins)
    with wire.station(home, place, appliance) as station:
        slips = _prepare_stick(station, base / "stick")
        path, as_expected = _hold(station, slips, base / "stick", pins, created.closing.head)
    found = verify_response(wire.read_folder(path), created.anchor, rehearsal=True).findings
    _tell(f"VERIFY the response: {findings_text(found).strip()}", _BANNER)
    good = as_expected and not found
    facts = {"rehearsal": str(base), "home": str(home.path), "response": str(path), "as_expected": good}
    text = (
        f"The response is in {path}\n"
        f"Look at it, and check it yourself:\n"
        f"    offline-root --home {home.path} verify --rehearsal {path}\n"
        f"    (cd {path} && sh VERIFY.txt)\n"
    )
    return Outcome(DONE if good else REFUSED, facts, text)


def _tell(*lines: str) -> None:
    print(*lines, "", sep="\n", file=sys.stderr)


def _create(arguments: Namespace, home: Home, appliance: Appliance, pins: Pins) -> tuple[Created, Place]:
    policy = policy_from(arguments.policy) if arguments.policy else policy_in(preset_text("solo", "Example"))
    creation = Creation(_NAME, policy, _opening("create"), rehearsal=True)
    created, place = wire.create_authority(home, appliance, creation, pins)
    _tell(
        "1. CREATE: a throwaway token, a root key and an audit key in it, a self-signed root.",
        "   On paper, the anchor:",
        f"     root certificate, SHA-256   {groups(created.anchor.root_sha256)}",
        f"     audit key, SHA-256          {groups(created.anchor.audit_sha256)}",
    )
    return created, place


def _opening(kind: str, head: str = "") -> Opening:
    return Opening(kind, INTERFACE, _PEOPLE, wire.SystemClock().now(), head)


def _prepare_stick(station: Station, stick: Path) -> tuple[PracticeRequest, ...]:
    """Write the practice requests: one good request for each environment, and five bad ones for the first."""
    first, *others = station.policy.environments
    slips = (*practice_requests(first), *(practice_requests(each)[0] for each in others))
    wire.write_files(stick / "requests", {each.file: each.data for each in slips})
    good = [each for each in slips if not each.lesson]
    _tell(
        f"2. A PRACTICE STICK with {len(slips)} requests is in {stick / 'requests'}.",
        "   The paper in your hand says:",
        *(f"     {each.environment:<8} {groups(each.fingerprint[:32])}" for each in good),
    )
    return slips


def _hold(station: Station, slips: Sequence[PracticeRequest], stick: Path, pins: Pins, head: str) -> tuple[Path, bool]:
    """Hold the ceremony; return where the response is, and whether good and bad came out as they should."""
    station.open(_opening("sign", head))
    station.unlock(pins.pin)
    _tell("3. CEREMONY OPEN: people, clock, closing sheet and PIN are right; the token has signed a checkpoint.")
    as_expected = True
    for slip in slips:
        answer = _answer(station, slip, stick)
        as_expected &= isinstance(answer, Refused) == bool(slip.lesson)
        _tell(*_answer_lines(slip, answer))
    station.state_all(statements(_PEOPLE, ()))
    delivered = station.deliver(wire.WiredFolder(stick))
    sheet = station.close("done")
    _tell("5. DELIVERED, read back and compared. Everyone agrees.", closing_text(sheet).rstrip())
    return delivered.path, as_expected


def _answer(station: Station, slip: PracticeRequest, stick: Path) -> Issued | Refused:
    request = station.read(slip.file, wire.read_request_file(stick / "requests" / slip.file))
    if isinstance(request, Unreadable):
        return station.refuse(slip.file, slip.environment, request.findings)
    reviewed = station.review(request, slip.environment)
    acknowledged = tuple(each.code for each in reviewed.findings)
    approved = station.approve(reviewed, slip.fingerprint[:32], acknowledged)
    return approved if isinstance(approved, Refused) else station.sign(approved)


def _answer_lines(slip: PracticeRequest, answer: Issued | Refused) -> list[str]:
    if isinstance(answer, Issued):
        return [f"4. ISSUED  {slip.file}: {answer.environment}, serial {serial_text(answer.serial)}"]
    codes = ", ".join(dict.fromkeys(each.code for each in refusals(answer.findings)))
    return [f"4. REFUSED {slip.file}: {slip.lesson}", f"     {codes}"]
