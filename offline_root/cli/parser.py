"""The grammar of the command line: verbs, options, and which function does what."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from offline_root import __version__
from offline_root.cli import (
    alarms,
    authority,
    cleaning,
    destroying,
    inspect,
    keeping,
    notes,
    policies,
    prepare,
    proofs,
    records,
    rehearse,
    requests,
    resharing,
    revoking,
    screens,
    signing,
    standing,
)
from offline_root.cli.options import Parser, ceremony_options, common, count, group, out, verb
from offline_root.model import Reason
from offline_root.shares import Purpose

if TYPE_CHECKING:
    from offline_root.cli.options import Verbs


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments, with `run` and `skeleton` of the verb (UsageError; SystemExit after --help)."""
    parser = Parser(prog="offline-root", description="The offline layer of a PKI.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"offline-root {__version__}")
    # The same options stand before and after the verb. Only those before it have defaults, or the verb's would win.
    common(parser, default=lambda value: value)
    parser.add_argument(
        "--stick",
        metavar="DIR",
        help="without a verb, on screen: a folder instead of the sticks that are plugged in",
    )
    parser.set_defaults(run=screens.on_screen, skeleton={}, closing="")
    verbs: Verbs = parser.add_subparsers(metavar="VERB", parser_class=Parser)
    _add_authority_verbs(verbs)
    _add_request_verbs(verbs)
    _add_record_verbs(verbs)
    _add_policy_verbs(verbs)
    _add_rehearse(verbs)
    arguments, others = parser.parse_known_args(argv)
    _check(parser, arguments, others)
    return arguments


def _check(parser: argparse.ArgumentParser, arguments: argparse.Namespace, others: list[str]) -> None:
    files = getattr(arguments, "files", None)
    if files is not None and not any(each.startswith("-") for each in others):
        # `sign a.csr --confirm … b.csr --confirm …`: argparse gives up on a list of files that an option interrupts.
        files += others
    elif others:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    if len(getattr(arguments, "confirm", ())) > len(files or ()):
        parser.error("there are more --confirm than FILE: the n-th --confirm belongs to the n-th FILE")
    if arguments.stick and arguments.run is not screens.on_screen:
        parser.error("--stick is for the screens, without a verb; a verb has --out")
    if (getattr(arguments, "pin_file", None), getattr(arguments, "so_pin_file", None)) == ("-", "-"):
        parser.error("only one secret can come from standard input")


def _add_authority_verbs(verbs: "Verbs") -> None:
    create = verb(verbs, "create", authority.create, "Make an authority: token, root key, audit key, root, anchor.")
    create.add_argument("--policy", required=True, metavar="FILE", help="what the root may sign")
    so_pin = "holds the SO PIN (default: a random one, shown once; a YubiHSM 2: what opens it before its set-up)"
    create.add_argument("--so-pin-file", metavar="FILE", help=so_pin)
    create.add_argument("--out", metavar="DIR", help="where the backup goes that is made at once (a YubiHSM 2: needed)")
    ceremony_options(create)
    _add_backup_verbs(verbs)
    verb(verbs, "status", standing.status, "Say what was issued, what expires when, what is unsettled.")


def _add_backup_verbs(verbs: "Verbs") -> None:
    text = "Make a copy of the root key that opens with the cards of several people."
    keep = verb(verbs, "backup", keeping.backup, text, keeping.BACKUP_SKELETON)
    out(keep, "where the copy goes; made when missing")
    ceremony_options(keep)
    file = "root-key.backup, as `backup` wrote it"
    text = "Put the root key from its backup into a new token, and go on with the log from a response."
    restore = verb(verbs, "restore", keeping.restore, text)
    restore.add_argument("file", metavar="BACKUP", help=file)
    restore.add_argument("--log", required=True, metavar="DIR", help="the newest response, which holds the log")
    restore.add_argument("--anchor", required=True, metavar="FILE", help="anchor.json, whose fingerprints are on paper")
    restore.add_argument("--crl", metavar="FILE", help="the newest CRL that is published: its number counts")
    restore.add_argument("--so-pin-file", metavar="FILE", help="as for `create`")
    ceremony_options(restore)
    text = "Destroy the root key in its token for good, and deliver the log that says so."
    end = verb(verbs, "destroy", destroying.destroy, text, destroying.SKELETON)
    sha256 = "at least 32 hex digits of the root certificate's SHA-256, from the anchor on paper (default: asked)"
    end.add_argument("--confirm", dest="certificate", metavar="HEX", help=sha256)
    end.add_argument("--confirm-name", metavar="NAME", help="the name of the authority (default: asked)")
    out(end)
    ceremony_options(end)
    shares = group(verbs, "shares", "The cards of custodians.")
    text = "A drill: do the cards of enough custodians open a backup? No token, no HOME."
    drill = verb(shares, "verify", keeping.verify_shares, text, keeping.VERIFY_SKELETON)
    drill.add_argument("file", metavar="BACKUP", help=file)
    drill.add_argument(
        "--share-file", action="append", default=[], metavar="FILE", help="holds one card; may be repeated"
    )
    text = "Give the cards to other custodians: another PIN in new shares, or another backup."
    change = verb(shares, "change", resharing.change, text, resharing.SKELETON)
    change.add_argument("purpose", choices=[each.value for each in Purpose], help="whose cards are replaced")
    change.add_argument("--out", metavar="DIR", help="where the new backup goes; made when missing")
    ceremony_options(change)


def _add_request_verbs(verbs: "Verbs") -> None:
    text = "Say what a request, certificate or CRL is, and all findings. Signs nothing."
    look = verb(verbs, "inspect", inspect.inspect, text, {"files": [], "alarms": []})
    look.add_argument("files", nargs="+", metavar="FILE")
    look.add_argument("--environment", metavar="E", help="default: each that the policy has")
    look.add_argument("--policy", metavar="FILE", help="then no HOME is needed")
    name = "would a leaf with this DNS name, address, e-mail address or URI verify? may be repeated"
    look.add_argument("--would-allow", action="append", default=[], metavar="NAME", help=name)
    text = "At the online CA, before the ceremony: the same checks, then request.json and the paper slip."
    before = verb(verbs, "prepare", prepare.prepare, text, prepare.SKELETON)
    before.add_argument("file", metavar="CSR")
    before.add_argument("--environment", required=True, metavar="E")
    before.add_argument("--policy", required=True, metavar="FILE", help="a copy of the root's policy")
    before.add_argument("--asked-by", required=True, metavar="NAME", help="who asks, for the slip")
    before.add_argument("--checkpoint", metavar="FILE", help="the newest one seen: closing-checkpoint of a response")
    out(before)
    text = "Check, approve and sign requests; deliver the response."
    sign = verb(verbs, "sign", signing.sign, text, signing.SKELETON)
    sign.add_argument("files", nargs="+", metavar="FILE")
    sign.add_argument("--environment", required=True, metavar="E", help="as the paper slip says")
    sign.add_argument(
        "--confirm", action="append", default=[], metavar="HEX", help="from the paper slip, the n-th for the n-th FILE"
    )
    sign.add_argument(
        "--acknowledge", action="append", default=[], metavar="CODE", help="a warning that is accepted; may be repeated"
    )
    out(sign)
    ceremony_options(sign)
    _add_crl_verbs(verbs)
    give_up = verb(verbs, "abandon", requests.abandon, "Give up a signature that was begun and never finished.")
    give_up.add_argument("serial", metavar="SERIAL", help="or CRL-NUMBER, as `status` shows it under open intents")
    give_up.add_argument("--reason", default="the signature was never finished", metavar="TEXT", help="for the log")
    ceremony_options(give_up)
    text = "Remove from the token what is not this authority's; `status` has the marks."
    clean = verb(verbs, "clean", cleaning.clean, text, cleaning.SKELETON)
    clean.add_argument("marks", nargs="+", metavar="MARK", help="16 hex digits, as `status` shows them")
    shown = "how many objects are removed with it (default: asked)"
    clean.add_argument("--confirm", dest="count", type=count, metavar="N", help=shown)
    ceremony_options(clean)
    text = "Deliver every intermediate again, byte for byte."
    export = verb(verbs, "export", requests.export, text, requests.EXPORT_SKELETON)
    out(export)
    ceremony_options(export)


def _add_crl_verbs(verbs: "Verbs") -> None:
    text = "Revoke an intermediate for good, and deliver the CRL that says so."
    revoke = verb(verbs, "revoke", revoking.revoke, text, revoking.SKELETON)
    revoke.add_argument("serial", metavar="SERIAL", help="as `status` shows it")
    reasons = [each.value for each in Reason]
    shown = f"why: {', '.join(reasons)}"
    revoke.add_argument("--reason", required=True, choices=reasons, metavar="R", help=shown)
    shown = "the serial, or at least 32 hex digits of the certificate's SHA-256, typed once more (default: asked)"
    revoke.add_argument("--confirm", dest="certificate", metavar="HEX", help=shown)
    make = verb(verbs, "crl", revoking.make_crl, "Make a fresh CRL and deliver it.", revoking.SKELETON)
    for each in (revoke, make):
        out(each)
        ceremony_options(each)


def _add_record_verbs(verbs: "Verbs") -> None:
    log = group(verbs, "log", "The audit log.")
    where = "log.jsonl, its folder, or a response (default: that of HOME)"
    show = verb(log, "show", records.log_show, "Print the log in words.", {"entries": []})
    show.add_argument("path", nargs="?", metavar="PATH", help=where)
    check = verb(
        log, "verify", records.log_verify, "Check the log and its checkpoint, or a proof.", records.LOG_SKELETON
    )
    check.add_argument("path", nargs="?", metavar="PATH", help=f"{where}; or a file that `log prove` wrote")
    check.add_argument("--since", metavar="FILE", help="an older checkpoint, which the log must begin with")
    prove = verb(
        log, "prove", records.log_prove, "Write a proof for someone who does not have the log.", proofs.SKELETON
    )
    prove.add_argument("path", nargs="?", metavar="PATH", help=where)
    what = prove.add_mutually_exclusive_group(required=True)
    what.add_argument("--line", type=count, metavar="N", help="that this line is in it, as `log show` numbers it")
    what.add_argument("--serial", metavar="SERIAL", help="that it records the certificate with this serial")
    what.add_argument("--since", metavar="OLD", help="that it only grew since an older checkpoint: its file or size")
    text = "After an alarm: put back the longer log from a response; the one in HOME is kept aside."
    restore = verb(log, "restore", alarms.restore, text, alarms.RESTORE_SKELETON)
    restore.add_argument("folder", metavar="DIR", help="the response, or a folder with log.jsonl and checkpoint")
    text = "After an alarm: go on with the log of HOME, and log why (--because) and who decided it."
    settle = verb(log, "settle", alarms.settle, text, alarms.SETTLE_SKELETON)
    other = "a response of the other log: what it issued is taken in, so that it can be revoked"
    settle.add_argument("folder", nargs="?", metavar="DIR", help=other)
    for each in (restore, settle):
        ceremony_options(each)
    verify = verb(verbs, "verify", records.verify, "Check a response folder, anywhere.", records.VERIFY_SKELETON)
    verify.add_argument("folder", metavar="DIR")
    note = verb(verbs, "note", notes.note, "Log what did not go as it should have, in a ceremony of its own.")
    for name in ("expected", "happened", "decided"):
        note.add_argument(f"--{name}", required=True, metavar="TEXT", help="in your own words")
    ceremony_options(note)
    for each in (check, verify):
        each.add_argument("--anchor", metavar="FILE", help="anchor.json of the create ceremony (default: that of HOME)")
    verify.add_argument("--rehearsal", action="store_true", help="accept the response of a rehearsal")


def _add_policy_verbs(verbs: "Verbs") -> None:
    policy = group(verbs, "policy", "What a root may sign.")
    new = verb(policy, "new", policies.new, "Print a commented policy to start from.")
    new.add_argument("--preset", required=True, choices=("solo", "team"), help="how many people it takes")
    new.add_argument("--name", required=True, metavar="NAME", help="what the organisation is called")
    new.add_argument("--environment", action="append", default=[], metavar="E=DNS", help="may be repeated")
    text = "List everything that is wrong with a policy."
    check = verb(policy, "check", policies.check, text, policies.CHECK_SKELETON)
    check.add_argument("file", metavar="FILE")
    verb(policy, "show", policies.show, "Print the policy in force, as the audit log has it.")
    adopt = verb(policy, "adopt", policies.adopt, "Put a new policy in force, showing what changes.")
    adopt.add_argument("file", metavar="FILE")
    ceremony_options(adopt)
    explain = verb(policy, "explain", policies.explain, "Say what a check is about.", {"checks": []})
    explain.add_argument("code", nargs="?", metavar="CODE", help="default: all of them")
    explain.add_argument("--markdown", action="store_true", help="print docs/checks.md")


def _add_rehearse(verbs: "Verbs") -> None:
    text = "A whole ceremony on a throwaway token, for practice."
    parser = verb(verbs, "rehearse", rehearse.rehearse, text, rehearse.SKELETON)
    parser.add_argument("--out", metavar="DIR", help="where it happens (default: a fresh temporary folder)")
    parser.add_argument("--policy", metavar="FILE", help="the policy to rehearse (default: the preset solo)")
    parser.add_argument("--script", action="store_true", help="let the program play all parts, even at a terminal")
