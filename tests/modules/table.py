"""What each module supports, as the contract tests saw it, for the end of the run."""

from collections.abc import Iterable, Iterator, Sequence

_TITLE = "what the modules support"


def table(noted: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table from rows of module, what was tried, and how it went."""
    cells = {(module, what): how for module, what, how in noted}
    modules = dict.fromkeys(module for module, _ in cells)
    whats = dict.fromkeys(what for _, what in cells)
    if not cells:
        return
    widths = {module: max(len(module), *(len(cells.get((module, what), "")) for what in whats)) for module in modules}
    first = max(map(len, (_TITLE, *whats)))
    yield "  ".join((_TITLE.ljust(first), *(name.ljust(widths[name]) for name in modules))).rstrip()
    for what in whats:
        row = (cells.get((name, what), "").ljust(widths[name]) for name in modules)
        yield "  ".join((what.ljust(first), *row)).rstrip()
