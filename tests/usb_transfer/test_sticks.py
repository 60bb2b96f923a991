"""The verdict on what udev says of a stick, each reason against one, and what happened between two looks."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usb_transfer.sticks import FILE_SYSTEMS, Block, Event, Kind, Stick, Unfit, changes, sticks

USB = {"ID_BUS": "usb", "ID_MODEL": "Flash_Disk", "ID_SERIAL_SHORT": "AA01", "ID_USB_INTERFACES": ":080650:"}
FAT = {"ID_FS_TYPE": "vfat", "ID_FS_LABEL": "REQUESTS"}
Properties = Mapping[str, str]
NOTHING: Properties = MappingProxyType({})
HERE = "/devices/usb1/block/sdb"


def disk(more: Properties = NOTHING, *, name: str = "sdb", sectors: int = 4096, read_only: bool = False) -> Block:
    properties = {**USB, "DEVTYPE": "disk", "MAJOR": "8", "MINOR": "16", **more}
    return Block(f"/devices/usb1/block/{name}", f"/dev/{name}", properties, sectors, read_only)


def part(more: Properties = FAT, *, number: int = 1, read_only: bool = False) -> Block:
    properties = {**USB, "DEVTYPE": "partition", "MAJOR": "8", "MINOR": str(16 + number), **more}
    return Block(f"{HERE}/sdb{number}", f"/dev/sdb{number}", properties, 2048, read_only)


def judged(*blocks: Block) -> Stick:
    (found,) = sticks(blocks, frozenset())
    return found


FIT = {
    "one partition": (disk({"ID_PART_TABLE_TYPE": "dos"}), part()),
    "one partition, told of first": (part(), disk()),
    "the whole disk": (disk(FAT),),
    "exFAT": (disk(), part({"ID_FS_TYPE": "exfat", "ID_PART_ENTRY_TYPE": "0x7"})),
    "a disk that looks like FAT, as mkfs.vfat --mbr makes it": (disk(FAT), part()),
    "two ways to carry storage": (disk({**FAT, "ID_USB_INTERFACES": ":080650:080662:"}),),
    "behind a SATA bridge": (disk({**FAT, "ID_BUS": "ata"}),),
    "no word about interfaces": (disk({**FAT, "ID_USB_INTERFACES": ""}),),
}

UNFIT = {
    "types as well": (Unfit.DISGUISE, disk({**FAT, "ID_USB_INTERFACES": ":080650:030101:"})),
    "speaks networks as well": (Unfit.DISGUISE, disk({**FAT, "ID_USB_INTERFACES": ":020600:080650:"})),
    "a reader without a card": (Unfit.NO_MEDIUM, disk(sectors=0)),
    "boots, GPT": (Unfit.SYSTEM, disk(), part({**FAT, "ID_PART_ENTRY_TYPE": "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"})),
    "boots, MBR": (Unfit.SYSTEM, disk(), part({**FAT, "ID_PART_ENTRY_TYPE": "0xef"}), part(number=2)),
    "two partitions": (Unfit.SEVERAL_VOLUMES, disk(), part(), part(number=2)),
    "two file systems in one place": (Unfit.SEVERAL_VOLUMES, disk({"ID_FS_AMBIVALENT": "filesystem:vfat:1.0"})),
    "two in the partition": (Unfit.SEVERAL_VOLUMES, disk(), part({"ID_FS_AMBIVALENT": "filesystem:vfat:1.0"})),
    "an image of a CD": (Unfit.DISC, disk({"ID_FS_TYPE": "iso9660"})),
    "an image of a CD with partitions in it": (Unfit.DISC, disk({"ID_FS_TYPE": "iso9660"}), part()),
    "an image of a DVD": (Unfit.DISC, disk({"ID_FS_TYPE": "udf"})),
    "LUKS": (Unfit.ENCRYPTED, disk(), part({"ID_FS_TYPE": "crypto_LUKS"})),
    "BitLocker": (Unfit.ENCRYPTED, disk(), part({"ID_FS_TYPE": "BitLocker"})),
    "zeros": (Unfit.NO_FILE_SYSTEM, disk()),
    "a table without partitions": (Unfit.NO_FILE_SYSTEM, disk({"ID_PART_TABLE_TYPE": "gpt"})),
    "a partition not formatted": (Unfit.NO_FILE_SYSTEM, disk(), part({})),
    "NTFS": (Unfit.FILE_SYSTEM, disk(), part({"ID_FS_TYPE": "ntfs"})),
    "ext4": (Unfit.FILE_SYSTEM, disk({"ID_FS_TYPE": "ext4"})),
}


@pytest.mark.parametrize("blocks", FIT.values(), ids=FIT)
def test_fit(blocks: tuple[Block, ...]) -> None:
    assert judged(*blocks).unfit is None


@pytest.mark.parametrize(("reason", "blocks"), [(each, rest) for each, *rest in UNFIT.values()], ids=UNFIT)
def test_unfit(reason: Unfit, blocks: list[Block]) -> None:
    assert judged(*blocks).unfit is reason


def test_every_reason_is_tried() -> None:
    assert {each[0] for each in UNFIT.values()} == set(Unfit)


def test_what_is_shown_and_logged() -> None:
    assert judged(disk(), part()) == Stick(
        HERE, "/dev/sdb1", "Flash Disk", "AA01", "REQUESTS", 2048 * 512, "vfat", write_protected=False, unfit=None
    )


@pytest.mark.parametrize(
    "blocks", [(disk(read_only=True), part()), (disk(), part(read_only=True))], ids=["disk", "part"]
)
def test_write_protected(blocks: tuple[Block, ...]) -> None:
    assert judged(*blocks).write_protected


@pytest.mark.parametrize(
    "other", [{"ID_BUS": "ata", "ID_USB_INTERFACES": ""}, {"ID_BUS": "nvme"}, {}], ids=["SATA", "NVMe", "virtual"]
)
def test_what_is_not_usb_is_no_stick(other: Properties) -> None:
    properties = {"DEVTYPE": "disk", **FAT, **{key: value for key, value in other.items() if value}}
    assert sticks([Block(HERE, "/dev/sdb", properties, 4096, read_only=False)], frozenset()) == ()


@pytest.mark.parametrize("number", ["8:16", "8:17"], ids=["the disk", "its partition"])
def test_the_machines_own_is_never_offered(number: str) -> None:
    other = disk(FAT, name="sdc")
    other = replace(other, properties={**other.properties, "MINOR": "32"})
    found = sticks([disk(), part(), other], frozenset({number}))
    assert [each.node for each in found] == ["/dev/sdc"]


def test_a_partition_whose_disk_is_unknown_is_nothing_yet() -> None:
    assert sticks([part()], frozenset()) == ()


def test_the_same_stick_in_another_port() -> None:
    one = judged(disk(FAT))
    assert one.is_same(replace(one, path="/devices/usb2/block/sdc", node="/dev/sdc"))
    for differs in ({"model": "Other"}, {"serial": "BB02"}, {"label": "OTHER"}):
        assert not one.is_same(replace(one, **differs))  # type: ignore[arg-type]


ONE = judged(disk(FAT))
CHANGES = {
    "nothing": ((), (), ()),
    "nothing new": ((ONE,), (ONE,), ()),
    "put in": ((), (ONE,), (Kind.INSERTED,)),
    "taken out": ((ONE,), (), (Kind.REMOVED,)),
    "another in the same port": ((ONE,), (replace(ONE, serial="BB02"),), (Kind.REMOVED, Kind.INSERTED)),
    "formatted": ((ONE,), (replace(ONE, label="NEW"),), (Kind.CHANGED,)),
    "write-protected": ((ONE,), (replace(ONE, write_protected=True),), (Kind.WRITE_PROTECTED,)),
    "writable": ((replace(ONE, write_protected=True),), (ONE,), (Kind.CHANGED,)),
}


@pytest.mark.parametrize(("before", "after", "kinds"), CHANGES.values(), ids=CHANGES)
def test_changes(before: tuple[Stick, ...], after: tuple[Stick, ...], kinds: tuple[Kind, ...]) -> None:
    assert tuple(each.kind for each in changes(before, after)) == kinds


VALUES = st.sampled_from(
    [
        "",
        "usb",
        "disk",
        "partition",
        "vfat",
        "exfat",
        "ntfs",
        "iso9660",
        ":080650:",
        ":0806",
        "::",
        "0xef",
        "1",
        "é\x1b",
    ]
)
KEYS = st.sampled_from(
    [
        "DEVTYPE",
        "ID_BUS",
        "ID_USB_INTERFACES",
        "ID_FS_TYPE",
        "ID_FS_LABEL",
        "ID_FS_AMBIVALENT",
        "ID_PART_ENTRY_TYPE",
        "ID_MODEL",
        "MINOR",
    ]
)
PATHS = st.sampled_from(["", "/", "/a", "/a/b", "/a/b1", "/a/b/b1", "/a/b/b2", "/c"])
BLOCKS = st.builds(
    Block, PATHS, st.text(max_size=5), st.dictionaries(KEYS, VALUES), st.integers(0, 1 << 40), read_only=st.booleans()
)
LOOKS = st.lists(BLOCKS, max_size=6).map(
    lambda blocks: sticks({each.path: each for each in blocks}.values(), frozenset())
)


@given(LOOKS)
def test_whatever_udev_says_the_verdict_is_one(found: tuple[Stick, ...]) -> None:
    for each in found:
        assert each.unfit or (each.file_system in FILE_SYSTEMS and each.size)


@given(LOOKS, LOOKS)
def test_what_happened_leads_from_one_look_to_the_other(before: tuple[Stick, ...], after: tuple[Stick, ...]) -> None:
    assert followed(before, changes(before, after)) == {each.path: each for each in after}


def followed(before: tuple[Stick, ...], events: tuple[Event, ...]) -> dict[str, Stick]:
    """Return what somebody knows who saw the sticks once, and then only heard what happened."""
    known = {each.path: each for each in before}
    for event in events:
        if event.kind is Kind.REMOVED:
            del known[event.stick.path]
        else:
            assert (event.stick.path in known) != (event.kind is Kind.INSERTED)
            known[event.stick.path] = event.stick
    return known
