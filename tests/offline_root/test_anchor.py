"""The anchor: one form, and nothing else is taken for it."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_root.anchor import Anchor, read_anchor, write_anchor
from offline_root.audit.entry import Facts
from offline_root.audit.note import signer_of
from offline_root.audit.state import State
from offline_root.errors import PolicyError
from offline_root.keys import fingerprint
from tests.authorities import root
from tests.logbook import created, signed_note, verifier

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


def replaced(seed: int) -> tuple[str, Facts]:
    return "audit-key-replaced", {"audit_verifier": verifier(seed=seed).text(), "former": ""}


def after_restores(*seeds: int) -> State:
    """Return the state of an authority that got new audit keys, one after the other."""
    log = created(ROOT)
    for seed in seeds:
        log.add(*replaced(seed))
    return log.state


def test_former_audit_keys_are_in_it_and_come_back() -> None:
    anchor = Anchor.of(after_restores(1, 2))
    assert anchor.keys == (verifier(), verifier(seed=1), verifier(seed=2))
    assert json.loads(write_anchor(anchor))["former_audit_verifiers"] == [each.text() for each in anchor.former]
    assert read_anchor(write_anchor(anchor)) == anchor
    with pytest.raises(PolicyError):
        read_anchor(edited(former_audit_verifiers=[]))


@pytest.mark.parametrize("seeds", [(), (1,), (1, 2)])
def test_it_was_another_one_when_an_older_log_ended(seeds: tuple[int, ...]) -> None:
    anchor, state = Anchor.of(after_restores(1, 2)), after_restores(*seeds)
    assert anchor.as_of(state) == Anchor.of(state)
    assert anchor.disagreement(state) == ""


@pytest.mark.parametrize("seeds", [(2,), (2, 1), (1, 3), (1, 2, 3)])
def test_a_log_with_other_audit_keys_is_not_ours_whatever_it_ends_with(seeds: tuple[int, ...]) -> None:
    anchor, state = Anchor.of(after_restores(1, 2)), after_restores(*seeds)
    assert anchor.as_of(state) == anchor
    assert anchor.disagreement(state)
    newer = verifier(seed=2).text() in state.former
    assert ("was replaced after this anchor" in anchor.disagreement(state)) == newer


def test_the_note_of_a_former_key_is_found_by_its_signer() -> None:
    keys = Anchor.of(after_restores(1)).keys
    assert signer_of(signed_note(3, bytes(32)), keys) == verifier()
    assert signer_of(signed_note(3, bytes(32), seed=1), keys) == verifier(seed=1)
    assert signer_of(signed_note(3, bytes(32), seed=7), keys) == verifier(seed=1)
