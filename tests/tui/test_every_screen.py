"""What holds for every screen: keys that do nothing, Esc, another size of the terminal, and hostile text on it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from offline_root.adoption import difference
from offline_root.audit.entry import Entry as LogEntry
from offline_root.desk import View
from offline_root.errors import CeremonyError
from offline_root.findings import Finding, Severity
from offline_root.intents import explain
from offline_root.model import Change, Difference, Fingerprint, People, Reason, Row, Serial, Unreadable
from offline_root.policy.model import Policy
from offline_root.shares import BadShare, Purpose, split
from tests.offline_root.station.rooms import policy_of
from tests.tui import catalogue
from tests.tui.catalogue import FRAME, SCREENS, SHEET, TEST
from tests.tui.desks import Counting
from tests.tui.showing import LARGE, SMALL, Showing, alone, is_shown, passages, rows, scrolled, text
from tests.tui.test_screens import FOLDER
from tui.frame import Page
from tui.safe_text import literal
from tui.screens.acknowledge import AcknowledgeScreen
from tui.screens.adopt import AdoptScreen
from tui.screens.because import BecauseScreen
from tui.screens.card import CardScreen
from tui.screens.crl import CrlScreen
from tui.screens.delivery import DeliveryScreen
from tui.screens.destroy import DestroyScreen
from tui.screens.home import HomeScreen
from tui.screens.keeping import BackupsScreen, DrillScreen
from tui.screens.lock import CodeScreen
from tui.screens.log import LogScreen
from tui.screens.opening import Asked, OpeningScreen, Stated
from tui.screens.paper import PaperScreen
from tui.screens.pin import PinScreen
from tui.screens.policy import PolicyScreen
from tui.screens.problem import ProblemScreen
from tui.screens.requests import RequestsScreen
from tui.screens.requests import Row as FileRow
from tui.screens.review import ReviewScreen
from tui.screens.revoke import ConfirmScreen
from tui.screens.share import ShareScreen
from tui.screens.statements import StatementsScreen
from tui.screens.strangers import CountScreen, StrangersScreen
from tui.screens.ways import CopiesScreen
from tui.widgets import Choice, Entry

pytestmark = pytest.mark.no_cover

NOTHING = ("ctrl+c", "ctrl+q", "ctrl+p", "ctrl+z", "ctrl+backslash", "ctrl+s", "ctrl+l", "f1", "f5", "super+c", "x")
STAYS = {"home", "begin", "anchor", "working", "lock", "delivery", "posture"}
"""Screens that Esc does not leave."""
PLAIN = [name for name in SCREENS if name not in catalogue.KEYS and name not in catalogue.END]
NARROW = (60, 20)


@pytest.mark.parametrize("name", SCREENS)
def test_other_keys_do_nothing_and_escape_goes_back_with_nothing(name: str) -> None:
    async def press(app: Showing, pilot: Pilot[None]) -> None:
        before = text(app)
        keys = NOTHING[:-1] if app.screen.query(Entry) else NOTHING
        await pilot.press(*keys)
        await pilot.pause()
        assert text(app) == before
        assert app.returned == []
        await pilot.press("escape")
        await pilot.pause()
        assert app.returned == ([] if name.partition("-")[0] in STAYS else [None])

    assert alone(SCREENS[name](), press).return_code is None


@pytest.mark.parametrize("name", PLAIN)
def test_a_smaller_terminal_shows_all_of_it_and_a_larger_one_again_what_it_showed(name: str) -> None:
    async def resize(app: Showing, pilot: Pilot[None]) -> None:
        await pilot.resize_terminal(*NARROW)
        await pilot.pause()
        assert app.size == NARROW
        assert not any("…" in row for row in rows(app))
        found = await scrolled(app, pilot)
        assert all(is_shown(passage, wanted, found) for passage, wanted in passages(app.screen))
        app.screen.query_one("#body").scroll_home(animate=False)
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        if name == "log":
            app.screen.query_one("#body").scroll_end(animate=False)
        await pilot.pause()
        assert text(app) == (FOLDER / f"{name}-{LARGE[0]}x{LARGE[1]}.txt").read_text(encoding="utf-8")

    alone(SCREENS[name](), resize)


def test_every_file_of_a_long_list_is_reached_with_the_arrow_keys() -> None:
    async def walk(app: Showing, pilot: Pilot[None]) -> None:
        seen = set(rows(app))
        for _ in catalogue.LONG_ROWS:
            await pilot.press("down")
            await pilot.pause()
            seen.update(rows(app))
        for row in catalogue.LONG_ROWS[1:]:
            assert any(row.file in each for each in seen)

    alone(SCREENS["requests-many"](), walk)


def test_a_file_name_longer_than_the_screen_is_read_with_space() -> None:
    """Each of its characters is on the screen once."""
    name = "".join(chr(0x200B + number % 5) for number in range(255)) + ".csr"
    found: list[str] = []

    async def read(app: Showing, pilot: Pilot[None]) -> None:
        choice = app.screen.query_one(Choice)
        while True:
            region, top = choice.scrollable_content_region, round(choice.scroll_y)
            found.extend(
                [row[region.x : region.right] for row in rows(app)[region.y : region.bottom]][len(found) - top :]
            )
            if choice.scroll_y >= choice.max_scroll_y:
                return
            await pilot.press("space")
            await pilot.pause()

    alone(RequestsScreen(FRAME, (FileRow(name, "request", "PEM"),)), read)
    whole = "".join(row[10:].rstrip().removesuffix("\\") for row in found)
    assert whole.startswith("".join(f"<U+{ord(character):04X}>" for character in name[:-4]) + ".csr")


class TestReading:
    def test_begins_again_at_another_width(self) -> None:
        async def read(app: Showing, pilot: Pilot[None]) -> None:
            page = app.screen
            assert isinstance(page, ReviewScreen)
            for _ in range(9):
                await pilot.press("space")
                await pilot.pause()
            assert page.read
            assert "A approve" in rows(app)[-1]
            await pilot.resize_terminal(70, 24)
            await pilot.pause()
            await pilot.pause()
            assert page.scroller.scroll_y == 0
            assert "Space reads on" in rows(app)[-1]

        alone(SCREENS["review"](), read)

    def test_is_over_at_once_where_all_of_it_fits(self) -> None:
        async def read(app: Showing, pilot: Pilot[None]) -> None:
            assert "A approve" in rows(app)[-1]
            await pilot.press("a")
            await pilot.pause()
            assert app.returned == ["approve"]

        alone(SCREENS["review"](), read, (120, 80))

    def test_is_not_skipped_by_the_end_key(self) -> None:
        async def skip(app: Showing, pilot: Pilot[None]) -> None:
            await pilot.press("end")
            await pilot.pause()
            assert "Space reads on" in rows(app)[-1]

        alone(SCREENS["review"](), skip)


class TestEntry:
    def test_hides_a_pin_and_forgets_it(self) -> None:
        async def enter(app: Showing, pilot: Pilot[None]) -> None:
            await pilot.press(*"4711")
            await pilot.pause()
            assert "4711" not in text(app)
            assert "••••" in text(app)
            entry = app.screen.query_one(Entry)
            await pilot.press("enter")
            await pilot.pause()
            assert app.returned == ["4711"]
            assert entry.value == ""

        alone(SCREENS["pin"](), enter)

    def test_hides_the_words_of_a_share_once_they_are_taken(self) -> None:
        splitting = split(bytes(32), Purpose.PIN, needed=2, made=2, randomness=Counting())
        words = splitting.shares[0].words

        async def enter(app: Showing, pilot: Pilot[None]) -> None:
            await pilot.press(*words[0][:3])
            await pilot.pause()
            assert words[0] in text(app)
            await pilot.press(*words[0][3:], "enter")
            await pilot.press(*"zz", "enter")
            await pilot.pause()
            assert words[0] not in text(app)
            assert "1 of 33 words taken. Next: word 2." in text(app)
            assert "Word 2 is not a word of the list." in text(app)
            await pilot.press("enter")
            await pilot.pause()
            assert "0 of 33 words taken. Next: word 1." in text(app)
            entry = app.screen.query_one(Entry)
            entry.value = " ".join(each[:4] for each in words)
            await pilot.press("enter")
            await pilot.pause()
            assert app.returned == [" ".join(words)]
            assert entry.value == ""

        alone(ShareScreen(FRAME, "PIN SHARE"), enter)

    def test_forgets_a_share_when_the_custodian_leaves(self) -> None:
        page = SCREENS["share"]()

        async def leave(app: Showing, pilot: Pilot[None]) -> None:
            assert isinstance(page, ShareScreen)
            await pilot.press(*"academic", "enter", *"acid", "escape")
            await pilot.pause()
            assert (page._words, app.returned) == ([], [None])

        alone(page, leave)

    def test_gives_nothing_to_a_clipboard(self) -> None:
        async def copy(app: Showing, pilot: Pilot[None]) -> None:
            await pilot.press(*"4711", "ctrl+a", "shift+end", "ctrl+c", "ctrl+x", "super+c")
            await pilot.pause()
            assert app.clipboard == ""
            app.copy_to_clipboard("4711")
            assert app.clipboard == ""
            app._clipboard = "pasted"
            await pilot.press("ctrl+v")
            await pilot.pause()
            assert app.screen.query_one(Entry).value == "4711"

        alone(SCREENS["pin"](), copy)

    def test_hands_on_what_is_typed_after_enter_without_waiting(self) -> None:
        """A scanner types all of it at once."""

        async def scan(app: Showing, pilot: Pilot[None]) -> None:
            for character in "Olga\rWanda\r2026-11-23 11:30\r":
                key = "enter" if character == "\r" else _character_to_key(character)
                app.post_message(events.Key(key, character))
            await pilot.pause()
            await pilot.pause()
            assert [each.value for each in app.screen.query(Entry)] == ["Olga", "Wanda", "2026-11-23 11:30", ""]
            assert app.returned == []

        alone(SCREENS["opening"](), scan)

    def test_arrows_go_back_and_forth_and_no_key_goes_nowhere(self) -> None:
        async def correct(app: Showing, pilot: Pilot[None]) -> None:
            await pilot.press(*"Olgo", "down", *"Wanda", "up", "backspace", "a", "shift+tab", "tab", *"!")
            await pilot.pause()
            assert [each.value for each in app.screen.query(Entry)] == ["Olga!", "Wanda", "", ""]
            assert app.returned == []

        alone(SCREENS["opening"](), correct)

    def test_takes_no_more_than_fits_a_report(self) -> None:
        async def fill(app: Showing, pilot: Pilot[None]) -> None:
            entry = app.screen.query_one("#operator", Entry)
            entry.value = "e\u0301" * 5000 + "\u200b"
            assert len(entry.value) <= 400
            entry.value = "o" + "\u0301" * 100
            assert entry.value == "o" + "\u0301" * 2

        alone(SCREENS["opening"](), fill)


def test_the_working_screen_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    from tui.widgets import Busy

    async def look(app: Showing, pilot: Pilot[None]) -> None:
        busy = app.screen.query_one(Busy)
        shown = []
        for _ in range(5):
            shown.append(rows(app)[busy.region.y].strip())
            busy.turn()
            await pilot.pause()
        assert shown == ["|", "/", "-", "\\", "|"]
        app.animation_level = "full"
        busy.on_mount()

    alone(SCREENS["working"](), look)


MARKUP = "[/nope] [red]OK[/red] [bold reverse [@click=app.bell]x[/] [@click='app.exit']y[/]"
HOSTILE = {
    "markup": MARKUP,
    "escapes": "\x1b[2J\x1b[31mOK\x1b]0;title\x07 \x1b]52;c;aGVsbG8=\x07\x1b]52;c;aGVsbG8=\x1b\\"
    " \x9b31mOK\x90q\x9c\x85next",
    "unseen": "\u202egpj.rsc\u202c \u2066x\u2069 \u200f \u061c a\u200bb\u200dc\ufeffd\u00ade\u2060f\u3164g\u2800h"
    " \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e8\U0001f1ed \u2764\ufe0f"
    " ok\U000e0041\U000e0042\U000e007f \udce9\udcff",
    "combining": "Z" + "\u0301\u0302\u0303" * 300,
    "long": "x" * 10_000,
    "lines": "  OK" + " " * 90 + "OK  one\nOK      test.csr\rtwo\tthree\x0b\x0c\u2028\u2029"
    "<U+202E> --help; rm -rf / `id` $(id)",
}


def home(foreign: str) -> Page[Any]:
    """Return home with foreign text wherever there is text."""
    view = View(catalogue.STATUS, foreign, foreign, foreign, foreign, CeremonyError(**_four(foreign)))
    status = replace(
        catalogue.STATUS,
        authority=foreign,
        lines=(replace(catalogue.VALID, environment=foreign, state=foreign),),
        intents=(replace(catalogue.INTENT, environment=foreign),),
    )
    assert foreign in explain(status.intents[0])
    return HomeScreen(replace(FRAME, authority=foreign), replace(view, status=status))


def _four(foreign: str) -> dict[str, Any]:
    return {"what": foreign, "meaning": foreign, "mend": foreign, "retry": True}


def finding(foreign: str) -> Finding:
    """Return a finding about foreign text."""
    return Finding(foreign, Severity.REFUSE, foreign, foreign, foreign, foreign)


def review(foreign: str) -> Page[Any]:
    """Return a review whose file, rows and findings are foreign."""
    good = catalogue.good()
    changed = replace(
        good,
        request=replace(good.request, file=foreign),
        rows=(Row(foreign, foreign, foreign, foreign), *good.rows),
        findings=(finding(foreign),),
        difference=Difference(Serial(1), foreign, (Change(foreign, foreign, foreign),)),
    )
    return ReviewScreen(FRAME.at(foreign), changed)


def entries(foreign: str) -> tuple[LogEntry, ...]:
    """Return a log that quotes foreign text, raw."""
    kept = foreign.encode(errors="backslashreplace").decode()  # no line holds half of a surrogate pair
    return (catalogue.entry(1, "statement-made", {"person": kept, "statement": kept, "agrees": "yes"}),)


def foreign_policy(foreign: str) -> Policy:
    """Return a policy whose text and name are foreign."""
    good = policy_of()
    return replace(good, text=foreign, root=replace(good.root, common_name=foreign, crl_url=foreign))


FOREIGN: dict[str, Callable[[str], Page[Any]]] = {
    "home": home,
    "opening": lambda foreign: OpeningScreen(
        FRAME,
        Asked(1, tail=entries(foreign), paper=foreign, clock=foreign),
        Stated(foreign, (foreign,), foreign, foreign, foreign),
        CeremonyError(**_four(foreign)),
    ),
    "pin": lambda foreign: PinScreen(FRAME, foreign, foreign, CeremonyError(**_four(foreign))),
    "share": lambda foreign: ShareScreen(FRAME, foreign, BadShare(foreign, foreign)),
    "code": lambda foreign: CodeScreen(FRAME, foreign, foreign),
    "requests": lambda foreign: RequestsScreen(FRAME, (FileRow(foreign, foreign, foreign),) * 2),
    "paper": lambda foreign: PaperScreen(
        FRAME, foreign, ("test", foreign), Fingerprint(catalogue.FINGERPRINT), (foreign, foreign)
    ),
    "review": review,
    "confirm": lambda foreign: ConfirmScreen(
        FRAME,
        catalogue.issued(),
        Reason.SUPERSEDED,
        CeremonyError(**_four(foreign)),
    ),
    "crl": lambda foreign: CrlScreen(
        FRAME, replace(catalogue.crl_review(), findings=(finding(foreign),)), (foreign, foreign)
    ),
    "review-unreadable": lambda foreign: ReviewScreen(TEST, Unreadable(foreign, None, (finding(foreign),))),
    "acknowledge": lambda foreign: AcknowledgeScreen(TEST, finding(foreign)),
    "statements": lambda foreign: StatementsScreen(
        FRAME, People(foreign, (foreign,)), (FileRow(foreign, "ISSUED", foreign),)
    ),
    "delivery": lambda foreign: DeliveryScreen(FRAME, (foreign,), (FileRow(foreign, "ISSUED", foreign),), SHEET),
    "problem": lambda foreign: ProblemScreen(FRAME, CeremonyError(**_four(foreign))),
    "log": lambda foreign: LogScreen(FRAME, entries(foreign)),
    "because": lambda foreign: BecauseScreen(FRAME, literal("Settle"), (foreign,), foreign),
    "backups": lambda foreign: BackupsScreen(FRAME, (foreign, foreign)),
    "drill": lambda foreign: DrillScreen(
        FRAME, replace(catalogue.BACKUP, authority=foreign), catalogue.SPLIT.shares, seen=False
    ),
    "destroy": lambda foreign: DestroyScreen(FRAME, (foreign,), (foreign, foreign), CeremonyError(**_four(foreign))),
    "policy": lambda foreign: PolicyScreen(FRAME, foreign_policy(foreign), foreign, CeremonyError(**_four(foreign))),
    "adopt": lambda foreign: AdoptScreen(FRAME, difference("", foreign)),
    "strangers": lambda foreign: StrangersScreen(FRAME, (foreign, foreign), ()),
    "count": lambda foreign: CountScreen(FRAME, (foreign,), CeremonyError(**_four(foreign))),
    "card": lambda foreign: CardScreen(FRAME, foreign, foreign, (foreign,)),
    "copies": lambda foreign: CopiesScreen(FRAME, (foreign, foreign)),
}
LISTS = {"requests", "copies", "backups", "strangers"}
HARMLESS = {chr(code) for code in (*range(0x20, 0x7F), *range(0xA1, 0x100))} - {"\xad"}


@pytest.mark.parametrize("foreign", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", FOREIGN)
def test_hostile_text_is_only_text(name: str, foreign: str) -> None:
    """No control character, nothing invisible, no markup obeyed; clicks on it and keys do nothing."""

    async def look(app: Showing, pilot: Pilot[None]) -> None:
        ran: list[str] = []
        app.bell = lambda: ran.append("bell")  # type: ignore[method-assign]
        body = app.screen.query_one("#body")
        found = await scrolled(app, pilot)
        drawn = "\n".join((*rows(app), *found))
        for character in set(drawn) - HARMLESS - {"\n"}:
            assert character in foreign or character in "─│╭╮╰╯├└█▀▄·•", repr(character)
            assert character.isprintable(), repr(character)
        assert not set(drawn) & set("\u200b\u200d\u3164\u2800\ufe0f\U000e0041")
        if foreign == MARKUP:
            assert foreign[:18] in drawn
        marked = [y for y, row in enumerate(rows(app)) if "x" in row and body.region.y <= y < body.region.bottom]
        shown = rows(app)
        for y in marked[:1] if name in LISTS else marked[:3]:
            await pilot.click(offset=(shown[y].rindex("x"), y))
        assert ran == []
        assert app.return_code is None
        assert app.returned == [] or name in LISTS

    alone(FOREIGN[name](foreign), look, SMALL)
