"""What stands on the screen, as text, and programs that show one screen or a whole ceremony under a pilot."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen

from offline_root.desk import Desk, Ground, Hints
from offline_root.machine import Machine
from tests.tui.desks import GUARD
from tui.app import CeremonyApp
from tui.frame import Page
from tui.screens.requests import RequestsScreen
from tui.widgets import Choice, Entry, Passage

SMALL, LARGE = (80, 24), (100, 30)
SIZES = (SMALL, LARGE)


class _NoDesk:
    """Nothing: a single screen has no machine behind it."""

    authority = "none"
    ground = None
    hints = Hints()
    machine = Machine()


class Showing(CeremonyApp):
    """Shows one screen, and keeps what it returns."""

    def __init__(self, page: Page[Any]) -> None:
        super().__init__(cast("Desk", _NoDesk()))
        self.animation_level = "none"
        self.page = page
        self.returned: list[object] = []

    def drive(self) -> None:  # type: ignore[override]
        """Show the screen, and nothing else."""
        self.push_screen(self.page, self.returned.append)


class Holding(CeremonyApp):
    """The whole program, which tells when a screen is there that a person can answer.

    The machine is shown first where somebody `looks`.
    """

    def __init__(self, at: Desk | Ground, *, looks: bool = False) -> None:
        super().__init__(at)
        self.looks = looks
        self.animation_level = "none"
        self.pages: asyncio.Queue[Page[Any]] = asyncio.Queue()

    async def look_at_machine(self) -> bool:
        """Show the machine only where somebody looks."""
        return not self.looks or await super().look_at_machine()

    async def show(self, screen: Screen[Any]) -> Any:  # noqa: ANN401  # whatever the screen returns
        """Show a screen, and tell of it."""
        assert isinstance(screen, Page)
        await self.pages.put(screen)
        return await super().show(screen)


class Person:
    """Someone at the keyboard of a `Holding` program, who reads each screen before pressing a key."""

    def __init__(self, app: Holding, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot
        self.page: Page[Any] | None = None

    async def sees(self, name: str) -> Page[Any]:
        """Wait for the next screen; it must be the one called `name`."""
        found = await self.next()
        assert found == name, f"{found}, not {name}:\n{text(self.app)}"
        assert self.page is not None
        return self.page

    async def next(self) -> str:
        """Wait for the next screen; return what it is called."""
        self.page = await asyncio.wait_for(self.app.pages.get(), GUARD)
        await self.settle()
        assert self.app.screen is self.page, (self.app.screen, self.page)
        return type(self.page).__name__.removesuffix("Screen").lower()

    async def settle(self) -> None:
        """Wait until everything that was asked for is drawn."""
        await self.pilot.pause()
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)

    async def types(self, *texts: str) -> None:
        """Type into the entries, one after the other, with Enter after each."""
        for each in texts:
            entry = self.app.focused
            assert isinstance(entry, Entry)
            entry.value = ""
            # By keys, as a person: the entry may refuse some. Not by the pilot's, which waits 40 ms after each.
            for character in each:
                self.app.post_message(events.Key(_character_to_key(character), character))
            await self.press("enter")

    async def chooses(self, file: str) -> None:
        """Choose a file in the list of requests, with the arrow keys."""
        assert isinstance(self.page, RequestsScreen)
        files = [row.file for row in self.page._rows]
        choice = self.app.screen.query_one(Choice)
        assert choice.highlighted is not None
        steps = files.index(file) - choice.highlighted
        await self.press(*(["down" if steps > 0 else "up"] * abs(steps)), "enter")

    async def reads(self) -> None:
        """Read a review to its end."""
        for _ in range(1000):
            body = self.app.screen.query_one("#body")
            if body.scroll_offset.y >= body.max_scroll_y:
                break
            await self.press("space")
            await self.settle()


def held(
    desk: Desk | Ground,
    script: Callable[[Person], Awaitable[None]],
    size: tuple[int, int] = SMALL,
    *,
    looks: bool = False,
) -> Holding:
    """Run the program at a desk with a person who does what `script` says; return it when it has ended."""

    async def run() -> Holding:
        app = Holding(desk, looks=looks)
        async with app.run_test(size=size) as pilot:
            await script(Person(app, pilot))
        return app

    return asyncio.run(asyncio.wait_for(run(), 10 * GUARD))


def alone(
    page: Page[Any], script: Callable[[Showing, Pilot[None]], Awaitable[None]], size: tuple[int, int] = SMALL
) -> Showing:
    """Run one screen with a script; return the program when the script has ended."""

    async def run() -> Showing:
        app = Showing(page)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await pilot.pause()
            assert app.screen is page
            await script(app, pilot)
        return app

    return asyncio.run(asyncio.wait_for(run(), GUARD))


def rows(app: CeremonyApp) -> list[str]:
    """Return what stands on the screen, row by row."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def text(app: CeremonyApp) -> str:
    """Return what stands on the screen."""
    return "\n".join(rows(app)) + "\n"


async def scrolled(app: CeremonyApp, pilot: Pilot[None]) -> list[str]:
    """Return the rows of the body from its beginning to its end, as a person sees them who pages through it."""
    body = app.screen.query_one("#body")
    body.scroll_home(animate=False)
    await pilot.pause()
    found: list[str] = []
    while True:
        region, top = body.scrollable_content_region, round(body.scroll_y)
        drawn = rows(app)[region.y : region.bottom]
        found += [row[region.x : region.right].rstrip() for row in drawn][len(found) - top :]
        if body.scroll_offset.y >= body.max_scroll_y:
            return found
        body.scroll_page_down(animate=False)
        await pilot.pause()


def passages(page: Screen[Any]) -> list[tuple[Passage, list[str]]]:
    """Return each text in the body with the rows that it should have on the screen."""
    found = []
    for each in page.query(Passage):
        if each.display:
            block = each.visual
            rows_ = [row.plain.rstrip() for row in block.at(each.content_size.width)]  # type: ignore[attr-defined]
            found.append((each, rows_))
    return found


def is_shown(passage: Passage, wanted: list[str], found: list[str]) -> bool:
    """Say whether the rows of a text stand below each other among the rows of the body that were found."""
    at = passage.region.x + passage.gutter.left - passage.screen.query_one("#body").scrollable_content_region.x
    places = range(len(found) - len(wanted) + 1)
    return any(
        all(found[place + number][at : at + len(row)] == row for number, row in enumerate(wanted)) for place in places
    )
