"""What a ceremony answers to a step that is out of order. Every one of these errors leaves things as they were."""

from collections.abc import Sequence

from offline_root.errors import CeremonyError
from offline_root.model import Serial, serial_text


def out_of_order(what: str, mend: str) -> CeremonyError:
    """Return the error for a step that comes too early or too late."""
    return CeremonyError(what, meaning="Nothing was done.", mend=mend, retry=True)


def elsewhere() -> CeremonyError:
    """Return the error for a step that belongs into a ceremony of another kind."""
    return out_of_order("This ceremony was opened for something else.", "Close it, and open another one.")


def changed() -> CeremonyError:
    """Return the error for a signature that nobody approved as it would be made now."""
    return CeremonyError(
        "What was approved is not what would be signed now.",
        meaning="Policy, history or review changed after the approval, or nobody approved this. Nothing was signed.",
        mend="Review and approve the request again.",
        retry=True,
    )


def dead(serial: Serial) -> CeremonyError:
    """Return the error for a serial that must not be used again."""
    return CeremonyError(
        f"The serial {serial_text(serial)} is dead: a signature with it failed or was given up.",
        meaning="A serial is used at most once. Nothing was signed.",
        mend="Review the request again: it gets a new serial.",
        retry=True,
    )


def disagreed(people: Sequence[str]) -> CeremonyError:
    """Return the error for a delivery that someone present is against."""
    return CeremonyError(
        f"{', '.join(people)} did not agree. Nothing is handed out.",
        meaning="Their statement is in the audit log. What was signed stays in the log and can be exported later.",
        mend="Find out what happened. When everyone agrees, deliver with `offline-root export`.",
        retry=False,
    )
