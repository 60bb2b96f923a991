"""Verification of whole logs: whatever is done to one is found, and the place is named."""

import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_root.audit import chain as subject
from offline_root.audit.chain import Problem, Standing
from offline_root.audit.entry import FIRST_PREV, Entry, decode, encode, link
from offline_root.audit.merkle import EMPTY_ROOT
from offline_root.audit.note import Checkpoint
from tests.offline_root.audit.logs import ORIGIN, SIGNERS, TIME, checkpoint_of, ed25519_signer, make_log, naive_root

SIZE = 12
LOG = make_log(SIZE)
LINES = LOG.splitlines(keepends=True)
OURS = SIGNERS["ed25519"]
NOTE = OURS.note(checkpoint_of(LOG, SIZE))


def rechained(lines: list[bytes]) -> list[bytes]:
    """Return lines with `seq` and `prev` made good again: a forger's log."""
    prev, made = FIRST_PREV, []
    for seq, line in enumerate(lines):
        entry = decode(line)
        made.append(encode(Entry(seq, entry.time, prev, entry.event, entry.facts)))
        prev = link(made[-1])
    return made


def is_found(damaged: bytes) -> bool:
    """Whether the lines themselves or the checkpoint over the good log show the damage."""
    found = subject.check(damaged)
    assert all(1 <= problem.line <= found.size for problem in found.problems)
    return bool(found.problems or found.torn or not subject.check_checkpoint(damaged, NOTE, OURS.verifier, ORIGIN).ok)


class TestGoodLog:
    @pytest.mark.parametrize("size", range(9))
    def test_has_no_problem(self, size: int) -> None:
        log = make_log(size)
        lines = log.splitlines(keepends=True)
        found = subject.check(log)
        assert (found.problems, found.torn) == ((), b"")
        assert (found.size, found.root) == (size, naive_root(lines))
        assert found.head == (link(lines[-1]) if lines else FIRST_PREV)

    def test_shows_every_entry_in_order(self) -> None:
        seen: list[Entry] = []
        subject.check(LOG, visit=seen.append)
        assert [encode(entry) for entry in seen] == LINES

    def test_may_come_as_lines_or_as_a_file(self) -> None:
        assert (
            subject.check(LINES) == subject.check(iter(LINES)) == subject.check(io.BytesIO(LOG)) == subject.check(LOG)
        )

    def test_may_have_a_clock_that_was_set_back(self) -> None:
        first = encode(Entry(0, TIME, FIRST_PREV, "note-made", {}))
        second = encode(Entry(1, "2001-01-01T00:00:00Z", link(first), "note-made", {}))
        assert subject.check(first + second).problems == ()

    def test_gives_the_roots_at_all_wanted_sizes_in_one_pass(self) -> None:
        wanted = {0, 1, 5, SIZE, SIZE + 1}
        expected = {size: naive_root(LINES[:size]) for size in (0, 1, 5, SIZE)}
        assert subject.check(iter(LINES), sizes=wanted).roots == expected
        assert subject.roots(iter(LINES), wanted) == expected

    def test_memory_stays_flat(self) -> None:
        def peak(size: int) -> int:
            tracemalloc.start()
            subject.check(LINES[0] for _ in range(size))
            try:
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

        peak(10)
        assert peak(4000) < peak(1000) + 10_000


