"""The grammar of the command line: verbs, options, and which function does what."""

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from offline_root import __version__
from offline_root.cli import authority, inspect, policies, records, rehearse, requests
from offline_root.cli.outcome import Outcome
from offline_root.home import DEFAULT

HOME_VARIABLE = "OFFLINE_ROOT_HOME"

Run = Callable[[argparse.Namespace], Outcome]


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments, with `run` and `skeleton` of the verb. Exits with 2 on a usage error, 0 after --help."""
    parser = argparse.ArgumentParser(prog="offline-root", description="The offline layer of a PKI.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"offline-root {__version__}")
    # The same options stand before and after the verb. Only those before it have defaults, or the verb's would win over them.
    _common(parser, default=lambda value: value)
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    _add_authority_verbs(verbs)
    _add_request_verbs(verbs)
    _add_record_verbs(verbs)
    _add_policy_verbs(verbs)
    _add_rehearse(verbs)
    arguments = parser.parse_args(argv)
    _check(parser, arguments)
    return arguments


def _check(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    confirmed = getattr(arguments, "confirm", None)
    if confirmed and len(confirmed) > len(arguments.files):
        parser.error("there are more --confirm than FILE: the n-th --confirm belongs to the n-th FILE")
    secrets = (getattr(arguments, "pin_file", None), getattr(arguments, "so_pin_file", None))
    if secrets == ("-", "-"):
        parser.error("only one secret can come from standard input")


def _common(parser: argparse.ArgumentParser, default: Callable[[Any], Any]) -> None:
    home = os.environ.get(HOME_VARIABLE) or str(DEFAULT)
    parser.add_argument("--home", default=default(home), help=f"folder of all authorities (default: {DEFAULT})")
    parser.add_argument("--authority", default=default(None), help="which authority; may be left out if there is one")
    parser.add_argument("--json", action="store_true", default=default(False), help="print one JSON object")


def _verb(
    verbs: Any, name: str, run: Run, text: str, skeleton: Mapping[str, Any] | None = None
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
    _common(parser, default=lambda _: argparse.SUPPRESS)
    parser.set_defaults(run=run, skeleton=skeleton or {})
    return parser


def _ceremony_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("ceremony")
    group.add_argument("--operator", required=True, metavar="NAME")
    group.add_argument("--witness", action="append", default=[], metavar="NAME", help="repeatable")
    group.add_argument("--clock", metavar="UTC", help="the time that a second person typed (default: asked)")
    group.add_argument("--head", metavar="SIZE:HEX16", help="the closing sheet of the last ceremony")
    group.add_argument(
        "--accept-tail", type=int, default=0, metavar="N", help="unsigned lines of the log that were looked at"
    )
    group.add_argument(
        "--statement", action="append", default=[], metavar="TEXT", help="[NAME:] words; none: each agrees"
    )
    group.add_argument("--pin-file", metavar="FILE", help="`-` is standard input (default: asked)")


def _add_authority_verbs(verbs: Any) -> None:
    create = _verb(verbs, "create", authority.create, "Make an authority: token, root key, audit key, root, anchor.")
    create.add_argument("--policy", required=True, metavar="FILE")
    create.add_argument("--so-pin-file", metavar="FILE", help="default: a random one, shown once")
    _ceremony_options(create)
    _verb(verbs, "status", authority.status, "Say what was issued, what expires when, what is unsettled.")


def _add_request_verbs(verbs: Any) -> None:
    look = _verb(
        verbs, "inspect", inspect.inspect, "Say what a request or certificate is, and all findings.", {"files": []}
    )
    look.add_argument("files", nargs="+", metavar="FILE")
    look.add_argument("--environment", metavar="E")
    look.add_argument("--policy", metavar="FILE", help="then no HOME is needed")
    sign = _verb(verbs, "sign", requests.sign, "Check, approve and sign requests; deliver.", requests.SIGN_SKELETON)
    sign.add_argument("files", nargs="+", metavar="FILE")
    sign.add_argument("--environment", required=True, metavar="E", help="as the paper slip says")
    sign.add_argument("--confirm", action="append", default=[], metavar="HEX", help="from the paper slip, one per FILE")
    sign.add_argument("--acknowledge", action="append", default=[], metavar="CODE", help="a warning that is accepted")
    sign.add_argument("--out", required=True, metavar="DIR", help="where the response goes")
    _ceremony_options(sign)
    give_up = _verb(verbs, "abandon", requests.abandon, "Give up a signature that was begun and never finished.")
    give_up.add_argument("serial", metavar="SERIAL")
    give_up.add_argument("--reason", default="the signature was never finished", metavar="TEXT")
    _ceremony_options(give_up)
    export = _verb(verbs, "export", requests.export, "Deliver every intermediate again.", requests.EXPORT_SKELETON)
    export.add_argument("--out", required=True, metavar="DIR")
    _ceremony_options(export)


def _add_record_verbs(verbs: Any) -> None:
    log = verbs.add_parser("log", help="The audit log.", allow_abbrev=False).add_subparsers(
        required=True, metavar="WHAT"
    )
    for name, run, text in (
        ("show", records.log_show, "Print the log in words."),
        ("verify", records.log_verify, "Check the log and its checkpoint."),
    ):
        parser = _verb(log, name, run, text)
        parser.add_argument("path", nargs="?", metavar="PATH", help="folder or log.jsonl (default: that of HOME)")
        parser.add_argument("--anchor", metavar="FILE")
    verify = _verb(verbs, "verify", records.verify, "Check a response folder, anywhere.")
    verify.add_argument("folder", metavar="DIR")
    verify.add_argument("--anchor", metavar="FILE", help="anchor.json of the create ceremony (default: that of HOME)")
    verify.add_argument("--rehearsal", action="store_true", help="accept the response of a rehearsal")


def _add_policy_verbs(verbs: Any) -> None:
    policy = verbs.add_parser("policy", help="Policies.", allow_abbrev=False).add_subparsers(
        required=True, metavar="WHAT"
    )
    new = _verb(policy, "new", policies.new, "Print a commented policy to start from.")
    new.add_argument("--preset", required=True, choices=("solo", "team"))
    new.add_argument("--name", required=True, metavar="NAME", help="what the organisation is called")
    new.add_argument("--environment", action="append", default=[], metavar="E=DNS", help="repeatable")
    check = _verb(policy, "check", policies.check, "List everything that is wrong with a policy.")
    check.add_argument("file", metavar="FILE")
    adopt = _verb(policy, "adopt", policies.adopt, "Put a new policy in force.")
    adopt.add_argument("file", metavar="FILE")
    _ceremony_options(adopt)
    explain = _verb(policy, "explain", policies.explain, "Say what a check is about.")
    explain.add_argument("code", nargs="?", metavar="CODE")
    explain.add_argument("--markdown", action="store_true", help="print docs/checks.md")


def _add_rehearse(verbs: Any) -> None:
    parser = _verb(verbs, "rehearse", rehearse.rehearse, "A whole ceremony on a throwaway token, for practice.")
    parser.add_argument("--out", metavar="DIR", help="where the rehearsal happens (default: a fresh temporary folder)")
    parser.add_argument("--policy", metavar="FILE", help="the policy to rehearse (default: the preset solo)")
