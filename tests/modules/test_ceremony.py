"""Root, intermediate, CRL and checkpoint, signed through each module by the whole program and verified by openssl."""

import subprocess
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from hsm import process
from offline_root import crl, tally, wire
from offline_root.config import read_appliance
from offline_root.errors import TokenError, TokenTrouble
from offline_root.home import Home
from offline_root.model import People
from offline_root.opening import Opening
from offline_root.statement import statements
from tests.appliance import Appliance, call, example_policy
from tests.e2e.chains import openssl
from tests.modules.device.doings import own_set_up_key
from tests.modules.stands import STANDS, Stand
from tests.requests import request as csr
from tests.requests import written
from tests.yubihsm.device import Device
from tests.yubihsm.devicelog import ENTRIES, OFF, ON
from tests.yubihsm.host import Host
from tests.yubihsm.words import Command, Kind, Status

pytestmark = pytest.mark.e2e


def settings(stand: Stand) -> str:
    """Return the appliance.toml of a machine that has this module."""
    config = f'config = "{stand.profile.config}"\n' if stand.profile.config else ""
    token = f'token = "{stand.label}"\n' if stand.profile.name == "generic" else ""
    return f'[module]\nprofile = "{stand.profile.name}"\npath = "{stand.module}"\n{config}{token}'


def prefix(monkeypatch: pytest.MonkeyPatch, stand: Stand) -> None:
    """Let each worker start as this stand's module needs it."""
    start = process._start

    def prefixed(program: Sequence[str], variables: Mapping[str, str], descriptors: Sequence[int]) -> object:
        return start((*stand.prefix, *program), variables, descriptors)

    monkeypatch.setattr(process, "_start", prefixed)


@pytest.fixture
def appliance(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Appliance, Stand]]:
    """Yield an appliance whose authority has its keys behind the module of that name, and the module."""
    base = tmp_path / "stand"
    base.mkdir()
    with STANDS[request.param](base) as stand:
        prefix(monkeypatch, stand)
        made = Appliance(tmp_path, pin=stand.new_pin or stand.pin)
        made.home.mkdir()
        (made.home / "appliance.toml").write_text(settings(stand))
        done = made.create(example_policy())
        assert done.code == 0, done.err
        yield made, stand


@pytest.mark.parametrize(
    "appliance", ["yubihsm", "nss", pytest.param("softhsm", marks=pytest.mark.long)], indirect=True
)
def test_all_that_a_root_signs_is_verified_by_openssl(appliance: tuple[Appliance, Stand]) -> None:
    made, stand = appliance
    done = made.sign("test", written(made.base, "ca.csr", csr()))

    assert done.code == 0, done.err
    folder, files = Path(done.json["response"]), done.json["issued"][0]["files"]
    root, certificate = files["root"], files["certificate"]
    assert openssl("verify", "-x509_strict", "-check_ss_sig", "-CAfile", root, root, certificate).returncode == 0
    crl = openssl("crl", "-in", folder / "root-ca.crl.pem", "-CAfile", root, "-noout")
    assert (crl.returncode, crl.stderr.strip()) == (0, "verify OK")
    script = subprocess.run(["sh", "VERIFY.txt"], cwd=folder, capture_output=True, text=True, check=False)
    assert script.returncode == 0, script.stdout
    assert ("-rawin" in (folder / "VERIFY.txt").read_text()) == (stand.name == "softhsm")
    assert call("--json", "verify", folder, "--anchor", made.anchor).json["ok"]
    assert [each["strangers"] for each in made.entries() if each["event"] == "token-opened"] == [[]]
    kinds = {each["role"]: each["kind"] for each in made.entries() if each["event"] == "key-generated"}
    assert kinds == {"root": "ec-p384", "audit": "ed25519" if stand.name == "softhsm" else "ec-p256"}


def refusing(command: Command, status: Status) -> Callable[[Device], None]:
    return lambda device: device.faults.refuse.update({command: status})


def removed(device: Device) -> None:
    device.faults.removed = True


def spoiling(device: Device) -> None:
    device.faults.spoil = lambda signature: signature[:-1] + bytes([signature[-1] ^ 1])


