"""A fresh CRL, and the revocation of an intermediate, on screen: read, confirm, sign, hand over."""

from typing import ClassVar

from offline_root import crl, revocation
from offline_root.crl import CrlApproval
from offline_root.errors import CeremonyError, StationError
from offline_root.model import ROOT, Issued, People, Reason, serial_text
from offline_root.revocation import RevocationApproval
from offline_root.station import Station
from tui.ceremony import Ceremony
from tui.frame import Frame
from tui.safe_text import literal
from tui.screens.crl import CrlScreen
from tui.screens.requests import Row
from tui.screens.revoke import REASONS, ConfirmScreen, IntermediatesScreen, ReasonScreen
from tui.sticks import Paths, call


class CrlCeremony(Ceremony):
    """The ceremony that makes a fresh CRL, or finishes the one that was begun."""

    KIND: ClassVar[str] = "crl"

    async def _work(self, station: Station, people: People) -> Paths | None:
        """Sign and hand over."""
        while not self._rows:
            if not await self._sign(station) and await self._leave():
                return None
        return await self._ended_by(station, people)

    async def _sign(self, station: Station) -> bool:
        """Show what would be signed, and sign it; False for Esc."""
        reviewed = await self._aside(literal("Reviewing the CRL"), station.review_crl)
        if not await self._stage.show(CrlScreen(self._frame, reviewed)):
            return False
        approval: CrlApproval = crl.approve(reviewed)
        await self._aside(literal("The token signs, and the CRL is verified"), call(station.issue_crl, approval))
        self._rows = (_made(station),)
        return True


class Revoking(CrlCeremony):
    """The ceremony that revokes an intermediate."""

    KIND: ClassVar[str] = "revoke"

    async def _sign(self, station: Station) -> bool:
        """Choose the intermediate, and revoke it; False for Esc in the list."""
        state = station.state
        gone = {each.serial for each in state.revocations}
        known = tuple(each for each in state.issued if each.environment != ROOT and each.serial not in gone)
        chosen = await self._stage.show(IntermediatesScreen(self._frame, known))
        if chosen is None:
            return False
        await self._revoke(station, known[chosen], self._frame.at(known[chosen].environment))
        return True

    async def _revoke(self, station: Station, issued: Issued, frame: Frame) -> None:
        """Take one intermediate from the reason to its CRL; back, without trace, on a change of mind."""
        place = await self._stage.show(ReasonScreen(frame, issued))
        if place is None:
            return
        approval = await self._confirmed(station, issued, REASONS[place], frame)
        if approval is None:
            return
        said = literal("It is recorded, the token signs, and the CRL is verified")
        await self._stage.aside(frame, said, call(station.revoke, approval))
        serial = serial_text(issued.serial)
        self._rows = (Row(f"{issued.environment}, serial {serial}", "REVOKED", REASONS[place].value), _made(station))

    async def _confirmed(
        self, station: Station, issued: Issued, reason: Reason, frame: Frame
    ) -> RevocationApproval | None:
        """Show the consequences, then have the certificate named once more; None for Esc."""
        what = literal("Reviewing the revocation")
        reviewed = await self._stage.aside(frame, what, call(station.review_revocation, issued.serial, reason))
        consequences = revocation.consequences(station.policy, issued)
        error: StationError | None = None
        while await self._stage.show(CrlScreen(frame, reviewed.crl, consequences)):
            while (typed := await self._stage.show(ConfirmScreen(frame, issued, reason, error))) is not None:
                try:
                    return revocation.approve(reviewed, typed)
                except CeremonyError as wrong:
                    error = wrong
        return None


def _made(station: Station) -> Row:
    """Return the row of the CRL that was just signed."""
    made = crl.newest(station.state)
    return Row("root-ca.crl", "CRL", f"number {made.number}, until {made.next_update}, {len(made.entries)} revoked")
