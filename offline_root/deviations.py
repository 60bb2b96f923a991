"""What is out of the ordinary at an opening: a clock, a closing sheet or a seal that is not as the log has it.

None of it is wrong by itself. People find out why, and say so: `--because TEXT`. Only with that does the ceremony
begin, and their words go into the log beside what they explain.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from offline_root.audit.entry import Facts
from offline_root.audit.state import State
from offline_root.display import visible
from offline_root.errors import CeremonyError
from offline_root.model import ROOT, People, serial_text
from offline_root.moments import from_utc_text, utc_text

LONG_TIME = timedelta(days=366)
"""How far a clock may run ahead of the log's last line without a word: an authority is used a few times a year."""

_SEAL = re.compile(r"(?P<kind>[a-z][a-z0-9-]{0,30})=(?P<number>[^@\s]{1,60})(?:@(?P<place>[^@]{1,60}))?")


@dataclass(frozen=True, slots=True)
class Deviation:
    """One thing that people have to explain: the event that records it, what they are told, and the event's facts."""

    event: str
    what: str
    facts: Facts

    def explained(self, because: str, people: People) -> Facts:
        """Return what is recorded of it: who said why. Nobody else looked at it where there was no witness."""
        return {
            **self.facts,
            "because": visible(because),
            "by": people.operator,
            "witnesses": people.witnesses,
        }


class Unexplained(CeremonyError):
    """An opening is out of the ordinary, and nobody has said why."""


def check_explained(found: Sequence[Deviation], because: str) -> None:
    """Demand an explanation where there is something to explain (Unexplained)."""
    if found and not because.strip():
        raise Unexplained(
            "\n".join(each.what for each in found),
            meaning="It is not as the log has it. The ceremony has not begun; nothing was done.",
            mend='Find out why. If that is in order, say so, for the log: --because "WHAT EXPLAINS IT".',
            retry=True,
            about="because",
        )


def clock_deviations(now: datetime, state: State) -> Iterator[Deviation]:
    """Yield that the clock went back, with the certificates dated in the false interval; or that it ran far ahead."""
    last, of = _last(state)
    between: Facts = {"from": last, "to": utc_text(now)}
    if now < from_utc_text(last):
        future = (each for each in state.issued if from_utc_text(each.time) > now and each.environment != ROOT)
        serials = [serial_text(each.serial) for each in future]
        dated = f" Dated in between, and to be revoked if wrong: {', '.join(serials)}." if serials else ""
        what = f"The machine's clock says {utc_text(now)}, but {of} is of {last}.{dated}"
        yield Deviation("clock-corrected", what, {**between, "certificates": serials})
    elif now - from_utc_text(last) > LONG_TIME:
        what = f"The machine's clock says {utc_text(now)}: more than a year after {of}, {last}."
        yield Deviation("clock-corrected", what, {**between, "certificates": ()})


def _last(state: State) -> tuple[str, str]:
    """Return the latest time in the log, and of what: a CRL that was taken in may be newer than any line."""
    known = [(state.last_time, "the log's last line")]
    if state.crl:
        known.append((state.crl.this_update, "the newest CRL"))
    return max(known, key=lambda each: each[0])


def sheet_deviations(size: int, covered: int, state: State) -> Iterator[Deviation]:
    """Yield that a closing sheet of `size` lines is not the newest one; without a checkpoint there was none to write.

    `covered` is how many lines the newest checkpoint signs.
    """
    newest = max((each for each in state.sheets if each <= covered), default=0)
    if size < newest:
        what = f"The closing sheet is of {size} lines, but a later ceremony ended with a sheet of {newest}."
        yield Deviation("older-sheet-explained", what, {"size": size, "newest": newest})


def read_seals(typed: Sequence[str]) -> dict[str, str]:
    """Return seals as typed, `KIND=NUMBER[@PLACE]`, by what they are on (CeremonyError)."""
    seals: dict[str, str] = {}
    for each in typed:
        match = _SEAL.fullmatch(each.strip())
        if match is None or match["kind"] in seals:
            raise CeremonyError(
                f"'{visible(each)}' is not a seal, or one of its kind was named before.",
                meaning="Nothing was done.",
                mend="Type what it is on and its number, with the place if you like: token=A0012345@safe-2.",
                retry=True,
                about=f"seal-{each.partition('=')[0]}",
            )
        seals[match["kind"]] = visible(each.strip().partition("=")[2])
    return seals


def seal_deviations(found: Mapping[str, str], state: State) -> Iterator[Deviation]:
    """Yield each seal that is not the one on record; a kind that nobody looked at today is no deviation."""
    for kind, known in state.seals:
        if kind in found and found[kind] != known:
            what = f"The seal of {kind} is {found[kind]}; on record is {known}."
            yield Deviation("seal-explained", what, {"seal": kind, "found": found[kind], "recorded": known})
