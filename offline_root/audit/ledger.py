"""The audit log and what it amounts to, moving together."""

from datetime import timedelta

from offline_root.audit.entry import Facts
from offline_root.audit.fold import Folding
from offline_root.audit.state import State
from offline_root.errors import CeremonyError
from offline_root.moments import from_utc_text, utc_text
from offline_root.ports import AuditLog, Clock

OPENED = "ceremony-opened"
"""The one event whose time may be before that of the last line: people have just explained why."""

STEP = timedelta(minutes=1)
"""What a clock may go back without a word: services that set clocks do it, and people read them by the minute."""


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
        """Make one fact durable, stamped with the machine's clock; only then does the state move on (AuditError).

        A clock that goes back after the opening, which asks people why, stops everything (CeremonyError).
        """
        self._folding.add(self.log.append(event, facts, self._time(event)))
        self.state = self._folding.state()

    def _time(self, event: str) -> str:
        now, last = self._clock.now(), self.state.last_time
        time = utc_text(now)
        if time >= last or event == OPENED:
            return time
        if from_utc_text(last) - now > STEP:
            raise _went_back(time, last)
        return last


def _went_back(time: str, last: str) -> CeremonyError:
    return CeremonyError(
        f"The machine's clock went back during the ceremony: it says {time}, the log's last line {last}.",
        meaning="Nothing more is recorded, so nothing more is signed or handed out.",
        mend="Compare two clocks that do not depend on this machine. If it was put wrong just now, put it right, and go"
        " on. If it was wrong before, open again: that asks why, and names the certificates of the false time.",
        retry=True,
    )