class TestDamage:
    @given(st.integers(0, len(LOG) - 1), st.integers(1, 255))
    def test_one_changed_byte_is_found_at_its_line_or_the_next(self, place: int, mask: int) -> None:
        damaged = bytearray(LOG)
        damaged[place] ^= mask
        line = LOG.count(b"\n", 0, place) + 1
        found = subject.check(bytes(damaged))
        if line < SIZE:
            assert found.problems[0].line in {line, line + 1}
        elif not found.problems and not found.torn:
            assert found.root != naive_root(LINES)
        assert is_found(bytes(damaged))

    @pytest.mark.parametrize("place", range(SIZE - 1))
    def test_a_deleted_line_is_found_there(self, place: int) -> None:
        found = subject.check(LINES[:place] + LINES[place + 1 :])
        assert found.problems[0].line == place + 1
        assert "seq" in found.problems[-1].reason
        assert len(found.problems) == 2

    @pytest.mark.parametrize("place", range(SIZE))
    def test_a_doubled_line_is_found_there(self, place: int) -> None:
        found = subject.check(LINES[: place + 1] + LINES[place:])
        assert found.problems[0].line == place + 2

    @given(st.permutations(range(SIZE)))
    def test_any_other_order_is_found(self, order: list[int]) -> None:
        if order != list(range(SIZE)):
            first = next(number for number in range(SIZE) if order[number] != number)
            assert subject.check([LINES[number] for number in order]).problems[0].line == first + 1

    @given(st.data())
    def test_any_cut_and_splice_is_found(self, data: st.DataObject) -> None:
        start = data.draw(st.integers(0, len(LOG)))
        end = data.draw(st.integers(start, len(LOG)))
        piece = data.draw(st.binary(max_size=5) | st.sampled_from(LINES) | st.just(b"\n"))
        damaged = LOG[:start] + piece + LOG[end:]
        assert is_found(damaged) or damaged.startswith(LOG)

    @pytest.mark.parametrize("size", range(SIZE))
    def test_missing_lines_at_the_end_are_found_only_from_outside(self, size: int) -> None:
        rest = LINES[:size]
        assert subject.check(rest).problems == ()
        assert subject.check_checkpoint(rest, NOTE, OURS.verifier, ORIGIN).standing is Standing.AHEAD
        assert subject.head_at(rest, SIZE) is None

    @pytest.mark.parametrize("place", range(SIZE))
    def test_a_rewritten_history_is_found_only_from_outside(self, place: int) -> None:
        entry = decode(LINES[place])
        forged = encode(Entry(entry.seq, entry.time, entry.prev, entry.event, {"text": "forged"}))
        log = rechained([*LINES[:place], forged, *LINES[place + 1 :], LINES[-1]])
        assert subject.check(log).problems == ()
        assert subject.check_checkpoint(log, NOTE, OURS.verifier, ORIGIN).standing is Standing.FORKED
        assert subject.head_at(log, SIZE) != naive_root(LINES)

    def test_one_bad_line_gives_one_problem(self) -> None:
        found = subject.check([*LINES[:3], b"{}\n", *LINES[4:]])
        assert found.problems == (
            Problem(4, "seq is missing"),
            Problem(5, "prev is not the hash of the line before"),
        )

    def test_a_first_line_that_continues_another_log_is_found(self) -> None:
        reasons = [problem.reason for problem in subject.check(LINES[3:]).problems]
        assert reasons == ["prev is not the hash of the line before", "seq is 3, expected 0"]

    def test_only_so_many_problems_are_kept(self) -> None:
        found = subject.check(b"x\n" * (subject.MAX_PROBLEMS + 50))
        assert len(found.problems) == subject.MAX_PROBLEMS
        assert found.size == subject.MAX_PROBLEMS + 50

    @given(st.binary())
    def test_nothing_raises(self, data: bytes) -> None:
        found = subject.check(data)
        assert (found.size + bool(found.torn) > 0) is bool(data)
        assert not subject.check_checkpoint(data, NOTE, OURS.verifier, ORIGIN).ok


class TestTornEnd:
    @pytest.mark.parametrize("left", range(1, len(LINES[-1])))
    def test_a_last_line_without_newline_is_torn_not_bad(self, left: int) -> None:
        log = b"".join(LINES[:-1]) + LINES[-1][:left]
        found = subject.check(log)
        assert (found.torn, found.problems, found.size) == (LINES[-1][:left], (), SIZE - 1)
        assert (found.root, found.head) == (naive_root(LINES[:-1]), link(LINES[-2]))
        assert subject.roots(log, {SIZE - 1, SIZE}).keys() == {SIZE - 1}

    @pytest.mark.parametrize("missing", [1, 10, 50])
    def test_a_last_line_with_a_hole_is_torn(self, missing: int) -> None:
        torn = bytes(missing) + LINES[-1][missing:]
        found = subject.check([*LINES[:-1], torn])
        assert (found.torn, found.problems, found.size) == (torn, (), SIZE - 1)

    def test_a_hole_before_the_end_is_bad(self) -> None:
        found = subject.check([*LINES[:-2], b"\0" + LINES[-2][1:], LINES[-1]])
        assert [problem.line for problem in found.problems] == [SIZE - 1, SIZE]
        assert found.torn == b""

    def test_a_missing_newline_before_the_end_is_bad(self) -> None:
        found = subject.check([*LINES[:-2], LINES[-2][:-1], LINES[-1]])
        assert [problem.line for problem in found.problems] == [SIZE - 1, SIZE]

    def test_a_malformed_last_line_is_bad_not_torn(self) -> None:
        found = subject.check([*LINES[:-1], b"{}\n"])
        assert found.torn == b""
        assert found.problems == (Problem(SIZE, "seq is missing"),)


