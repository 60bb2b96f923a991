"""What is drawn for a certificate."""

import pytest

from offline_root.creation import draw_serial


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
