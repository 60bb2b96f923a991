"""From the text of `policy.toml` to a Policy, or to everything that is wrong with it.

Strict: what is not understood to the last key is refused. The reader opens no file and knows no default.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from offline_root.display import visible
from offline_root.findings import Code, Finding, Severity, Strength, refusals
from offline_root.policy import codes, layout
from offline_root.policy.combinations import COMBINATIONS
from offline_root.policy.lines import Path
from offline_root.policy.model import (
    ATTRIBUTES,
    CeremonyPolicy,
    EnvironmentPolicy,
    Lowered,
    NameConstraints,
    Policy,
    RootPolicy,
)
from offline_root.policy.table import Problems, read_table, table
from offline_root.policy.values import UnfitError, name, nearest, shown

SIZE_LIMIT = 64 * 1024
LINE_LIMIT = 2000
"""tomllib takes quadratic time over the parts of one dotted key, and a key cannot go over a line's end."""

_MESSAGE_LIMIT = 200
_PLACE = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)", re.DOTALL)
_WEIGHT = {Severity.INFO: 0, Severity.WARN: 1, Severity.REFUSE: 2}


@dataclass(frozen=True, slots=True)
class PolicyReading:
    """What came of a policy file: `policy` is None exactly where a finding refuses. Messages begin with `line N: `."""

    policy: Policy | None
    findings: tuple[Finding, ...]


def decode_policy(data: bytes, known: Iterable[Code]) -> PolicyReading:
    """Read the bytes of a policy file: UTF-8 (TOML 1.0) of bearable size, then as `read_policy`."""
    if len(data) > SIZE_LIMIT:
        return _refused(codes.FILE_SIZE, 1, f"the file has {len(data)} bytes; at most {SIZE_LIMIT} are read")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return _refused(codes.FILE_ENCODING, data.count(b"\n", 0, error.start) + 1, "this is not UTF-8")
    if text.startswith("\ufeff"):
        return _refused(codes.FILE_ENCODING, 1, "there is a byte order mark before the text")
    return read_policy(text, known)


def read_policy(text: str, known: Iterable[Code]) -> PolicyReading:
    """Read the text of a policy file. `known` are the codes of all checks, those that `[severity]` may name.

    Every problem of the file is in the result, in the order of its lines, what refuses first; nothing is raised. A file
    that is no TOML, or of another format, gives that one finding alone.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > LINE_LIMIT:
            return _refused(
                codes.FILE_SIZE, number, f"the line has {len(line)} characters; at most {LINE_LIMIT} are read"
            )
    try:
        document = tomllib.loads(text)
    except RecursionError:
        return _refused(codes.FILE_SYNTAX, 1, "brackets stand in brackets too many times")
    except ValueError as error:
        return _refused(codes.FILE_SYNTAX, *_place(str(error), text))
    problems = Problems(text, layout.HOMES)
    policy = _policy(text, document, {code.name: code for code in known}, problems)
    findings = problems.findings()
    return PolicyReading(None if refusals(findings) else policy, findings)


def _refused(code: Code, line: int, message: str) -> PolicyReading:
    return PolicyReading(None, (code.finding(f"line {line}: {message}"),))


def _place(error: str, text: str) -> tuple[int, str]:
    """Return the line and the message of an error of tomllib."""
    match = _PLACE.fullmatch(error)
    if match is None:
        return 1, visible(error)
    return int(match["line"] or text.rstrip().count("\n") + 1), visible(match["what"])[:_MESSAGE_LIMIT]


def _policy(text: str, document: dict[str, Any], known: dict[str, Code], problems: Problems) -> Policy | None:
    if document.get("format", 1) != 1:
        problems.add(codes.FORMAT, ("format",), f"is {shown(str(document['format']))}; this appliance reads format 1")
        return None
    tables = read_table(document, (), layout.FILE, problems)
    root = _root(tables.get("root", {}), problems)
    policy = Policy(
        text=text,
        root=root,
        ceremony=CeremonyPolicy(**read_table(tables.get("ceremony", {}), ("ceremony",), layout.CEREMONY, problems)),
        environments=_environments(tables.get("environments", {}), root, problems),
        severity=_severity(tables.get("severity", {}), known, problems),
    )
    broken = {path[-1] for path in problems.broken}
    for rule in COMBINATIONS:
        if not rule.keys & broken:
            problems.add_details(rule.code, rule.check(policy))
    return policy


def _root(value: object, problems: Problems) -> RootPolicy:
    values = read_table(value, ("root",), layout.ROOT, problems)
    return RootPolicy(attributes=_attributes(values), **values)


def _attributes(values: dict[str, Any], inherited: tuple[tuple[str, str], ...] = ()) -> tuple[tuple[str, str], ...]:
    """Take the subject attributes out of the values of a table, and add the inherited ones."""
    found = dict(inherited) | {word: values.pop(word) for word in ATTRIBUTES if word in values}
    return tuple((word, found[word]) for word in ATTRIBUTES if word in found)


def _environments(value: object, root: RootPolicy, problems: Problems) -> tuple[EnvironmentPolicy, ...]:
    path: Path = ("environments",)
    tables = table(value, path, problems)
    if not tables and path not in problems.broken:
        problems.add(
            codes.KEY_MISSING, path, "is missing: write [environments.test] and the keys of an environment below"
        )
    return tuple(_environment(each, tables[each], root, problems) for each in tables)


def _environment(called: str, value: object, root: RootPolicy, problems: Problems) -> EnvironmentPolicy:
    path = ("environments", called)
    try:
        name(called)
    except UnfitError as unfit:
        for code, message in unfit.problems:
            problems.add(code, path, message)
    values = read_table(value, path, layout.ENVIRONMENT, problems)
    constraints = values.pop("name_constraints", {})
    below = read_table(constraints, (*path, "name_constraints"), layout.NAME_CONSTRAINTS, problems)
    attributes = _attributes(values, root.attributes)
    return EnvironmentPolicy(name=called, attributes=attributes, name_constraints=NameConstraints(**below), **values)


def _severity(value: object, known: dict[str, Code], problems: Problems) -> tuple[Lowered, ...]:
    rows = table(value, ("severity",), problems)
    return tuple(row for name in rows for row in _lowered(name, rows[name], known, problems))


def _lowered(called: str, value: object, known: dict[str, Code], problems: Problems) -> Iterator[Lowered]:
    path = ("severity", called)
    code = known.get(called)
    if code is None:
        unquoted = any(each.startswith(f"{called}.") for each in known)
        hint = ": a code has dots, so it stands in quotes" if unquoted else nearest(called, known)
        problems.add(codes.SEVERITY_UNKNOWN, path, f"is not a check{hint}")
        return
    if code.strength is Strength.REQUIRED:
        problems.add(codes.SEVERITY_REQUIRED, path, "is a required check")
        return
    row = Lowered(code=called, **read_table(value, path, layout.SEVERITY, problems))
    if (*path, "severity") not in problems.broken and _WEIGHT[row.severity] >= _WEIGHT[code.severity]:
        message = f'is "{row.severity.value}"; the check gives "{code.severity.value}" by itself'
        problems.add(codes.SEVERITY_NOT_LOWER, (*path, "severity"), message)
    yield row
