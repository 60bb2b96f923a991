"""What USB devices say of themselves, in octets: real kinds, and such as pretend."""

from collections.abc import Iterable

Class = tuple[int, int, int]
STORAGE, UAS, FLOPPY = (8, 6, 0x50), (8, 6, 0x62), (8, 4, 0)
KEYBOARD, MOUSE, MEDIA_KEYS = (3, 1, 1), (3, 1, 2), (3, 0, 0)
HUB, SOUND, NETWORK, DATA, CAMERA, CARD, VENDOR = (
    (9, 0, 0),
    (1, 1, 0),
    (2, 6, 0),
    (10, 0, 0),
    (6, 1, 1),
    (11, 0, 0),
    (255, 0, 0),
)
YUBIHSM = (0x1050, 0x0030)


def interface(number: int, said: Class, alternate: int = 0, endpoints: Iterable[bytes] = ()) -> bytes:
    """Return an interface with its endpoints."""
    listed = tuple(endpoints)
    return bytes((9, 4, number, alternate, len(listed), *said, 0)) + b"".join(listed)


def configuration(*interfaces: bytes, value: int = 1) -> bytes:
    """Return a configuration with its interfaces."""
    inside = b"".join(interfaces)
    total = (9 + len(inside)).to_bytes(2, "little")
    return bytes((9, 2)) + total + bytes((len(interfaces), value, 0, 0x80, 50)) + inside


def device(*configurations: bytes, base: int = 0, numbers: tuple[int, int] = (0x1234, 0x5678)) -> bytes:
    """Return a device with its configurations, as the kernel shows it."""
    vendor, product = (each.to_bytes(2, "little") for each in numbers)
    head = bytes((18, 1, 0, 2, base, 0, 0, 64)) + vendor + product + bytes((0, 1, 0, 0, 0, len(configurations)))
    return head + b"".join(configurations)


def with_interfaces(*said: Class, base: int = 0, numbers: tuple[int, int] = (0x1234, 0x5678)) -> bytes:
    """Return a device with one configuration of these interfaces."""
    inside = (interface(number, each) for number, each in enumerate(said))
    return device(configuration(*inside), base=base, numbers=numbers)
