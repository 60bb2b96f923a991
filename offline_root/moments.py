"""Instants and durations: UTC seconds, and the policy's `20y`, `180d`, `5min`."""

import re
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta

TEXT_FORM = "%Y-%m-%dT%H:%M:%SZ"
FOLDER_FORM = "%Y%m%dT%H%M%SZ"

_DURATION = re.compile(r"([1-9][0-9]{0,6})(s|min|h|d|y)")
_TYPED = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(?:Z| ?UTC)?", re.ASCII | re.IGNORECASE)
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


def utc_text(moment: datetime) -> str:
    """Return an aware datetime as `YYYY-MM-DDTHH:MM:SSZ`, the form of the audit log."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def from_utc_text(text: str) -> datetime:
    """Return the datetime of `YYYY-MM-DDTHH:MM:SSZ` (ValueError otherwise)."""
    moment = datetime.strptime(text, TEXT_FORM).replace(tzinfo=UTC)
    if utc_text(moment) != text:
        raise ValueError(f"{text!r} is not of the form YYYY-MM-DDTHH:MM:SSZ")
    return moment


def from_typed(text: str) -> datetime:
    """Return the UTC datetime that a person typed (ValueError): `2026-11-23 11:30`; seconds, `T` and `Z` optional."""
    match = _TYPED.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a UTC time such as 2026-11-23 11:30")
    day, minute, second = match.groups()
    return from_utc_text(f"{day}T{minute}{second or ':00'}Z")


@dataclass(frozen=True, slots=True)
class Duration:
    """A policy duration. Years are calendar years, everything else is exact seconds."""

    amount: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Read `20y`, `180d`, `12h`, `5min` or `30s` (ValueError otherwise)."""
        match = _DURATION.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not a duration such as 20y, 180d, 12h, 5min, 30s")
        return cls(int(match[1]), match[2])

    def after(self, moment: datetime) -> datetime:
        """Return `moment` plus this duration (OverflowError past year 9999).

        29 February plus years falls on 28 February, unless that year has a 29th too.
        """
        if self.unit != "y":
            return moment + timedelta(seconds=self.amount * _SECONDS[self.unit])
        year = moment.year + self.amount
        if year > MAXYEAR:
            raise OverflowError(f"{moment.year} and {self.amount} years is past the year {MAXYEAR}")
        day = 28 if (moment.month, moment.day) == (2, 29) and not _leap(year) else moment.day
        return moment.replace(year=year, day=day)

    def before(self, moment: datetime) -> datetime:
        """Return `moment` less this duration, where a year counts 365 days: for backdating, not for validities."""
        return moment - timedelta(seconds=self.seconds)

    @property
    def seconds(self) -> int:
        """Return the duration in seconds, where a year counts 365 days."""
        return self.amount * (_SECONDS["d"] * 365 if self.unit == "y" else _SECONDS[self.unit])

    def last_second(self, not_before: datetime) -> datetime:
        """Return the notAfter of a certificate valid for this long (OverflowError past year 9999).

        RFC 5280 4.1.2.5 counts both ends, so it is one second less.
        """
        return self.after(not_before) - timedelta(seconds=1)

    def __str__(self) -> str:
        """Return the form `parse` reads."""
        return f"{self.amount}{self.unit}"


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
