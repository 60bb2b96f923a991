"""What the simulator's own tests stand on."""

import struct
from dataclasses import dataclass

import pytest

from tests.yubihsm.device import Device
from tests.yubihsm.host import Host
from tests.yubihsm.words import Command, Refused, Status


@dataclass
class Bench:
    """A device behind its connector."""

    device: Device
    url: str


def refused(status: Status) -> "pytest.RaisesExc[Refused]":
    """Expect an error of the device."""
    return pytest.raises(Refused, check=lambda error: error.status is status)


def public(host: Host, number: int) -> bytes:
    """Return the public key of a number as the device gives it."""
    return host.ask(Command.PUBLIC_KEY, struct.pack("!H", number))[1:]
