"""The allow-list of USB: what is used, what is refused and why, what the people are asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.usb import Answer, Kind, Verdict, judge, kind_of, read_device
from tests.image import descriptors as said

USED = {
    "a stick": (Kind.STORAGE, said.with_interfaces(said.STORAGE)),
    "a fast stick, by two ways": (
        Kind.STORAGE,
        said.device(said.configuration(said.interface(0, said.STORAGE), said.interface(0, said.UAS, 1))),
    ),
    "a keyboard": (Kind.KEYBOARD, said.with_interfaces(said.KEYBOARD)),
    "a keyboard with media keys": (Kind.KEYBOARD, said.with_interfaces(said.KEYBOARD, said.MEDIA_KEYS)),
    "a receiver of keyboard and mouse": (Kind.KEYBOARD, said.with_interfaces(said.KEYBOARD, said.MOUSE, base=0xEF)),
    "a hub": (Kind.HUB, said.with_interfaces(said.HUB, base=9)),
    "a YubiHSM 2": (Kind.HSM, said.with_interfaces(said.VENDOR, numbers=said.YUBIHSM)),
}


@pytest.mark.parametrize(("kind", "descriptors"), USED.values(), ids=USED)
def test_what_is_used(kind: Kind, descriptors: bytes) -> None:
    found = read_device(descriptors)
    assert kind_of(found) is kind
    assert judge(found, 0) == Verdict(Answer.USE)


REFUSED = {
    "a stick that types": (said.with_interfaces(said.STORAGE, said.KEYBOARD), "a keyboard and storage"),
    "a stick that types in its second configuration": (
        said.device(
            said.configuration(said.interface(0, said.STORAGE)),
            said.configuration(said.interface(0, said.KEYBOARD), value=2),
        ),
        "a keyboard and storage",
    ),
    "a stick that types in its alternate setting": (
        said.device(said.configuration(said.interface(0, said.STORAGE), said.interface(0, said.KEYBOARD, 1))),
        "a keyboard and storage",
    ),
    "a hub that types": (said.with_interfaces(said.HUB, said.KEYBOARD, base=9), "a hub and a keyboard"),
    "a hub by its interface alone": (said.with_interfaces(said.HUB), "a hub"),
    "a stick that says it is a hub": (said.with_interfaces(said.STORAGE, base=9), "a hub and storage"),
    "a mouse": (said.with_interfaces(said.MOUSE), "an input device that is no keyboard"),
    "keys without the protocol of keyboards": (
        said.with_interfaces(said.MEDIA_KEYS),
        "an input device that is no keyboard",
    ),
    "sound": (said.with_interfaces(said.SOUND), "sound"),
    "a network": (said.with_interfaces(said.NETWORK, said.DATA, base=2), "a network or a modem"),
    "a camera": (said.with_interfaces(said.CAMERA), "a camera"),
    "a smart card reader": (said.with_interfaces(said.CARD), "a smart card reader"),
    "a floppy drive": (said.with_interfaces(said.FLOPPY), "storage"),
    "its vendor's own": (said.with_interfaces(said.VENDOR), "something of its vendor's own"),
    "a YubiHSM 2 that types": (
        said.with_interfaces(said.VENDOR, said.KEYBOARD, numbers=said.YUBIHSM),
        "a keyboard and something of its vendor's own",
    ),
    "a stick whose device is its vendor's own": (
        said.with_interfaces(said.STORAGE, base=0xFF),
        "something of its vendor's own and storage",
    ),
    "a class that nobody knows": (said.with_interfaces((0x42, 0, 0)), "of class 42"),
    "a device class that nobody knows": (said.with_interfaces(said.STORAGE, base=0x42), "of class 42 and storage"),
    "nothing": (said.with_interfaces(), "nothing"),
}


@pytest.mark.parametrize(("descriptors", "names"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(descriptors: bytes, names: str) -> None:
    reason = f"says that it is {names}: that is not used here"
    assert judge(read_device(descriptors), 0) == Verdict(Answer.REFUSE, reason)


@pytest.mark.parametrize("keyboards", [1, 2])
def test_the_people_are_asked_about_another_keyboard(keyboards: int) -> None:
    keyboard, stick = (read_device(said.with_interfaces(each)) for each in (said.KEYBOARD, said.STORAGE))
    assert judge(keyboard, keyboards) == Verdict(Answer.ASK, "is a keyboard besides the one in use")
    assert judge(stick, keyboards).answer is Answer.USE


WHOLE = said.with_interfaces(said.STORAGE)
MALFORMED = {
    "nothing": (b"", "nothing that can be understood"),
    "half a device": (WHOLE[:17], "nothing that can be understood"),
    "another length": (b"\x11" + WHOLE[1:], "nothing that can be understood"),
    "another descriptor": (b"\x12\x02" + WHOLE[2:], "nothing that can be understood"),
    "no configuration": (WHOLE[:18], "has 1 configurations, and tells of 0"),
    "one configuration more": (WHOLE + WHOLE[18:], "has 1 configurations, and tells of 2"),
    "half a configuration": (WHOLE[:26], "a configuration that cannot be understood"),
    "a configuration of another kind": (WHOLE[:19] + b"\x03" + WHOLE[20:], "a configuration that cannot"),
    "a configuration longer than all": (WHOLE[:20] + b"\xff\xff" + WHOLE[22:], "a configuration that cannot"),
    "a configuration shorter than its head": (WHOLE[:20] + b"\x08\x00" + WHOLE[22:], "a configuration that cannot"),
    "an interface longer than all": (WHOLE[:27] + b"\x0a" + WHOLE[28:], "an interface that cannot"),
    "an interface of no length": (WHOLE[:27] + b"\x00" + WHOLE[28:], "an interface that cannot"),
    "half an interface": (
        said.device(said.configuration(b"\x08\x04\x00\x00\x00\x08\x06\x50")),
        "an interface that cannot",
    ),
    "an octet too many": (said.device(said.configuration(b"\x09")), "an interface that cannot"),
}


@pytest.mark.parametrize(("descriptors", "reason"), MALFORMED.values(), ids=MALFORMED)
def test_what_cannot_be_understood(descriptors: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_device(descriptors)


@given(st.binary(max_size=200) | st.binary(max_size=80).map(lambda rest: WHOLE[:18] + rest))
def test_any_octets_are_understood_or_not(descriptors: bytes) -> None:
    try:
        found = read_device(descriptors)
    except ValueError:
        return
    assert judge(found, 0).answer in Answer


@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), max_size=4), st.sampled_from((0, 2, 9, 0xEF, 0xFF)))
def test_nothing_is_used_that_has_an_interface_of_another_kind(interfaces: list[said.Class], base: int) -> None:
    found = read_device(said.with_interfaces(*interfaces, base=base))
    classes = {each[0] for each in interfaces}
    if judge(found, 0).answer is not Answer.REFUSE:
        assert classes in ({3}, {8}, {9})
