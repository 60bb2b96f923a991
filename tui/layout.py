r"""How text is laid out in the body of a screen.

Foreign text wraps inside its own column: it never begins where our labels stand. It wraps at spaces; a word that had to
be broken has `\` in the last column, which no text reaches. So different texts never look the same (tests/tui).
"""

from collections.abc import Iterator
from itertools import zip_longest

from rich.cells import get_character_cell_size
from textual.content import Content
from textual.css.styles import RulesMap
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual

from tui.safe_text import beside, lines, literal

_LEAST = 4
"""Columns that a text gets at least, however narrow the terminal is."""

_NOTHING = literal("")
_BROKEN = literal("\\")


class Block(Visual):
    """Something that can be laid out at any width."""

    def at(self, width: int) -> list[Content]:
        """Return the rows, none wider than `width`."""
        raise NotImplementedError

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        """Draw it."""
        return lines(self.at(width)).render_strips(width, height, style, options)

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:  # noqa: ARG002
        """Return all the width there is."""
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:  # noqa: ARG002
        """Return the number of rows."""
        return len(self.at(width))


class Wrapped(Block):
    """Text that wraps at spaces."""

    def __init__(self, content: Content) -> None:
        self._content = content

    def at(self, width: int) -> list[Content]:
        """Return the rows."""
        room = max(width, _LEAST) - 1
        return [row for each in self._content.split("\n", allow_blank=True) for row in _rows(each, room)]


class Hanging(Block):
    """A label, and beside it something that stays in its own column, `indent` from the left."""

    def __init__(self, label: Content, block: Content | Block, indent: int) -> None:
        self._label, self._block, self._indent = Wrapped(label), as_block(block), indent

    def at(self, width: int) -> list[Content]:
        """Return the rows."""
        # On a terminal too narrow for both, half each is better than a text of four columns.
        indent = min(self._indent, width // 2)
        both = zip_longest(self._label.at(indent), self._block.at(width - indent), fillvalue=_NOTHING)
        return [beside(label.pad_right(max(0, indent - label.cell_length)), row) for label, row in both]


class Below(Block):
    """Blocks below each other."""

    def __init__(self, *blocks: Content | Block) -> None:
        self._blocks = tuple(as_block(each) for each in blocks)

    def at(self, width: int) -> list[Content]:
        """Return the rows."""
        return [row for each in self._blocks for row in each.at(width)]


def as_block(block: Content | Block) -> Block:
    """Return a block; text wraps."""
    return block if isinstance(block, Block) else Wrapped(block)


def _rows(content: Content, room: int) -> Iterator[Content]:
    """Cut one line into rows of at most `room` cells."""
    for start, end, broken in _cuts(content.plain, room):
        row = content[start:end]
        yield beside(row.pad_right(room - row.cell_length), _BROKEN) if broken else row


def _cuts(text: str, room: int) -> Iterator[tuple[int, int, bool]]:
    """Return where each row starts and ends, and whether it ends inside a word."""
    start, space, cells = 0, 0, 0
    for place, character in enumerate(text):
        size = get_character_cell_size(character)
        if cells + size > room:
            if character == " ":
                space = place
            broken = space <= start
            end = place if broken else space
            yield start, end, broken
            start = end if broken else end + 1
            if start > place:
                cells = 0
                continue
            cells = sum(map(get_character_cell_size, text[start:place]))
        cells += size
        if character == " " and text[start:place].strip():
            space = place
    yield start, len(text), False
