"""One whole ceremony around a verb: people, clock, closing sheet, PIN; and an orderly end whatever happens."""

import os
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from offline_root import wire
from offline_root.alarm import SETTLE, Stick, check_calm
from offline_root.audit.entry import Entry, Facts
from offline_root.cli import ask, custodians, interrupts
from offline_root.cli.layout import shown, wrapped
from offline_root.cli.streams import tell
from offline_root.closing import ClosingSheet
from offline_root.config import Appliance, read_appliance
from offline_root.destruction import check_key
from offline_root.deviations import Unexplained, read_seals
from offline_root.errors import CeremonyError, StationError, TokenError, TokenTrouble, VolumeError
from offline_root.home import Home, Place
from offline_root.leftovers import SWEPT
from offline_root.linter import warm_up
from offline_root.machine import Machine
from offline_root.model import People
from offline_root.opening import Opening, read_head
from offline_root.policy.model import CeremonyPolicy
from offline_root.response.report import line
from offline_root.statement import statements
from offline_root.station import Station

INTERFACE = "cli"


def people(arguments: Namespace) -> People:
    """Return who is named on the command line."""
    return People(arguments.operator, tuple(arguments.witness))


def stated(
    arguments: Namespace, kind: str, policy: CeremonyPolicy, *, head: str = "", tail: Sequence[Entry] = ()
) -> Opening:
    """Return what the command line, or the person at the keyboard, states for the opening."""
    accepted = _accepted(arguments, tail)
    clock = ask.clock(arguments.clock, alone=policy.witnesses == 0)
    because, seals = arguments.because, tuple(arguments.seal)
    return Opening(kind, INTERFACE, people(arguments), clock, head, accepted, because, seals, machine(arguments))


def machine(arguments: Namespace) -> Facts:
    """Return what this machine reports of itself."""
    return Machine().posture(Path(arguments.home).absolute()).facts()


def _accepted(arguments: Namespace, tail: Sequence[Entry]) -> int:
    """Return how many unsigned lines of the log a person has accepted."""
    given: int = arguments.accept_tail
    if not tail or given or not ask.somebody():
        return given
    listed = "\n".join(shown(line(each)) for each in tail)
    tell(f"The last ceremony ended early. These {len(tail)} lines of the log are not signed yet:\n\n{listed}\n")
    return ask.number(
        f"If they tell what really happened, type their number, {len(tail)}. If not, press Enter, and find out first.",
        "--accept-tail N",
    )


def self_tested(tested: Sequence[str]) -> str:
    """Return what people are told of the self-test."""
    return f"Self-test: {', '.join(tested)}: all right."


def head_of(arguments: Namespace, policy: CeremonyPolicy) -> str:
    """Return what the closing sheet of the last ceremony says: from the option, or as a person copies it from paper."""
    if arguments.head is not None or not ask.somebody():
        return arguments.head or ""
    without = "" if policy.opening_head == "required" else " Without it, press Enter."
    while True:
        typed = ask.text(
            "Closing sheet of the last ceremony, as it stands on paper: log size, a colon, 16 hex digits, such as"
            f" 31:0123456789abcdef.{without}",
            "--head SIZE:HEX16",
        ).replace(" ", "")
        try:
            read_head(policy, typed)
        except CeremonyError as wrong:
            tell(f"{wrong.what} Once more, please.")
        else:
            return typed


def places(arguments: Namespace) -> tuple[Home, Place, Appliance]:
    """Return HOME, the chosen authority and the machine's settings (StationError)."""
    home = Home(Path(arguments.home))
    return home, home.choose(arguments.authority), read_appliance(home.path)


def nearest_to(folder: str) -> Path:
    """Return the folder, or the one above it that is there."""
    path = Path(folder).absolute()
    return next(each for each in (path, *path.parents) if os.path.lexists(each))


def check_out(arguments: Namespace) -> None:
    """Refuse an --out that nothing can be written to, before anything is signed for it (VolumeError)."""
    out, nearest = Path(arguments.out).absolute(), nearest_to(arguments.out)
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise VolumeError(
            f"Nothing can be written to {out}.",
            meaning=f"{nearest} is not a folder, or not writable. The ceremony has not begun; nothing was done.",
            mend="Put the stick in, mount it for writing, and name its folder with --out.",
            retry=True,
        )


