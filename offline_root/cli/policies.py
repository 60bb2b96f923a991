"""The verbs about policies: new, check, show, adopt, explain."""

import difflib
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from offline_root import wire
from offline_root.catalogue import catalogue, markdown
from offline_root.checks import CODES
from offline_root.cli import ask, interrupts
from offline_root.cli.ceremony import ceremony, closing_text, places, state_all
from offline_root.cli.layout import wrapped
from offline_root.cli.outcome import DONE, REFUSED, Outcome, findings_facts, findings_text
from offline_root.cli.streams import tell
from offline_root.display import visible, visible_lines
from offline_root.errors import PolicyError, VolumeError
from offline_root.findings import Code
from offline_root.keys import fingerprint
from offline_root.opening import ADOPT
from offline_root.policy.force import accepted
from offline_root.policy.model import Policy
from offline_root.policy.presets import DEFAULT_ENVIRONMENTS, Environments, preset_text
from offline_root.policy.reader import PolicyReading, decode_policy, read_policy
from offline_root.station import Station

CHECK_SKELETON: dict[str, Any] = {"ok": False, "findings": []}


def reading(file: str) -> PolicyReading:
    """Read a policy file (VolumeError)."""
    try:
        data = wire.read_text_file(Path(file))
    except VolumeError as error:
        raise VolumeError(
            error.what,
            meaning="Without a policy nothing was done.",
            mend="Check the name of the policy file: a plain text file, no link and no folder.",
            retry=True,
        ) from error
    return decode_policy(data, CODES)


def policy_from(file: str) -> Policy:
    """Return the policy in a file (PolicyError, VolumeError)."""
    return accepted(reading(file), visible(file))


def policy_in(text: str) -> Policy:
    """Return the policy in a text (PolicyError)."""
    return accepted(read_policy(text, CODES), "The policy")


def new(arguments: Namespace) -> Outcome:
    """Print a commented policy to start from."""
    text = preset_text(arguments.preset, arguments.name, _environments(arguments.environment))
    return Outcome(DONE, {"policy": text}, text)


def _environments(given: Sequence[str]) -> Environments:
    """Return each environment and its DNS names from `E=DNS` or `E=DNS,DNS`; the same environment may come again."""
    found: dict[str, tuple[str, ...]] = {}
    for each in given:
        name, equals, dns = each.partition("=")
        if not equals:
            raise PolicyError(
                f"'{visible(each)}' is not an environment.",
                meaning="Nothing was done.",
                mend="Write NAME=DNS, such as --environment test=test.example.org.",
                retry=True,
            )
        found[name] = (*found.get(name, ()), *dns.split(","))
    return tuple(found.items()) or DEFAULT_ENVIRONMENTS


def check(arguments: Namespace) -> Outcome:
    """List everything that is wrong with a policy file."""
    found = reading(arguments.file)
    ok = found.policy is not None
    facts = {"ok": ok, "findings": findings_facts(found.findings)}
    verdict = "OK: this policy can be used.\n" if ok else "REFUSED: this policy cannot be used.\n"
    listed = f"\n{findings_text(found.findings)}" if found.findings else ""
    return Outcome(DONE if ok else REFUSED, facts, verdict + listed)


def show(arguments: Namespace) -> Outcome:
    """Print the policy in force, as it is in the audit log."""
    _, place, _ = places(arguments)
    text = wire.read_state(place).policy
    # At a terminal made visible; into a file or pipe as it is, for it has to be the policy in force byte for byte.
    at_terminal = sys.stdout.isatty()
    shown = visible_lines(text) if at_terminal else text
    return Outcome(DONE, {"policy": text, "sha256": fingerprint(text.encode())}, shown, exact=not at_terminal)


def adopt(arguments: Namespace) -> Outcome:
    """Put a policy in force, showing what differs."""
    policy = policy_from(arguments.file)
    with ceremony(arguments, ADOPT, lambda station: _compare(station, policy.text)) as station:
        if ask.somebody() and not ask.yes("Put this policy in force?"):
            raise interrupts.Interrupted
        state_all(station, arguments)
        differs = station.adopt(policy.text)
        sheet = station.close("done")
    facts = {"adopted": fingerprint(policy.text.encode()), "difference": differs, "closing": sheet and sheet.head}
    return Outcome(DONE, facts, "ADOPTED: the new policy is in force.\n", closing_text(sheet))


def _compare(station: Station, text: str) -> None:
    """Show what would change, before the ceremony begins; refuse what cannot be adopted (PolicyError)."""
    differs = station.adoption(text)
    tell("What changes (- is in force, + is new):\n", visible_lines(differs) or "nothing", "")


def explain(arguments: Namespace) -> Outcome:
    """Print what a check is about, or all of them."""
    if arguments.markdown:
        return Outcome(DONE, {"markdown": markdown()}, markdown())
    every = catalogue()
    chosen = [each for each in every if arguments.code in (None, each.name)]
    if not chosen:
        near = difflib.get_close_matches(arguments.code, [each.name for each in every])
        meant = f" Perhaps: {', '.join(near)}." if near else ""
        raise PolicyError(
            f"There is no check called '{visible(arguments.code)}'.",
            meaning="Nothing was done.",
            mend=f"`offline-root policy explain` lists them all.{meant}",
            retry=True,
        )
    return Outcome(DONE, {"checks": [_code_facts(each) for each in chosen]}, "\n".join(map(_code_text, chosen)))


def _code_facts(code: Code) -> dict[str, Any]:
    return {
        "code": code.name,
        "severity": code.severity.value,
        "strength": code.strength.value,
        "title": code.title,
        "rule": code.rule,
        "mend": code.mend,
    }


_EFFECTS = {
    "refuse": "REFUSE: a request with this finding is not signed",
    "warn": "WARN: somebody must acknowledge it by its code",
    "info": "INFO: for information",
}
_STRENGTHS = {
    "required": "A policy cannot change that.",
    "recommended": "A policy may lower it, with a reason: [severity].",
}


def _code_text(code: Code) -> str:
    effect = f"{_EFFECTS[code.severity.value]}. {_STRENGTHS[code.strength.value]}"
    said = (f"{code.title}.", effect, f"Rule: {code.rule}", f"What to do: {code.mend}")
    return f"{code.name}\n" + "".join(f"{wrapped(each, '    ')}\n" for each in said)
