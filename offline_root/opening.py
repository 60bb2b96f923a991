"""What must hold before a ceremony begins: interface, people, clock, closing sheet, checkpoint.

Each check is a pure function that returns nothing or raises CeremonyError or AuditError. None of them writes.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from offline_root import __released__, __version__
from offline_root.alarm import RESTORE, SETTLE, WAY_OUT, new_alarms
from offline_root.audit.chain import CLOSING_DIGITS, CheckpointCheck, Log, Standing, check_checkpoint
from offline_root.audit.entry import Facts, Value
from offline_root.audit.note import parse_verifier
from offline_root.audit.state import State
from offline_root.audit.watch import Alarm, Evidence
from offline_root.destruction import check_key
from offline_root.deviations import (
    Deviation,
    check_explained,
    clock_deviations,
    read_seals,
    seal_deviations,
    sheet_deviations,
)
from offline_root.display import dangerous, visible
from offline_root.errors import AuditError, CeremonyError, PolicyError
from offline_root.issue import load
from offline_root.model import People
from offline_root.moments import from_typed, from_utc_text, utc_text
from offline_root.policy.model import CeremonyPolicy, Policy
from offline_root.ports import AuditLog
from offline_root.response.report import line

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far the time that a second person typed may be from the machine's."""

ABANDON = "abandon"

ON_SCREEN = ("sign", "revoke", "crl", ABANDON, RESTORE, SETTLE)
"""The kinds of ceremony that there are screens for: only for those does the policy's `interfaces` leave a choice."""

ADOPT = "policy adopt"
"""The one kind of ceremony that may open while policy.toml is not the policy in force."""

_SHEET = "closing sheet"
_HEAD = re.compile(rf"([1-9][0-9]{{0,15}}):([0-9a-f]{{{CLOSING_DIGITS}}})")


@dataclass(frozen=True, slots=True)
class Opening:
    """What people state when a ceremony opens.

    `kind` is the verb. `clock` is what a second person typed. `head` is the closing sheet of the last ceremony,
    `SIZE:HEX16`, or empty. `accepted_tail` is how many unsigned lines of the log a person has looked at and accepted.
    `because` explains what is out of the ordinary, if anything is. `seals` are those found, `KIND=NUMBER[@PLACE]`.
    `machine` is what the machine reports of itself, and what another one measured of it.
    """

    kind: str
    interface: str
    people: People
    clock: datetime
    head: str = ""
    accepted_tail: int = 0
    because: str = ""
    seals: tuple[str, ...] = ()
    machine: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """An opening in which all holds that must: how many unsigned lines were accepted, and what was explained.

    `alarms` are those that are to be settled in it.
    """

    tail: int
    deviations: tuple[Deviation, ...]
    alarms: tuple[Alarm, ...] = ()


def check_opening(
    stated: Opening, now: datetime, policy: Policy, policy_copy: str, log: AuditLog, state: State
) -> Checked:
    """Check all that must hold before a ceremony opens."""
    check_key(state, stated.kind)
    if stated.kind != ADOPT:
        check_policy_copy(policy_copy, state.policy)
    if stated.kind in ON_SCREEN:
        check_interface(policy.ceremony, stated.interface)
    check_people(policy.ceremony, stated.people, state.attempts, after_alarm=stated.kind in (RESTORE, SETTLE))
    begins = load(state.root).not_valid_before_utc
    check_clock(now, stated.clock, root_begins=begins)
    checked = judge_signed_head(log.text, log.checkpoint, state)
    sheet = read_head(policy.ceremony, stated.head)
    alarms = (*_signed_head_alarm(checked, log.checkpoint), *new_alarms(sheet, log.text, state))
    if alarms and stated.kind != SETTLE:
        raise _alarm(alarms[0])
    if checked.ok:
        check_tail(checked, stated.accepted_tail, tuple(line(each) for each in log.entries[checked.covered :]))
    found = (
        *clock_deviations(now, state),
        *(each for said in sheet for each in sheet_deviations(said.size, checked.covered, state)),
        *seal_deviations(read_seals(stated.seals), state),
    )
    check_explained(found, stated.because)
    return Checked(checked.tail, found, alarms)


