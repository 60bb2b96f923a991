"""The self-test: every answer is really computed, and a wrong one ends everything before it begins."""

import base64
import hashlib
from collections.abc import Callable, Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from offline_root import selftest
from offline_root.audit import merkle
from offline_root.errors import CeremonyError, TokenError
from offline_root.selftest import ANSWERS, self_test
from tests.fakes.token import FakeKey, flipped
from tests.offline_root.station.rooms import Room

NAMES = ("parser", "hash", "log", "signature", "share code")


def fails() -> object:
    raise ZeroDivisionError


BREAKS: dict[str, tuple[object, str, Callable[..., object]]] = {
    "parser": (selftest, "read_request", lambda *_: None),
    "hash": (hashlib, "new", lambda *_: hashlib.sha256(b"abc")),
    "log": (merkle, "node_hash", lambda left, right: hashlib.sha256(left + right).digest()),
    "signature": (selftest, "signature_verifies", lambda *_: True),
    "share code": (selftest, "combine", lambda *_: b""),
}
"""What breaks each of the answers: no prefix before the hashes of a node, a verification that says yes to all."""


def test_everything_is_right_here() -> None:
    assert self_test() == tuple(ANSWERS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_part_that_computes_wrongly_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    where, attribute, wrong = BREAKS[name]
    monkeypatch.setattr(where, attribute, wrong)
    with pytest.raises(CeremonyError) as caught:
        self_test()
    assert caught.value.what == f"The self-test failed: {name}."
    assert not caught.value.retry


def test_a_part_that_cannot_compute_at_all_is_named_beside_others() -> None:
    with pytest.raises(CeremonyError, match=r"failed: first, third\.$"):
        self_test({"first": (fails, None), "second": (int, 0), "third": (int, 1)})


def test_a_part_that_is_not_installed_is_no_wrong_answer() -> None:
    def lacks() -> object:
        raise ModuleNotFoundError("No module named 'shares'", name="shares")

    with pytest.raises(CeremonyError, match="is not installed here: shares"):
        self_test({"first": (lacks, None)})


class TestCeremony:
    def test_records_what_was_tested(self, fake: Room) -> None:
        with fake.ceremony() as station:
            assert station.tested == NAMES
            opened = [each.facts["self_test"] for each in station.entries if each.event == "ceremony-opened"]
            fake.close(station)
        assert [tuple(each) for each in opened if isinstance(each, Sequence)] == [NAMES, NAMES]  # `create` too

    def test_does_not_begin_where_something_is_wrong(self, fake: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        before = fake.events()
        monkeypatch.setattr(selftest, "combine", lambda *_: b"")
        with pytest.raises(CeremonyError, match="self-test failed: share code"), fake.ceremony():
            pass
        assert fake.events() == before


class TestProof:
    def test_is_asked_of_the_root_key_once_and_can_be_told_from_the_log(self, fake: Room) -> None:
        assert fake.tokens
        with fake.ceremony() as station:
            opened = next(each for each in reversed(station.entries) if each.event == "token-opened")
            lines = fake.log.splitlines(keepends=True)[: opened.seq]
            origin = station.state.origin
            fake.close(station)
        root = base64.b64encode(merkle.root(map(merkle.leaf_hash, lines))).decode()
        told = f"offline-root proof of the root key\n{origin}\n{len(lines)}\n{root}\n"
        assert opened.facts["proven"] == hashlib.sha256(told.encode()).hexdigest()
        assert fake.tokens.calls.count("prove-root") == 1

    def test_refuses_a_private_key_that_is_not_the_roots(self, fake: Room) -> None:
        assert fake.tokens
        fake.tokens.faults = {("prove-root", 1): flipped}
        with pytest.raises(TokenError, match="test signature does not verify"), fake.ceremony():
            pass
        assert fake.events()[-2:] == ["token-open-attempted", "token-open-refused"]
        assert "sign-audit" not in fake.tokens.calls

    @pytest.mark.parametrize("label", ["root", "audit"])
    def test_is_not_even_asked_for_where_a_key_is_not_the_authoritys(self, fake: Room, label: str) -> None:
        assert fake.tokens
        fake.tokens.keys["root"][label] = FakeKey(label, b"1", ec.generate_private_key(ec.SECP384R1()))
        with pytest.raises(TokenError, match=f"The key called '{label}' in this token is another one"), fake.ceremony():
            pass
        assert fake.events()[-2:] == ["token-open-attempted", "token-open-refused"]
        assert not {"prove-root", "sign-audit", "sign-root"} & set(fake.tokens.calls)
