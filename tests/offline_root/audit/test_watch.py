"""Evidence against a log: what was put back or went on elsewhere, and what is no evidence at all."""

from hypothesis import given
from hypothesis import strategies as st

from offline_root.audit.chain import CLOSING_DIGITS
from offline_root.audit.merkle import Tree, leaf_hash
from offline_root.audit.note import Checkpoint, assemble, body
from offline_root.audit.watch import Evidence, contradictions, evidence_of
from tests.logbook import audit_key, signed_note, verifier

LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n"]), max_size=6)


def root_of(lines: list[bytes]) -> bytes:
    tree = Tree()
    for line in lines:
        tree = tree.append(leaf_hash(line))
    return tree.root()


def remembered(lines: list[bytes], digits: int = 64) -> Evidence:
    return Evidence("closing sheet", len(lines), root_of(lines).hex()[:digits])


@given(log=LINES, other=LINES, digits=st.sampled_from([CLOSING_DIGITS, 64]))
def test_a_log_is_accepted_exactly_if_it_begins_with_what_is_remembered(
    log: list[bytes], other: list[bytes], digits: int
) -> None:
    alarms = contradictions([remembered(other, digits)], b"".join(log))

    assert (alarms == ()) == (log[: len(other)] == other)
    if alarms:
        assert alarms[0].reason.startswith("ROLLED BACK" if len(log) < len(other) else "FORK")


@given(log=LINES, other=LINES)
def test_what_was_explained_raises_no_alarm_again_whether_on_paper_or_signed(
    log: list[bytes], other: list[bytes]
) -> None:
    paper, signed = remembered(other, CLOSING_DIGITS), remembered(other)
    for one, another in ((paper, signed), (signed, paper), (paper, paper)):
        assert contradictions([one], b"".join(log), [another.head]) == ()
        alarms = contradictions([one], b"".join(log), [(another.size + 1, another.root), (another.size, "x" * 16)])
        assert alarms == contradictions([one], b"".join(log))


def test_each_piece_of_evidence_is_judged() -> None:
    log = [b"a\n", b"b\n"]
    found = [remembered(log), remembered([b"a\n", b"c\n"]), remembered([b"a\n"]), remembered([*log, b"c\n"])]
    assert [each.evidence for each in contradictions(found, b"".join(log))] == [found[1], found[3]]


def test_a_note_of_our_own_key_is_evidence_whole() -> None:
    note = signed_note(7, b"\7" * 32)
    assert evidence_of("stick", note, [verifier(seed=1), verifier()]) == Evidence(
        "stick", 7, (b"\7" * 32).hex(), note.decode()
    )


def test_a_note_of_a_former_audit_key_is_evidence_too() -> None:
    assert evidence_of("stick", signed_note(7, b"\7" * 32, seed=1), [verifier(), verifier(seed=1)])


def test_a_foreign_or_broken_note_is_none() -> None:
    ours, stranger = signed_note(7, b"\7" * 32), signed_note(7, b"\7" * 32, seed=1)
    another_log = signed_note(7, b"\7" * 32, origin="offline-root/other")
    for each in (b"", b"\xff", stranger, ours[:-1], ours.replace(b"\n7\n", b"\n8\n"), another_log):
        assert evidence_of("stick", each, [verifier()]) is None


def test_any_byte_of_a_note_changed_is_no_evidence_of_anything_else() -> None:
    ours = signed_note(7, b"\7" * 32)
    for place in range(len(ours)):
        changed = ours[:place] + bytes([ours[place] ^ 1]) + ours[place + 1 :]
        heard = evidence_of("stick", changed, [verifier()])
        assert heard is None or heard.head == (7, (b"\7" * 32).hex())


def test_origin_must_be_the_keys_own_name() -> None:
    key = verifier()
    head = Checkpoint("offline-root/elsewhere", 3, bytes(32))
    note = assemble(head, key, audit_key().sign(body(head)))
    assert evidence_of("stick", note, [key]) is None
