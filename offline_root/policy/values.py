"""Readers of single values: each takes what TOML gave and returns what the policy holds, or raises UnfitError.

A message is the rest of a sentence that begins with the key: `is 7; it must be 1 to 5`.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TypeVar

from offline_root.display import dangerous, visible
from offline_root.findings import Code
from offline_root.model import NAME
from offline_root.moments import Duration
from offline_root.policy import codes

Value = TypeVar("Value")
Reader = Callable[[object], Value]
"""What reads one value. Raises UnfitError."""

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""Durations are compared from here, so that a policy reads the same on any day."""

_SHOWN = 80
_KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number with a point",
    str: "a text in quotes",
    list: "a list in brackets",
    dict: "a table",
}
# Names that another file of the response has, and those that Windows, where sticks are read too, keeps for devices.
_TAKEN = re.compile(r"root-ca|.*-chain|.*-[0-9a-f]{8}|con|prn|aux|nul|com[0-9]|lpt[0-9]")
_MOUNT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_SHARES = re.compile(r"([1-9][0-9]?) of ([1-9][0-9]?)")


class UnfitError(Exception):
    """A value that cannot be used: one (code, message) for each thing that is wrong with it."""

    def __init__(self, *problems: tuple[Code, str]) -> None:
        super().__init__(*problems)
        self.problems = problems


def shown(text: str) -> str:
    """Return foreign text in quotes, safe to show, and cut where it is very long."""
    safe = visible(text)
    return f"'{safe}'" if len(safe) <= _SHOWN else f"'{safe[:_SHOWN]}' and so on"


def nearest(word: str, known: Mapping[str, object]) -> str:
    """Return ` (did you mean …?)` where one of the known words is near, else nothing."""
    return "".join(f" (did you mean {each}?)" for each in get_close_matches(word.lower(), known, n=1, cutoff=0.7))


def typed(value: object, wanted: type[Value]) -> Value:
    """Return `value` if it is of the type `wanted`; true and false are not numbers."""
    if not isinstance(value, wanted) or isinstance(value, bool):
        found = _KINDS.get(type(value), "a date or time")
        raise UnfitError((codes.VALUE_TYPE, f"is {found}; it must be {_KINDS[wanted]}"))
    return value


def whole(minimum: int, maximum: int) -> Reader[int]:
    """Return a reader of whole numbers from `minimum` to `maximum`."""

    def read(value: object) -> int:
        number = typed(value, int)
        if not minimum <= number <= maximum:
            raise UnfitError((codes.VALUE_RANGE, f"is {number}; it must be {minimum} to {maximum}"))
        return number

    return read


def choice(choices: Mapping[str, Value]) -> Reader[Value]:
    """Return a reader of one of the words of `choices`, giving what stands for it."""

    def read(value: object) -> Value:
        word = typed(value, str)
        if word not in choices:
            offered = f"it must be one of: {', '.join(choices)}"
            raise UnfitError((codes.VALUE_CHOICE, f"is {shown(word)}{nearest(word, choices)}; {offered}"))
        return choices[word]

    return read


def end(duration: Duration) -> datetime:
    """Return when a duration from EPOCH ends: the last moment there is, where it never does."""
    try:
        return duration.after(EPOCH)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def duration(minimum: str, maximum: str) -> Reader[Duration]:
    """Return a reader of durations from `minimum` to `maximum`."""
    shortest, longest = end(Duration.parse(minimum)), end(Duration.parse(maximum))

    def read(value: object) -> Duration:
        text = typed(value, str)
        try:
            found = Duration.parse(text)
        except ValueError:
            raise UnfitError((codes.VALUE_DURATION, f"is {shown(text)}, which is not a duration")) from None
        if not shortest <= end(found) <= longest:
            raise UnfitError((codes.VALUE_RANGE, f"is {found}; it must be {minimum} to {maximum}"))
        return found

    return read


