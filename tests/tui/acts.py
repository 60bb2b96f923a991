"""What people do at the keyboard in a ceremony, step by step."""

from offline_root import wire
from offline_root.anchor import Anchor
from offline_root.audit.chain import check, closing_head
from offline_root.model import Reason
from tests.fakes.token import PIN
from tests.tui.desks import FakeDesk, named
from tests.tui.showing import Person, text
from tui.screens.revoke import REASONS

TIME = "2026-11-23 11:30"
CODE = "blue 7"
GOOD, PROD, WRONG = "a-test.csr", "b-prod.csr", "c-wrong.csr"


def lay(desk: FakeDesk) -> dict[str, str]:
    """Lay three requests on the stick: two good ones and one with a wrong name; return what the paper slips say."""
    slips = {}
    for file, name in ((GOOD, "(test) G1"), (PROD, "(prod) G1"), (WRONG, "(wrong)")):
        data = named(f"PrivSec Intermediate CA {name}", file)
        (desk.stick / file).write_bytes(data)
        slips[file] = fingerprint(desk, file)
    return slips


def fingerprint(desk: FakeDesk, file: str) -> str:
    """Return the digits on the paper slip of a request."""
    from offline_root.request.reader import read_request

    found = read_request(file, desk.requests().read(file))
    return getattr(found, "fingerprint", "")[:32]


async def opens(person: Person, desk: FakeDesk, *names: str) -> None:
    """Open a ceremony."""
    await person.sees("home")
    await person.press("enter")
    await person.sees("opening")
    await person.types(*(names or ("Olga", "Wanda")), TIME, desk.room.head)


async def unlocks(person: Person) -> None:
    """Open the token, and choose a code for the lock."""
    await person.sees("pin")
    await person.types(PIN)
    await guards(person)


async def guards(person: Person) -> None:
    """Choose a code for the lock."""
    await person.sees("code")
    await person.types(CODE, CODE)


async def begins(person: Person, desk: FakeDesk) -> None:
    """Go as far as the list of requests."""
    await opens(person, desk)
    await unlocks(person)
    await person.sees("requests")


async def compares(person: Person, file: str, digits: str, environment: str = "test") -> None:
    """Choose a file and type its paper slip."""
    await person.chooses(file)
    await person.sees("paper")
    await person.types(environment, digits)


async def signs(person: Person, file: str, digits: str, environment: str = "test") -> None:
    """Sign one request."""
    await compares(person, file, digits, environment)
    await person.sees("review")
    await person.reads()
    await person.press("a")
    await person.sees("requests")


async def revokes(person: Person, reason: Reason, typed: str) -> None:
    """Revoke the first intermediate of the list, and name it once more as `typed`."""
    await person.sees("intermediates")
    await person.press("enter")
    await person.sees("reason")
    await person.press(*["down"] * REASONS.index(reason), "enter")
    await person.sees("crl")
    await person.reads()
    await person.press("a")
    await person.sees("confirm")
    await person.types(typed)


async def hands_over(person: Person) -> None:
    """Agree, hand over, write the closing sheet down."""
    await person.press("d")
    await agrees(person)


async def agrees(person: Person) -> None:
    """Make the statements, and write down the closing sheet."""
    await person.sees("statements")
    await person.press("enter", "enter")
    await writes_down(person)


async def writes_down(person: Person) -> None:
    """Write down the closing sheet."""
    await person.sees("delivery")
    await person.press("w")


async def gives_up(person: Person, *words: str) -> None:
    """Press Esc and leave what was begun, having read what that means."""
    await person.press("escape")
    await person.sees("leave")
    for each in words:
        assert each in text(person.app)
    await person.press("e")


async def leaves(person: Person) -> None:
    """Give up a ceremony whose token was open: there is a closing sheet."""
    await gives_up(person)
    await writes_down(person)


async def quits(person: Person, page: str = "home") -> None:
    """Go home, or to the page that stands for it, and quit."""
    await person.sees(page)
    await person.press("q")
    await person.pilot.pause()


async def ends(person: Person) -> None:
    """Write down the closing sheet, go home and quit."""
    await writes_down(person)
    await quits(person)


def events(desk: FakeDesk) -> list[str]:
    """Return what the log records after the authority was made."""
    made = [each.event for each in desk.entries()]
    return made[made.index("ceremony-closed") + 1 :]


def outcome(desk: FakeDesk) -> str:
    """Return how the last ceremony was closed."""
    last = desk.entries()[-1]
    assert last.event == "ceremony-closed", last
    return str(last.facts["outcome"])


def head(desk: FakeDesk) -> str:
    """Return the closing sheet of the log as it is."""
    found = check(desk.room.log)
    return closing_head(found.size, found.root)


def is_whole(desk: FakeDesk) -> bool:
    """Say whether `log verify` finds nothing."""
    state = wire.read_state(desk.room.place)
    return wire.verify_log(desk.room.place.audit, Anchor.of(state)).ok


async def unlocks_here(person: Person) -> None:
    """Type the PIN where it is asked for already."""
    await person.types(PIN)


async def ends_here(person: Person) -> None:
    """Write down the closing sheet of a ceremony that failed, if the token could still sign one; go home and quit."""
    page = await person.next()
    if page == "delivery":
        await person.press("w")
        page = await person.next()
    assert page == "home"
    await person.press("q")
    await person.pilot.pause()
