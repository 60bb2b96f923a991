"""expiry.ics: when to renew what, and when it is over, for the calendar of whoever runs the online CAs (RFC 5545)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from offline_root.crl import due_from
from offline_root.issue import load
from offline_root.keys import fingerprint
from offline_root.model import Crl, Der, Fingerprint, Issued, serial_text
from offline_root.moments import FOLDER_FORM, from_utc_text
from offline_root.policy.model import Policy

_WIDTH = 73
"""Octets of a line with the space that begins it: 75 are allowed (section 3.1), and all of it is ASCII."""
_BEFORE = "-P14D"


@dataclass(frozen=True, slots=True)
class Reminder:
    """A day to be reminded of. A calendar keeps one event of each `of` and `kind`: that of the newest response."""

    day: datetime
    kind: str
    of: Fingerprint
    said: str


def expiry(issued: Iterable[Issued], crl: Crl, root: Der, policy: Policy, *, mark: str = "") -> str:
    """Return the calendar: `mark` begins the words of every event."""
    revoked = {each.serial for each in crl.entries}
    reminders = (
        *(one for each in issued if each.serial not in revoked for one in _of_intermediate(each, policy)),
        *_of_root(crl, root),
    )
    events = (line for each in reminders for line in _event(each, crl, mark))
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//offline-root//expiry//EN", *events, "END:VCALENDAR")
    return "".join(f"{_folded(each)}\r\n" for each in lines)


def _of_intermediate(issued: Issued, policy: Policy) -> Iterator[Reminder]:
    end = load(issued.certificate).not_valid_after_utc
    name = f"intermediate of {issued.environment}, serial {serial_text(issued.serial)}"
    if environment := policy.environment(issued.environment):
        renew = environment.max_leaf_validity.before(end)
        yield Reminder(renew, "renew", issued.sha256, f"Renew the {name}: leaf certificates begin to outlive it")
    yield Reminder(end, "over", issued.sha256, f"Over: the {name}")


def _of_root(crl: Crl, root: Der) -> Iterator[Reminder]:
    of = fingerprint(root)
    end = from_utc_text(crl.next_update)
    yield Reminder(
        due_from(crl), "crl-due", of, f"Have the root make its next CRL: number {crl.number} ends {end:%Y-%m-%d}"
    )
    yield Reminder(end, "crl-over", of, f"Over: CRL {crl.number} of the root. Who insists on a CRL stops working")
    yield Reminder(load(root).not_valid_after_utc, "root-over", of, "Over: the root CA")


def _event(about: Reminder, crl: Crl, mark: str) -> Iterator[str]:
    # The newest response counts, and it has the newest CRL: its number and time order what calendars have been given.
    yield from ("BEGIN:VEVENT", f"UID:{about.of[:32]}-{about.kind}@offline-root.invalid", f"SEQUENCE:{crl.number}")
    yield f"DTSTAMP:{from_utc_text(crl.this_update).strftime(FOLDER_FORM)}"
    yield f"DTSTART;VALUE=DATE:{about.day:%Y%m%d}"
    said = (mark + about.said).replace(",", "\\,")
    yield f"SUMMARY:{said}"
    yield from (
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"TRIGGER:{_BEFORE}",
        f"DESCRIPTION:{said}",
        "END:VALARM",
        "END:VEVENT",
    )


def _folded(line: str) -> str:
    return "\r\n ".join(line[at : at + _WIDTH] for at in range(0, len(line), _WIDTH))
