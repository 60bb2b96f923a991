"""What is drawn for a certificate, and for a PIN."""

import pytest

from offline_root.creation import draw_pins, draw_serial
from offline_root.shares import combine


class Drawn:
    """Randomness of known octets."""

    def __init__(self, octet: int) -> None:
        self.octet = octet
        self.asked: list[int] = []

    def octets(self, count: int) -> bytes:
        self.asked.append(count)
        return bytes([self.octet]) * count


@pytest.mark.parametrize(("octet", "serial"), [(0xFF, 2**159 - 1), (0x80, int("40" * 20, 16)), (0, 1)])
def test_a_serial_is_all_of_159_random_bits_and_positive(octet: int, serial: int) -> None:
    drawn = Drawn(octet)
    assert draw_serial(drawn) == serial
    assert drawn.asked == [20]
    assert len(serial.to_bytes(20, signed=True)) == 20


class Counting:
    """Randomness that begins with zeros."""

    def __init__(self, *first: bytes) -> None:
        self.first = list(first)
        self.count = 0

    def octets(self, count: int) -> bytes:
        self.count += 1
        drawn = self.first.pop(0) if self.first else bytes([self.count])
        return drawn.ljust(count, b"\1")[:count]


@pytest.mark.parametrize("taken", [b"\0\1", b"\1\0", b"\xff\xff"])
def test_a_pin_in_shares_begins_with_a_number_that_a_key_can_have(taken: bytes) -> None:
    pins, splitting = draw_pins(2, 3, Counting(b"\0\0", b"\0\0\xff", taken))
    assert pins.pin[:4] == taken.hex()
    assert pins.pin == combine(splitting.shares[1:]).hex()
