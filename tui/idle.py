"""What happens when nobody touches the keyboard while the token is open: the screen locks, later the token closes."""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from offline_root.errors import CeremonyError

WRONG_CODES: Final = 5
"""After so many wrong codes in a row whoever is there is not the operator: the token closes."""

SHORTEST: Final = 4
"""Characters that a lock code has at least."""


class Due(Enum):
    """What is to be done now."""

    NOTHING = "nothing"
    LOCK = "lock"
    END = "end"


@dataclass(slots=True)
class Watch:
    """Watches over an open token. Times are seconds of `clock`, which only runs forward."""

    code: str = field(repr=False)
    lock_after: float
    end_after: float
    clock: Callable[[], float] = time.monotonic
    locked: bool = False
    wrong: int = 0
    last: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin with somebody there."""
        self.last = self.clock()

    def touch(self) -> None:
        """Note that a key was pressed; a locked screen takes no key for its operator's."""
        if not self.locked:
            self.last = self.clock()

    def due(self) -> Due:
        """Say what is to be done, and note a lock as done."""
        idle = self.clock() - self.last
        if idle >= self.end_after or self.wrong >= WRONG_CODES:
            return Due.END
        if idle >= self.lock_after and not self.locked:
            self.locked = True
            return Due.LOCK
        return Due.NOTHING

    def ended(self) -> CeremonyError:
        """Return what to say of a ceremony that ended because nobody was there."""
        strangers = self.wrong >= WRONG_CODES
        return CeremonyError(
            "A wrong lock code was typed too often." if strangers else "Nobody has pressed a key for a long time.",
            meaning="The token was closed and the ceremony ended. What was done before that is in the audit log.",
            mend="Open a new ceremony with its people. What was signed is in the log: E at home delivers it.",
            retry=True,
        )

    def try_code(self, typed: str) -> bool:
        """Unlock with the operator's code; False where it is another one."""
        if not hmac.compare_digest(typed.encode(), self.code.encode()):
            self.wrong += 1
            return False
        self.locked, self.wrong, self.last = False, 0, self.clock()
        return True
