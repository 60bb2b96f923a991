"""One line of the audit log: canonical JSON with a fixed head and the facts of its event.

Canonical means: keys sorted, no white space, ASCII, one final newline; strings and integers are the only leaves. One
entry has one byte form, so a line can be hashed, compared and read by any JSON tool. This module knows no file and no
chain.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

Value: TypeAlias = "str | int | Sequence[Value] | Mapping[str, Value]"
"""What a fact may hold. No floats, no booleans, no null: they have more than one JSON form or meaning."""

Facts: TypeAlias = Mapping[str, Value]

MAX_LINE: Final = 1 << 20
"""Longest line, in bytes with its newline."""

MAX_INTEGER: Final = (1 << 53) - 1
"""Largest integer that every JSON reader keeps exactly (RFC 7493 section 2.2); serial numbers are hex strings."""

MAX_DEPTH: Final = 8
"""How many lists and mappings may stand inside one another, the line's own object not counted."""

FIRST_PREV: Final = "0" * 64
"""`prev` of the first line."""

_HEAD: Final = frozenset({"seq", "time", "prev", "event"})
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_EVENT: Final = re.compile(r"[a-z]+(-[a-z]+)*")
_LINK: Final = re.compile(r"[0-9a-f]{64}")
_ENCODER: Final = json.JSONEncoder(ensure_ascii=True, check_circular=False, sort_keys=True, separators=(",", ":"))


class MalformedEntry(ValueError):
    """A line that no version of this program has written; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Entry:
    """What one line says. Making one checks it (ValueError), so every entry can be encoded.

    `seq` counts from 0; `time` is UTC in whole seconds, `YYYY-MM-DDTHH:MM:SSZ`; `prev` is the link of the line before;
    `event` is a past participle in kebab-case. `facts` are copied: lists become tuples, mappings become dicts.
    """

    seq: int
    time: str
    prev: str
    event: str
    facts: Facts

    def __post_init__(self) -> None:
        """Refuse what could not stand in the log."""
        if type(self.seq) is not int or not 0 <= self.seq <= MAX_INTEGER:
            raise ValueError("seq is not a whole number from 0")
        if not _matches(_TIME, self.time) or not _in_calendar(self.time):
            raise ValueError("time is not YYYY-MM-DDTHH:MM:SSZ")
        if not _matches(_LINK, self.prev):
            raise ValueError("prev is not 64 lower-case hex digits")
        if not _matches(_EVENT, self.event):
            raise ValueError("event is not lower-case words joined by hyphens")
        if not _HEAD.isdisjoint(self.facts):
            raise ValueError("a fact is named seq, time, prev or event")
        object.__setattr__(self, "facts", _mapping(self.facts, 0))


def encode(entry: Entry) -> bytes:
    """Return the line of `entry` with its newline (ValueError if it would be longer than `MAX_LINE`)."""
    fields = {**entry.facts, "seq": entry.seq, "time": entry.time, "prev": entry.prev, "event": entry.event}
    line = _ENCODER.encode(fields).encode("ascii") + b"\n"
    if len(line) > MAX_LINE:
        raise ValueError(f"the line is longer than {MAX_LINE} bytes")
    return line


def decode(line: bytes) -> Entry:
    """Return the entry of a line with its newline; `MalformedEntry` unless `encode` gives exactly these bytes again."""
    fields = _object(line)
    try:
        entry = Entry(fields.pop("seq"), fields.pop("time"), fields.pop("prev"), fields.pop("event"), fields)
        canonical = encode(entry)
    except KeyError as error:
        raise MalformedEntry(f"{error.args[0]} is missing") from error
    except ValueError as error:
        raise MalformedEntry(str(error)) from error
    if canonical != line:
        raise MalformedEntry("the line is not in canonical form")
    return entry


def link(line: bytes) -> str:
    """Return what the next line's `prev` must be: SHA-256, in hex, of the line with its newline."""
    return hashlib.sha256(line).hexdigest()


def _object(line: bytes) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise MalformedEntry(f"the line is longer than {MAX_LINE} bytes")
    if not line.isascii():
        raise MalformedEntry("the line holds a byte that is not ASCII")
    try:
        fields = json.loads(line.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise MalformedEntry("the line is not JSON") from error
    if not isinstance(fields, dict):
        raise MalformedEntry("the line is not a JSON object")
    return fields


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _in_calendar(time: str) -> bool:
    try:
        datetime.fromisoformat(time)
    except ValueError:
        return False
    return True


def _copy(value: object, depth: int) -> Value:
    if type(value) is str:
        return _text(value)
    if type(value) is int:
        return _integer(value)
    if depth == MAX_DEPTH:
        raise ValueError(f"a fact is nested deeper than {MAX_DEPTH}")
    if isinstance(value, list | tuple):
        return tuple([_copy(each, depth + 1) for each in value])
    if isinstance(value, Mapping):
        return _mapping(value, depth + 1)
    raise ValueError("a fact is neither text, nor a whole number, nor a list or mapping of these")


def _mapping(value: Mapping[Any, object], depth: int) -> dict[str, Value]:
    return {_text(key): _copy(each, depth) for key, each in value.items()}


def _text(value: object) -> str:
    if type(value) is not str:
        raise ValueError("the name of a fact is not text")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("a text holds half of a surrogate pair")
    return value


def _integer(value: int) -> int:
    if not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise ValueError("a number is beyond 2**53 - 1")
    return value
