"""What this program needs of a token, asked of every module in the same words. An empty token is the start."""

import os
import signal
from pathlib import Path
from typing import Literal

import pytest

from hsm import (
    PAIRS,
    KeyExists,
    KeyObject,
    Misuse,
    NotLoggedIn,
    Token,
    TokenAbsent,
    TokenKey,
    TokenRefused,
    WorkerLost,
    WrongPin,
)
from tests.hsm.softhsm import SO_PIN
from tests.hsm.test_signatures import verify
from tests.modules.conftest import Support
from tests.modules.stands import Stand

KINDS = ("ec-p256", "ec-p384", "ec-p521", "rsa-3072", "rsa-4096", "ed25519")
HALVES: tuple[Literal["private", "public"], ...] = ("private", "public")
MUST = {"ec-p256", "ec-p384", "rsa-3072"}
"""Without these a module would be of no use here: the root's default, the audit key's second choice, and RSA."""

MESSAGE = b"what is to be signed"


def key_id(kind: str) -> bytes:
    return bytes([0, KINDS.index(kind) + 1])


def test_it_is_found_by_label_and_serial(stand: Stand, support: Support) -> None:
    with stand.attach() as token:
        facts = token.facts
    assert facts.label == stand.label
    with stand.attach(facts.serial) as token:
        assert token.facts == facts
        with pytest.raises(NotLoggedIn):
            token.keys()
    with pytest.raises(TokenAbsent, match=f"Tokens found: .*{facts.serial}"):
        stand.attach("another")
    support("it says of itself", f"{facts.manufacturer} {facts.model} {facts.firmware}")


def test_a_wrong_pin_is_a_wrong_pin_and_the_right_one_still_opens(stand: Stand) -> None:
    with stand.attach() as token:
        for _ in range(2):
            with pytest.raises(WrongPin) as caught:
                token.login(f"{stand.pin}x")
            assert stand.pin not in str(caught.value)
        token.login(stand.pin)
        assert token.kinds
        with pytest.raises(WrongPin):
            token.login(f"{stand.pin}x")
        with pytest.raises(NotLoggedIn):
            token.keys()


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[pytest.mark.long] if kind == "rsa-4096" else []) for kind in KINDS]
)
def test_a_key_of_each_kind_signs_or_is_refused_in_plain_words(stand: Stand, support: Support, kind: str) -> None:
    with stand.opened() as token:
        try:
            made = token.generate(kind, label=kind, key_id=key_id(kind), extractable=False)
            for algorithm in PAIRS[kind]:
                verify(made, algorithm, token.sign(made, algorithm, MESSAGE), MESSAGE)
        except TokenRefused as error:
            assert kind not in MUST
            support(kind, f"no: {error.code}{' (but listed)' if kind in token.kinds else ''}")
            return
        assert kind in token.kinds
        attributes = dict(made.attributes)
        assert (attributes["CKA_SENSITIVE"], attributes["CKA_EXTRACTABLE"]) == ("true", "false")
        with pytest.raises(KeyExists):
            token.generate(kind, label=kind, key_id=b"other", extractable=False)
        with pytest.raises(KeyExists):
            token.generate(kind, label="other", key_id=key_id(kind), extractable=False)
    with stand.opened() as again:
        assert again.find(kind) == made
        assert {KeyObject(kind, key_id(kind), half) for half in HALVES} <= set(again.keys())
    support(kind, "yes")


def test_the_worker_dies_and_the_token_is_well(stand: Stand) -> None:
    with stand.opened() as token:
        made = _some_key(token)
        os.kill(_worker(token), signal.SIGKILL)
        with pytest.raises(WorkerLost):
            token.sign(made, "ecdsa-sha256", MESSAGE)
    with stand.opened() as again:
        verify(made, "ecdsa-sha256", again.sign(made, "ecdsa-sha256", MESSAGE), MESSAGE)


def test_small_records_or_a_plain_no(stand: Stand, support: Support) -> None:
    with stand.opened() as token:
        if not token.keeps_records:
            with pytest.raises(Misuse, match="hold no data objects"):
                token.record("offline-root/x", b"value")
            support("data objects", "not used")
            return
        for value in (b"first", bytes(range(256)) * 4):
            token.record("offline-root/x", value)
            assert token.records("offline-root/x") == (value,)
        assert token.records("offline-root/y") == ()
    support("data objects", "yes")


def test_a_new_token_is_made_or_left_to_the_vendors_tool(stand: Stand, support: Support) -> None:
    if stand.profile.initializes:
        how = "set up (see device)" if stand.device else "yes"  # the stand was
        support("made by this program", how)
        return
    with pytest.raises(Misuse, match="are made with the vendor's tool"):
        Token.initialize(
            stand.module, None, label="new", so_pin=SO_PIN, pin=stand.pin, profile=stand.profile, deadlines={}
        )
    support("made by this program", "no")


def _some_key(token: Token) -> TokenKey:
    there = {key.label for key in token.keys()}  # noqa: SIM118 (a Token is no mapping)
    if "some" not in there:
        token.generate("ec-p256", label="some", key_id=b"\0\x70", extractable=False)
    return token.find("some")


def _worker(token: Token) -> int:
    """Return the process that has the module: behind `bwrap` it is a child of the one that was started."""
    pid = token._worker.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else pid
