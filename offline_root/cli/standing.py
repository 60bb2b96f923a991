"""`status`: where an authority stands. Changes nothing and needs no PIN."""

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from offline_root import wire
from offline_root.alarm import WAY_OUT
from offline_root.audit.state import RootKey, State
from offline_root.cli.alarms import banner
from offline_root.cli.answers import crl_facts, crl_pairs
from offline_root.cli.ceremony import places
from offline_root.cli.layout import digest, rows, wrapped
from offline_root.cli.outcome import DONE, Outcome
from offline_root.desk import neighbours
from offline_root.display import visible_lines
from offline_root.intents import again, explain
from offline_root.model import serial_text
from offline_root.status import Line, Status, status_of

_COLUMNS = "    {:<14} {:<12} {:<22} {}\n"


def status(arguments: Namespace) -> Outcome:
    """Say what was issued, what expires when, and what is unsettled."""
    home, place, appliance = places(arguments)
    state = wire.read_state(place)
    others, errors = neighbours(home, place)
    unread = [f"NOT READ   {each} What it issued is not compared with this one's." for each in errors]
    found = status_of(state, wire.SystemClock().now(), others)
    token = {
        "label": state.token_label,
        "serial": state.token_serial,
        "state": wire.token_state(place, appliance, state),
    }
    unsigned = wire.verify_log(place.audit, None).unsigned
    unfinished = state.ceremony
    facts = {
        **_facts(found),
        "root_key": state.root_key.value,
        "alarms": [each.reason for each in state.alarms],
        "unread": unread,
        "token": token,
        "unsigned": unsigned,
        "unfinished_ceremony": unfinished,
    }
    text = "".join(
        (
            banner(state.alarms),
            _head(found, token, unsigned),
            _environments(found.lines),
            "".join(
                f"\n{wrapped(each)}\n"
                for each in (*_unsettled(found, unsigned, unfinished), *_findings(found), *map(visible_lines, unread))
            ),
            "\n",
            *(f"{wrapped(f'NEXT: {each}')}\n" for each in _next(found, state)),
        )
    )
    return Outcome(DONE, facts, text)


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
            {"serial": each.label, "environment": each.environment, "file": each.file, "time": each.time}
            for each in found.intents
        ],
        "abandoned": [serial_text(each) for each in found.abandoned],
        "revoked": [{"serial": serial_text(each.serial), "reason": each.reason.value} for each in found.revoked],
        "crl": crl_facts(found.crl.crl),
        "crl_due": found.crl.due,
        "not_on_crl": [serial_text(each.serial) for each in found.crl.unlisted],
        "needs": list(found.needs),
        "findings": [each.facts() for each in found.findings],
        "pin_attempts": found.attempts,
        "log": {"size": found.log_size, "last": found.last_time},
    }


def _head(found: Status, token: dict[str, str], unsigned: int) -> str:
    banner = (
        "*** REHEARSAL *** Nothing here is worth anything outside the rehearsal. ***\n\n" if found.rehearsal else ""
    )
    signed = f", {unsigned} of them not signed yet" if unsigned else ""
    pairs = (
        ("Authority", found.authority),
        ("Token", f"{token['label']}, serial {token['serial']}: {token['state']}"),
        ("Log", f"{found.log_size} lines{signed}, the last {found.last_time}"),
        ("Root", f"valid until {found.root_not_after}"),
    )
    return banner + rows(pairs) + digest("SHA-256, as on paper", found.root_sha256) + rows(crl_pairs(found.crl.crl))


def _environments(lines: tuple[Line, ...]) -> str:
    parts = ["\n", _COLUMNS.format("ENVIRONMENT", "STATE", "VALID UNTIL", "RENEW BEFORE")]
    for each in lines:
        if each.serial:
            parts.append(_COLUMNS.format(each.environment, each.state, each.not_after, each.renew_before))
            parts.append(f"    {'':<14} serial {each.serial}\n")
        else:
            parts.append(f"    {each.environment:<14} {each.state}\n")
    return "".join(parts)


def _unsettled(found: Status, unsigned: int, unfinished: str) -> Iterator[str]:
    """Yield what the next ceremony has to settle."""
    for each in found.intents:
        yield f"OPEN INTENT  {explain(each)} {again(each)} to finish it, or give it up: abandon {each.label}."
    if found.abandoned:
        yield f"ABANDONED  {', '.join(serial_text(each) for each in found.abandoned)}"
    if found.crl.unlisted:
        serials = ", ".join(serial_text(each.serial) for each in found.crl.unlisted)
        yield f"NOT ON A CRL  {serials}: whoever looks at the CRL takes what stands under them for good."
    if found.attempts:
        yield f"PIN  {found.attempts} attempts to open the token since it was opened last."
    if unfinished:
        yield f"NOT CLOSED  The last ceremony ({unfinished}) has no end in the log: it goes on, or the machine stopped."
    if unsigned:
        yield f"NOT SIGNED  The next opening asks to accept {unsigned} lines: `offline-root log show` has them."


def _findings(found: Status) -> Iterator[str]:
    """Yield what is odd about all that was issued, and what to do about it."""
    for each in found.findings:
        yield f"{each.severity.value.upper()}  {each.code}: {each.message} {each.mend}"


def _next(found: Status, state: State) -> tuple[str, ...]:
    if state.root_key is RootKey.DESTROYED:
        return ("nothing. The root key was destroyed, and nothing is signed under this root any more.",)
    if state.root_key is RootKey.DOOMED:
        return ("finish the destruction of the root key, which was begun: offline-root destroy.",)
    if state.alarms:
        return (f"nothing is signed while an alarm stands. {WAY_OUT}",)
    if found.intents:
        return ("settle the open intent.",)
    fresh = (f"make a fresh CRL ({found.crl.due}): offline-root crl --out DIR.",) if found.crl.due else ()
    needs = (f"{each} Have its online CA make a new request." for each in found.needs)
    return (*fresh, *needs) or ("nothing is due.",)
