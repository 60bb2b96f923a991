"""What a USB device says that it is, and whether this machine uses it. An allow-list of kinds; nothing is asked here.

A device is judged by its descriptors (USB 2.0, section 9.6) before the kernel may use it: by every interface, of every
configuration and alternate setting. What is no hub, no storage, no keyboard and no known token is refused, and so is
what is two of these at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

_DEVICE, _CONFIGURATION, _INTERFACE = 1, 2, 4
_DEVICE_LENGTH, _CONFIGURATION_LENGTH, _INTERFACE_LENGTH = 18, 9, 9
_EACH_INTERFACE, _COMBINED = 0x00, 0xEF
_BOOT_KEYBOARD = (3, 1, 1)
_CLASSES = {
    0x01: "sound",
    0x02: "a network or a modem",
    0x03: "an input device that is no keyboard",
    0x06: "a camera",
    0x07: "a printer",
    0x08: "storage",
    0x09: "a hub",
    0x0A: "a network or a modem",
    0x0B: "a smart card reader",
    0x0E: "video",
    0xE0: "a wireless adapter",
    0xFF: "something of its vendor's own",
}
"""Base classes as people call them (USB-IF, Defined Class Codes)."""


class Kind(Enum):
    """What this machine uses. The value names it for people."""

    HUB = "a hub"
    STORAGE = "storage"
    KEYBOARD = "a keyboard"
    HSM = "a token"


class Answer(Enum):
    """Whether a device is used; `ASK` leaves it to the people."""

    USE = "use"
    ASK = "ask"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, order=True)
class Interface:
    """Class, subclass and protocol of one interface."""

    base: int
    subclass: int
    protocol: int


_STORAGE = {Interface(8, 6, 0x50), Interface(8, 6, 0x62)}
"""SCSI commands, by bulk-only transport or UAS: what the two drivers here speak."""
_TOKENS = {(0x1050, 0x0030)}
"""Vendor and product of YubiHSM 2."""


@dataclass(frozen=True, slots=True)
class Device:
    """What a device says of itself."""

    vendor: int
    product: int
    base: int
    interfaces: frozenset[Interface]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a device is used, and why not or why it is asked, to be said after its name."""

    answer: Answer
    reason: str = ""


def read_device(descriptors: bytes) -> Device:
    """Return what a device's descriptors say, as the kernel has them: device, then each configuration (ValueError)."""
    head = descriptors[:_DEVICE_LENGTH]
    if len(head) < _DEVICE_LENGTH or (head[0], head[1]) != (_DEVICE_LENGTH, _DEVICE):
        raise ValueError("says nothing that can be understood")
    configurations = list(_configurations(descriptors[_DEVICE_LENGTH:]))
    if len(configurations) != head[17]:
        raise ValueError(f"has {head[17]} configurations, and tells of {len(configurations)}")
    return Device(
        int.from_bytes(head[8:10], "little"),
        int.from_bytes(head[10:12], "little"),
        head[4],
        frozenset(each for configuration in configurations for each in configuration),
    )


def judge(device: Device, keyboards: int) -> Verdict:
    """Return whether a device is used, where so many keyboards on USB are in use already."""
    kind = kind_of(device)
    if kind is None:
        return Verdict(Answer.REFUSE, f"says that it is {' and '.join(_names(device))}: that is not used here")
    if kind is Kind.KEYBOARD and keyboards:
        return Verdict(Answer.ASK, "is a keyboard besides the one in use")
    return Verdict(Answer.USE)


def kind_of(device: Device) -> Kind | None:
    """Return what a device is, if it is all of it one thing that this machine uses."""
    interfaces = device.interfaces
    classes = {each.base for each in interfaces}
    whole = (_EACH_INTERFACE, _COMBINED)
    if (device.vendor, device.product) in _TOKENS and (classes, device.base) == ({0xFF}, _EACH_INTERFACE):
        return Kind.HSM
    if classes == {9} and device.base == 9:
        return Kind.HUB
    if interfaces and interfaces <= _STORAGE and device.base in whole:
        return Kind.STORAGE
    # Other input beside a keyboard's own, as media keys, is no more than the keyboard can do anyway.
    if classes == {3} and Interface(*_BOOT_KEYBOARD) in interfaces and device.base in whole:
        return Kind.KEYBOARD
    return None


def _configurations(octets: bytes) -> Iterator[list[Interface]]:
    while octets:
        head = octets[:_CONFIGURATION_LENGTH]
        total = int.from_bytes(head[2:4], "little")
        if len(head) < _CONFIGURATION_LENGTH or head[1] != _CONFIGURATION or not len(head) <= total <= len(octets):
            raise ValueError("has a configuration that cannot be understood")
        yield list(_interfaces(octets[:total]))
        octets = octets[total:]


def _interfaces(octets: bytes) -> Iterator[Interface]:
    while octets:
        length = octets[0]
        if not 2 <= length <= len(octets) or (octets[1] == _INTERFACE and length < _INTERFACE_LENGTH):
            raise ValueError("has an interface that cannot be understood")
        if octets[1] == _INTERFACE:
            yield Interface(*octets[5:8])
        octets = octets[length:]


def _names(device: Device) -> list[str]:
    """Return what a device says that it is, in words, each once."""
    said = {_name(each) for each in device.interfaces} or {"nothing"}
    if device.base not in (_EACH_INTERFACE, _COMBINED):
        said.add(_CLASSES.get(device.base, f"of class {device.base:02x}"))
    return sorted(said)


def _name(interface: Interface) -> str:
    if interface == Interface(*_BOOT_KEYBOARD):
        return Kind.KEYBOARD.value
    return _CLASSES.get(interface.base, f"of class {interface.base:02x}")