def typed_clock(text: str) -> datetime:
    """Return the UTC time that a second person typed (CeremonyError)."""
    try:
        return from_typed(text)
    except ValueError as error:
        raise CeremonyError(
            f"The clock cannot be read: {error}.",
            meaning="Nothing was done.",
            mend="Type the UTC date and time, such as 2026-11-23 11:30.",
            retry=True,
            about="clock",
        ) from error


def opened(opening: Opening, authority: str, tested: Sequence[str]) -> dict[str, Value]:
    """Return the facts of `ceremony-opened`; `tested` is what the self-test found right."""
    return {
        "authority": authority,
        "ceremony": opening.kind,
        "interface": opening.interface,
        "operator": opening.people.operator,
        "witnesses": opening.people.witnesses,
        "clock": utc_text(opening.clock),
        # Who is asked for it: the first witness, where there is one.
        "clock_by": next(iter(opening.people.witnesses), opening.people.operator),
        "head": visible(opening.head),
        "version": __version__,
        "self_test": list(tested),
        "seals": read_seals(opening.seals),
        "machine": opening.machine,
    }


def check_policy_copy(copy: str, in_force: str) -> None:
    """Refuse a policy.toml that is not the text in the log (PolicyError)."""
    if copy != in_force:
        raise PolicyError(
            "policy.toml is not the policy in force.",
            meaning="The text in the audit log counts. The file was edited, or belongs to another authority.",
            mend="Put back the text in force (offline-root policy show), or adopt the new one: policy adopt FILE.",
            retry=True,
        )


def check_interface(ceremony: CeremonyPolicy, interface: str) -> None:
    """Refuse an interface that the policy does not allow (PolicyError)."""
    if interface not in ceremony.interfaces:
        allowed = ", ".join(ceremony.interfaces)
        raise PolicyError(
            f"The policy does not allow the {interface} for ceremonies.",
            meaning=f"It allows {allowed}. Nothing was done.",
            mend=f'Use the {allowed}, or adopt a policy whose ceremony.interfaces has "{interface}".',
            retry=True,
        )


def check_people(ceremony: CeremonyPolicy, people: People, attempts: int, *, after_alarm: bool = False) -> None:
    """Refuse too few people, the same name twice, or a name that a report could not show.

    Too many wrong PINs and an alarm need a second person even where the policy asks for none.
    """
    names = (people.operator, *people.witnesses)
    for place, name in enumerate(names):
        if not name.strip() or dangerous(name):
            what = "A name is empty or holds characters that cannot be shown."
            raise _people(what, "Give each name in plain letters.", place)
        if _same(name) in map(_same, names[:place]):
            raise _people("The same person is named twice.", "Operator and witnesses must be different people.", place)
    needed = witnesses_needed(ceremony, attempts, after_alarm=after_alarm)
    if len(people.witnesses) < needed:
        locked = attempts >= ceremony.pin_attempts
        unusual = f"because the PIN was wrong {attempts} times" if locked else "because an alarm is to be settled"
        because = unusual if needed > ceremony.witnesses else "by the policy"
        raise _people(
            f"{needed} witness(es) must be present {because}; {len(people.witnesses)} named.",
            "Name each witness with --witness, or come back with the people that the policy asks for.",
            len(names),
        )


def witnesses_needed(ceremony: CeremonyPolicy, attempts: int = 0, *, after_alarm: bool = False) -> int:
    """Return how many witnesses there have to be, after so many wrong PINs in a row."""
    return max(ceremony.witnesses, 1 if attempts >= ceremony.pin_attempts or after_alarm else 0)


def _same(name: str) -> str:
    """Return what all spellings of one name have in common: case, spaces and composition do not make another person."""
    return unicodedata.normalize("NFKC", " ".join(name.split()).casefold())


def _people(what: str, mend: str, place: int) -> CeremonyError:
    """Return what is wrong with the name at a place: the operator's, then those of the witnesses."""
    meaning, about = "The ceremony has not begun. Nothing was done.", f"witness-{place - 1}" if place else "operator"
    return CeremonyError(what, meaning=meaning, mend=mend, retry=True, about=about)