class TestCheckpoint:
    @pytest.mark.parametrize("size", range(SIZE + 1))
    def test_says_how_much_is_signed(self, size: int) -> None:
        found = subject.check_checkpoint(LOG, OURS.note(checkpoint_of(LOG, size)), OURS.verifier, ORIGIN)
        assert (found.ok, found.alarm, found.covered, found.tail) == (True, False, size, SIZE - size)
        assert found.reason == f"the first {size} lines are signed, {SIZE - size} more are not"

    def test_a_larger_checkpoint_is_an_alarm(self) -> None:
        note = OURS.note(Checkpoint(ORIGIN, SIZE + 1, bytes(32)))
        found = subject.check_checkpoint(LOG, note, OURS.verifier, ORIGIN)
        assert (found.standing, found.ok, found.alarm) == (Standing.AHEAD, False, True)
        assert "lines are missing" in found.reason

    def test_another_root_is_an_alarm(self) -> None:
        note = OURS.note(Checkpoint(ORIGIN, 5, bytes(32)))
        found = subject.check_checkpoint(LOG, note, OURS.verifier, ORIGIN)
        assert (found.standing, found.ok, found.alarm) == (Standing.FORKED, False, True)

    def test_an_empty_log_can_be_signed(self) -> None:
        note = OURS.note(Checkpoint(ORIGIN, 0, EMPTY_ROOT))
        assert subject.check_checkpoint(b"", note, OURS.verifier, ORIGIN).ok

    def test_a_note_of_another_key_raises_no_alarm(self) -> None:
        note = ed25519_signer(b"\x07" * 32).note(Checkpoint(ORIGIN, 99, bytes(32)))
        found = subject.check_checkpoint(LOG, note, OURS.verifier, ORIGIN)
        assert (found.standing, found.ok, found.alarm) == (Standing.UNTRUSTED, False, False)

    def test_a_note_of_another_log_raises_no_alarm(self) -> None:
        note = OURS.note(Checkpoint("rehearsal.invalid/test", 99, bytes(32)))
        found = subject.check_checkpoint(LOG, note, OURS.verifier, ORIGIN)
        assert (found.standing, found.ok, found.alarm) == (Standing.FOREIGN, False, False)

    def test_can_demand_the_exact_note(self) -> None:
        doubled = NOTE + NOTE.rpartition(b"\n\n")[2]
        assert subject.check_checkpoint(LOG, doubled, OURS.verifier, ORIGIN).ok
        assert not subject.check_checkpoint(LOG, doubled, OURS.verifier, ORIGIN, exact=True).ok

    def test_a_torn_end_is_not_counted(self) -> None:
        found = subject.check_checkpoint(LOG + b"{", NOTE, OURS.verifier, ORIGIN)
        assert (found.ok, found.tail) == (True, 0)


class TestClosingSheet:
    def test_has_the_size_and_16_digits(self) -> None:
        root = naive_root(LINES[:7])
        assert subject.closing_head(7, root) == f"7:{root.hex()[:16]}"

    @pytest.mark.parametrize("size", range(SIZE + 1))
    def test_can_be_compared_with_a_log_that_has_grown(self, size: int) -> None:
        assert subject.head_at(LOG, size) == naive_root(LINES[:size])

    @pytest.mark.parametrize("size", [-1, SIZE + 1, 10**30])
    def test_a_size_that_the_log_does_not_have_gives_none(self, size: int) -> None:
        assert subject.head_at(LOG, size) is None
