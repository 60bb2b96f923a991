"""Delivering again, on screen: everything that was ever issued, byte for byte as it was."""

from typing import ClassVar

from offline_root.delivery import Delivered
from offline_root.model import ROOT, Issued, People, serial_text
from offline_root.ports import Volume
from offline_root.station import Station
from tui.ceremony import Ceremony
from tui.screens.requests import Row
from tui.sticks import Paths

_LOG_ALONE = Row("root and log", "EXPORT", "no intermediate was issued so far")


class Exporting(Ceremony):
    """The ceremony that delivers again."""

    KIND: ClassVar[str] = "export"

    async def _work(self, station: Station, people: People) -> Paths | None:
        """Hand over; None if people leave before that."""
        revoked = {each.serial for each in station.state.revocations}
        issued = (each for each in station.state.issued if each.environment != ROOT)
        self._rows = tuple(_row(each, revoked=each.serial in revoked) for each in issued) or (_LOG_ALONE,)
        return await self._ended_by(station, people)

    def _deliver(self, station: Station, volume: Volume) -> Delivered:
        return station.export(volume)


def _row(issued: Issued, *, revoked: bool) -> Row:
    detail = "revoked: it is not to be imported" if revoked else f"issued {issued.time}"
    return Row(f"{issued.environment}, serial {serial_text(issued.serial)}", "REVOKED" if revoked else "EXPORT", detail)
