"""request.json: written at the online CA, read beside the CSR."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_root.model import Letter
from offline_root.request.letter import letter_json, paper_slip, read_letter

LETTER = Letter("test", "ab" * 32, "cd" * 32, "Ann Admin", "2026-11-23T10:00:00Z", "origin\n1\nAAAA\n\n— x y\n")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.builds(Letter, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT))
def test_comes_back_as_it_was_written(letter: Letter) -> None:
    assert read_letter(letter_json(letter)) == letter


def changed(**fields: object) -> bytes:
    """Return the letter with some fields changed; None takes one out."""
    made = {**json.loads(letter_json(LETTER)), **fields}
    return json.dumps({name: value for name, value in made.items() if value is not None}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[" * 10_000,
        b"[]",
        b"{}",
        changed(format="offline-root request 2"),
        changed(asked_by=None),
        changed(more="x"),
        changed(asked_by=["Ann"]),
        b'{"request_id": "x", "data": {"csr": "-----BEGIN CERTIFICATE REQUEST-----"}}',
    ],
    ids=["empty", "octets", "deep", "list", "nothing", "format", "missing", "more", "list-field", "vault"],
)
def test_anything_else_is_no_letter(data: bytes) -> None:
    assert read_letter(data) is None


def test_the_slip_has_what_people_type() -> None:
    slip = paper_slip(LETTER, "CN=x")
    assert "Environment   test" in slip
    assert "Fingerprint   " + " ".join(["cdcd"] * 8) + "\n" in slip
    assert max(map(len, slip.splitlines())) <= 80
