"""Strangers in a real token, by command line: told at the opening, refused by mistake, removed, and ours is left."""

from pathlib import Path

import pytest

from hsm import Token
from offline_root.config import Appliance as Settings
from tests.appliance import PIN, Appliance
from tests.hsm import softhsm
from tests.hsm.softhsm import Stored, in_the_module
from tests.requests import request, written

pytestmark = pytest.mark.e2e

DOUBLE = "ec('secp384r1', label='root', id=b'\\0\\1')"
ORPHAN = "ec('secp384r1', label='audit', id=b'\\0\\2')[1].destroy()"


def put_in(appliance: Appliance, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put strangers into the token by python-pkcs11 itself."""
    (token,) = [each for each in appliance.entries() if each["event"] == "token-initialized"]
    with monkeypatch.context() as patch:
        patch.setattr(softhsm, "PIN", PIN)
        in_the_module(Stored(appliance.place / "token", token["serial"]), code)


def test_a_second_root_key_and_an_orphan_are_told_and_removed(
    created: Appliance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    appliance = created.copy(tmp_path)
    assert appliance.call("status").json["token"]["state"] == "present"  # the copied token knows its new folder
    put_in(appliance, f"{DOUBLE}\n{ORPHAN}", monkeypatch)
    assert appliance.call("status").json["findings"] == []  # nobody has looked yet

    done = appliance.sign("test", written(appliance.base, "ca.csr", request()))
    assert done.code == 0, done.err
    assert "The token also holds what is not this authority's" in done.err
    found = [each["message"] for each in appliance.call("status").json["findings"]]
    assert len([each for each in found if "label 'root', id 0001" in each]) == 2
    assert len([each for each in found if "public key without" in each or "public key, label 'audit'" in each]) == 1
    marks = [each.removeprefix("In the token lies ").split()[0] for each in found]

    wrong = appliance.call("clean", *marks, "--confirm", "2", *appliance.ceremony())
    assert wrong.error["what"] == "3 objects would be removed; 2 were confirmed."
    unknown = appliance.call("clean", "0" * 16, "--confirm", "1", *appliance.ceremony())
    assert "no stranger with the mark" in unknown.error["what"]
    done = appliance.call("clean", *(each.upper() for each in marks), "--confirm", "3", *appliance.ceremony())
    assert done.code == 0, done.err
    assert (len(done.json["removed"]), done.json["left"]) == (3, [])

    assert appliance.call("status").json["findings"] == []
    assert appliance.log_is_whole()
    again = appliance.sign("test", written(appliance.base, "second.csr", request()))
    assert again.code == 0, again.err
    (token,) = [each for each in appliance.entries() if each["event"] == "token-initialized"]
    where = appliance.place / "token"
    with Token.attach(Settings().module, where, label="root", serial=token["serial"]) as opened:
        opened.login(PIN)
        assert len(opened.keys()) == 4
