"""Proofs for someone who does not have the log: every one that is true, and none that is not."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_root.audit import merkle, proof
from offline_root.audit.note import UntrustedNote, verify_note
from tests.offline_root.audit.logs import ORIGIN, SIGNERS, checkpoint_of, ed25519_signer, make_log, naive_root

SIZE = 64
LEAVES = [b"%d" % number for number in range(SIZE)]
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]
ROOTS = [naive_root(LEAVES[:size]) for size in range(SIZE + 1)]

OURS, OTHER = SIGNERS["ed25519"], ed25519_signer(b"\1" * 32)
LOG = make_log(13)
LINES = LOG.splitlines(keepends=True)
NOTE = OURS.note(checkpoint_of(LOG, 13))


def naive_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the inclusion proof by climbing a tree that is drawn level by level, a lone node passing upwards."""
    level, path = [merkle.leaf_hash(leaf) for leaf in leaves], []
    while len(level) > 1:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
        level = [hashlib.sha256(b"\1" + b"".join(pair)).digest() if len(pair) == 2 else pair[0] for pair in pairs]
        index >>= 1
    return path


def test_every_leaf_of_every_tree_is_proven_as_in_a_drawn_tree() -> None:
    for size in range(1, SIZE + 1):
        for index in range(size):
            made = merkle.inclusion(HASHES[:size], index)
            assert list(made) == naive_path(index, LEAVES[:size])
            assert merkle.root_from_inclusion(HASHES[index], index, size, made) == ROOTS[size]


def test_every_growth_of_every_tree_is_proven() -> None:
    for size in range(SIZE + 1):
        for old in range(size + 1):
            made = merkle.consistency(HASHES[:size], old)
            assert merkle.grew(old, ROOTS[old], size, ROOTS[size], made)
            assert len(made) <= size.bit_length() + 1


def test_no_other_leaf_place_or_size_is_proven() -> None:
    for size in range(1, 18):
        for index in range(size):
            made = merkle.inclusion(HASHES[:size], index)
            for other in range(-1, 19):
                at_other = merkle.root_from_inclusion(HASHES[index], other, size, made)
                of_other = merkle.root_from_inclusion(HASHES[index], index, other, made)
                assert other == index or at_other != ROOTS[size]
                assert other == size or of_other != ROOTS[max(other, 0)]


def test_no_other_growth_is_proven() -> None:
    for size in range(18):
        for old in range(size + 1):
            made = merkle.consistency(HASHES[:size], old)
            for other in range(18):
                wrong_root = merkle.node_hash(ROOTS[old], ROOTS[other])
                assert not merkle.grew(old, wrong_root, size, ROOTS[size], made)
                assert old == 0 < size or not merkle.grew(old, ROOTS[old], size, wrong_root, made)
                honest = made == merkle.consistency(HASHES[:size], other) and other <= size
                assert honest or not merkle.grew(other, ROOTS[other], size, ROOTS[size], made)
                honest = made == merkle.consistency(HASHES[:other], old) and old <= other
                assert honest or not merkle.grew(old, ROOTS[old], other, ROOTS[other], made)


@given(st.data())
def test_a_proof_with_any_hash_changed_left_out_or_added_proves_nothing(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, SIZE))
    old = data.draw(st.integers(1, size - 1))
    for spoilt in _spoilt(data, merkle.inclusion(HASHES[:size], old)):
        assert merkle.root_from_inclusion(HASHES[old], old, size, spoilt) != ROOTS[size]
    for spoilt in _spoilt(data, merkle.consistency(HASHES[:size], old)):
        assert not merkle.grew(old, ROOTS[old], size, ROOTS[size], spoilt)


