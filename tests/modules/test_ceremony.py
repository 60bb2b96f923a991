"""Root, intermediate, CRL and checkpoint, signed through each module by the whole program and verified by openssl."""

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from hsm import process
from tests.appliance import Appliance, call, example_policy
from tests.e2e.chains import openssl
from tests.modules.stands import STANDS, Stand
from tests.requests import request as csr
from tests.requests import written
from tests.yubihsm.device import Device
from tests.yubihsm.words import Command, Status

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
        made = Appliance(tmp_path, pin=stand.pin)
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
    assert "-rawin" in (folder / "VERIFY.txt").read_text() or stand.name == "nss"
    assert call("--json", "verify", folder, "--anchor", made.anchor).json["ok"]
    assert [each["strangers"] for each in made.entries() if each["event"] == "token-opened"] == [[]]
    kinds = {each["role"]: each["kind"] for each in made.entries() if each["event"] == "key-generated"}
    assert kinds == {"root": "ec-p384", "audit": "ec-p256" if stand.name == "nss" else "ed25519"}


def refusing(command: Command, status: Status) -> Callable[[Device], None]:
    return lambda device: device.faults.refuse.update({command: status})


def removed(device: Device) -> None:
    device.faults.removed = True


def spoiling(device: Device) -> None:
    device.faults.spoil = lambda signature: signature[:-1] + bytes([signature[-1] ^ 1])


def log_full(device: Device) -> None:
    device.log.forced = True
    while not device.log.blocks(Command.SIGN_ECDSA):
        device.log.add(Command.ECHO, b"", 1, Status.OK)


def well_again(device: Device) -> None:
    device.faults.refuse.clear()
    device.faults.removed = False
    device.faults.spoil = bytes
    device.log.forced = False


TROUBLES: dict[str, tuple[Callable[[Device], None], str]] = {
    "device error": (refusing(Command.SIGN_ECDSA, Status.STORAGE_FAILED), "The token refused: "),
    "no permission": (refusing(Command.SIGN_ECDSA, Status.INSUFFICIENT_PERMISSIONS), "The token refused: "),
    "authentication failure": (refusing(Command.AUTHENTICATE_SESSION, Status.AUTHENTICATION_FAILED), "refused the PIN"),
    "wrong signature": (spoiling, "signature"),
    "removed": (removed, "token"),
    "device log full": (log_full, "token"),
}


@pytest.mark.long
@pytest.mark.parametrize("appliance", ["yubihsm"], indirect=True)
def test_trouble_in_the_device_costs_one_ceremony_and_nothing_else(appliance: tuple[Appliance, Stand]) -> None:
    made, stand = appliance
    assert stand.device
    asked = written(made.base, "ca.csr", csr())
    held = dict(stand.device.store._objects)
    for name, (trouble, said) in TROUBLES.items():
        copy = made.copy(made.base.with_name(name))
        stand.device.store._objects = dict(held)  # the copy's log has not seen what the device recorded since
        trouble(stand.device)
        done = copy.sign("test", asked)
        well_again(stand.device)

        assert done.code == 1, name
        assert said in done.error["what"], (name, done.error["what"])
        assert "Traceback" not in done.err
        assert not any(copy.out.rglob("*.pem"))
        assert "ca.csr" not in [each.get("file") for each in copy.entries() if each["event"] == "certificate-issued"]
        assert copy.log_is_whole()
    stand.device.store._objects = held
    assert made.sign("test", asked).code == 0


@pytest.mark.parametrize("appliance", ["yubihsm"], indirect=True)
def test_a_log_that_was_put_back_is_found_by_the_record_in_the_device(appliance: tuple[Appliance, Stand]) -> None:
    made, _ = appliance
    before = made.copy(made.base.with_name("before"))
    asked = written(made.base, "ca.csr", csr())
    assert made.sign("test", asked).code == 0
    done = before.sign("test", asked)
    assert done.code == 1
    assert "the token's own record says" in done.error["what"]


@pytest.mark.parametrize("appliance", ["yubihsm"], indirect=True)
def test_a_token_takes_no_second_authority(appliance: tuple[Appliance, Stand]) -> None:
    """Its keys are there already, and nobody could tell the new from the old."""
    made, stand = appliance
    again = Appliance(made.base / "again", pin=stand.pin)
    again.home.mkdir(parents=True)
    (again.home / "appliance.toml").write_text(settings(stand))
    done = again.create(example_policy())
    assert done.code == 1
    assert "The token already has a key with the label root" in done.error["what"]


def test_a_pin_of_the_vendors_tool_is_not_split_into_shares(tmp_path: Path) -> None:
    made = Appliance(tmp_path)
    made.home.mkdir()
    (made.home / "appliance.toml").write_text('[module]\nprofile = "generic"\n')
    done = made.create(example_policy().replace('activation = "pin"', 'activation = "shares"\nshares = "3 of 5"'))
    assert done.code == 1
    assert "was set by its vendor's tool" in done.error["what"]
    assert not made.place.exists()
