"""What the appliance raises when it could not do something.

A finding (`offline_root.findings`) says that input is bad. An error says that an action failed; it always carries
what happened, what that means, what to do next, and whether trying again is safe.
"""

from enum import Enum


class StationError(Exception):
    """An action that could not be done.

    `what` happened; `meaning` for the ceremony; `mend`, the operator's next action; `retry`, True if the same action
    may simply be tried again. `about` names the thing stated that it is about, where there is one.
    """

    def __init__(self, what: str, *, meaning: str, mend: str, retry: bool, about: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.meaning = meaning
        self.mend = mend
        self.retry = retry
        self.about = about

    def facts(self) -> dict[str, str | bool]:
        """Return the error as the object that `--json` prints under `error`."""
        return {
            "kind": type(self).__name__,
            "what": self.what,
            "meaning": self.meaning,
            "next": self.mend,
            "retry_safe": self.retry,
        }


class TokenTrouble(Enum):
    """Why the token did not do its part, as far as the ceremony has to know."""

    WRONG_PIN = "wrong-pin"
    PIN_LOCKED = "pin-locked"
    ABSENT = "absent"
    MODULE = "module"
    WORKER = "worker"
    KEY = "key"
    REFUSED = "refused"


class TokenError(StationError):
    """The token or its module failed; `trouble` says in which way."""

    def __init__(self, what: str, *, trouble: TokenTrouble, meaning: str, mend: str, retry: bool) -> None:
        super().__init__(what, meaning=meaning, mend=mend, retry=retry)
        self.trouble = trouble


class VolumeError(StationError):
    """The stick or folder could not be read or written."""


class AuditError(StationError):
    """The audit log could not be read, trusted or written. No signing until it is explained."""


class PolicyError(StationError):
    """The policy is not in force, or does not allow what was asked."""


class CeremonyError(StationError):
    """A step of the ceremony was refused: people, clock, closing sheet, order of steps."""
