"""The one gate between text and the screen.

Textual reads markup in plain strings: a subject could crash the app, colour itself green or run an action when clicked,
and control characters reach the terminal. So no widget here ever gets a string: `SafeText` for everything that is not
written in this folder, `literal` for what is (a lint checks that it gets constants). Nothing else makes a `Content`.
"""

from collections.abc import Iterable

from rich.text import Text
from textual.content import Content

from offline_root.display import visible


class SafeText:
    """Foreign text, on one line, with everything that could deceive a reader or a terminal made visible."""

    __slots__ = ("_shown",)

    def __init__(self, text: str) -> None:
        """Take any text."""
        self._shown = visible(text)

    def content(self, style: str = "") -> Content:
        """Return it for Static, Label, Button, OptionList, Select and borders."""
        return Content.styled(self._shown, style)

    def text(self) -> Text:
        """Return it for Tree and DataTable."""
        return Text(self._shown)


def literal(text: str, style: str = "") -> Content:
    """Return text that is written in this folder, as it is; it may have several lines."""
    return Content.styled(text, style)


def safe(text: str, style: str = "") -> Content:
    """Return foreign text as content."""
    return SafeText(text).content(style)


def safe_lines(text: str) -> Content:
    """Return a foreign text of several lines, each made safe."""
    return lines(safe(each) for each in text.split("\n"))


def lines(parts: Iterable[Content]) -> Content:
    """Return contents below each other."""
    return Content("\n").join(parts)


def beside(*parts: Content) -> Content:
    """Return contents after each other."""
    return Content("").join(parts)
