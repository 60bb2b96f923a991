"""Which line of a TOML text a key is on. `tomllib` reads values and forgets where they stood.

A small scanner, for texts that tomllib has accepted. It never fails: on anything odd it names a line nearby.
"""

import re
import tomllib

from offline_root.display import visible

Path = tuple[str, ...]

_TOKEN = re.compile(
    r"""
    (?P<blank>[ \t\r]+ | \#[^\n]*)
  | (?P<newline>\n)
  | (?P<text>\"{3}(?:\\.|[^\\])*?\"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*')
  | (?P<mark>[\[\]{}=,])
  | (?P<word>[^\s\[\]{}=,.\#"']+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_DEEPEST = 8
"""Deeper than any key of a policy; a text may be deeper, at a cost that grows with the square of the depth."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def dotted(*path: str) -> str:
    """Return a key as TOML writes it: `environments.test.validity`, quoted where needed, safe to show."""
    return ".".join(part if _BARE.fullmatch(part) else '"' + visible(part) + '"' for part in path)


class Lines:
    """The lines of the keys and tables of one text."""

    def __init__(self, text: str) -> None:
        scan = _Scan()
        for match in _TOKEN.finditer(text):
            scan.take(str(match.lastgroup), match[0])
        self._lines = scan.lines

    def of(self, key: str) -> int:
        """Return the line, from 1, of a dotted key; where the key is missing, that of the table it belongs in, or 1."""
        while key and key not in self._lines:
            key = key.rpartition(".")[0]
        return self._lines.get(key, 1)


class _Scan:
    """Where the scanner is: in which table, in which brackets, and whether a key or a value comes next."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self.line = 1
        self.table: Path = ()
        self.parts: Path = ()
        self.value: Path = ()
        self.brackets: list[tuple[Path, bool]] = []
        self.at_key = True

    def take(self, kind: str, token: str) -> None:
        if kind == "mark":
            self._mark(token)
        elif kind in {"word", "text"} and self.at_key:
            self.parts += (_unquoted(token) if kind == "text" else token,)
        elif kind == "newline" and not self.brackets:
            self._next_key()
        self.line += token.count("\n")

    def _mark(self, mark: str) -> None:
        if mark == "=" and self.at_key:
            self.value = (self.brackets[-1][0] if self.brackets else self.table) + self.parts
            self._record(self.value)
            self.at_key = False
        elif mark in "[{" and not self.at_key:
            self.brackets.append((self.value, mark == "{"))
            self._next_key(at_key=mark == "{")
        elif mark in "]}" and self.brackets:
            self.value, _ = self.brackets.pop()
            self.at_key = False
        elif mark == "]" and self.at_key:
            self.table = self.parts
            self._record(self.table)
            self.at_key = False
        elif mark == "," and self.brackets:
            self._next_key(at_key=self.brackets[-1][1])

    def _next_key(self, *, at_key: bool = True) -> None:
        self.parts, self.at_key = (), at_key

    def _record(self, path: Path) -> None:
        for depth in range(1, min(len(path), _DEEPEST) + 1):
            self.lines.setdefault(dotted(*path[:depth]), self.line)


def _unquoted(token: str) -> str:
    try:
        return str(tomllib.loads(f"key = {token}")["key"])
    except ValueError:
        return token