def check_clock(now: datetime, typed: datetime, *, root_begins: datetime | None) -> None:
    """Refuse a clock that people do not confirm, or one from before this program or the root were made."""
    if abs(now - typed) > CLOCK_TOLERANCE:
        raise _clock(f"The machine's clock says {utc_text(now)}, a second person says {utc_text(typed)}.")
    if now < from_utc_text(__released__):
        raise _clock(f"The machine's clock says {utc_text(now)}, but this program was made {__released__}.")
    if root_begins and now < root_begins:
        raise _clock(f"The machine's clock says {utc_text(now)}, but the root begins {utc_text(root_begins)}.")


def _clock(what: str) -> CeremonyError:
    return CeremonyError(
        what,
        meaning="Certificates would get wrong dates. The ceremony has not begun; nothing was done.",
        mend="Compare two clocks that do not depend on this machine, set the machine's clock (UTC), and start again.",
        retry=True,
        about="clock",
    )


def read_head(ceremony: CeremonyPolicy, head: str) -> tuple[Evidence, ...]:
    """Return what the closing sheet of the last ceremony says (CeremonyError); nothing where it may be left out."""
    if not head:
        if ceremony.opening_head == "required":
            raise CeremonyError(
                "The closing sheet of the last ceremony is missing.",
                meaning="Without it, nobody would notice a log that was put back to an older state. Nothing was done.",
                mend="Type the size and the 16 digits from the last closing sheet: --head SIZE:HEX16.",
                retry=True,
                about="head",
            )
        return ()
    match = _HEAD.fullmatch(head.strip().lower())
    if match is None:
        raise CeremonyError(
            "The closing sheet was not typed as SIZE:HEX16.",
            meaning="Nothing was done.",
            mend=f"Type the size, a colon, and the {CLOSING_DIGITS} hex digits, such as 31:0123456789abcdef.",
            retry=True,
            about="head",
        )
    return (Evidence(_SHEET, int(match[1]), match[2]),)


def check_signed_head(log: Log, note: bytes | None, state: State) -> CheckpointCheck:
    """Return how far the newest checkpoint covers the log (AuditError where it contradicts it)."""
    checked = judge_signed_head(log, note, state)
    for alarm in _signed_head_alarm(checked, note):
        raise _alarm(alarm)
    return checked


def judge_signed_head(log: Log, note: bytes | None, state: State) -> CheckpointCheck:
    """Return how the newest checkpoint and the log go together."""
    if note is None:
        return CheckpointCheck(Standing.UNTRUSTED, "it is missing")
    return check_checkpoint(log, note, parse_verifier(state.verifier), state.origin, exact=True)


def _signed_head_alarm(checked: CheckpointCheck, note: bytes | None) -> Iterator[Alarm]:
    if checked.ok:
        return
    about = Evidence("checkpoint beside the log", 0, "", visible((note or b"").decode(errors="replace")))
    disagree = f"The checkpoint and the log do not agree: {checked.reason}."
    yield Alarm(about, "The checkpoint beside the log is missing." if note is None else disagree)


def check_tail(checked: CheckpointCheck, accepted: int, events: tuple[str, ...]) -> None:
    """Demand that a person has accepted the lines that no checkpoint covers. `events` says what they record."""
    if checked.tail != accepted:
        listed = "".join(f"\n{event}" for event in events)
        raise CeremonyError(
            f"{checked.tail} lines of the log are not signed yet:{listed}",
            meaning="The last ceremony ended early. These lines are chained, but no checkpoint vouches for them yet.",
            mend=f"If they tell what happened, accept them: --accept-tail {checked.tail}. If not, stop and find out.",
            retry=True,
            about="tail",
        )


def _alarm(alarm: Alarm) -> AuditError:
    """Return the error of an alarm; the closing sheet is the one thing that a person may have mistyped."""
    typed = alarm.evidence.source == _SHEET
    meaning = "the log on this disk may be older or another than the one that the people remember. Nothing was done."
    mend = f"Compare each digit with the paper, and type it again. If the paper says so: {WAY_OUT}"
    return AuditError(
        f"The closing sheet, as it was typed, does not fit. {alarm.reason}" if typed else alarm.reason,
        meaning=f"{'If no digit was mistyped, ' if typed else 'Perhaps '}{meaning}",
        mend=mend if typed else WAY_OUT,
        retry=typed,
        about="head" if typed else "",
    )
