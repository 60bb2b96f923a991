"""Putting back the longer log, and taking in what another log of the same authority knows. No file is touched.

A copy comes from a response, which ends at checkpoint A: what that ceremony recorded after it is on no stick. So the
closing checkpoint beside the copy says how many lines are lost, and explains every closing sheet of that size.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from offline_root.alarm import Stick, audit_keys, unlogged
from offline_root.anchor import Anchor
from offline_root.audit.chain import LogCheck, check, head_at
from offline_root.audit.entry import Entry, Facts, MalformedEntry, decode, encode, link
from offline_root.audit.fold import Folding
from offline_root.audit.judge import judge
from offline_root.audit.note import claimed_sizes
from offline_root.audit.state import State, encoded
from offline_root.audit.watch import Evidence, Head, contradictions, evidence_of
from offline_root.deviations import check_explained, clock_deviations
from offline_root.display import visible
from offline_root.errors import AuditError
from offline_root.model import Crl, Revocation, serial_text
from offline_root.moments import utc_text
from offline_root.opening import Opening, check_clock, check_interface, check_people, read_head
from offline_root.policy.force import in_force

HARMLESS = frozenset(
    {
        "alarm-raised",
        "ceremony-closed",
        "ceremony-opened",
        "clock-corrected",
        "note-made",
        "older-sheet-explained",
        "removal-approved",
        "request-approved",
        "request-read",
        "request-refused",
        "scratch-tokens-removed",
        "seal-explained",
        "shares-entered",
        "statement-made",
        "stick-seen",
        "strangers-removed",
        "token-open-attempted",
        "token-open-refused",
        "token-opened",
        "torn-line-kept",
        "unsigned-tail-accepted",
    }
)
"""What may be set aside with a log that is replaced: nothing that the root key signed or that changed the authority."""

_CHECKPOINT = "/audit/checkpoint"


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the log with its checkpoint, and the closing checkpoint that came later (may be empty). All foreign."""

    log: bytes
    checkpoint: bytes
    closing: bytes = b""

    @property
    def stick(self) -> Stick:
        """Return what it is evidence of, as if it lay on a stick."""
        return Stick(
            "copy", files={"checkpoint": self.checkpoint, **({"closing": self.closing} if self.closing else {})}
        )


@dataclass(frozen=True, slots=True)
class Known:
    """A copy that is a whole log of this authority, signed by its audit key. `closing` is the head that came later."""

    copy: Copy
    entries: tuple[Entry, ...]
    state: State
    closing: Evidence | None


def find_copy(files: Mapping[str, bytes]) -> Copy:
    """Return the copy in the files of a response, or of a folder with log.jsonl and checkpoint (AuditError)."""
    for folder in ("audit/", ""):
        log, checkpoint = files.get(f"{folder}log.jsonl"), files.get(f"{folder}checkpoint")
        if log is not None and checkpoint is not None:
            return Copy(log, checkpoint, files.get("closing-checkpoint", b""))
    raise _unfit("There is no log.jsonl with its checkpoint in that folder", "Name the folder of a response.")


def responses_on(stick: Stick) -> tuple[str, ...]:
    """Return the folders of the responses on a stick that have a checkpoint, so a copy of the log too, newest first."""
    found = (name.removesuffix(_CHECKPOINT) for name in stick.files if name.endswith(_CHECKPOINT))
    return tuple(sorted(found, reverse=True))


def copy_on(stick: Stick, folder: str, log: bytes) -> Copy:
    """Return the copy in one of the `responses_on` a stick, whose log is `log`."""
    return Copy(log, stick.files[f"{folder}{_CHECKPOINT}"], stick.files.get(f"{folder}/closing-checkpoint", b""))


def claimed_anchor(copy: Copy) -> Anchor:
    """Return the anchor that a copy names itself, to be held against the paper (AuditError)."""
    folding = Folding()
    check(copy.log, visit=folding.add)
    state = folding.state()
    if not state.verifier:
        raise _unfit("The copy of the log is not that of an authority", "Take another response, the newest there is.")
    return Anchor.of(state)


def check_copy(copy: Copy, anchor: Anchor) -> Known:
    """Return a copy that can be relied on (AuditError): one chain, signed whole by the audit key of the anchor."""
    entries: list[Entry] = []
    folding = Folding()

    def visit(entry: Entry) -> None:
        entries.append(entry)
        folding.add(entry)

    checked: LogCheck = check(copy.log, sizes=claimed_sizes(copy.checkpoint), visit=visit)
    try:
        state: State | None = folding.state()
    except AuditError:
        state = None
    verdict = judge(checked, state, copy.checkpoint, anchor)
    if not verdict.ok or verdict.unsigned or state is None:
        first = verdict.problems[0].reason if verdict.problems else "its last lines are not signed"
        raise _unfit(f"The copy of the log cannot be relied on: {first}", "Take another response, the newest there is.")
    closing = evidence_of("closing checkpoint of the copy", copy.closing, audit_keys(state))
    return Known(copy, tuple(entries), state, closing if closing and closing.size > checked.size else None)


