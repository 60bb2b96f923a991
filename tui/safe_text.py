"""The one gate between text and the screen.

Textual reads markup in plain strings: a subject could crash the app, colour itself green or run an action when clicked,
and control characters reach the terminal. So no widget here ever gets a string: `safe`, `told` or `exact` for
everything that is not written in this folder, `literal` for what is (a lint checks that it gets constants). Nothing
else makes a `Content`.
"""

from collections.abc import Iterable

from rich.text import Text
from textual.content import Content

from offline_root.display import dangerous, spaced, visible


class SafeText:
    """Foreign text, on one line, with everything that could deceive a reader or a terminal made visible."""

    __slots__ = ("_shown",)

    def __init__(self, text: str) -> None:
        """Take any text."""
        self._shown = spaced(visible(text))

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


def told(text: str, style: str = "") -> Content:
    """Return what the station says, on one line. What is foreign in it was made visible where it was quoted."""
    return Content.styled(_harmless(text), style)


def told_lines(text: str) -> Content:
    """Return what the station says in several lines."""
    return lines(told(each.strip()) for each in text.split("\n"))


def told_text(*texts: str) -> Text:
    """Return what the station says, for a terminal without screens."""
    return Text("\n".join(_harmless(each) for text in texts for each in text.split("\n")))


def exact(text: str, style: str = "") -> Content:
    """Return what the station says where every space counts: what will be signed."""
    return Content.styled(spaced(_harmless(text)), style)


def pixels(rows: Iterable[str]) -> Content:
    """Return a picture made of blocks and spaces."""
    return lines(Content(row) for row in rows if not row.strip("█▀▄ "))


def lines(parts: Iterable[Content]) -> Content:
    """Return contents below each other."""
    return Content("\n").join(parts)


def beside(*parts: Content) -> Content:
    """Return contents after each other."""
    return Content("").join(parts)


def _harmless(text: str) -> str:
    """Return text that needs no escaping as it is: escaped a second time, `<U+202E>` would become unreadable."""
    return visible(text) if dangerous(text) else text
