"""The verdict over a log and its checkpoint, for whoever asks: no token, no change."""

from collections.abc import Iterator
from dataclasses import dataclass

from offline_root.anchor import Anchor
from offline_root.audit.chain import LogCheck, Problem, hold
from offline_root.audit.note import VerifierKey, parse_verifier
from offline_root.audit.state import State
from offline_root.keys import fingerprint


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be relied on: `signed` lines under a checkpoint, `unsigned` ones after it.

    `problems` name lines, counted from 1; line 0 is the whole log.
    """

    size: int
    root: bytes
    signed: int
    unsigned: int
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.problems


def judge(check: LogCheck, state: State | None, note: bytes | None, anchor: Anchor | None) -> Verdict:
    """Return the verdict on a log.

    `check` is what one pass over it found, `state` what it folds to (None: it does not fold). `note` is the checkpoint
    as it lies there; the pass has kept the root at the size that it claims. Without an `anchor` the log can only be
    held against itself.
    """
    problems = list(check.problems)
    if check.torn:
        problems.append(Problem(check.size + 1, "the last line is not complete"))
    if anchor is None:
        problems.append(Problem(0, "SELF-CONSISTENT ONLY, origin not proven: give the anchor of the create ceremony"))
    if state is None:
        problems.append(Problem(0, "a line tells of something that this version does not understand"))
    key = (anchor.as_of(state) if state else anchor).verifier if anchor else _own_key(state)
    problems += (*_alarms(state), *_against(anchor, state))
    signed = 0
    if key is None:
        problems.append(Problem(0, "the log does not tell of a whole authority"))
    elif note is None:
        problems.append(Problem(0, "the checkpoint is missing"))
    else:
        checked = hold(note, key, key.name, check.size, check.roots, exact=True)
        signed = checked.covered
        if not checked.ok:
            problems.append(Problem(0, f"checkpoint: {checked.reason}"))
    return Verdict(check.size, check.root, signed, check.size - signed, tuple(problems))


def _own_key(state: State | None) -> VerifierKey | None:
    return parse_verifier(state.verifier) if state and state.verifier else None


def _alarms(state: State | None) -> Iterator[Problem]:
    for each in state.alarms if state else ():
        yield Problem(0, f"ALARM, not settled yet: {each.reason}")


def _against(anchor: Anchor | None, state: State | None) -> Iterator[Problem]:
    if anchor and state and (wrong := anchor.disagreement(state)):
        yield Problem(0, wrong)
    if anchor and state and fingerprint(state.root) != anchor.root_sha256:
        yield Problem(0, "the log is that of another root than the anchor's")
