"""Reading one table of a policy file by a declared list of its keys, collecting every problem."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from offline_root.findings import Code, Detail, Finding, Severity
from offline_root.policy import codes
from offline_root.policy.lines import Lines, Path, dotted
from offline_root.policy.values import Reader, UnfitError, nearest, typed


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what reads its value, and an `example` where it has no default and must be in the file."""

    read: Reader[object]
    example: str | int | list[str] | None = None


Keys = Mapping[str, Key]
"""The keys of one table by name."""


class Problems:
    """Everything wrong with one file so far.

    `broken` holds the keys that gave no usable value; `homes`, for each key of the format, the table it belongs in.
    """

    def __init__(self, text: str, homes: Mapping[str, str]) -> None:
        self.homes = homes
        self._lines = Lines(text)
        self._found: list[tuple[int, Finding]] = []
        self.broken: set[Path] = set()

    def add(self, code: Code, path: Path, message: str) -> None:
        """Add a problem that breaks a key. `message` is the rest of the sentence that the key begins."""
        self.broken.add(path)
        self.add_details(code, [(dotted(*path), message)])

    def add_details(self, code: Code, details: Iterable[Detail]) -> None:
        """Add problems with keys that are sound by themselves."""
        for key, message in details:
            line = self._lines.of(key)
            self._found.append((line, code.finding(f"line {line}: {key} {message}", key)))

    def findings(self) -> tuple[Finding, ...]:
        """Return all findings in the order of their lines, those that refuse before the others."""
        ordered = sorted(self._found, key=lambda found: (found[1].severity is not Severity.REFUSE, found[0]))
        return tuple(finding for _, finding in ordered)


def read_table(value: object, path: Path, keys: Keys, problems: Problems) -> dict[str, Any]:
    """Return the values of a table: those in the file, and examples where a key without a default gave none."""
    found = table(value, path, problems)
    for unknown in (name for name in found if name not in keys):
        home = problems.homes.get(unknown)
        hint = (
            f": it belongs below {home}, before the next table begins"
            if home
            else nearest(unknown, keys) or nearest(unknown, problems.homes)
        )
        problems.add(codes.KEY_UNKNOWN, (*path, unknown), f"is not a key of this table{hint}")
    return {name: read for name in keys for read in _read(found, (*path, name), keys[name], problems)}


def table(value: object, path: Path, problems: Problems) -> dict[str, Any]:
    """Return `value` if it is a table, else an empty one, and the problem."""
    try:
        return typed(value, dict)
    except UnfitError as unfit:
        _add_all(unfit, path, problems)
        return {}


def _read(found: Mapping[str, object], path: Path, key: Key, problems: Problems) -> Iterator[object]:
    """Yield the value of a key, or nothing where the model has a default."""
    if path[-1] in found:
        try:
            yield key.read(found[path[-1]])
            return
        except UnfitError as unfit:
            _add_all(unfit, path, problems)
    elif key.example is not None:
        problems.add(codes.KEY_MISSING, path, f"is missing: write {path[-1]} = {json.dumps(key.example)}")
    if key.example is not None:
        yield key.read(key.example)


def _add_all(unfit: UnfitError, path: Path, problems: Problems) -> None:
    for code, message in unfit.problems:
        problems.add(code, path, message)