def log_full(device: Device) -> None:
    device.log.force = ON
    while not device.log.blocks(Command.SIGN_ECDSA):
        device.log.add(Command.PUT_OPAQUE, b"", 1, Status.OK)


def well_again(device: Device) -> None:
    device.faults.refuse.clear()
    device.faults.removed = False
    device.faults.spoil = bytes
    device.log.force = OFF


TROUBLES: dict[str, tuple[Callable[[Device], None], str]] = {
    "device error": (refusing(Command.SIGN_ECDSA, Status.STORAGE_FAILED), "The token refused: "),
    "no permission": (refusing(Command.SIGN_ECDSA, Status.INSUFFICIENT_PERMISSIONS), "The token refused: "),
    "authentication failure": (refusing(Command.AUTHENTICATE_SESSION, Status.AUTHENTICATION_FAILED), "refused the PIN"),
    "wrong signature": (spoiling, "signature"),
    "removed": (removed, "token"),
}


@pytest.mark.long
@pytest.mark.parametrize("appliance", ["yubihsm"], indirect=True)
def test_trouble_in_the_device_costs_one_ceremony_and_nothing_else(appliance: tuple[Appliance, Stand]) -> None:
    made, stand = appliance
    assert stand.device
    asked = written(made.base, "ca.csr", csr())
    held, log = dict(stand.device.store._objects), deepcopy(stand.device.log)
    for name, (trouble, said) in TROUBLES.items():
        copy = made.copy(made.base.with_name(name))
        # The copy's log has not seen what the device recorded and logged since.
        stand.device.store._objects, stand.device.log = dict(held), deepcopy(log)
        trouble(stand.device)
        done = copy.sign("test", asked)
        well_again(stand.device)

        assert done.code == 1, name
        assert said in done.error["what"], (name, done.error["what"])
        assert "Traceback" not in done.err
        assert not any(copy.out.rglob("*.pem"))
        assert "ca.csr" not in [each.get("file") for each in copy.entries() if each["event"] == "certificate-issued"]
        assert copy.log_is_whole(), name
    stand.device.store._objects, stand.device.log = held, log
    assert made.sign("test", asked).code == 0


@pytest.mark.parametrize("appliance", ["yubihsm"], indirect=True)
def test_a_full_device_log_is_drained_before_anything_is_signed(appliance: tuple[Appliance, Stand]) -> None:
    made, stand = appliance
    assert stand.device
    log_full(stand.device)
    done = made.sign("test", written(made.base, "ca.csr", csr()))
    assert done.code == 0, done.err
    assert made.log_is_whole()


@pytest.mark.parametrize("appliance", ["yubihsm"], indirect=True)
def test_a_log_that_was_put_back_is_found_by_the_record_in_the_device(appliance: tuple[Appliance, Stand]) -> None:
    made, _ = appliance
    before = made.copy(made.base.with_name("before"))
    asked = written(made.base, "ca.csr", csr())
    assert made.sign("test", asked).code == 0
    done = before.sign("test", asked)
    assert done.code == 1
    assert "the token's own record says" in done.error["what"]
    assert "entries are missing in the device's own log" in done.error["what"]


def drains(made: Appliance) -> list[dict[str, Any]]:
    return [each for each in made.entries() if each["event"] == tally.DRAINED]


@pytest.mark.parametrize("appliance", ["yubihsm"], indirect=True)
def test_a_ceremony_of_more_entries_than_the_device_has_room_for(appliance: tuple[Appliance, Stand]) -> None:
    made, stand = appliance
    assert stand.device
    before = sum(len(each["entries"]) for each in drains(made))
    home, people = Home(made.home), People("Olga", ("Wanda",))
    with wire.station(home, home.choose("root"), read_appliance(made.home)) as station:
        station.open(Opening("crl", "cli", people, wire.SystemClock().now(), made.head))
        station.unlock(made.pin)
        for _ in range(ENTRIES):
            station.issue_crl(crl.approve(station.review_crl()))
        station.state_all(statements(people, ()))
        station.deliver(wire.WiredFolder(made.out))
        assert station.close("done")
    told = drains(made)
    assert sum(len(each["entries"]) for each in told) - before > ENTRIES
    assert {each["compared"] for each in told[1:]} == {"yes"}
    assert sum(each["signatures"]["root"] for each in told[2:]) == ENTRIES + 1  # the proof at the opening, too
    assert stand.device.most_sessions == 1
    assert made.log_is_whole()


