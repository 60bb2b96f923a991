"""What the people say at the end of a ceremony, before anything is handed out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from offline_root.display import visible
from offline_root.model import People
from offline_root.order import disagreed, out_of_order

AGREE = "agree"
_DISAGREE = re.compile(
    r"\b(no|not|cannot|dont|wont|cant|nein|none?|never|refuse|object|disagree|reject|stop|wait)\b"
    r"|n['\N{RIGHT SINGLE QUOTATION MARK}]t\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One person's words."""

    person: str
    text: str

    @property
    def agrees(self) -> bool:
        """Return False where the words hold a "no" of any kind anywhere: that stops the delivery.

        Anywhere and of any kind, because a delivery can be made up for later and not taken back.
        """
        return _DISAGREE.search(self.text) is None


def statements(people: People, typed: tuple[str, ...]) -> tuple[Statement, ...]:
    """Return a statement of everyone present.

    `typed` are lines `NAME: TEXT`; without the name of someone present a line is the operator's. Whoever says nothing
    says "agree".
    """
    names = (people.operator, *people.witnesses)
    said: list[Statement] = []
    for each in typed:
        name, colon, text = each.partition(":")
        person = next((known for known in names if colon and known.casefold() == name.strip().casefold()), None)
        said.append(Statement(person, visible(text.strip())) if person else Statement(people.operator, visible(each)))
    silent = (name for name in names if name not in {each.person for each in said})
    return (*said, *(Statement(name, AGREE) for name in silent))


def check_agreed(people: People, said: Sequence[Statement]) -> None:
    """Refuse to go on where somebody who is present is against it, or silent (CeremonyError)."""
    against = [each.person for each in said if not each.agrees]
    if against:
        raise disagreed(against)
    silent = {people.operator, *people.witnesses} - {each.person for each in said}
    if silent:
        raise out_of_order(f"{', '.join(sorted(silent))} has not said anything yet.", "Take the statements first.")
