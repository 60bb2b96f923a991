"""What is plugged in, and whether it may carry requests or a response: the verdict on what udev says. Nothing is asked.

A stick is known by model, serial number and label. Names such as /dev/sdb are given by the order of plugging, and
`path` only says which port it is in: both mean something until it is taken out, and no longer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

FILE_SYSTEMS = frozenset({"vfat", "exfat"})
"""What is ever mounted: the kernel's readers of anything else are not asked about a foreign stick."""

_DISCS = frozenset({"iso9660", "udf"})
_ENCRYPTED = frozenset({"crypto_LUKS", "BitLocker"})
_SYSTEM_PARTITIONS = frozenset({"0xef", "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"})
_STORAGE = "08"
_SECTOR = 512


class Unfit(Enum):
    """Why a stick cannot be used; the value says it after its name."""

    DISGUISE = "also says that it is a keyboard, or something else that is no stick. Do not use it again"
    NO_MEDIUM = "has nothing in it: no card, or it is broken"
    SYSTEM = "can start a computer: it is this machine's own, or an installation stick"
    SEVERAL_VOLUMES = "holds more than one volume: nobody can tell which one is meant"
    ENCRYPTED = "is encrypted"
    DISC = "holds the image of a CD or DVD"
    NO_FILE_SYSTEM = "has no file system: it is empty, not formatted, or broken"
    FILE_SYSTEM = "is formatted in another way than FAT32 or exFAT"


class Kind(Enum):
    """What happened to a stick."""

    INSERTED = "put in"
    REMOVED = "taken out"
    CHANGED = "changed"
    WRITE_PROTECTED = "write-protected now"


@dataclass(frozen=True, slots=True)
class Block:
    """A block device: its path in /sys, its node in /dev, udev's properties, its sectors, whether it is read-only."""

    path: str
    node: str
    properties: Mapping[str, str]
    sectors: int
    read_only: bool

    @property
    def number(self) -> str:
        """Return the device number as the kernel writes it, `8:17`."""
        return f"{self.properties.get('MAJOR', '')}:{self.properties.get('MINOR', '')}"

    @property
    def file_system(self) -> str:
        """Return what udev recognised; a volume that is two things at once is neither."""
        return "" if "ID_FS_AMBIVALENT" in self.properties else self.properties.get("ID_FS_TYPE", "")


@dataclass(frozen=True, slots=True)
class Stick:
    """A stick, and in `unfit` why it cannot be used, if so. All text is what the stick says of itself."""

    path: str
    node: str
    model: str
    serial: str
    label: str
    size: int
    file_system: str
    write_protected: bool
    unfit: Unfit | None

    @property
    def refusal(self) -> str:
        """Return why it cannot be used, to be said after its name; nothing if it can."""
        return self.unfit.value if self.unfit else ""

    def is_same(self, other: "Stick") -> bool:
        """Say whether another look shows the same stick, wherever it is plugged in now."""
        return (self.model, self.serial, self.label) == (other.model, other.serial, other.label)


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to a stick, which is now, or was last, as `stick` says."""

    kind: Kind
    stick: Stick


def sticks(blocks: Iterable[Block], taken: frozenset[str]) -> tuple[Stick, ...]:
    """Return every stick among `blocks`, by path. A disk with a number in `taken`, the machine's own, is none."""
    known = sorted(blocks, key=lambda each: each.path)
    found = []
    for disk in (each for each in known if each.properties.get("DEVTYPE") == "disk" and _is_usb(each)):
        parts = [each for each in known if each.path.rpartition("/")[0] == disk.path]
        if not taken & {each.number for each in (disk, *parts)}:
            found.append(_stick(disk, parts))
    return tuple(found)


def changes(before: Iterable[Stick], after: Iterable[Stick]) -> tuple[Event, ...]:
    """Return what happened between two looks: first what is gone, then what is new or not as it was."""
    old, new = ({each.path: each for each in side} for side in (before, after))
    replaced = {path for path in old.keys() & new.keys() if _device(old[path]) != _device(new[path])}
    gone = [Event(Kind.REMOVED, old[path]) for path in old if path not in new or path in replaced]
    come = [Event(Kind.INSERTED, new[path]) for path in new if path not in old or path in replaced]
    stayed = [path for path in new if path in old and path not in replaced and old[path] != new[path]]
    return (*gone, *come, *(Event(_change(old[path], new[path]), new[path]) for path in stayed))


def _change(old: Stick, new: Stick) -> Kind:
    return Kind.WRITE_PROTECTED if new.write_protected and not old.write_protected else Kind.CHANGED


def _device(stick: Stick) -> tuple[str, str]:
    return stick.model, stick.serial


def _is_usb(disk: Block) -> bool:
    """Say whether a disk hangs on USB: one behind a SATA bridge says that its bus is ATA."""
    return disk.properties.get("ID_BUS") == "usb" or "ID_USB_INTERFACES" in disk.properties


def _stick(disk: Block, parts: list[Block]) -> Stick:
    volume = parts[0] if len(parts) == 1 else disk
    return Stick(
        path=disk.path,
        node=volume.node,
        model=disk.properties.get("ID_MODEL", "").replace("_", " ").strip(),
        serial=disk.properties.get("ID_SERIAL_SHORT", ""),
        label=volume.properties.get("ID_FS_LABEL", ""),
        size=volume.sectors * _SECTOR,
        file_system=volume.file_system,
        write_protected=disk.read_only or volume.read_only,
        unfit=_unfit(disk, parts, volume),
    )


def _unfit(disk: Block, parts: list[Block], volume: Block) -> Unfit | None:
    """Return the first reason against a stick, what is dangerous before what is only a pity."""
    kinds = volume.file_system, disk.file_system
    reasons = (
        (Unfit.DISGUISE, _is_disguised(disk)),
        (Unfit.NO_MEDIUM, not volume.sectors),
        (Unfit.SYSTEM, any(_part_type(each) in _SYSTEM_PARTITIONS for each in parts)),
        (Unfit.DISC, any(each in _DISCS for each in kinds)),
        (
            Unfit.SEVERAL_VOLUMES,
            len(parts) > 1 or any("ID_FS_AMBIVALENT" in each.properties for each in (disk, volume)),
        ),
        (Unfit.ENCRYPTED, volume.file_system in _ENCRYPTED),
        (Unfit.NO_FILE_SYSTEM, not volume.file_system),
        (Unfit.FILE_SYSTEM, volume.file_system not in FILE_SYSTEMS),
    )
    return next((reason for reason, holds in reasons if holds), None)


def _is_disguised(disk: Block) -> bool:
    """Say whether the device has an interface other than storage: `:080650:030101:` is a stick that also types."""
    interfaces = filter(None, disk.properties.get("ID_USB_INTERFACES", "").split(":"))
    return any(not each.startswith(_STORAGE) for each in interfaces)


def _part_type(part: Block) -> str:
    return part.properties.get("ID_PART_ENTRY_TYPE", "").lower()