def listing(entry: Reader[Value], *, may_be_empty: bool = False) -> Reader[tuple[Value, ...]]:
    """Return a reader of lists of what `entry` reads, without doubles."""

    def read(value: object) -> tuple[Value, ...]:
        entries: list[Value] = []
        problems: list[tuple[Code, str]] = []
        for number, each in enumerate(typed(value, list), start=1):
            try:
                found = entry(each)
            except UnfitError as unfit:
                problems += [(code, f"(entry {number}) {message}") for code, message in unfit.problems]
                continue
            if found in entries:
                problems.append((codes.VALUE_DUPLICATE, f"(entry {number}) is there twice: {shown(str(each))}"))
            entries.append(found)
        if value == [] and not may_be_empty:
            problems.append((codes.VALUE_EMPTY, "is an empty list"))
        if problems:
            raise UnfitError(*problems)
        return tuple(entries)

    return read


def unless(word: str, meaning: Value, otherwise: Reader[Value]) -> Reader[Value]:
    """Return a reader that gives `meaning` for `word`, and reads anything else with `otherwise`."""

    def read(value: object) -> Value:
        return meaning if value == word else otherwise(value)

    return read


def prose(value: object) -> str:
    """Read a sentence for people, in any language."""
    text = typed(value, str)
    if not text.strip() or dangerous(text):
        hidden = ", ".join(dangerous(text))
        raise UnfitError((codes.VALUE_TEXT, f"holds characters that do not show: {hidden}" if hidden else "is empty"))
    return text


def attribute(longest: int, *, pattern: bool = False) -> Reader[str]:
    """Return a reader of a subject attribute of 1 to `longest` characters (RFC 5280 A.1), `*` only in a `pattern`."""

    def read(value: object) -> str:
        text = typed(value, str)
        faults = {
            f"it has {len(text)} characters, it must have 1 to {longest}": not 1 <= len(text) <= longest,
            "only ASCII characters are possible": not text.isascii(),
            f"it holds {', '.join(dangerous(text))}": dangerous(text) and text.isascii(),
            "there is a space at its beginning or end, or two in a row": text != text.strip(" ") or "  " in text,
            "a * stands for nothing here": "*" in text and not pattern,
        }
        problems = [(codes.VALUE_TEXT, f"is {shown(text)}: {fault}") for fault, found in faults.items() if found]
        if problems:
            raise UnfitError(*problems)
        return text

    return read


def country(value: object) -> str:
    """Read an ISO 3166 country: two upper-case letters."""
    text = typed(value, str)
    if not re.fullmatch("[A-Z]{2}", text):
        raise UnfitError((codes.VALUE_TEXT, f'is {shown(text)}; a country is two upper-case letters, such as "CH"'))
    return text


def name(value: object) -> str:
    """Read a name that is safe in paths and commands."""
    text = typed(value, str)
    if not NAME.fullmatch(text):
        raise UnfitError((codes.VALUE_NAME, f"is {shown(text)}, which cannot be a name"))
    return text


def file_name(value: object) -> str:
    """Read the beginning of the names of an environment's files."""
    text = name(value)
    if _TAKEN.fullmatch(text):
        raise UnfitError(
            (codes.VALUE_NAME, f"is '{text}', which another file has already or a system keeps for itself")
        )
    return text


def mount(value: object) -> str:
    """Read the path of a PKI engine."""
    text = typed(value, str)
    if len(text) > 128 or not _MOUNT.fullmatch(text):
        raise UnfitError((codes.VALUE_MOUNT, f"is {shown(text)}, which cannot be a mount"))
    return text


def shares(value: object) -> tuple[int, int]:
    """Read `3 of 5` (SLIP-39: at most 16 shares)."""
    text = typed(value, str)
    match = _SHARES.fullmatch(text)
    if match is None or not 2 <= int(match[1]) <= int(match[2]) <= 16:
        raise UnfitError((codes.VALUE_SHARES, f"is {shown(text)}; it must be 'm of n' with 2 <= m <= n <= 16"))
    return int(match[1]), int(match[2])