@contextmanager
def ceremony(
    arguments: Namespace,
    kind: str,
    check: Callable[[Station], object] = bool,
    first: Callable[[Station], object] = bool,
) -> Iterator[Station]:
    """Open a ceremony with its token, and close it in good order if the body fails (StationError).

    `check` is asked before it begins: a mistyped word must not cost a ceremony. `first` is done before the token opens.
    """
    home, place, appliance = places(arguments)
    read_seals(arguments.sealed)
    warm_up()
    with interrupts.held(), wire.station(home, place, appliance) as station:
        check_key(station.state, kind)
        if kind != SETTLE:
            check_calm(station.state)
        tell(self_tested(station.tested))
        check(station)
        # Nor may a PIN that cannot be read, or that nobody is there to type, leave a begun ceremony behind.
        given = _given(station, arguments)
        policy = station.policy.ceremony
        head = head_of(arguments, policy)
        tail = station.tail if kind != SETTLE or station.signed_head.ok else ()
        opening = stated(arguments, kind, policy, head=head, tail=tail)
        begun = len(station.entries)
        sticks = (*wire.sticks(_folders(arguments), place.name), *getattr(arguments, "sticks", ()))
        _open(station, opening, sticks)
        tell(*(shown(line(each)) for each in station.entries if each.seq >= begun and each.event == SWEPT))
        try:
            first(station)
            _unlock(station, arguments, given)
            tell(*_strangers(station))
            interrupts.check()
            yield station
        except BaseException as error:
            _end(station, arguments, error)
            raise


def _strangers(station: Station) -> Sequence[str]:
    """Return what people are told of what else is in the token."""
    found = [shown(each) for each in station.state.strangers]
    return (
        ["The token also holds what is not this authority's (`offline-root clean` removes it):", *found]
        if found
        else []
    )


def _folders(arguments: Namespace) -> tuple[Path, ...]:
    """Return the folders that a verb reads from or writes to: earlier responses may lie there."""
    files = tuple(Path(each).parent for each in getattr(arguments, "files", ()))
    out = getattr(arguments, "out", None)
    return tuple(dict.fromkeys((*((Path(out),) if out else ()), *files)))


def _open(station: Station, opening: Opening, sticks: Sequence[Stick]) -> None:
    """Open; whoever is at the keyboard may explain what is out of the ordinary."""
    try:
        station.open(opening, sticks)
    except Unexplained as odd:
        if not ask.somebody():
            raise
        asked = "If that is in order, type what explains it, for the log. If not, press Enter, and find out first."
        because = ask.text(f"{odd.what}\n{odd.meaning}\n{asked}", "--because TEXT")
        station.open(replace(opening, because=because), sticks)


def _end(station: Station, arguments: Namespace, error: BaseException) -> None:
    """Close a ceremony that failed; its closing sheet counts like any other, for programs too."""
    why = error.what if isinstance(error, StationError) else f"a fault of the program, {type(error).__name__}"
    with interrupts.held():
        wire.settle(lambda: _tell_closing(arguments, station.close(f"failed: {why}")))


def _tell_closing(arguments: Namespace, sheet: ClosingSheet | None) -> None:
    if sheet is not None:
        arguments.closing = sheet.head
        tell(closing_text(sheet))


def _given(station: Station, arguments: Namespace) -> Callable[[], None] | None:
    """Return what opens the token with what the options name (StationError); None where people type it."""
    sets = station.state.openers
    if not (arguments.pin_file or arguments.share_file) and ask.somebody():
        return None
    if not sets:
        pin = ask.pin(arguments)
        return lambda: station.unlock(pin)
    shares = custodians.from_files(sets, arguments.share_file)
    return lambda: station.unlock_together(shares)


def _typed(station: Station, arguments: Namespace) -> None:
    if sets := station.state.openers:
        station.unlock_together(custodians.entered(sets))
    else:
        station.unlock(ask.pin(arguments))


def _unlock(station: Station, arguments: Namespace, given: Callable[[], None] | None) -> None:
    """Open the token; a mistyped PIN is asked for again, as often as the policy allows."""
    while True:
        try:
            given() if given else _typed(station, arguments)
        except TokenError as error:
            if given is not None or not error.retry or error.trouble is not TokenTrouble.WRONG_PIN:
                raise
            tell(f"{error.what} Once more, please.")
        else:
            return


def state_all(station: Station, arguments: Namespace) -> None:
    """Record the seals that things are put away under, and the statements of everyone present."""
    if arguments.sealed:
        station.seal(arguments.sealed)
    station.state_all(statements(people(arguments), tuple(arguments.statement)))


def closing_text(sheet: ClosingSheet | None) -> str:
    """Return the closing sheet as it is copied onto paper."""
    if sheet is None:
        return ""
    return (
        "\nCLOSING SHEET: write this on paper; the next opening asks for it.\n\n"
        f"    log size {sheet.size}    root hash {sheet.spaced}\n\n"
        + wrapped(f"(On the command line: --head {sheet.head})", "    ")
        + "\n"
        + "".join(f"\n{wrapped(_unfinished(each))}\n" for each in sheet.unfinished)
    )


def _unfinished(path: str) -> str:
    return (
        f"The stick was gone or full before closing-checkpoint could be added to {path}. The response does not verify"
        " without it: deliver again with `offline-root export`."
    )
