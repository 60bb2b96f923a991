"""What the log itself says against an opening: its checkpoint, its tail, a torn line, a rollback."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from offline_root.audit.chain import closing_head
from offline_root.audit.file import LogFile
from offline_root.audit.merkle import Tree, leaf_hash
from offline_root.audit.note import Checkpoint, assemble, body, verifier_from_spki
from offline_root.errors import AuditError, CeremonyError
from offline_root.leftovers import SWEPT
from tests.fakes.token import FakeKey
from tests.offline_root.station.rooms import PEOPLE, Room, refuses, signed, slip


def own_key(room: Room) -> ed25519.Ed25519PrivateKey:
    assert room.tokens
    key = room.tokens.keys["root"]["audit"].private
    assert isinstance(key, ed25519.Ed25519PrivateKey)
    return key


def note(
    room: Room, *, cut: int = 0, extra: int = 0, key: ed25519.Ed25519PrivateKey | None = None, origin: str = "root"
) -> bytes:
    """Return a checkpoint over the log less `cut` lines, or with `extra` lines that it does not have."""
    lines = room.log.splitlines(keepends=True)
    tree = Tree()
    for line in (*lines[: len(lines) - cut], *[b"more\n"] * extra):
        tree = tree.append(leaf_hash(line))
    key = key or own_key(room)
    spki = FakeKey("audit", b"", key).public_key
    verifier = verifier_from_spki(f"offline-root/{origin}", spki)
    checkpoint = Checkpoint(verifier.name, tree.size, tree.root())
    return assemble(checkpoint, verifier, key.sign(body(checkpoint)))


class TestCheckpoint:
    @pytest.mark.parametrize(
        ("name", "match"),
        [
            ("missing", "checkpoint beside the log is missing"),
            ("empty", "does not end with a blank line"),
            ("of another key", "not signed by the audit key"),
            ("of another log of ours", "not signed by the audit key"),
            ("ahead of the log", r"lines are missing"),
            ("of a fork", "are not those that the checkpoint signs"),
            ("cut off", "do not agree"),
            ("with another signature beside ours", "more than the one signature"),
        ],
    )
    def test_that_contradicts_the_log_raises_the_alarm(self, fake: Room, name: str, match: str) -> None:
        path = fake.place.audit / "checkpoint"
        stranger = note(fake, key=ed25519.Ed25519PrivateKey.generate())
        notes = {
            "empty": b"",
            "of another key": stranger,
            "of another log of ours": note(fake, origin="second"),
            "ahead of the log": note(fake, extra=1),
            "of a fork": note(fake, cut=2, extra=2),
            "cut off": note(fake)[:-1],
            "with another signature beside ours": note(fake) + stranger.splitlines(keepends=True)[-1],
        }
        path.unlink() if name == "missing" else path.write_bytes(notes[name])

        with fake.station() as station, pytest.raises(AuditError, match=match):
            assert station.tail
        assert not refuses(fake, AuditError, match).retry

    def test_of_the_whole_log_is_accepted(self, fake: Room) -> None:
        (fake.place.audit / "checkpoint").write_bytes(note(fake))
        with fake.ceremony() as station:
            assert station.tail == ()


class TestRollback:
    def test_to_an_older_log_and_checkpoint_is_found_by_the_closing_sheet(self, fake: Room) -> None:
        old = {path: path.read_bytes() for path in fake.place.audit.iterdir()}
        with fake.ceremony() as station:
            signed(station, slip())
            fake.close(station)
        for path, data in old.items():
            path.write_bytes(data)

        refuses(fake, AuditError, "Lines are missing")

    def test_and_another_continuation_is_found_by_the_closing_sheet(self, fake: Room) -> None:
        fork = {path: path.read_bytes() for path in fake.place.audit.iterdir()}
        with fake.ceremony() as station:
            fake.close(station)
        head = fake.head
        for path, data in fork.items():
            path.write_bytes(data)
        assert fake.tokens
        fake.tokens.kept.clear()  # a software token's folder is put back with the rest of the disk
        fake.head = closing_head(*_head_of(fake))
        with fake.ceremony(head=fake.head) as station:
            signed(station, slip())
            fake.close(station)

        refuses(fake, AuditError, "not those of the closing sheet", head=head)


def _head_of(room: Room) -> tuple[int, bytes]:
    tree = Tree()
    for line in room.log.splitlines(keepends=True):
        tree = tree.append(leaf_hash(line))
    return tree.size, tree.root()


class TestUnsignedTail:
    @pytest.fixture
    def unfinished(self, fake: Room) -> Room:
        """Return a room whose last ceremony ended in the middle, as by a loss of power."""
        with fake.ceremony() as station:
            station.read("test.csr", slip().data)
        return fake

    @pytest.mark.parametrize("accepted", [0, 2])
    def test_is_shown_until_it_is_accepted_exactly(self, unfinished: Room, accepted: int) -> None:
        with unfinished.station() as station:
            assert [each.event for each in station.tail] == ["request-read"]
        error = refuses(unfinished, CeremonyError, "1 lines of the log", accepted_tail=accepted)
        assert "request read: test.csr" in error.what

    def test_is_signed_once_it_is_accepted_and_the_log_says_by_whom(self, unfinished: Room) -> None:
        with unfinished.ceremony() as station:
            assert station.tail == ()
            entry = next(each for each in reversed(station.entries) if each.event == "unsigned-tail-accepted")
        assert dict(entry.facts) == {"lines": 1, "by": PEOPLE.operator}


class TestScratchToken:
    def test_of_a_backup_that_was_killed_is_removed_and_reported_in_the_log(self, fake: Room) -> None:
        assert fake.tokens
        fake.tokens.abandoned = 2
        with fake.ceremony() as station:
            assert dict(next(each for each in station.entries if each.event == SWEPT).facts) == {"count": 2}
            fake.close(station)
        assert fake.tokens.abandoned == 0
        with fake.ceremony() as station:
            fake.close(station)
        assert fake.events().count(SWEPT) == 1


class TestTornLine:
    @pytest.mark.parametrize("torn", [b'{"half', b'{"half"}\0\0\0\n', b"\0" * 512])
    def test_is_kept_aside_and_reported_in_the_log(self, fake: Room, torn: bytes) -> None:
        good = fake.log
        (fake.place.audit / "log.jsonl").write_bytes(good + torn)

        with fake.ceremony() as station:
            recorded = next(each for each in station.entries if each.event == "torn-line-kept")
            fake.close(station)

        assert dict(recorded.facts) == {"file": "log.torn-1", "octets": len(torn)}
        assert (fake.place.audit / "log.torn-1").read_bytes() == torn
        assert fake.log.startswith(good)

    def test_is_reported_once_where_the_program_ended_before_it_could(self, fake: Room) -> None:
        with (fake.place.audit / "log.jsonl").open("ab") as file:
            file.write(b"{")
        LogFile.open(fake.place.audit).close()

        for _ in range(2):
            with fake.ceremony() as station:
                fake.close(station)

        assert fake.events().count("torn-line-kept") == 1
