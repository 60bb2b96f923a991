"""The closing sheet, and digests in groups."""

import pytest

from offline_root.closing import ClosingSheet
from offline_root.fingerprints import groups

SHEET = ClosingSheet(123, bytes.fromhex("0123456789abcdef" + "00" * 24))


def test_the_sheet_has_what_is_typed_at_the_next_opening() -> None:
    assert SHEET.head == "123:0123456789abcdef"
    assert SHEET.spaced == "0123 4567 89ab cdef"


@pytest.mark.parametrize(
    ("digest", "grouped"),
    [("", ""), ("012", "012"), ("0123", "0123"), ("012345", "0123 45"), ("01234567", "0123 4567")],
)
def test_digits_stand_in_groups_of_four(digest: str, grouped: str) -> None:
    assert groups(digest) == grouped
