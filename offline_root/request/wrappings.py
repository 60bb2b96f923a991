"""The wrappings that online CAs put around a request: JSON, YAML, and the table of the Vault and OpenBao command line.

Each function takes the text of a file and returns what stands in its field `csr`, or a finding.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from offline_root.display import visible
from offline_root.findings import Code, Finding
from offline_root.request import codes
from offline_root.request.private_key import EXPOSED, holds_private_key, is_private_key_field

REQUEST_LABEL = re.compile(r"-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----")

_MAX_DEPTH = 8
_MAX_NODES = 512
"""The answer to `intermediate/generate` has two levels and some 20 values."""


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The text of the field `csr`, and the text that stood before the wrapping."""

    text: str
    before: str = ""


Tree: TypeAlias = "str | bool | list[Tree] | dict[str, Tree] | None"


class _DoubledKey(ValueError):
    """A mapping has one key twice."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the key '{key[:40]}' stands twice")
        self.key = key


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _DoubledKey(key)
        found[key] = value
    return found


def from_json(text: str) -> Unwrapped | Finding:
    """Return the request in JSON: the one field `csr` of an object, wherever it stands, or a string alone."""
    try:
        tree = json.loads(
            text, object_pairs_hook=_unique, parse_int=_no_number, parse_float=_no_number, parse_constant=_no_number
        )
        return _request_in(tree)
    except (ValueError, RecursionError) as error:
        return _malformed(codes.JSON, error)


def _no_number(_digits: str) -> None:
    """Stand for any number: none is wanted here, and long ones are slow to convert."""


class _PlainLoader(yaml.SafeLoader):
    """YAML without anchors, aliases and tags, of few nodes (ValueError): what a bomb or a surprise is made of."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth, self._nodes = -1, 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or event.anchor or event.tag:
            raise ValueError("an anchor, an alias or a tag")
        self._depth += 1
        self._nodes += 1
        if self._depth > _MAX_DEPTH or self._nodes > _MAX_NODES:
            raise ValueError(f"more than {_MAX_DEPTH} levels or {_MAX_NODES} values")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def from_yaml(text: str) -> Unwrapped | Finding:
    """Return the request in YAML: the one field `csr` of a mapping, wherever it stands."""
    try:
        return _request_in(_tree(yaml.compose(text, _PlainLoader)))
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        return _malformed(codes.YAML, error)


def _tree(node: yaml.Node | None) -> Tree:
    """Return the values of a node; of the scalars, the strings alone."""
    match node:
        case yaml.MappingNode():
            return _unique([(str(key.value), _tree(value)) for key, value in node.value])
        case yaml.SequenceNode():
            return [_tree(each) for each in node.value]
        case yaml.ScalarNode(tag="tag:yaml.org,2002:str"):
            return str(node.value)
        case _:
            return None


def _malformed(code: Code, error: Exception) -> Finding:
    match error:
        case _DoubledKey(key="csr" | "data"):
            return codes.TWO_REQUESTS.finding(f"In the file {error}.")
        case RecursionError():
            reason = "it is nested too deeply"
        case yaml.MarkedYAMLError(problem=str(problem), problem_mark=yaml.Mark(line=line)):
            reason = f"{problem}, line {line + 1}"  # str(error) would quote the file
        case _:
            reason = " ".join(str(error).split())
    return code.finding(f"It cannot be read: {visible(reason)}.")


def _strings(tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield every string with the name of the field it stands in (ValueError where they stand too deep)."""
    rest: list[tuple[int, str, Tree]] = [(0, "csr", tree)]
    while rest:
        depth, name, each = rest.pop()
        if depth > _MAX_DEPTH:
            raise ValueError(f"more than {_MAX_DEPTH} levels")
        match each:
            case str():
                yield name, each
            case list():
                rest += [(depth + 1, name, value) for value in each]
            case dict():
                rest += [(depth + 1, key, value) for key, value in each.items()]
            case _:
                pass


def _request_in(tree: Tree) -> Unwrapped | Finding:
    """Return the one request in a tree (ValueError where it is too deep)."""
    return _only_request(tuple(_strings(tree)))


def _only_request(strings: tuple[tuple[str, str], ...]) -> Unwrapped | Finding:
    """Return the one request among named strings."""
    # Raw bytes were searched before; what an escape hid shows only now.
    if any(is_private_key_field(*each) or holds_private_key(each[1].encode(errors="replace")) for each in strings):
        return EXPOSED
    requests = [text for name, text in strings if name == "csr" and text.strip()]
    if len(requests) > 1 or sum(len(REQUEST_LABEL.findall(text)) for _, text in strings) > 1:
        return codes.TWO_REQUESTS.finding("More than one field holds a request.")
    if not requests:
        return codes.NO_CSR.finding("No field is named 'csr'.")
    return Unwrapped(requests[0])


TABLE = re.compile(r"^Key +Value *\n--- +----- *\n", re.MULTILINE)
_ROW = re.compile(r"^([A-Za-z_]{1,40}) {2,}(?=\S)", re.MULTILINE)


def from_table(text: str) -> Unwrapped | Finding:
    """Return the request in the row `csr` of the table that `bao write` and `vault write` print."""
    before, table = TABLE.split(text, maxsplit=1)
    stray, *cells = _ROW.split(table)
    rows = tuple(zip(cells[::2], cells[1::2], strict=True))
    found = _only_request(rows)
    if isinstance(found, Finding):
        return found
    if stray.strip() or not all(_is_known_row(*row) for row in rows):
        return codes.TRAILING.finding("The table has other lines than 'csr' and 'key_id'.")
    return Unwrapped(found.text, before)


def _is_known_row(name: str, value: str) -> bool:
    return name == "csr" or (name == "key_id" and len(value.split()) == 1)
