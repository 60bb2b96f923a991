"""How an authority comes to be whose PIN custodians hold: made, or restored from what is left of a lost one."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from offline_root import wire
from offline_root.backup_file import NAME, read_backup
from offline_root.config import Appliance
from offline_root.creation import Pins, draw_pins
from offline_root.home import Home
from offline_root.opening import Opening
from offline_root.restoration import RESTORE_KEY, Restoration
from offline_root.shares import Share, Splitting
from tests.offline_root.station.rooms import BACKED, PEOPLE, Room, agreed, slip, softhsm_room, whole

POLICY = BACKED.replace("witnesses = 1", 'witnesses = 1\nactivation = "shares"\nshares = "2 of 3"')
HandOut = Callable[[Splitting], None]


def told(shares: Sequence[Share]) -> list[dict[str, Any]]:
    """Return shares as JSON takes them."""
    return [asdict(each) for each in shares]


def heard(found: Sequence[dict[str, Any]]) -> tuple[Share, ...]:
    """Return the shares that JSON tells of."""
    return tuple(Share(**{**each, "words": tuple(each["words"])}) for each in found)


def created(home: Path, hand_out: HandOut) -> Room:
    """Make an authority on SoftHSM."""
    pins, cards = _drawn(hand_out)
    room = softhsm_room(home, text=POLICY, pins=pins)
    room.cards = cards
    return room


def _drawn(hand_out: HandOut) -> tuple[Pins, Sequence[Share]]:
    pins, splitting = draw_pins(2, 3, wire.SystemRandomness())
    hand_out(splitting)
    return pins, splitting.shares[: splitting.kept.needed]


@dataclass(frozen=True)
class Lost:
    """An authority that is lost: a folder has its backup with the cards, a response, the anchor, the closing sheet."""

    folder: Path

    def make(self) -> None:
        """Make the authority, back its key up, and sign."""
        room, stick = created(self.folder / "home", lambda _: None), wire.WiredFolder(self.folder / "vault")
        with room.ceremony("backup") as station:
            drawn = station.draw_backup()
            station.keep_backup(drawn, drawn.splitting.shares, stick)
            agreed(station)
            room.close(station)
        whole(room, self.folder / "stick", slip())
        self._cards.write_text(json.dumps(told(drawn.splitting.shares)))
        self._sheet.write_text(room.head)

    @property
    def _cards(self) -> Path:
        return self.folder / "cards"

    @property
    def _sheet(self) -> Path:
        return self.folder / "sheet"

    @property
    def cards(self) -> tuple[Share, ...]:
        """Return the cards of the backup; nothing where no authority was lost."""
        return heard(json.loads(self._cards.read_text())) if self._cards.exists() else ()

    def restored(self, home: Path, hand_out: HandOut) -> Room:
        """Restore it into another HOME, on SoftHSM."""
        pins, cards = _drawn(hand_out)
        (response,), (backup,) = self.folder.glob("stick/*/root/*"), self.folder.glob(f"vault/*/{NAME}")
        known = wire.read_copy(response, self.folder / "home" / "root" / "anchor.json")
        stated = Opening(RESTORE_KEY, "cli", PEOPLE, wire.SystemClock().now(), self._sheet.read_text())
        asked = Restoration(read_backup(backup.read_bytes()), known, None, stated)
        made, place = wire.restore_authority(Home(home), Appliance(), asked, self.cards[1:], pins)
        return Room(Home(home), place, made.closing.head, cards=cards)
