"""The anchor: one form, and nothing else is taken for it."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_root.anchor import Anchor, read_anchor, write_anchor
from offline_root.errors import PolicyError
from offline_root.keys import fingerprint
from tests.authorities import root
from tests.logbook import created, verifier

ROOT = root()
ANCHOR = Anchor.of(created(ROOT).state)
WRITTEN = write_anchor(ANCHOR)


def edited(**changes: Any) -> bytes:  # noqa: ANN401  # anything that JSON may hold
    facts = json.loads(WRITTEN)
    return (json.dumps({**facts, **changes}, indent=2) + "\n").encode()


def without(name: str) -> bytes:
    facts = json.loads(WRITTEN)
    del facts[name]
    return (json.dumps(facts, indent=2) + "\n").encode()


def test_it_is_the_root_and_the_audit_key() -> None:
    assert ANCHOR.root_sha256 == fingerprint(ROOT.certificate)
    assert ANCHOR.verifier == verifier()
    assert ANCHOR.audit_sha256 == hashlib.sha256(verifier().spki()).hexdigest()


def test_it_is_written_for_people_too() -> None:
    first, second, *_, last = WRITTEN.decode().split("\n")
    assert (first, second, last) == ("{", '  "format": "offline-root anchor 1",', "")


def test_it_comes_back_as_it_was_written() -> None:
    assert read_anchor(WRITTEN) == ANCHOR
    assert json.loads(WRITTEN) == {
        "format": "offline-root anchor 1",
        "origin": "offline-root/demo",
        "root_sha256": ANCHOR.root_sha256,
        "audit_key_sha256": ANCHOR.audit_sha256,
        "audit_verifier": verifier().text(),
    }


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"7",
        b"\xff\xfe",
        b"[" * 100_000,
        WRITTEN + b"\n",
        WRITTEN.replace(b"\n", b"\r\n"),
        WRITTEN.decode().encode("utf-16"),
        *(without(name) for name in json.loads(WRITTEN)),
        edited(format="offline-root anchor 2"),
        edited(origin="offline-root/other"),
        edited(audit_key_sha256="0" * 64),
        edited(audit_verifier=verifier("offline-root/other").text()),
        edited(audit_verifier=verifier(seed=1).text()),
        edited(audit_verifier=verifier().text() + "="),
        edited(audit_verifier="x+y"),
        edited(audit_verifier=7),
        edited(audit_verifier=None),
        edited(root_sha256=7),
        edited(root_sha256=None),
        edited(root_sha256=["0" * 64]),
        edited(root_sha256=ANCHOR.root_sha256.upper()),
        edited(root_sha256="0" * 63),
        edited(root_sha256="0" * 64 + "\n"),
        edited(more="facts"),
    ],
    ids=range(31),
)
def test_nothing_else_is_read(data: bytes) -> None:
    with pytest.raises(PolicyError, match="not one that this program wrote") as caught:
        read_anchor(data)
    assert caught.value.retry


@given(st.integers(0, len(WRITTEN) - 1), st.integers(0, 255))
def test_a_changed_octet_is_another_anchor_or_none(place: int, octet: int) -> None:
    data = WRITTEN[:place] + bytes([octet]) + WRITTEN[place + 1 :]
    try:
        found = read_anchor(data)
    except PolicyError:
        assert data != WRITTEN
        return
    assert write_anchor(found) == data