def _spoilt(data: st.DataObject, made: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
    at = data.draw(st.integers(0, len(made) - 1))
    yield (*made[:at], merkle.node_hash(made[at], made[at]), *made[at + 1 :])
    yield (*made[:at], *made[at + 1 :])
    yield (*made[:at], ROOTS[0], *made[at:])


def test_a_proof_of_nothing_is_none() -> None:
    assert not merkle.grew(3, ROOTS[3], 5, ROOTS[5], ())
    assert not merkle.grew(5, ROOTS[5], 3, ROOTS[3], ())
    assert merkle.root_from_inclusion(HASHES[0], 0, 0, ()) is None


class TestOfALine:
    @pytest.mark.parametrize("index", [0, 5, 12])
    def test_is_read_as_it_was_written_and_names_the_log(self, index: int) -> None:
        made = proof.prove_line(LINES, index, NOTE)
        read = proof.parse(made.text())
        assert read == made
        assert isinstance(read, proof.Inclusion)
        assert read.line == LINES[index]
        assert read.check(OURS.verifier) == checkpoint_of(LOG, 13)

    def test_is_the_published_form(self) -> None:
        text = proof.prove_line(LINES[:1], 0, OURS.note(checkpoint_of(LOG, 1))).text().decode()
        first, extra, index, blank, origin, *_ = text.split("\n")
        assert (first, index, blank, origin) == ("c2sp.org/tlog-proof@v1", "index 0", "", ORIGIN)
        assert extra.startswith("extra eyJ")

    def test_of_another_line_place_or_log_is_refused(self) -> None:
        made = proof.prove_line(LINES, 5, NOTE)
        for spoilt in (
            proof.Inclusion(5, LINES[6], made.hashes, NOTE),
            proof.Inclusion(6, made.line, made.hashes, NOTE),
            proof.Inclusion(5, made.line, made.hashes[:-1], NOTE),
            proof.Inclusion(5, made.line, made.hashes, OURS.note(checkpoint_of(LOG, 12))),
        ):
            with pytest.raises(UntrustedNote, match="the line is not in the log"):
                spoilt.check(OURS.verifier)

    def test_under_a_checkpoint_of_another_key_or_log_is_refused(self) -> None:
        made = proof.prove_line(LINES, 5, NOTE)
        with pytest.raises(UntrustedNote, match="not signed by the audit key"):
            made.check(OTHER.verifier)
        foreign = ed25519_signer(name="offline-root/other")
        with pytest.raises(UntrustedNote, match="of another log"):
            proof.prove_line(LINES, 5, foreign.note(checkpoint_of(LOG, 13))).check(foreign.verifier)


class TestOfGrowth:
    @pytest.mark.parametrize("old", [1, 4, 7, 13])
    def test_is_read_as_it_was_written_and_shows_the_newer_log(self, old: int) -> None:
        made = proof.prove_growth(LINES, old, NOTE)
        read = proof.parse(made.text())
        assert read == made
        assert isinstance(read, proof.Consistency)
        assert read.check(OURS.verifier, checkpoint_of(LOG, old)) == checkpoint_of(LOG, 13)

    def test_from_another_beginning_is_a_fork(self) -> None:
        fork = make_log(3) + make_log(13).split(b"\n", 3)[3].replace(b'"n":3', b'"n":9', 1)
        made = proof.prove_growth(LINES, 7, NOTE)
        with pytest.raises(UntrustedNote, match="FORK"):
            made.check(OURS.verifier, checkpoint_of(fork, 7))

    def test_from_another_size_is_refused(self) -> None:
        older = verify_note(OURS.note(checkpoint_of(LOG, 6)), OURS.verifier)
        with pytest.raises(UntrustedNote, match="begins at 7 lines, the older checkpoint signs 6"):
            proof.prove_growth(LINES, 7, NOTE).check(OURS.verifier, older)


def test_a_file_that_sets_out_to_be_a_proof_is_known_by_its_first_line() -> None:
    assert proof.is_proof(proof.prove_line(LINES, 5, NOTE).text())
    assert proof.is_proof(proof.prove_growth(LINES, 5, NOTE).text())
    assert not proof.is_proof(NOTE)


@pytest.mark.parametrize(
    "spoilt",
    [
        b"",
        b"old \n\n",
        b"old x\n\n",
        b"old 07\n\n",
        b"old 7",
        b"old 7\n!\n\n",
        b"old 7\nAAAA\n\n",
        b"old 7\n" + b"gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n" * 64 + b"\n",
        b"c2sp.org/tlog-proof@v1\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 1\n\n",
        b"c2sp.org/tlog-proof@v1\nextra QQ==\nindex +1\n\n",
        b"c2sp.org/tlog-proof@v1\nextra QR==\nindex 1\n\n",
        b"c2sp.org/tlog-proof@v1\nextra QQ==\nindex 1\n\xff\n\n",
    ],
)
def test_what_is_not_a_proof_is_refused_as_one(spoilt: bytes) -> None:
    with pytest.raises(UntrustedNote, match=r"malformed|canonical"):
        proof.parse(spoilt)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for each in (data, b"old 3\n" + data, b"c2sp.org/tlog-proof@v1\nextra QQ==\nindex 0\n" + data):
        with suppress(UntrustedNote):
            assert proof.parse(each).text() == each
