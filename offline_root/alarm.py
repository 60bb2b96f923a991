"""An alarm: somebody remembers another log than the one on this disk. Until people settle it, nothing is signed.

What is looked at: the closing sheet, the checkpoint beside the log, the token's own record, what earlier ceremonies
left on a stick, and the checkpoint that a requester has seen.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from offline_root.audit.chain import Log
from offline_root.audit.entry import Facts
from offline_root.audit.ledger import Ledger
from offline_root.audit.note import VerifierKey, parse_verifier
from offline_root.audit.state import State, decoded, encoded
from offline_root.audit.watch import Alarm, Evidence, contradictions, evidence_of
from offline_root.display import visible
from offline_root.errors import AuditError
from offline_root.model import Crl, Letter
from offline_root.published import published

RESTORE, SETTLE = "log restore", "log settle"
"""The kinds of ceremony that end an alarm."""

LEFT = ("closing-checkpoint", "audit/checkpoint", "root-ca.crl")
"""What a response folder remembers of the log."""

WAY_OUT = (
    "Find out first: is this the right disk, was it put back from a copy, does a copy of it run elsewhere? Then, with a"
    " witness, put back the longer log from a response: A at home, or offline-root log restore DIR. Where none is left,"
    " go on with this log, which then says why: A, or offline-root log settle --because TEXT."
)

SHOWN = 3
"""How many alarms are shown at once; the log has all of them."""


class AlarmStands(AuditError):
    """Nothing is signed, handed out or revoked while an alarm stands."""


class Use(Enum):
    """What a stick is chosen for."""

    REQUESTS = "the requests"
    RESPONSE = "the response"
    COPY_OF_RESPONSE = "another copy of the response"
    COPY = "a copy of the log"
    POLICY = "the policy"
    ANCHOR = "the anchor"
    BACKUP = "a new backup"
    BACKED_UP = "a backup"


@dataclass(frozen=True, slots=True)
class Stick:
    """A stick as it was found before a ceremony, all of it foreign: its name, what it says of itself, earlier files."""

    name: str
    about: tuple[tuple[str, str], ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)


def stop(alarms: Sequence[Alarm]) -> AlarmStands:
    """Return the error that says which alarms stand, and what leads on."""
    lines = [f"ALARM: {each.reason}" for each in alarms[:SHOWN]]
    more = [f"And {len(alarms) - SHOWN} more: the log has them."] if len(alarms) > SHOWN else []
    return AlarmStands(
        "\n".join((*lines, *more)),
        meaning="The log on this disk may be older or another than the one that people relied on. Until that is settled"
        " nothing is signed, revoked or handed out; status, log show, log verify and inspect still work.",
        mend=WAY_OUT,
        retry=False,
    )


def check_calm(state: State) -> None:
    """Refuse everything that would sign or hand out while an alarm stands (AlarmStands)."""
    if state.alarms:
        raise stop(state.alarms)


def _facts(alarm: Alarm) -> Facts:
    found = alarm.evidence
    return {
        "source": found.source,
        "size": found.size,
        "root": found.root,
        "note": found.note,
        "crl": found.crl,
        "reason": alarm.reason,
    }


def look(stick: Stick, state: State) -> tuple[Facts, tuple[Evidence, ...]]:
    """Return the facts of `stick-seen`, and what lies on the stick that our own keys signed."""
    heard = {
        name: _crl(name, data, state) if name.endswith(".crl") else _note(name, data, state)
        for name, data in stick.files.items()
    }
    ours = tuple(each for each in heard.values() if each)
    about: Facts = {
        "stick": visible(stick.name),
        "about": {name: visible(value) for name, value in stick.about},
        "checkpoints": sum(not each.crl for each in ours),
        "newest": max((each.size for each in ours), default=0),
        # Another authority's, a stranger's, or damaged: nothing against this log, but people should know.
        "foreign": [visible(name) for name, each in heard.items() if each is None],
    }
    return about, ours


def remembered(about: Facts, size: int) -> str:
    """Say what a stick, by the facts of `stick-seen`, remembers of the log, which has `size` lines; nothing if that."""
    checkpoints, newest, foreign = about["checkpoints"], about["newest"], about["foreign"]
    ours = f"{checkpoints} checkpoints of this log, the newest of {newest} lines; it has {size} now"
    others = f"{len(foreign)} files that no key of this authority signed" if isinstance(foreign, list) else ""
    said = (*((ours,) if checkpoints else ()), *((others,) if foreign else ()))
    return f"Earlier ceremonies left on it: {'; '.join(said)}." if said else ""


def _note(name: str, data: bytes, state: State) -> Evidence | None:
    return evidence_of(f"checkpoint {visible(name)} on the stick", data, audit_keys(state))


def _crl(name: str, data: bytes, state: State) -> Evidence | None:
    found = published(data, state.root)
    return Evidence(f"CRL {visible(name)} on the stick", 0, "", crl=encoded(found.der)) if found else None


def heard(letters: Iterable[Letter | None], keys: Sequence[VerifierKey]) -> tuple[Evidence, ...]:
    """Return what the checkpoints that requesters have seen are evidence of."""
    notes = (each.checkpoint.encode() for each in letters if each)
    found = (evidence_of("checkpoint in request.json", note, keys) for note in notes)
    return tuple(each for each in found if each)


def audit_keys(state: State) -> tuple[VerifierKey, ...]:
    """Return every audit key that the log has named: the only ones whose notes are evidence."""
    return tuple(map(parse_verifier, (*state.former, state.verifier)))


def raise_against(ledger: Ledger, found: Sequence[Evidence]) -> None:
    """Record an alarm for each piece of evidence that the log contradicts, then stop (AlarmStands)."""
    record(ledger, new_alarms(found, ledger.log.text, ledger.state))
    check_calm(ledger.state)


def record(ledger: Ledger, alarms: Iterable[Alarm]) -> None:
    """Record that alarms were raised: they stand from now on."""
    for each in alarms:
        ledger.record("alarm-raised", _facts(each))


def new_alarms(found: Sequence[Evidence], log: Log, state: State) -> tuple[Alarm, ...]:
    """Return the alarms that evidence raises, less those that stand already or were settled."""
    known = (*state.explained, *(each.evidence.head for each in state.alarms))
    return (*contradictions([each for each in found if not each.crl], log, known), *_crl_alarms(found, state))


def _crl_alarms(found: Sequence[Evidence], state: State) -> Iterator[Alarm]:
    """Yield an alarm for each CRL whose number is above all that the log ever began."""
    standing = {each.evidence.crl for each in state.alarms}
    for each in found:
        crl = unlogged(each, state)
        if crl is not None and each.crl not in standing:
            reason = f"ROLLED BACK: the {each.source} has the number {crl.number}; the log knows none above"
            yield Alarm(each, f"{reason} {state.crl_number}. Lines are missing.")


def unlogged(evidence: Evidence, state: State) -> Crl | None:
    """Return the CRL that is evidence, if its number is above all that the log ever began."""
    crl = published(decoded(evidence.crl), state.root) if evidence.crl else None
    return crl if crl and crl.number > state.crl_number else None
