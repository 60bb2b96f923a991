"""`rehearse`: a whole scripted ceremony on a throwaway SoftHSM token and a practice stick, marked as worthless.

The same station, the same checks and the same files as the real thing; only token, stick and people are invented.
"""

import secrets
import shlex
import tempfile
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offline_root import wire
from offline_root.cli.ceremony import INTERFACE, closing_text
from offline_root.cli.layout import digest, wrapped
from offline_root.cli.outcome import DONE, REFUSED, Outcome, findings_text
from offline_root.cli.policies import policy_from, policy_in
from offline_root.cli.streams import tell
from offline_root.config import Appliance, read_appliance
from offline_root.creation import Created, Creation, Pins
from offline_root.errors import CeremonyError
from offline_root.findings import refusals
from offline_root.fingerprints import groups
from offline_root.home import Home, Place
from offline_root.model import Issued, People, Refused, Unreadable, serial_text
from offline_root.opening import Opening
from offline_root.policy.model import CeremonyPolicy, Policy
from offline_root.policy.presets import preset_text
from offline_root.practice import PracticeRequest, practice_requests
from offline_root.response.verify import verify_response
from offline_root.statement import statements
from offline_root.station import Station

SKELETON: dict[str, Any] = {"rehearsal": None, "home": None, "response": None, "as_expected": False}
_BANNER = "*** REHEARSAL *** Nothing made here is worth anything outside the rehearsal. ***"
_NAME = "rehearsal"


@dataclass(frozen=True, slots=True)
class _Cast:
    """Who plays: as many people as the policy asks for, at the interface that it allows."""

    people: People
    interface: str
    pins: Pins

    @classmethod
    def of(cls, policy: CeremonyPolicy) -> "_Cast":
        witnesses = tuple(f"Wanda Witness {number}" for number in range(1, policy.witnesses + 1))
        interface = INTERFACE if INTERFACE in policy.interfaces else policy.interfaces[0]
        pins = Pins(secrets.token_hex(8), secrets.token_hex(8))
        return cls(People("Olga Operator", witnesses), interface, pins)

    def opening(self, kind: str, head: str = "") -> Opening:
        return Opening(kind, self.interface, self.people, wire.SystemClock().now(), head)


def rehearse(arguments: Namespace) -> Outcome:
    """Create a throwaway authority, sign what is good, refuse what is bad, deliver, verify; tell it all on the way."""
    base = _base(arguments.out)
    home, appliance = Home(base / "home"), read_appliance(base / "home")
    policy = policy_from(arguments.policy) if arguments.policy else policy_in(preset_text("solo", "Example"))
    cast = _Cast.of(policy.ceremony)
    tell(_BANNER, "", f"It all happens in {base}\n")
    created, place = _create(policy, cast, home, appliance)
    with wire.station(home, place, appliance) as station:
        slips = _prepare_stick(station, base / "stick")
        path, as_expected = _hold(station, slips, base / "stick", cast, created.closing.head)
    found = verify_response(wire.read_folder(path), created.anchor, rehearsal=True).findings
    tell(f"6. VERIFY the response: {findings_text(found).strip()}\n", _BANNER, "")
    good = as_expected and not found
    facts = {"rehearsal": str(base), "home": str(home.path), "response": str(path), "as_expected": good}
    at = shlex.quote(str(path))
    text = (
        f"The response is in\n    {path}\n\nLook at it, and check it yourself:\n\n"
        f"    offline-root verify --rehearsal \\\n        --home {shlex.quote(str(home.path))} \\\n        {at}\n\n"
        f"    cd {at}\n    sh VERIFY.txt\n"
    )
    return Outcome(DONE if good else REFUSED, facts, text)


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


def _create(policy: Policy, cast: _Cast, home: Home, appliance: Appliance) -> tuple[Created, Place]:
    creation = Creation(_NAME, policy, cast.opening("create"), rehearsal=True)
    created, place = wire.create_authority(home, appliance, creation, cast.pins)
    tell(
        wrapped("1. CREATE: a throwaway token, a root key and an audit key in it, a self-signed root.", "", "   "),
        "   On paper, the anchor:",
        digest("root certificate, SHA-256", created.anchor.root_sha256).rstrip(),
        digest("audit key, SHA-256", created.anchor.audit_sha256),
    )
    return created, place


def _prepare_stick(station: Station, stick: Path) -> tuple[PracticeRequest, ...]:
    """Write the practice requests: one good request for each environment, and five bad ones for the first."""
    first, *others = station.policy.environments
    slips = (*practice_requests(first), *(practice_requests(each)[0] for each in others))
    wire.write_files(stick / "requests", {each.file: each.data for each in slips})
    tell(
        f"2. A PRACTICE STICK with {len(slips)} requests is in",
        f"     {stick / 'requests'}",
        "   The paper in your hand says:",
        *(f"     {each.environment:<8} {groups(each.fingerprint[:32])}" for each in slips if not each.lesson),
        "",
    )
    return slips


def _hold(station: Station, slips: Sequence[PracticeRequest], stick: Path, cast: _Cast, head: str) -> tuple[Path, bool]:
    """Hold the ceremony; return where the response is, and whether good and bad came out as they should."""
    station.open(cast.opening("sign", head))
    station.unlock(cast.pins.pin)
    said = "3. CEREMONY OPEN: people, clock, closing sheet and PIN are right; the token has signed a checkpoint."
    tell(wrapped(said, "", "   "), "")
    as_expected = True
    for slip in slips:
        answer = _answer(station, slip, stick)
        as_expected &= isinstance(answer, Refused) == bool(slip.lesson)
        tell(*_answer_lines(slip, answer), "")
    station.state_all(statements(cast.people, ()))
    delivered = station.deliver(wire.WiredFolder(stick))
    sheet = station.close("done")
    tell("5. DELIVERED, read back and compared. Everyone agrees.", closing_text(sheet))
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
        return [f"4. ISSUED  {slip.file}: {answer.environment}", f"     serial {serial_text(answer.serial)}"]
    codes = ", ".join(dict.fromkeys(each.code for each in refusals(answer.findings)))
    said = wrapped(f"4. REFUSED {slip.file}: {slip.lesson}", "", "     ")
    return [said, wrapped(codes, "     ")]
