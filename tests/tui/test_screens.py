"""Every screen at both sizes, compared with the text files in screens/. `pytest tests/tui --write-screens` rewrites."""

import inspect
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui import catalogue
from tests.tui.showing import SIZES, SMALL, Showing, alone, is_shown, passages, rows, scrolled, text
from tui import screens
from tui.frame import Page

pytestmark = pytest.mark.no_cover

FOLDER = Path(__file__).parent / "screens"
CASES = [(name, size) for name in catalogue.SCREENS for size in SIZES]
IDS = [f"{name}-{width}x{height}" for name, (width, height) in CASES]

PLAIN = frozenset(map(chr, range(0x20, 0x7F)))
DRAWN = frozenset("─│┌┐└┘├┤┬┴┼╭╮╰╯█▀▄▌▐→↑←↓•·—")
"""What the screens may draw besides: all of it is in Debian's console font CyrKoi-Terminus16."""


async def prepare(name: str, app: Showing, pilot: Pilot[None]) -> None:
    """Bring a screen into the state that its name says."""
    for each in catalogue.KEYS.get(name, ()):
        await pilot.press(*("space" if character == " " else character for character in each), "enter")
    if name in catalogue.END:
        for _ in range(9):
            await pilot.press("space")
            await pilot.pause()
    await pilot.pause()


@pytest.mark.parametrize(("name", "size"), CASES, ids=IDS)
def test_screen_is_as_it_was_looked_at_and_nothing_is_cut(
    name: str, size: tuple[int, int], request: pytest.FixtureRequest
) -> None:
    file = FOLDER / f"{name}-{size[0]}x{size[1]}.txt"

    async def look(app: Showing, pilot: Pilot[None]) -> None:
        await prepare(name, app, pilot)
        if request.config.getoption("--write-screens", default=False):
            FOLDER.mkdir(exist_ok=True)
            file.write_text(text(app), encoding="utf-8")
        assert text(app) == file.read_text(encoding="utf-8")
        if size == SMALL and name not in catalogue.END | {"opening-everything"}:
            what_matters_is_above_the_fold(app)
        await nothing_is_cut(app, pilot)

    alone(catalogue.SCREENS[name](), look, size)


def what_matters_is_above_the_fold(app: Showing) -> None:
    """Demand that errors, entries, the verdict and the paper in people's hands are seen without scrolling."""
    body = app.screen.query_one("#body")
    for each in app.screen.query("#problem, #verdict, .field, .paper, #qr"):
        assert not each.display or each.region.bottom <= body.region.bottom, each


async def nothing_is_cut(app: Showing, pilot: Pilot[None]) -> None:
    """Demand that head, bottom line and all of every passage can be read."""
    shown = rows(app)
    assert not any("…" in row for row in shown)
    page = app.screen
    for line in (*page.query(".head Line").results(), page.query_one("#next")):
        written = line.visual.plain  # type: ignore[attr-defined]
        region = line.region
        assert region.right <= app.size.width, written
        assert shown[region.y][region.x : region.right].strip() == written.strip()
    found = await scrolled(app, pilot)
    for passage, wanted in passages(page):
        assert is_shown(passage, wanted, found), wanted


def test_every_screen_has_a_picture() -> None:
    shown = {type(make()) for make in catalogue.SCREENS.values()}
    whole = {each for each in _every(Page) if not each.__name__.startswith("_")}
    assert {each for each in whole if each.__module__.startswith(screens.__name__)} == shown


def _every(kind: type[Page[Any]]) -> set[type[Page[Any]]]:
    """Return all screens that there are, found by loading every module of the folder."""
    folder = Path(inspect.getfile(screens)).parent
    for path in folder.glob("*.py"):
        __import__(f"{screens.__name__}.{path.stem}")
    found = set(kind.__subclasses__())
    return found | {below for each in found for below in _every(each)}


def test_there_is_no_picture_without_a_screen() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(IDS)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_every_glyph_is_in_the_console_font(file: Path) -> None:
    assert set(file.read_text(encoding="utf-8")) - PLAIN - {"\n"} <= DRAWN
