"""The verbs about an authority itself: create and status."""

import secrets
from argparse import Namespace
from pathlib import Path
from typing import Any

from offline_root import wire
from offline_root.cli import ask
from offline_root.cli.ceremony import closing_text, places, stated
from offline_root.cli.outcome import DONE, Outcome
from offline_root.cli.policies import policy_from
from offline_root.config import read_appliance
from offline_root.creation import Creation, Pins
from offline_root.fingerprints import groups
from offline_root.home import Home
from offline_root.intents import explain
from offline_root.model import serial_text
from offline_root.status import Status, status_of

_SO_PIN_OCTETS = 16


def create(arguments: Namespace) -> Outcome:
    """Make a new authority: token, root key, audit key, self-signed root, anchor."""
    home = Home(Path(arguments.home))
    creation = Creation(arguments.authority or "root", policy_from(arguments.policy), stated(arguments, "create"))
    so_pin, aside = _so_pin(arguments)
    pins = Pins(so_pin, ask.pin(arguments, new=True))
    created, place = wire.create_authority(home, read_appliance(home.path), creation, pins)
    anchor = created.anchor
    facts = {
        "authority": place.name,
        "root_sha256": anchor.root_sha256,
        "audit_key_sha256": anchor.audit_sha256,
        "audit_verifier": anchor.verifier.text(),
        "files": {"root": str(place.path / "root-ca.pem"), "anchor": str(place.path / "anchor.json")},
        "closing": created.closing.head,
    }
    text = (
        f"CREATED {place.name} in {place.path}\n\n"
        "ANCHOR: write both on paper. Everything that this authority ever issues is checked against them.\n"
        f"    root certificate, SHA-256   {groups(anchor.root_sha256)}\n"
        f"    audit key, SHA-256          {groups(anchor.audit_sha256)}\n"
    )
    return Outcome(DONE, facts, text, aside + closing_text(created.closing))


def _so_pin(arguments: Namespace) -> tuple[str, str]:
    """Return the SO PIN, and what to say about it: a random one is shown once, to be sealed on paper."""
    if arguments.so_pin_file is not None:
        return ask.secret("SO PIN", "--so-pin-file FILE", arguments.so_pin_file), ""
    so_pin = secrets.token_hex(_SO_PIN_OCTETS)
    return (
        so_pin,
        f"SO PIN: write it on paper now and seal it in a numbered bag; it is shown only once.\n    {so_pin}\n\n",
    )


def status(arguments: Namespace) -> Outcome:
    """Say where an authority stands. Changes nothing and needs no PIN."""
    _, place, appliance = places(arguments)
    state = wire.read_state(place)
    found = status_of(state, wire.SystemClock().now())
    token = wire.token_state(place, appliance, state)
    facts = {**_facts(found), "token": {"label": state.token_label, "serial": state.token_serial, "state": token}}
    return Outcome(
        DONE, facts, _text(found) + f"Token        {state.token_label}, serial {state.token_serial}: {token}\n"
    )


def _facts(found: Status) -> dict[str, Any]:
    return {
        "authority": found.authority,
        "rehearsal": found.rehearsal,
        "root_sha256": found.root_sha256,
        "root_not_after": found.root_not_after,
        "environments": [
            {
                "environment": each.environment,
                "serial": each.serial,
                "sha256": each.sha256,
                "not_after": each.not_after,
                "renew_before": each.renew_before,
                "state": each.state,
            }
            for each in found.lines
        ],
        "open_intents": [
            {"serial": serial_text(each.serial), "environment": each.environment, "file": each.file, "time": each.time}
            for each in found.intents
        ],
        "abandoned": [serial_text(each) for each in found.abandoned],
        "pin_attempts": found.attempts,
        "log": {"size": found.log_size, "last": found.last_time},
    }


def _text(found: Status) -> str:
    rehearsal = "  *** REHEARSAL ***" if found.rehearsal else ""
    lines = [
        f"Authority    {found.authority}{rehearsal}",
        f"Root         until {found.root_not_after}, SHA-256 {groups(found.root_sha256)}",
        *(
            f"{each.environment:<12} {each.state}"
            + (
                f", serial {each.serial}, until {each.not_after}, renew before {each.renew_before}"
                if each.serial
                else ""
            )
            for each in found.lines
        ),
        f"Log          {found.log_size} lines, the last {found.last_time}",
        *(f"OPEN INTENT  {explain(each)} Sign the same request again, or abandon it." for each in found.intents),
    ]
    return "\n".join(lines) + "\n"
