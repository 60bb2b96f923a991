"""Log and state move together: durable first, known second."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from offline_root.audit.entry import FIRST_PREV, Entry, Facts
from offline_root.audit.ledger import Ledger
from offline_root.errors import AuditError
from tests.logbook import Logbook


class Noon:
    """A clock that stands at noon."""

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 12, 0, 0, 999_999, tzinfo=UTC)


class Memory:
    """A log in memory, which can be made to fail."""

    def __init__(self, entries: Sequence[Entry] = ()) -> None:
        self.entries = list(entries)
        self.broken = False
        self.size, self.root, self.text, self.checkpoint = 0, b"", b"", None
        self.torn: dict[str, int] = {}

    def append(self, event: str, facts: Facts, time: str) -> Entry:
        if self.broken:
            raise AuditError("The disk is full.", meaning="", mend="", retry=False)
        self.entries.append(Entry(len(self.entries), time, FIRST_PREV, event, facts))
        return self.entries[-1]

    def check_sound(self) -> None:
        raise NotImplementedError

    def write_checkpoint(self, note: bytes) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


def test_begins_with_what_is_in_the_log() -> None:
    log = Logbook().add("token-open-attempted").add("policy-adopted", {"policy": "one"})
    ledger = Ledger(Memory(log.entries), Noon())
    assert ledger.state == log.state


def test_a_fact_is_in_the_log_and_then_in_the_state() -> None:
    memory = Memory()
    ledger = Ledger(memory, Noon())
    ledger.record("policy-adopted", {"policy": "one"})
    assert memory.entries == [Entry(0, "2026-11-23T12:00:00Z", FIRST_PREV, "policy-adopted", {"policy": "one"})]
    assert (ledger.state.policy, ledger.state.size, ledger.state.last_time) == ("one", 1, "2026-11-23T12:00:00Z")


def test_what_could_not_be_written_did_not_happen() -> None:
    memory = Memory()
    ledger = Ledger(memory, Noon())
    ledger.record("token-open-attempted", {})
    before = ledger.state
    memory.broken = True
    with pytest.raises(AuditError, match="disk is full"):
        ledger.record("token-opened", {})
    assert ledger.state == before


def test_a_log_that_is_not_understood_is_not_taken_up() -> None:
    with pytest.raises(AuditError, match="does not understand"):
        Ledger(Memory(Logbook().add("moon-landed").entries), Noon())
