"""The audit log and what it amounts to, moving together."""

from offline_root.audit.entry import Facts
from offline_root.audit.fold import Folding
from offline_root.audit.state import State
from offline_root.moments import utc_text
from offline_root.ports import AuditLog, Clock


class Ledger:
    """An open audit log with its state. A fact is recorded before anything is done because of it."""

    def __init__(self, log: AuditLog, clock: Clock) -> None:
        """Fold what is in the log (AuditError)."""
        self.log = log
        self._clock = clock
        self._folding = Folding()
        for entry in log.entries:
            self._folding.add(entry)
        self.state: State = self._folding.state()

    def record(self, event: str, facts: Facts) -> None:
        """Make one fact durable, stamped with the machine's clock; only then does the state move on (AuditError)."""
        self._folding.add(self.log.append(event, facts, utc_text(self._clock.now())))
        self.state = self._folding.state()
