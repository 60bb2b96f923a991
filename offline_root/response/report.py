"""The ceremony report as text: what the log says happened, in the order it happened. Nothing in it is typed by hand."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from offline_root.audit.entry import Entry, Value
from offline_root.difference import difference
from offline_root.display import spaced, visible
from offline_root.history import History
from offline_root.model import ROOT, Issued, serial_text

_SAID = {
    "alarm-raised": "ALARM RAISED: {reason}",
    "alarm-settled": "alarm settled by {by}, witnesses {witnesses}, because {because}; it was: {alarms}",
    "audit-key-replaced": "AUDIT KEY REPLACED: from here on {audit_verifier}, before it {former}",
    "authority-created": "authority {authority} created; root SHA-256 {root_sha256}; audit key {audit_verifier}",
    "ceremony-closed": "ceremony closed: {outcome}",
    "ceremony-opened": (
        "ceremony opened: {ceremony}; operator {operator}; witnesses {witnesses}; "
        "clock confirmed as {clock} by {clock_by}; seals found {seals}; closing sheet {head}; "
        "version {version}; self-test passed: {self_test}; interface {interface}; machine: {machine}"
    ),
    "certificate-imported": "certificate of another log taken in: serial {serial}, environment {environment}, {sha256}",
    "certificate-issued": "certificate issued: serial {serial}, environment {environment}, SHA-256 {sha256}",
    "certificate-revoked": "certificate revoked: serial {serial}, environment {environment}, {reason}; by {by}",
    "crl-abandoned": "CRL number {crl_number} abandoned; {reason}",
    "crl-imported": "CRL of another log taken in: number {crl_number}, until {next_update}, SHA-256 {sha256}",
    "crl-issued": "CRL issued: number {crl_number}, until {next_update}, SHA-256 {sha256}",
    "clock-corrected": (
        "clock corrected or far ahead: from {from} to {to}, because {because}, as said by {by}, witnesses {witnesses}; "
        "dated in between: {certificates}"
    ),
    "device-log-drained": (
        "the device's own log drained ({at}): signatures {signatures}; openings that it had no room for {unlogged};"
        " compared with this log: {compared}"
    ),
    "log-restored": (
        "LOG RESTORED from a copy of {lines} lines by {by}, witnesses {witnesses}; {lost} later lines are lost; "
        "set aside: {set_aside}; because {because}"
    ),
    "key-attested": "the device attests where the {role} key was made: SHA-256 {key}; the certificates are in the log",
    "key-backed-up": (
        "root key {key} backed up by {method} under set {set} ({needed} of {made}): {choices_tried} choices of shares, "
        "scratch token {scratch_token} and a signature tried; SHA-256 of the file {file_sha256}; {means}"
    ),
    "key-destroyed": "ROOT KEY DESTROYED: {key}; the token, asked for it: {search}; asked to sign: {signature}",
    "key-destruction-begun": "destruction of the root key {key} begun by {by}, witnesses {witnesses}",
    "key-restored": (
        "ROOT KEY RESTORED from a backup of {from}, made {made}, set {set}, into {token}; {key}; {attributes}"
    ),
    "key-generated": "key generated in the token: {role}, {kind}, SHA-256 {key}; {attributes}",
    "note-made": "note: expected {expected}; happened {happened}; decided {decided}",
    "older-sheet-explained": "closing sheet of {size} lines taken although {newest} is newer, because {because}",
    "policy-adopted": "policy adopted; SHA-256 of the text {policy_sha256}",
    "request-approved": (
        "request approved: {file} for {environment}; typed from paper {confirmation}; acknowledged {acknowledged}"
    ),
    "request-read": "request read: {file}, {form}; SHA-256 of the CSR {request_sha256}",
    "request-refused": "request refused: {file} for {environment}; {codes}",
    "request-stick-reused": "the response goes on the stick of the requests ({about}), which {by} accepted",
    "removal-approved": "{by} decided to remove from the token what is not this authority's: {strangers}",
    "revocation-imported": "revocation of another log taken in: serial {serial}, {reason}, since {date}",
    "response-written": "response written and read back: {folder}",
    "scratch-tokens-removed": "{count} scratch token(s) removed that a backup had left which was killed",
    "seal-explained": "seal of {seal} was {found}, on record {recorded}, because {because}",
    "seals-put-on": "put away under these seals: {seals}",
    "serial-abandoned": "serial abandoned: {serial}; {reason}",
    "shares-changed": (
        "CUSTODIANS CHANGED: {purpose} is in {made} shares of set {set} now, {needed} give it back; the cards of set "
        "{former} are to be destroyed"
    ),
    "set-up-ended": "SET-UP ENDED: what could export or delete the root key is gone; the token holds {left}",
    "shares-entered": "shares of {purpose}, set {set}, entered by custodians {custodians}",
    "shares-made": "{purpose} split into {made} shares of set {set}, one for each custodian; {needed} give it back",
    "shares-offered": "{made} shares of set {set} handed out for another {purpose}; the token still takes the old one",
    "shares-withdrawn": "the shares of set {set} open nothing: the token never took that {purpose}",
    "signing-failed": "signing failed: serial {serial}; {reason}",
    "signing-started": "signing started: serial {serial} for {environment}",
    "statement-made": "statement of {person}: {statement}",
    "stick-seen": (
        "stick seen: {stick} ({about}); checkpoints of ours {checkpoints}, the newest of {newest} lines; "
        "foreign {foreign}"
    ),
    "strangers-removed": "removed from the token: {removed}; strangers left: {left}",
    "token-initialized": "the token: {label}, serial {serial}, {manufacturer} {model}, firmware {firmware}",
    "token-open-attempted": "token opening attempted: serial {serial}",
    "token-open-refused": "token opening refused: {reason}",
    "token-opened": (
        "token opened: serial {serial}; its root key proven by a signature: {proven}; strangers in it: {strangers}"
    ),
    "torn-line-kept": "a line torn by a crash was kept aside as {file}; {octets} bytes",
    "unsigned-tail-accepted": "{lines} unsigned lines accepted",
}

_SAID_OF_ROOT = {
    "certificate-issued": "root certificate issued: serial {serial}, SHA-256 {sha256}",
    "signing-started": "signing started: serial {serial} for the root itself",
}

_SAID_OF_ONE_ALONE = {
    "clock-corrected": (
        "CLOCK CORRECTED OR FAR AHEAD, ON THE WORD OF ONE PERSON ALONE, {by}: from {from} to {to}, because {because}; "
        "dated in between: {certificates}"
    ),
}

_SAID_OF_CRL = {
    "signing-failed": "signing failed: CRL number {crl_number}; {reason}",
    "signing-started": "signing started: CRL number {crl_number}",
}


_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Ceremony report</title>
<style>pre {{ white-space: pre-wrap }}</style>
<pre>{text}</pre>
</html>
"""
_INDENT = " " * 7
"""As far as the number of a line takes."""


