"""Text for people in 80 columns. What must be compared or copied, such as a hash or a path, is never broken."""

from collections.abc import Iterable
from textwrap import fill

from offline_root.display import visible_lines

WIDTH = 80
_GROUPS = 8
"""Groups of four hex digits in one line: half a SHA-256."""


def wrapped(text: str, indent: str = "", hanging: str | None = None) -> str:
    """Return a paragraph in lines of at most 80 columns; `hanging` indents all lines but the first."""
    return "\n".join(
        fill(
            each,
            WIDTH,
            initial_indent=indent,
            subsequent_indent=indent if hanging is None else hanging,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for each in text.split("\n")
    )


def shown(text: str, indent: str = "") -> str:
    """Return a paragraph that may hold foreign text, with everything in it made visible."""
    return wrapped(visible_lines(text), indent)


def rows(pairs: Iterable[tuple[str, str]], indent: str = "", width: int = 12) -> str:
    """Return `name  value` lines, without those that have no value; long values hang under their first line."""
    hanging = f"{indent}{'':<{width}} "
    return "".join(f"{wrapped(value, f'{indent}{name:<{width}} ', hanging)}\n" for name, value in pairs if value)


def digest(label: str, sha256: str, indent: str = "    ") -> str:
    """Return a hash for paper: its label, then two lines of eight groups of four."""
    groups = [sha256[start : start + 4] for start in range(0, len(sha256), 4)]
    lines = (" ".join(groups[start : start + _GROUPS]) for start in range(0, len(groups), _GROUPS))
    return f"{indent}{label}\n" + "".join(f"{indent}    {each}\n" for each in lines)
