"""The verdict over a log: what is signed, what is not, and every reason not to believe it."""

from dataclasses import replace

import pytest

from offline_root.anchor import Anchor
from offline_root.audit.chain import check
from offline_root.audit.entry import FIRST_PREV, Entry, Facts, encode, link
from offline_root.audit.judge import Verdict, judge
from offline_root.audit.note import Checkpoint, claimed_sizes
from offline_root.audit.state import State
from offline_root.model import Der
from tests.offline_root.audit.logs import ORIGIN, Signer, ed25519_signer, naive_root

OURS, OTHER = ed25519_signer(), ed25519_signer(b"\1" * 32)
STATE = State(verifier=OURS.verifier.text())
ANCHOR = Anchor.of(STATE)
UNPROVEN = "SELF-CONSISTENT ONLY, origin not proven: give the anchor of the create ceremony"


def log(size: int = 3, event: str = "request-read") -> bytes:
    text, prev = b"", FIRST_PREV
    for number in range(size):
        facts: Facts = {"n": number}
        line = encode(Entry(number, "2026-11-23T11:30:00Z", prev, event, facts))
        text, prev = text + line, link(line)
    return text


def signed(text: bytes, size: int, by: Signer = OURS) -> bytes:
    return by.note(Checkpoint(ORIGIN, size, naive_root(text.splitlines(keepends=True)[:size])))


def verdict(text: bytes, note: bytes | None, *, state: State | None = STATE, anchor: Anchor | None = ANCHOR) -> Verdict:
    return judge(check(text, sizes=claimed_sizes(note)), state, note, anchor)


def reasons(found: Verdict) -> list[tuple[int, str]]:
    return [(each.line, each.reason) for each in found.problems]


@pytest.mark.parametrize(("covered", "tail"), [(3, 0), (2, 1), (0, 3)])
def test_a_sound_log_has_a_signed_part_and_a_tail(covered: int, tail: int) -> None:
    text = log()
    found = verdict(text, signed(text, covered))
    assert found == Verdict(3, naive_root(text.splitlines(keepends=True)), covered, tail, ())
    assert found.ok


def test_without_an_anchor_nothing_is_proven() -> None:
    text = log()
    found = verdict(text, signed(text, 3), anchor=None)
    assert reasons(found) == [(0, UNPROVEN)]
    assert (found.ok, found.signed) == (False, 3)


def test_without_an_anchor_the_logs_own_key_counts() -> None:
    text = log()
    found = verdict(text, signed(text, 3, OTHER), anchor=None)
    assert reasons(found) == [(0, UNPROVEN), (0, "checkpoint: the note is not signed by the audit key")]
    assert found.signed == 0


@pytest.mark.parametrize("state", [None, State()])
def test_without_anchor_and_authority_there_is_no_key(state: State | None) -> None:
    text = log()
    found = verdict(text, signed(text, 3), state=state, anchor=None)
    assert (0, "the log does not tell of a whole authority") in reasons(found)
    assert (found.ok, found.signed, found.unsigned) == (False, 0, 3)


def test_a_log_that_is_not_understood_is_not_ok_though_it_is_signed() -> None:
    text = log(event="moon-landed")
    found = verdict(text, signed(text, 3), state=None)
    assert reasons(found) == [(0, "a line tells of something that this version does not understand")]
    assert found.signed == 3


def test_a_missing_checkpoint_is_said() -> None:
    found = verdict(log(), None)
    assert reasons(found) == [(0, "the checkpoint is missing")]
    assert (found.signed, found.unsigned) == (0, 3)


def test_a_checkpoint_of_another_key_is_said() -> None:
    text = log()
    assert reasons(verdict(text, signed(text, 3, OTHER))) == [
        (0, "checkpoint: the note is not signed by the audit key")
    ]


def test_a_checkpoint_with_one_more_signature_is_said() -> None:
    text = log()
    more = signed(text, 3, OTHER).splitlines(keepends=True)[-1]
    (problem,) = verdict(text, signed(text, 3) + more).problems
    assert problem.reason == "checkpoint: the note has more than the one signature of the audit key"


def test_a_checkpoint_that_is_ahead_is_said() -> None:
    text = log(3)
    note = signed(log(4), 4)
    (problem,) = verdict(text, note).problems
    assert problem.reason.startswith("checkpoint: the checkpoint signs 4 lines, the log has 3")


def test_a_log_that_was_rewritten_is_said() -> None:
    (problem,) = verdict(log(event="request-refused"), signed(log(), 3)).problems
    assert problem.reason == "checkpoint: FORK: the first 3 lines are not those that the checkpoint signs"


def test_another_audit_key_than_the_anchors_is_said() -> None:
    text = log()
    found = verdict(text, signed(text, 3), state=replace(STATE, verifier=OTHER.verifier.text()))
    assert reasons(found) == [(0, "the log names another audit key than the anchor")]


def test_another_root_than_the_anchors_is_said() -> None:
    text = log()
    found = verdict(text, signed(text, 3), state=replace(STATE, root=Der(b"another")))
    assert reasons(found) == [(0, "the log is that of another root than the anchor's")]


def test_a_torn_line_is_said_with_its_number() -> None:
    text = log()
    found = verdict(text + b'{"half', signed(text, 3))
    assert reasons(found) == [(4, "the last line is not complete")]
    assert found.size == 3


def test_everything_wrong_with_the_lines_is_said() -> None:
    text = log()
    changed = text.replace(b'"n":1', b'"n":7')
    found = verdict(changed, signed(text, 1))
    assert reasons(found) == [(3, "prev is not the hash of the line before")]
    assert found.signed == 1


def test_a_log_from_before_a_restore_counts_under_the_key_it_had() -> None:
    text, later = log(), replace(STATE, former=(OURS.verifier.text(),), verifier=OTHER.verifier.text())
    assert verdict(text, signed(text, 3), anchor=Anchor.of(later)).ok
    assert not verdict(text, signed(text, 3, OTHER), anchor=Anchor.of(later)).ok
    assert verdict(text, signed(text, 3, OTHER), state=later, anchor=Anchor.of(later)).ok
    assert not verdict(text, signed(text, 3), state=later, anchor=Anchor.of(later)).ok
    (first, *_) = reasons(verdict(text, signed(text, 3, OTHER), state=later))
    assert first[1].startswith("the audit key was replaced after this anchor")
