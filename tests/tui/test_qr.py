"""QR codes as a phone sees them: the lines become pixels, light on dark, and a decoder of other make reads those."""

import hashlib
import re
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from tui.qr import ALPHABET, LONGEST, QUIET, Size, qr_lines, qr_size

DIGEST = hashlib.sha256(b"root").hexdigest().upper()
LIGHT_ABOVE, LIGHT_BELOW = "█▀", "█▄"
SCREEN = Size(24, 80)
payloads = st.text(sorted(ALPHABET), min_size=1, max_size=200)


def dark_modules(lines: tuple[str, ...]) -> list[list[bool]]:
    """Return the modules that the lines show, two rows of them for each line."""
    return [[character not in light for character in line] for line in lines for light in (LIGHT_ABOVE, LIGHT_BELOW)]


@pytest.mark.parametrize(
    ("payload", "size"),
    [
        ("0", Size(13, 25)),  # the smallest code, version 1
        (DIGEST, Size(19, 37)),  # version 4
        (f"{10**9}:{DIGEST[:32]}", Size(17, 33)),
        ("A" * 90, Size(19, 37)),  # ISO/IEC 18004, table 7: as much as version 4 holds
        ("A" * 91, Size(21, 41)),
        ("A" * LONGEST, Size(91, 181)),
    ],
    ids=["least", "digest", "closing-head", "full", "over", "most"],
)
class TestSize:
    def test_is_told(self, payload: str, size: Size) -> None:
        assert qr_size(payload) == size

    def test_is_taken(self, payload: str, size: Size) -> None:
        lines = qr_lines(payload)
        assert (len(lines), {len(line) for line in lines}) == (size.rows, {size.columns})


@given(st.text("0123456789ABCDEF", min_size=64, max_size=64))
def test_every_digest_fits_the_smallest_screen_with_four_rows_to_spare(payload: str) -> None:
    size = qr_size(payload)
    assert size.rows <= SCREEN.rows - 4
    assert size.columns <= SCREEN.columns


@given(payloads)
def test_every_line_is_equally_wide_and_made_of_four_characters(payload: str) -> None:
    lines = qr_lines(payload)
    assert Size(len(lines), len(lines[0])) == qr_size(payload)
    assert all(re.fullmatch(f"[█▀▄ ]{{{len(lines[0])}}}", line) for line in lines)


@given(payloads)
def test_the_quiet_zone_is_light(payload: str) -> None:
    modules = dark_modules(qr_lines(payload))
    rows, columns = len(modules), len(modules[0])
    for row, column in product(range(rows), range(columns)):
        inside = QUIET <= row < rows - QUIET - 1 and QUIET <= column < columns - QUIET
        assert inside or not modules[row][column]


@given(payloads)
def test_the_modules_are_those_of_the_library(payload: str) -> None:
    code: QRCode[Any] = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(payload, optimize=0)
    shown = dark_modules(qr_lines(payload))
    assert [row[QUIET:-QUIET] for row in shown[QUIET : -QUIET - 1]] == code.get_matrix()


@pytest.mark.parametrize(
    "payload", ["", DIGEST.lower(), "É", "A\n", "A" * (LONGEST + 1)], ids=["empty", "lower", "accent", "line", "long"]
)
@pytest.mark.parametrize("function", [qr_lines, qr_size])
def test_what_does_not_fit_is_refused(function: Any, payload: str) -> None:  # noqa: ANN401 - either
    with pytest.raises(ValueError, match="a QR code takes 1 to 3391 characters"):
        function(payload)


class TestDecoded:
    """Cells of 8x16 pixels as on the Linux console, its grey (170 of 255) on black, in the middle of the screen."""

    CELL = Size(16, 8)

    def read(
        self, lines: tuple[str, ...], ink: int = 170, ground: int = 0, screen: Size = SCREEN
    ) -> tuple[str, str] | None:
        """Return what a decoder that may not invert finds on the screen: text and level of error correction."""
        zxingcpp = pytest.importorskip("zxingcpp", reason="QR codes are NOT read back: zxing-cpp is not installed")
        above, left = (screen.rows - len(lines)) // 2, (screen.columns - len(lines[0])) // 2
        rows, columns = screen.rows * self.CELL.rows, screen.columns * self.CELL.columns
        pixels = bytearray([ground]) * (rows * columns)
        half = self.CELL.rows // 2
        for row, modules in enumerate(dark_modules(lines), start=2 * above):
            drawn = b"".join(bytes([ground if dark else ink]) * self.CELL.columns for dark in modules)
            for y in range(row * half, (row + 1) * half):
                start = y * columns + left * self.CELL.columns
                pixels[start : start + len(drawn)] = drawn
        image = memoryview(pixels).cast("B", (rows, columns))
        found = zxingcpp.read_barcodes(image, try_invert=False)
        return (found[0].text, found[0].ec_level) if found else None

    def test_a_digest_is_read(self) -> None:
        assert self.read(qr_lines(DIGEST)) == (DIGEST, "M")

    @settings(max_examples=50)
    @given(st.text("0123456789ABCDEF", min_size=64, max_size=64))
    def test_every_digest_is_read(self, payload: str) -> None:
        assert self.read(qr_lines(payload)) == (payload, "M")

    @settings(max_examples=50, deadline=None)
    @given(payloads)
    def test_every_payload_is_read_on_a_screen_that_holds_it(self, payload: str) -> None:
        assert self.read(qr_lines(payload), screen=Size(50, 132)) == (payload, "M")

    def test_dark_ink_on_a_light_ground_is_not_read(self) -> None:
        """Which shows that the decoder tells one from the other: the tests above prove what they claim."""
        assert self.read(qr_lines(DIGEST), ink=0, ground=170) is None
