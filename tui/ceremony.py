"""One ceremony on screen, from top to bottom: open, unlock, answer requests, state, hand over, close.

Screens are shown and answer; the station does. Nothing is asked twice, and Esc asks before it ends anything.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Protocol, TypeVar

from textual.content import Content
from textual.screen import Screen

from offline_root.checks.approval import confirm
from offline_root.delivery import Delivered
from offline_root.desk import Desk, Hints
from offline_root.errors import CeremonyError, StationError, TokenError, TokenTrouble, VolumeError
from offline_root.findings import refusals, warnings
from offline_root.fingerprints import groups
from offline_root.model import Issued, People, Refused, Review, SigningRequest, Unreadable, serial_text
from offline_root.opening import Opening, typed_clock
from offline_root.request.source import UNREADABLE
from offline_root.review import declined
from offline_root.statement import Statement
from offline_root.station import Station
from tui.frame import Frame
from tui.safe_text import literal
from tui.screens.acknowledge import AcknowledgeScreen
from tui.screens.delivery import DeliveryScreen
from tui.screens.leave import LeaveScreen
from tui.screens.opening import Asked, OpeningScreen, Stated
from tui.screens.paper import PaperScreen, Slip
from tui.screens.pin import PinScreen
from tui.screens.problem import ProblemScreen
from tui.screens.requests import DONE, RequestsScreen, Row
from tui.screens.review import REFUSE, ReviewScreen
from tui.screens.statements import StatementsScreen

T = TypeVar("T")
Answer = Issued | Refused
Subject = SigningRequest | Unreadable


class Stage(Protocol):
    """What a ceremony needs of the program: a desk, and a way to show screens and to do slow things beside them."""

    desk: Desk
    hints: Hints

    async def show(self, screen: Screen[T]) -> T | None:
        """Show a screen until it returns its value."""

    async def aside(self, what: Content, call: Callable[[], T]) -> T:
        """Do something slow beside the screen."""


class Ceremony:
    """A ceremony at a desk."""

    def __init__(self, stage: Stage, frame: Frame) -> None:
        self._stage, self._frame = stage, frame
        self._answers: dict[str, Answer] = {}

    async def hold(self) -> None:
        """Hold the ceremony (StationError: it was closed, and the log says why)."""
        with ExitStack() as opened:
            at_desk = self._stage.desk.station()
            station = await self._stage.aside(literal("Checking the audit log"), lambda: opened.enter_context(at_desk))
            people = await self._open(station)
            if people is None:
                return
            outcome = "failed: the program made a mistake"
            try:
                done = await self._unlock(station) and await self._work(station, people)
                outcome = "" if done else "ended by the people"
            except StationError as error:
                outcome = f"failed: {error.what}"
                raise
            finally:
                if outcome:
                    # What went wrong on the way out must not hide what went wrong before.
                    with suppress(StationError):
                        await self._close(station, outcome)

    async def _open(self, station: Station) -> People | None:
        """Ask until the opening is right; None if people leave."""
        ceremony, tail = station.policy.ceremony, station.tail
        witnesses = max(ceremony.witnesses, 1 if station.state.attempts >= ceremony.pin_attempts else 0)
        head = self._stage.hints.head
        asked = Asked(witnesses, tail, f"closing sheet {head}" if head else "", station.machine_time)
        stated: Stated | None = Stated()
        error: StationError | None = None
        while stated := await self._stage.show(OpeningScreen(self._frame, asked, stated or Stated(), error)):
            try:
                opening = _opening(stated)
                await self._stage.aside(
                    literal("Checking people, clock and closing sheet"), _call(station.open, opening)
                )
            except CeremonyError as refused:
                error = refused
            else:
                return opening.people
        return None

    async def _unlock(self, station: Station) -> bool:
        """Ask for the PIN until the token opens; False if people leave."""
        token = f"{station.state.token_label}, serial {station.state.token_serial}"
        pin = self._stage.hints.pin
        paper, error = (f"PIN {pin}" if pin else ""), None
        while True:
            typed = await self._stage.show(PinScreen(self._frame, token, paper, error))
            if typed is None:
                if await self._leave():
                    return False
                continue
            try:
                await self._stage.aside(literal("Opening the token"), _call(station.unlock, typed))
            except TokenError as wrong:
                if wrong.trouble is not TokenTrouble.WRONG_PIN:
                    raise
                error = wrong
            else:
                return True

    async def _work(self, station: Station, people: People) -> bool:
        """Answer requests and hand over; False if people leave before that."""
        subjects = await self._stage.aside(literal("Reading the stick"), _call(_read, station, self._stage.desk))
        at = 0
        while True:
            chosen = await self._stage.show(RequestsScreen(self._frame, self._rows(subjects), at))
            if chosen is None:
                if await self._leave():
                    return False
            elif chosen == DONE:
                if not self._answers:
                    return False
                said = await self._stage.show(StatementsScreen(self._frame, people, self._done()))
                if said is not None:
                    await self._hand_over(station, said)
                    return True
            else:
                at = chosen
                await self._answer(station, subjects[chosen])

    async def _answer(self, station: Station, subject: Subject) -> None:
        """Take one file from the paper slip to a signature or a refusal; back, without trace, on a change of mind."""
        if subject.file in self._answers:
            return
        slip = await self._paper(station, subject)
        if slip is None:
            return
        frame = self._frame.at(slip.environment)
        if isinstance(subject, Unreadable):
            if await self._stage.show(ReviewScreen(frame, subject)) == REFUSE:
                self._answers[subject.file] = station.refuse(subject.file, slip.environment, subject.findings)
            return
        reviewed = await self._stage.aside(
            literal("Reviewing the request"), _call(station.review, subject, slip.environment)
        )
        accepted: list[str] = []
        if not confirm(slip.digits, subject.fingerprint):
            choice = await self._stage.show(ReviewScreen(frame, reviewed))
            if choice is None:
                return
            if choice == REFUSE:
                findings = reviewed.findings if refusals(reviewed.findings) else declined(reviewed)
                self._answers[subject.file] = station.refuse(subject.file, slip.environment, findings)
                return
            for warning in warnings(reviewed.findings):
                if not await self._stage.show(AcknowledgeScreen(frame, warning)):
                    return
                accepted.append(warning.code)
        self._answers[subject.file] = await self._stage.aside(
            literal("The token signs, and the signature is verified"),
            _call(_approve_and_sign, station, reviewed, slip.digits, tuple(accepted)),
        )

    async def _paper(self, station: Station, subject: Subject) -> Slip | None:
        environments = tuple(each.name for each in station.policy.environments)
        fingerprint = subject.fingerprint if isinstance(subject, SigningRequest) else None
        slip = self._stage.hints.slips.get(subject.file)
        paper = f"{slip[0]}: {groups(slip[1])}" if slip else ""
        return await self._stage.show(PaperScreen(self._frame, subject.file, environments, fingerprint, paper))

    async def _hand_over(self, station: Station, said: Sequence[Statement]) -> None:
        """Record the statements, write the response, close, and show the closing sheet."""
        await self._stage.aside(literal("Recording the statements"), _call(station.state_all, said))
        delivered = await self._deliver(station)
        sheet = await self._stage.aside(literal("Closing: the audit key signs the log"), _call(station.close, "done"))
        if sheet is not None:
            if self._stage.hints.head:
                self._stage.hints = replace(self._stage.hints, head=sheet.head)
            await self._stage.show(DeliveryScreen(self._frame, str(delivered.path), self._done(), sheet))

    async def _deliver(self, station: Station) -> Delivered:
        """Write the response; a stick that fails can be replaced as often as people want."""
        while True:
            try:
                write = _call(station.deliver, self._stage.desk.volume())
                return await self._stage.aside(literal("Writing the response, and reading it back"), write)
            except VolumeError as error:
                await self._stage.show(ProblemScreen(self._frame, error))
                if await self._leave():
                    raise

    async def _leave(self) -> bool:
        return await self._stage.show(LeaveScreen(self._frame)) is True

    async def _close(self, station: Station, outcome: str) -> None:
        await self._stage.aside(literal("Closing the ceremony"), _call(station.close, outcome))

    def _rows(self, subjects: Sequence[Subject]) -> tuple[Row, ...]:
        return tuple(_row(each, self._answers.get(each.file)) for each in subjects)

    def _done(self) -> tuple[str, ...]:
        return tuple(f"{_verdict(answer):<8} {file}: {_said(answer)}" for file, answer in self._answers.items())


def _call(function: Callable[..., T], *arguments: object) -> Callable[[], T]:
    return lambda: function(*arguments)


def _opening(stated: Stated) -> Opening:
    people = People(stated.operator, stated.witnesses)
    tail = int(stated.tail) if stated.tail.isdecimal() else 0
    return Opening("sign", "tui", people, typed_clock(stated.clock), stated.head, tail)


def _read(station: Station, desk: Desk) -> tuple[Subject, ...]:
    """Read every candidate once."""
    return tuple(_read_one(station, desk, file) for file in desk.candidates())


def _read_one(station: Station, desk: Desk, file: str) -> Subject:
    try:
        data = desk.read(file)
    except VolumeError as error:
        return Unreadable(file, None, (UNREADABLE.finding(f"{error.what} {error.meaning}", "file"),))
    return station.read(file, data)


def _approve_and_sign(station: Station, reviewed: Review, digits: str, accepted: tuple[str, ...]) -> Answer:
    approved = station.approve(reviewed, digits, accepted)
    return approved if isinstance(approved, Refused) else station.sign(approved)


def _row(subject: Subject, answer: Answer | None) -> Row:
    if answer is not None:
        return Row(subject.file, _verdict(answer), answer.environment)
    if isinstance(subject, Unreadable):
        return Row(subject.file, "REFUSE", ", ".join(each.code for each in refusals(subject.findings)))
    return Row(subject.file, "request", subject.form)


def _verdict(answer: Answer) -> str:
    return "ISSUED" if isinstance(answer, Issued) else "REFUSED"


def _said(answer: Answer) -> str:
    if isinstance(answer, Issued):
        return f"{answer.environment}, serial {serial_text(answer.serial)}"
    return f"{answer.environment}, {', '.join(dict.fromkeys(each.code for each in refusals(answer.findings)))}"