def restored(known: Known, own: bytes, own_note: bytes | None, stated: Opening, now: datetime) -> tuple[bytes, Facts]:
    """Return the log to put in the place of `own`, whose last line says so, and the facts of that line (StationError).

    `own_note` is the checkpoint beside the own log. Whoever remembers a longer log than the copy, and than its closing
    checkpoint, stands against it; so does anything in the own log that would be forgotten.
    """
    policy = in_force(known.state).ceremony
    check_interface(policy, stated.interface)
    check_people(policy, stated.people, 0, after_alarm=True)
    check_clock(now, stated.clock, root_begins=None)
    odd = tuple(clock_deviations(now, known.state))
    check_explained(odd, stated.because)
    aside = _set_aside(known, own)
    keys = audit_keys(known.state)
    note = evidence_of("checkpoint beside the log", own_note or b"", keys)
    # A checkpoint of the very lines that are set aside contradicts the copy, and is explained with them.
    ours = () if note is None or head_at(own, note.size) != bytes.fromhex(note.root) else (note.head,)
    later = (known.closing.head,) if known.closing else ()
    alarming = _alarming(own)
    sheet = read_head(policy, stated.head)
    # Where nothing is left of the log that a sheet is of, people may say why they go on without it.
    without = () if own or not stated.because else tuple(each.head for each in sheet)
    found = (*sheet, *((note,) if note else ()), *alarming)
    for each in contradictions(found, known.copy.log, (*ours, *later, *without, *known.state.explained)):
        what = f"The copy is not the log that is looked for: {each.reason.removesuffix('.')}"
        mend = f"Look for a newer response.{'' if own else ' Where there is none, say why you go on: --because TEXT.'}"
        raise _unfit(what, mend, "head" if each.evidence in sheet else "")
    heads: Sequence[Head] = (*ours, *later, *without)
    facts: Facts = {
        "by": stated.people.operator,
        "witnesses": stated.people.witnesses,
        "heads": [{"size": size, "root": root} for size, root in heads],
        "lines": len(known.entries),
        "lost": known.closing.size - len(known.entries) if known.closing else 0,
        "set_aside": [each.event for each in aside],
        "because": visible(stated.because),
    }
    crls = [each for each in (unlogged(each, known.state) for each in alarming) if each]
    newest = sorted(crls, key=lambda each: each.number)[-1:]
    lines = (
        ("log-restored", facts),
        *((each.event, each.explained(stated.because, stated.people)) for each in odd),
        *(("crl-imported", crl_facts(each)) for each in newest),
    )
    text = known.copy.log
    for event, about in lines:
        last = text[text.rindex(b"\n", 0, -1) + 1 :]
        text += encode(Entry(text.count(b"\n"), utc_text(now), link(last), event, about))
    return text, {**facts, "added": len(lines)}


def _set_aside(known: Known, own: bytes) -> tuple[Entry, ...]:
    """Return what the own log records and the copy does not (AuditError where that must not be forgotten)."""
    if own.startswith(known.copy.log):
        raise _unfit("The copy holds nothing that this log does not", "Look for a newer response.")
    lines = set(known.copy.log.splitlines(keepends=True))
    aside = tuple(_decoded(line for line in own.splitlines(keepends=True) if line not in lines))
    for each in aside:
        if each.event not in HARMLESS:
            raise _unfit(
                f"Line {each.seq + 1} of this log ({each.event}) is not in the copy and must not be forgotten",
                "Both logs count. offline-root log settle DIR --because TEXT goes on with this one and takes in what"
                " the other one issued.",
            )
    return aside


def _decoded(lines: Iterator[bytes]) -> Iterator[Entry]:
    """Yield the entries of lines; a damaged one is kept aside with the rest and tells nothing."""
    for line in lines:
        try:
            yield decode(line)
        except MalformedEntry:
            continue


def _alarming(own: bytes) -> tuple[Evidence, ...]:
    """Return what the alarms that stand in the own log are about, as far as it can be read."""
    folding = Folding()
    check(own, visit=folding.add)
    try:
        return tuple(each.evidence for each in folding.state().alarms)
    except AuditError:
        return ()


def unknown(known: Known, state: State) -> tuple[Entry, ...]:
    """Return the lines of another log in which it tells of certificates that this one does not list."""
    listed = {each.sha256 for each in state.issued}
    issued = (each for each in known.entries if each.event == "certificate-issued")
    return tuple(each for each in issued if each.facts["sha256"] not in listed)


def revoked(known: Known, state: State) -> tuple[Facts, ...]:
    """Return the facts of `revocation-imported` for each serial that another log revoked and this one has not."""
    ours = {each.serial for each in state.revocations}
    return tuple(_revoked(each) for each in known.state.revocations if each.serial not in ours)


def _revoked(revocation: Revocation) -> Facts:
    return {"serial": serial_text(revocation.serial), "reason": revocation.reason.value, "date": revocation.time}


def crl_facts(crl: Crl) -> Facts:
    """Return the facts of `crl-imported`."""
    return {
        "crl_number": str(crl.number),
        "crl": encoded(crl.der),
        "sha256": crl.sha256,
        "this_update": crl.this_update,
        "next_update": crl.next_update,
        "entries": list(map(_revoked, crl.entries)),
    }


def _unfit(what: str, mend: str, about: str = "") -> AuditError:
    return AuditError(f"{what}.", meaning="Nothing was changed.", mend=mend, retry=True, about=about)
