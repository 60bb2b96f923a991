"""Backups on the YubiHSM 2's own module before simulated devices: from one to another, and in whole ceremonies."""

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
from tests.spellings import spellings
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
def test_backup_at_create_then_reset_restore_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("own", "scratch"):
        (tmp_path / name).mkdir()
    with STANDS["yubihsm"](tmp_path / "own") as own, STANDS["yubihsm"](tmp_path / "scratch") as scratch:
        prefix(monkeypatch, own)
        made, file, people = backed(tmp_path, own, scratch)
        assert own.device
        assert (held(scratch, Kind.ASYMMETRIC_KEY), held(own, Kind.WRAP_KEY)) == ([], [])
        assert [each.number for each in own.device.store.of(Kind.AUTHENTICATION_KEY)] == [0x42]
        drill = call("--json", "shares", "verify", file, *people.files(tmp_path, 3, 1))
        assert (drill.json["opens"], drill.json["key_seen"]) == (True, False)
        signed = made.sign("test", written(made.base, "ca.csr", csr()))
        assert signed.code == 0, signed.err

        with people.present():
            later = made.call("backup", "--out", tmp_path / "later", *made.ceremony())
        assert "can export nothing" in later.error["what"]
        ending: tuple[str | Path, ...] = (
            "destroy",
            "--confirm",
            "0" * 64,
            "--confirm-name",
            "root",
            "--out",
            made.out,
            *made.ceremony(),
        )
        assert "reset the device" in made.call(*ending).error["next"]

        own.device.reset()
        fresh = appliance(tmp_path / "fresh", own)  # only a backup needs a scratch token
        fresh.head = made.head
        given = ("--log", signed.json["response"], "--anchor", made.anchor, *people.files(tmp_path, 2, 3))
        done = fresh.call("restore", file, *given, *fresh.ceremony())
        assert done.code == 0, done.err
        signed = fresh.sign("prod", written(fresh.base, "ca.csr", csr("PrivSec Intermediate CA (prod)")))
        assert signed.code == 0, signed.err
        certificate = signed.json["issued"][0]["files"]["certificate"]
        command = ("verify", "-x509_strict", "-CAfile", made.place / "root-ca.pem", certificate)
        assert openssl(*command).returncode == 0
        assert fresh.events().count("set-up-ended") == 2
        assert not any(held(each, Kind.WRAP_KEY) for each in (own, scratch))
        assert written_in(tmp_path, own.new_pin) == {"pin"}  # where the test itself wrote it
        for number, words in people.cards.items():
            assert written_in(tmp_path, " ".join(words.split()[4:8])) == {f"share-{number}"}


def written_in(base: Path, secret: str) -> set[str]:
    """Return the names of the files in which a secret is, however it is spelled."""
    files = [each for each in base.rglob("*") if each.is_file()]
    assert len(files) > 40
    return {each.name for each in files if any(form in each.read_bytes() for form in spellings(secret))}


@pytest.mark.e2e
def test_a_scratch_token_that_holds_something_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistaken `scratch` in the settings costs no key, and is found before a key is made."""
    for name in ("own", "scratch"):
        (tmp_path / name).mkdir()
    with STANDS["yubihsm"](tmp_path / "own") as own, STANDS["yubihsm"](tmp_path / "scratch") as scratch:
        prefix(monkeypatch, own)
        assert own.device
        assert scratch.device
        with scratch.opened() as token:
            token.generate("ec-p384", label="theirs", key_id=b"\0\7", extractable=True)
        made = appliance(tmp_path / "made", own, scratch)
        with Custodians().present():
            done = made.create(policy_with_backup(), out=str(tmp_path / "vault"))
        assert done.code == 1
        assert "The scratch token is not empty. In it lies" in done.error["what"]
        assert len(held(scratch, Kind.ASYMMETRIC_KEY)) == 1
        assert not own.device.asked


def policy_with_backup() -> str:
    return example_policy().replace('activation = "pin" ', 'activation = "pin"\nbackup = "2 of 3" ')


def backed(base: Path, own: Stand, scratch: Stand) -> tuple[Appliance, Path, Custodians]:
    """Return an authority with a backup, its file, and who holds the cards; not without a scratch token or a place."""
    policy = policy_with_backup()
    assert "makes no backup" in appliance(base / "bare", own).create(policy).error["what"]
    made, people = appliance(base / "made", own, scratch), Custodians()
    refused = made.create(policy).error
    assert ("has to be made now" in refused["what"], "--out DIR" in refused["next"]) == (True, True)
    assert own.device
    assert not own.device.asked
    with people.present():
        done = made.create(policy, out=str(base / "vault"))
    assert done.code == 0, done.err
    return made, Path(done.json["backup"]) / "root-key.backup", people


def appliance(base: Path, stand: Stand, scratch: Stand | None = None) -> Appliance:
    made = Appliance(base, pin=stand.new_pin)
    made.home.mkdir(parents=True)
    more = f'scratch = "{scratch.profile.config}"\n' if scratch else ""
    (made.home / "appliance.toml").write_text(settings(stand) + more)
    return made


def held(stand: Stand, kind: Kind) -> list[object]:
    assert stand.device
    return list(stand.device.store.of(kind))


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