def report(entries: Sequence[Entry], issued: Sequence[Issued], *, origin: str) -> str:
    """Return report.txt: the last ceremony in `entries`; `issued` is everything that was ever issued."""
    start = max((each.seq for each in entries if each.event == "ceremony-opened"), default=0)
    head = [f"CEREMONY REPORT  {origin}", ""]
    head += ["Names are as stated; nobody's identity was proven.", "Times are UTC, from the machine's clock.", ""]
    told = (each for entry in entries[start:] for each in (line(entry), *_changes(entry, issued)))
    return "\n".join((*head, *told)) + "\n"


def page(text: str) -> str:
    """Return a report as report.html: nothing in it runs, and nothing is fetched."""
    return _PAGE.format(text=escape(text))


def _changes(entry: Entry, issued: Sequence[Issued]) -> Iterator[str]:
    """Yield what a certificate changes since the one before it of its environment."""
    for place, it in enumerate(issued):
        if (entry.event, entry.facts.get("serial")) == ("certificate-issued", serial_text(it.serial)):
            found = difference(History(tuple(issued[:place])), it.authority, it.environment, it.certificate)
            yield f"{_INDENT}{found.summary}"
            for each in found.changes:
                yield f"{_INDENT}    {each.label}: before {spaced(each.before)}"
                yield f"{_INDENT}    {'':<{len(each.label)}}  now    {spaced(each.now)}"


def line(entry: Entry) -> str:
    """Return one line of the log for people: number, time, what happened."""
    special = {
        **(_SAID_OF_ROOT if entry.facts.get("environment") == ROOT else {}),
        **(_SAID_OF_CRL if "crl_number" in entry.facts else {}),
        **(_SAID_OF_ONE_ALONE if entry.facts.get("witnesses") == () else {}),
    }
    said = special.get(entry.event) or _SAID.get(entry.event, entry.event.replace("-", " "))
    facts = _Facts({name: _text(value) for name, value in entry.facts.items()})
    return f"{entry.seq + 1:>5}  {entry.time}  {visible(said.format_map(facts))}"


class _Facts(dict[str, str]):
    """The facts of an entry; one that an older version did not write is shown as missing instead of failing."""

    def __missing__(self, key: str) -> str:
        return f"({key} not recorded)"


def _text(value: Value) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(each)}" for name, each in value.items()) or "none"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_text(each) for each in value) or "none"
    return str(value) or "none"
