"""Signing on screen: each file on the stick from its paper slip to a signature or a refusal."""

from typing import ClassVar

from textual.content import Content

from offline_root.alarm import Use
from offline_root.checks.approval import confirm
from offline_root.desk import Desk
from offline_root.findings import Finding, refusals, warnings
from offline_root.fingerprints import groups
from offline_root.model import People, Refused, Review, SigningRequest, Unreadable
from offline_root.review import declined
from offline_root.station import Station
from tui.answers import Answer, Subject, answered, rows
from tui.ceremony import Ceremony
from tui.frame import Frame
from tui.safe_text import literal
from tui.screens.acknowledge import AcknowledgeScreen
from tui.screens.paper import PaperScreen, Slip
from tui.screens.requests import DONE, NOTE, RequestsScreen, Row
from tui.screens.review import APPROVE, REFUSE, ReviewScreen
from tui.stage import Stage
from tui.sticks import Paths, call


class Signing(Ceremony):
    """The ceremony that answers requests."""

    KIND: ClassVar[str] = "sign"

    def __init__(self, stage: Stage, frame: Frame) -> None:
        super().__init__(stage, frame)
        self._answers: dict[str, Answer] = {}

    @property
    def _done(self) -> tuple[Row, ...]:
        """Return what became of each request."""
        return tuple(answered(file, answer) for file, answer in self._answers.items())

    async def _work(self, station: Station, people: People) -> Paths | None:
        """Answer requests and hand over; None if people leave before that."""
        subjects = await self._with_stick(
            station, Use.REQUESTS, literal("Reading the stick"), call(_read, station, self._stage.desk)
        )
        at = 0
        while True:
            listed = rows(subjects, self._answers, station.state.issued)
            screen = RequestsScreen(self._frame, listed, at, left=self._left, free=self._tray is not None)
            chosen = await self._stage.show(screen)
            if chosen is None or (chosen == DONE and not self._answers):
                if await self._leave():
                    return None
            elif chosen == NOTE:
                await self._note(station)
            elif chosen == DONE:
                if (paths := await self._end(station, people)) is not None:
                    return paths
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
                await self._refuse(station, frame, subject.file, subject.findings)
            return
        reviewed = await self._stage.aside(
            frame, literal("Reviewing the request"), call(station.review, subject, slip.environment)
        )
        if confirm(slip.digits, subject.fingerprint):
            # Nothing of the key is shown. The approval finds the mismatch, and refuses.
            said = literal("The paper does not fit: the refusal is recorded")
            await self._sign(station, frame, said, reviewed, slip.digits, ())
            return
        choice = await self._stage.show(ReviewScreen(frame, reviewed))
        if choice == REFUSE:
            findings = reviewed.findings if refusals(reviewed.findings) else declined(reviewed)
            await self._refuse(station, frame, subject.file, findings)
        elif choice == APPROVE and (codes := await self._accepted(frame, reviewed)) is not None:
            said = literal("The token signs, and the signature is verified")
            await self._sign(station, frame, said, reviewed, slip.digits, codes)

    async def _refuse(self, station: Station, frame: Frame, file: str, findings: tuple[Finding, ...]) -> None:
        refuse = call(station.refuse, file, frame.environment, findings)
        self._answers[file] = await self._stage.aside(frame, literal("The refusal is recorded"), refuse)

    async def _sign(
        self, station: Station, frame: Frame, said: Content, reviewed: Review, digits: str, accepted: tuple[str, ...]
    ) -> None:
        work = call(_approve_and_sign, station, reviewed, digits, accepted)
        self._answers[reviewed.request.file] = await self._stage.aside(frame, said, work)

    async def _accepted(self, frame: Frame, reviewed: Review) -> tuple[str, ...] | None:
        """Return the codes of the warnings, each accepted; None if one is not."""
        accepted: list[str] = []
        for warning in warnings(reviewed.findings):
            if not await self._stage.show(AcknowledgeScreen(frame, warning)):
                return None
            accepted.append(warning.code)
        return tuple(accepted)

    async def _paper(self, station: Station, subject: Subject) -> Slip | None:
        environments = tuple(each.name for each in station.policy.environments)
        fingerprint = subject.fingerprint if isinstance(subject, SigningRequest) else None
        slip = self._stage.hints.slips.get(subject.file)
        paper = (slip[0], groups(slip[1])) if slip else None
        return await self._stage.show(PaperScreen(self._frame, subject.file, environments, fingerprint, paper))


def _read(station: Station, desk: Desk) -> tuple[Subject, ...]:
    """Read every candidate once."""
    files = desk.requests()
    return station.read_all(files.names, files.read)


def _approve_and_sign(station: Station, reviewed: Review, digits: str, accepted: tuple[str, ...]) -> Answer:
    approved = station.approve(reviewed, digits, accepted)
    return approved if isinstance(approved, Refused) else station.sign(approved)
