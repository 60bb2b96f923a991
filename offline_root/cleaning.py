"""What lies in the token besides the authority's own keys and record, and what of it people decide to remove."""

from collections.abc import Collection

from offline_root.audit.state import State
from offline_root.errors import CeremonyError


def check_any(state: State) -> None:
    """Refuse where there is nothing to remove (CeremonyError)."""
    if not state.strangers:
        raise CeremonyError(
            "There was nothing in the token but this authority's own, when it was opened last.",
            meaning="Nothing is to be removed.",
            mend="Nothing needs to be done.",
            retry=True,
        )


def condemned(state: State, marks: Collection[str]) -> tuple[str, ...]:
    """Return the strangers with these marks, as the token was last seen (CeremonyError where one has none)."""
    found = tuple(each for each in state.strangers if each.partition(" ")[0] in marks)
    unknown = sorted(set(marks) - {each.partition(" ")[0] for each in found})
    if unknown:
        known = "\n".join(state.strangers) or "nothing"
        raise CeremonyError(
            f"The token holds no stranger with the mark {', '.join(unknown)}.",
            meaning=f"Besides this authority's own keys and record it held, when it was opened last:\n{known}",
            mend="Copy the mark, the 16 hex digits, from `offline-root status`.",
            retry=True,
        )
    return found


def check_confirmed(found: Collection[str], count: int) -> None:
    """Refuse where people confirmed another number of objects than would be removed (CeremonyError)."""
    if len(found) != count:
        raise CeremonyError(
            f"{len(found)} objects would be removed; {count} were confirmed.",
            meaning="Nothing was removed.",
            mend="Look at the list again. Whatever another program or authority still needs must stay.",
            retry=True,
        )
