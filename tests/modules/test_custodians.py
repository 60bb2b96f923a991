"""The root key of a YubiHSM 2 comes back in another one with any three of its five custodians, and signs."""

from itertools import combinations
from pathlib import Path

import pytest

from tests.appliance import example_policy
from tests.e2e.chains import openssl
from tests.modules import test_backup
from tests.modules.stands import STANDS, Stand
from tests.modules.test_backup import appliance, backed, held
from tests.modules.test_ceremony import prefix
from tests.requests import request, written
from tests.yubihsm.words import Kind

pytestmark = [pytest.mark.e2e, pytest.mark.long]

CHOICES = tuple(combinations(range(1, 6), 3))
POLICY = example_policy().replace('activation = "pin" ', 'activation = "pin"\nbackup = "3 of 5" ')


def test_any_three_of_five_bring_it_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("own", "scratch"):
        (tmp_path / name).mkdir()
    with STANDS["yubihsm"](tmp_path / "own") as own, STANDS["yubihsm"](tmp_path / "scratch") as scratch:
        prefix(monkeypatch, own)
        monkeypatch.setattr(test_backup, "policy_with_backup", lambda: POLICY)
        made, file, people = backed(tmp_path, own, scratch)
        assert [each["choices_tried"] for each in made.entries() if each["event"] == "key-backed-up"] == [len(CHOICES)]
        done = made.call("export", "--out", made.out, *made.ceremony())
        known = (file, "--log", done.json["response"], "--anchor", made.anchor)
        for chosen in CHOICES:
            base = tmp_path / "-".join(map(str, chosen))
            base.mkdir()
            with STANDS["yubihsm"](base) as spare:
                signs_again(base, spare, scratch, made.head, (*known, *people.files(base, *chosen)))
    print(f"{len(CHOICES)} choices of custodians brought back a root key that signs")  # noqa: T201


def signs_again(base: Path, spare: Stand, scratch: Stand, head: str, given: tuple[str | Path, ...]) -> None:
    fresh = appliance(base / "fresh", spare, scratch)
    fresh.head = head
    done = fresh.call("restore", *given, *fresh.ceremony())
    assert done.code == 0, done.err
    signed = fresh.sign("test", written(fresh.base, "ca.csr", request()))
    assert signed.code == 0, signed.err
    files = signed.json["issued"][0]["files"]
    assert openssl("verify", "-x509_strict", "-CAfile", files["root"], files["certificate"]).returncode == 0
    assert not held(spare, Kind.WRAP_KEY)