@pytest.mark.parametrize("appliance", ["yubihsm"], indirect=True)
def test_a_signature_outside_the_appliance_is_told_at_the_next_opening(appliance: tuple[Appliance, Stand]) -> None:
    """By somebody who has device and PIN, and leaves no other trace."""
    made, stand = appliance
    assert stand.profile.config
    thief = Host(stand.profile.config.read_text().split()[-1], made.pin[4:], 0x42)
    assert thief.ask(Command.SIGN_ECDSA, b"\0\1" + bytes(48))
    thief.ask(Command.CLOSE_SESSION)

    asked = written(made.base, "ca.csr", csr())
    done = made.sign("test", asked)
    assert done.code == 1
    assert "the device says that its root key signed 1 times" in done.error["what"]
    assert "by this log it was 0" in done.error["what"]
    assert not any(made.out.rglob("*.pem"))
    settled = made.call("log", "settle", "--because", "we know who it was", "--accept-tail", "6", *made.ceremony())
    assert settled.code == 0, settled.err
    assert made.sign("test", asked).code == 0


@pytest.mark.parametrize("appliance", ["yubihsm"], indirect=True)
def test_what_the_device_attests_is_in_the_log(appliance: tuple[Appliance, Stand]) -> None:
    made, _ = appliance
    (told,) = (each for each in made.entries() if each["event"] == "key-attested")
    key, device = (x509.load_der_x509_certificate(b64decode(told[name])) for name in ("certificate", "device"))
    key.verify_directly_issued_by(device)
    root = x509.load_pem_x509_certificate((made.place / "root-ca.pem").read_bytes())
    assert key.public_key() == root.public_key()


@pytest.mark.parametrize("appliance", ["yubihsm"], indirect=True)
def test_a_token_takes_no_second_authority(appliance: tuple[Appliance, Stand]) -> None:
    """What could make keys in it is gone, and that is found before anything is begun."""
    made, stand = appliance
    again = Appliance(made.base / "again", pin=stand.new_pin)
    again.home.mkdir(parents=True)
    (again.home / "appliance.toml").write_text(settings(stand))
    done = again.create(example_policy())
    assert done.code == 1
    assert "does not open with the password that its maker gives it" in done.error["what"]
    assert "ten seconds" in done.error["next"]
    assert [each.name for each in again.home.iterdir()] == ["appliance.toml"]


def test_a_device_is_looked_at_before_anybody_is_bothered_and_nothing_in_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with STANDS["yubihsm"](tmp_path) as stand:
        prefix(monkeypatch, stand)
        (tmp_path / "appliance.toml").write_text(settings(stand))
        tokens = wire.new_tokens(read_appliance(tmp_path))
        assert stand.device
        own_set_up_key(stand, "owner's own")
        before = dict(stand.device.store._objects)
        for so_pin in ("", "0009owner's own"):
            tokens.check_unused(so_pin)
        with pytest.raises(TokenError) as caught:
            tokens.check_unused("0009not the owner's")
        assert caught.value.trouble is TokenTrouble.WRONG_PIN
        assert stand.device.store._objects == before
        with stand.opened() as token:
            token.generate("ec-p256", label="theirs", key_id=b"\0\7", extractable=True)
        with pytest.raises(TokenError, match=r"The device holds .*theirs"):
            tokens.check_unused("0009owner's own")
        del stand.device.store._objects[(Kind.AUTHENTICATION_KEY, 1)]
        with pytest.raises(TokenError, match="does not open with the password that its maker gives it"):
            tokens.check_unused("")


def test_a_pin_of_the_vendors_tool_is_not_split_into_shares(tmp_path: Path) -> None:
    made = Appliance(tmp_path)
    made.home.mkdir()
    (made.home / "appliance.toml").write_text('[module]\nprofile = "generic"\n')
    done = made.create(example_policy().replace('activation = "pin"', 'activation = "shares"\nshares = "3 of 5"'))
    assert done.code == 1
    assert "was set by its vendor's tool" in done.error["what"]
    assert not made.place.exists()
