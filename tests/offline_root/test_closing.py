"""The closing sheet, and digests in groups."""

import pytest

from offline_root.audit.entry import FIRST_PREV, Entry
from offline_root.closing import ClosingSheet, first_sheet
from offline_root.fingerprints import groups

T0 = "2026-11-23T11:30:00Z"
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


@pytest.mark.parametrize(
    ("kinds", "last", "given"),
    [
        (["create"], "ceremony-closed", True),
        (["create", "sign", "restore"], "ceremony-closed", True),
        (["create", "sign"], "ceremony-closed", False),
        (["create"], "authority-created", False),
        ([], "ceremony-closed", False),
    ],
)
def test_only_the_first_sheet_is_given_again(kinds: list[str], last: str, *, given: bool) -> None:
    opened = [Entry(at, T0, FIRST_PREV, "ceremony-opened", {"ceremony": kind}) for at, kind in enumerate(kinds)]
    entries = [*opened, Entry(len(kinds), T0, FIRST_PREV, last, {})]
    assert first_sheet(entries, SHEET.size, SHEET.root) == (SHEET if given else None)
    assert first_sheet((), 0, SHEET.root) is None
