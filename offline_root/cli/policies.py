"""The verbs about policies: new, check, adopt, explain."""

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from offline_root import wire
from offline_root.catalogue import catalogue, markdown
from offline_root.checks import CODES
from offline_root.cli.ceremony import ceremony, closing_text, places, state_all
from offline_root.cli.outcome import DONE, REFUSED, Outcome, findings_facts, findings_text
from offline_root.display import visible_lines
from offline_root.errors import PolicyError
from offline_root.findings import Code
from offline_root.keys import fingerprint
from offline_root.opening import ADOPT
from offline_root.policy.model import Policy
from offline_root.policy.presets import DEFAULT_ENVIRONMENTS, preset_text
from offline_root.policy.reader import PolicyReading, decode_policy, read_policy


def reading(file: str) -> PolicyReading:
    """Read a policy file (VolumeError)."""
    return decode_policy(wire.read_text_file(Path(file)), CODES)


def policy_from(file: str) -> Policy:
    """Return the policy in a file (PolicyError, VolumeError)."""
    return _accepted(reading(file), file)


def policy_in(text: str) -> Policy:
    """Return the policy in a text (PolicyError)."""
    return _accepted(read_policy(text, CODES), "The policy")


def _accepted(found: PolicyReading, name: str) -> Policy:
    """Return the policy that was read, or raise the first thing that is wrong with it."""
    if found.policy is None:
        first, *others = found.findings
        more = f" And {len(others)} more." if others else ""
        raise PolicyError(
            f"{name}: {first.message} ({first.field}){more}",
            meaning="The policy is not accepted. Nothing was done.",
            mend=f"{first.mend} `offline-root policy check FILE` lists everything.",
            retry=True,
        )
    return found.policy


def new(arguments: Namespace) -> Outcome:
    """Print a commented policy to start from."""
    environments = tuple(_environment(each) for each in arguments.environment) or DEFAULT_ENVIRONMENTS
    text = preset_text(arguments.preset, arguments.name, environments)
    return Outcome(DONE, {"policy": text}, text)


def _environment(given: str) -> tuple[str, tuple[str, ...]]:
    """Return an environment and its DNS names from `E=DNS` or `E=DNS,DNS`."""
    name, equals, dns = given.partition("=")
    if not equals:
        raise PolicyError(
            f"'{given}' is not an environment.",
            meaning="Nothing was done.",
            mend="Write NAME=DNS, such as --environment test=test.example.org.",
            retry=True,
        )
    return name, tuple(dns.split(","))


def check(arguments: Namespace) -> Outcome:
    """List everything that is wrong with a policy file."""
    found = reading(arguments.file)
    ok = found.policy is not None
    facts = {"ok": ok, "findings": findings_facts(found.findings)}
    return Outcome(DONE if ok else REFUSED, facts, findings_text(found.findings))


def adopt(arguments: Namespace) -> Outcome:
    """Put a policy in force, showing what differs."""
    policy = policy_from(arguments.file)
    with ceremony(arguments, ADOPT) as station:
        differs = station.adopt(policy.text)
        print(visible_lines(differs), file=sys.stderr)
        state_all(station, arguments)
        sheet = station.close("done")
    _, place, _ = places(arguments)
    place.replace_policy(policy.text)
    facts = {"adopted": fingerprint(policy.text.encode()), "difference": differs, "closing": sheet and sheet.head}
    return Outcome(DONE, facts, "ADOPTED: the new policy is in force.\n", closing_text(sheet))


def explain(arguments: Namespace) -> Outcome:
    """Print what a check is about, or all of them."""
    if arguments.markdown:
        return Outcome(DONE, {"markdown": markdown()}, markdown())
    chosen = [each for each in catalogue() if arguments.code in (None, each.name)]
    if not chosen:
        raise PolicyError(
            f"There is no check called '{arguments.code}'.",
            meaning="Nothing was done.",
            mend="`offline-root policy explain` lists them all.",
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


def _code_text(code: Code) -> str:
    head = f"{code.name}  ({code.severity.value}, {code.strength.value})"
    return f"{head}\n    {code.title}.\n    Rule: {code.rule}\n    What to do: {code.mend}\n"
