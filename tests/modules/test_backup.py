"""Backups on the YubiHSM 2's own module before simulated devices: from one to another, and in whole ceremonies."""

import json
from pathlib import Path

import pytest

from hsm import TokenRefused
from tests.appliance import Appliance, call, example_policy
from tests.custodians import Custodians
from tests.e2e.chains import openssl
from tests.hsm.test_signatures import verify
from tests.modules.stands import STANDS, Stand
from tests.modules.test_ceremony import prefix, settings
from tests.requests import request as csr
from tests.requests import written
from tests.yubihsm.words import Command, Kind, Status

KEK = bytes(range(32))


@pytest.mark.parametrize(
    ("kind", "algorithm"), [("ec-p384", "ecdsa-sha384"), ("rsa-3072", "rsa-pkcs1-sha256"), ("ed25519", "ed25519")]
)
def test_a_key_goes_from_one_yubihsm_to_another_and_nothing_that_wraps_stays(
    tmp_path: Path, kind: str, algorithm: str
) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    with STANDS["yubihsm"](tmp_path / "one") as one, STANDS["yubihsm"](tmp_path / "other") as other:
        assert one.device
        assert other.device
        with one.opened() as token:
            key = token.generate(kind, label="root", key_id=b"\0\1", extractable=True)
            blob = token.wrap("root", KEK)
        with other.opened() as token:
            copy = token.unwrap(key, blob, KEK, extractable=True)
            assert (copy.label, copy.key_id, copy.public_key) == (key.label, key.key_id, key.public_key)
            verify(copy, algorithm, token.sign(copy, algorithm, b"message"), b"message")
            token.destroy("root")
            with pytest.raises(TokenRefused):
                token.unwrap(key, blob[:-1] + bytes([blob[-1] ^ 1]), KEK, extractable=True)
        for device in (one.device, other.device):
            assert not [each for each in device.store._objects.values() if each.kind is Kind.WRAP_KEY]


@pytest.mark.e2e
def test_backup_destroy_restore_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("own", "scratch", "spare"):
        (tmp_path / name).mkdir()
    with (
        STANDS["yubihsm"](tmp_path / "own") as own,
        STANDS["yubihsm"](tmp_path / "scratch") as scratch,
        STANDS["yubihsm"](tmp_path / "spare") as spare,
    ):
        prefix(monkeypatch, own)
        made, file, people = backed(tmp_path, own, scratch)
        assert not held(scratch, Kind.ASYMMETRIC_KEY)
        drill = call("--json", "shares", "verify", file, *people.files(tmp_path, 3, 1))
        assert (drill.json["opens"], drill.json["key_seen"]) == (True, False)

        root = ("--confirm", str(json.loads(made.anchor.read_text())["root_sha256"]), "--confirm-name", "root")
        ended = made.call("destroy", *root, "--out", made.out, *made.ceremony())
        assert ended.code == 0, ended.err
        assert len(held(own, Kind.ASYMMETRIC_KEY)) == 1  # the audit key

        fresh = appliance(tmp_path / "fresh", spare, scratch)
        fresh.head = made.head
        given = ("--log", ended.json["response"], "--anchor", made.anchor, *people.files(tmp_path, 2, 3))
        done = fresh.call("restore", file, *given, *fresh.ceremony())
        assert done.code == 0, done.err
        signed = fresh.sign("test", written(fresh.base, "ca.csr", csr()))
        assert signed.code == 0, signed.err
        certificate = signed.json["issued"][0]["files"]["certificate"]
        command = ("verify", "-x509_strict", "-CAfile", made.place / "root-ca.pem", certificate)
        assert openssl(*command).returncode == 0
        assert not any(held(each, Kind.WRAP_KEY) for each in (own, scratch, spare))


@pytest.mark.e2e
def test_a_scratch_token_that_holds_something_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistaken `scratch` in the settings costs no key: here it names the very device that holds the root."""
    with STANDS["yubihsm"](tmp_path) as own:
        prefix(monkeypatch, own)
        made, people = appliance(tmp_path / "made", own, own), Custodians()
        assert made.create(policy_with_backup()).code == 0
        before = dict(own.device.store._objects) if own.device else {}
        with people.present():
            done = made.call("backup", "--out", tmp_path / "vault", *made.ceremony())
        assert done.code == 1
        assert "The scratch token is not empty. In it lies" in done.error["what"]
        assert len(held(own, Kind.ASYMMETRIC_KEY)) == 2
        assert set(before) <= set(own.device.store._objects if own.device else {})
        assert made.sign("test", written(made.base, "ca.csr", csr())).code == 0


def policy_with_backup() -> str:
    return example_policy().replace('activation = "pin" ', 'activation = "pin"\nbackup = "2 of 3" ')


def backed(base: Path, own: Stand, scratch: Stand) -> tuple[Appliance, Path, Custodians]:
    """Return an authority with a backup, its file, and who holds the cards; without a scratch token there is none."""
    policy = policy_with_backup()
    assert "makes no backup" in appliance(base / "bare", own).create(policy).error["what"]
    made, people = appliance(base / "made", own, scratch), Custodians()
    assert made.create(policy).code == 0
    with people.present():
        done = made.call("backup", "--out", base / "vault", *made.ceremony())
    assert done.code == 0, done.err
    return made, Path(done.json["backup"]) / "root-key.backup", people


def appliance(base: Path, stand: Stand, scratch: Stand | None = None) -> Appliance:
    made = Appliance(base, pin=stand.pin)
    made.home.mkdir(parents=True)
    more = f'scratch = "{scratch.profile.config}"\n' if scratch else ""
    (made.home / "appliance.toml").write_text(settings(stand) + more)
    return made


def held(stand: Stand, kind: Kind) -> list[object]:
    assert stand.device
    return [each for each in stand.device.store._objects.values() if each.kind is kind]


def test_a_wrap_key_that_could_not_be_deleted_is_told_and_can_be_removed(tmp_path: Path) -> None:
    with STANDS["yubihsm"](tmp_path) as stand:
        assert stand.device
        with stand.opened() as token:
            key = token.generate("ec-p256", label="root", key_id=b"\0\1", extractable=True)
            stand.device.faults.refuse[Command.DELETE_OBJECT] = Status.STORAGE_FAILED
            with pytest.raises(TokenRefused):
                token.wrap("root", KEK)
        stand.device.faults.refuse.clear()
        with stand.opened() as token:
            (left,) = token.strangers([key], "offline-root/root")
            assert left.kind == "secret key"
            assert token.remove([left.mark], [key], "offline-root/root") == ()
        assert not held(stand, Kind.WRAP_KEY)
