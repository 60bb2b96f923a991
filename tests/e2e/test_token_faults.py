"""A module that goes wrong in the middle of a ceremony: the log is whole, nothing wrong is delivered, and it goes on.

docs/token-faults.md is the table of all cases.
"""

import functools
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from hsm import Token, process
from offline_root import issue, scratch
from offline_root.errors import StationError
from offline_root.model import Der
from tests.appliance import Appliance, Done, example_policy
from tests.custodians import Custodians
from tests.e2e.chains import openssl
from tests.faults.proxied import Fault, build, prefix
from tests.requests import request, written

pytestmark = pytest.mark.e2e

ROOT_SIGNS = 4
"""Which signature of a ceremony that signs one request is the certificate's: after the proof, two checkpoints."""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("proxy"))


@contextmanager
def going_wrong(appliance: Appliance, proxy: Path, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the module go wrong at one call."""
    start = process._start

    def faulty(program: Sequence[str], variables: Mapping[str, str], descriptors: Sequence[int]) -> object:
        return start((*prefix(fault), *program), variables, descriptors)

    appliance.home.mkdir(exist_ok=True)
    (appliance.home / "appliance.toml").write_text(f'[module]\npath = "{proxy}"\n')
    with monkeypatch.context() as patch:
        patch.setattr(process, "_start", faulty)
        if fault.deed == "hang":
            patch.setattr(Token, "attach", functools.partial(Token.attach, deadlines={"sign": 1.0, "close": 1.0}))
        yield
    (appliance.home / "appliance.toml").unlink()


@pytest.fixture(scope="module")
def backed(tmp_path_factory: pytest.TempPathFactory) -> Appliance:
    """Return an authority whose root key may be backed up."""
    made = Appliance(tmp_path_factory.mktemp("backed"))
    policy = example_policy().replace('activation = "pin" ', 'activation = "pin"\nbackup = "2 of 3" ')
    assert made.create(policy).code == 0
    return made


def with_fault(appliance: Appliance, proxy: Path, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> Done:
    """Sign a request while the module goes wrong at one call."""
    with going_wrong(appliance, proxy, fault, monkeypatch):
        return appliance.sign("test", written(appliance.base, "ca.csr", request()))


def assert_nothing_wrong(appliance: Appliance, done: Done) -> None:
    """Whatever happened: it is said in words, what the log says was issued verifies, and what is delivered is in it."""
    if done.code:
        assert done.code == 1
        assert done.error["what"]
    assert "Traceback" not in done.err
    assert appliance.log_is_whole()
    for certificate in appliance.out.rglob("test-ca.pem"):
        assert openssl("verify", "-CAfile", certificate.parent / "root-ca.pem", certificate).returncode == 0
    signed = [
        each for each in appliance.entries() if each["event"] == "certificate-issued" and each["file"] == "ca.csr"
    ]
    assert len(signed) <= 1


def unsigned(appliance: Appliance) -> str | None:
    """Return how many lines of the log no checkpoint covers, as it is typed."""
    tail = len(appliance.entries()) - int((appliance.place / "audit" / "checkpoint").read_text().splitlines()[1])
    return str(tail) if tail else None


def assert_it_goes_on(appliance: Appliance) -> None:
    """Sign the same request once more, on the module as it is: the signature verifies."""
    again = appliance.sign("test", written(appliance.base, "ca.csr", request()), accept_tail=unsigned(appliance))
    assert again.code == 0, again.err
    files = again.json["issued"][0]["files"]
    assert openssl("verify", "-x509_strict", "-CAfile", files["root"], files["certificate"]).returncode == 0


CLASSES: dict[str, tuple[Fault, str]] = {
    "flipped bit": (Fault("C_Sign", 0, "flip", 77), "does not verify"),
    "killed after signing": (Fault("C_Sign", 2 * ROOT_SIGNS, "kill-after"), "ended during sign (signal 9)"),
}
MORE: dict[str, tuple[Fault, str]] = {
    "foreign signature": (Fault("C_Sign", 0, "foreign"), "does not verify"),
    "short signature": (Fault("C_Sign", 0, "short"), "no signature of a key"),
    "device error": (Fault("C_SignInit", ROOT_SIGNS, "refuse", 0x30), "DeviceError"),
    "done, and said to be refused": (Fault("C_Sign", 2 * ROOT_SIGNS, "report", 0x06), "FunctionFailed"),
    "removed": (Fault("C_SignInit", ROOT_SIGNS, "refuse", 0x32), "The token was removed."),
    "PIN locked": (Fault("C_Login", 0, "refuse", 0xA4), "locked its PIN"),
    "hang": (Fault("C_SignInit", ROOT_SIGNS, "hang"), "did not answer to sign"),
    "exit()": (Fault("C_SignInit", ROOT_SIGNS, "exit"), "exit code 5"),
    "SIGSEGV": (Fault("C_SignInit", ROOT_SIGNS, "segv"), "signal 11"),
    "killed before signing": (Fault("C_SignInit", ROOT_SIGNS, "kill"), "signal 9"),
}


@pytest.mark.parametrize("name", [*CLASSES, *(pytest.param(name, marks=pytest.mark.long) for name in MORE)])
def test_a_ceremony_with_a_fault_of_each_class(
    created: Appliance, proxy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    fault, words = {**CLASSES, **MORE}[name]
    appliance = created.copy(tmp_path)
    done = with_fault(appliance, proxy, fault, monkeypatch)
    assert done.code == 1
    assert words in done.error["what"]
    assert_nothing_wrong(appliance, done)
    if "PIN" not in name:
        assert_it_goes_on(appliance)


CREATING: dict[str, tuple[Fault, str]] = {
    "a key was made, and that was denied": (Fault("C_GenerateKeyPair", 1, "report", 0x31), "DeviceMemory"),
}
MORE_CREATING: dict[str, tuple[Fault, str]] = {
    "no token": (Fault("C_InitToken", 1, "refuse", 0x30), "CKR 0x30"),
    "no PIN": (Fault("C_InitPIN", 1, "refuse", 0xA2), "refused the PIN"),
    "killed between the keys": (Fault("C_GenerateKeyPair", 2, "kill"), "signal 9"),
    "the root signed wrongly": (Fault("C_Sign", 0, "flip", 9), "does not verify"),
}


@pytest.mark.parametrize("name", [*CREATING, *(pytest.param(name, marks=pytest.mark.long) for name in MORE_CREATING)])
def test_an_authority_is_not_made_by_half(
    proxy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    fault, words = {**CREATING, **MORE_CREATING}[name]
    appliance = Appliance(tmp_path)
    with going_wrong(appliance, proxy, fault, monkeypatch):
        done = appliance.create(example_policy())
    assert done.code == 1
    assert words in done.error["what"]
    assert not appliance.place.exists()
    assert appliance.create(example_policy()).code == 0
    assert appliance.sign("test", written(tmp_path, "ca.csr", request())).code == 0


BACKING: dict[str, tuple[Fault, str]] = {
    "the scratch token takes no key": (Fault("C_UnwrapKey", 1, "refuse", 0x05), "GeneralError"),
}
MORE_BACKING: dict[str, tuple[Fault, str]] = {
    "nothing is wrapped": (Fault("C_WrapKey", 1, "refuse", 0x30), "DeviceError"),
    "killed while it wraps": (Fault("C_WrapKey", 2, "kill-after"), "signal 9"),
    "killed in the scratch token": (Fault("C_UnwrapKey", 1, "kill-after"), "signal 9"),
    "no scratch token": (Fault("C_InitToken", 1, "refuse", 0x31), "CKR 0x31"),
}


@pytest.mark.parametrize("name", [*BACKING, *(pytest.param(name, marks=pytest.mark.long) for name in MORE_BACKING)])
def test_a_backup_that_failed_does_not_count_and_leaves_no_copy(
    backed: Appliance, proxy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    fault, words = {**BACKING, **MORE_BACKING}[name]
    appliance, memory = backed.copy(tmp_path / "copy"), tmp_path / "memory"
    memory.mkdir()
    monkeypatch.setattr(scratch, "MEMORY", memory)

    def back_up() -> Done:
        with Custodians().present():
            people = appliance.ceremony(accept_tail=unsigned(appliance))
            return appliance.call("backup", "--out", tmp_path / "vault", *people)

    with going_wrong(appliance, proxy, fault, monkeypatch):
        done = back_up()
    assert done.code == 1
    assert words in done.error["what"]
    assert list(memory.iterdir()) == []
    assert not (tmp_path / "vault").exists()
    assert "key-backed-up" not in appliance.events()
    assert appliance.log_is_whole()
    assert back_up().code == 0
    assert appliance.events().count("key-backed-up") == 1


def test_every_single_flipped_bit_of_a_signature_is_caught(created: Appliance) -> None:
    """Of the root's own signature, made in the token: 768 bits of two numbers."""
    root = issue.load(Der(ssl.PEM_cert_to_DER_cert((created.place / "root-ca.pem").read_text())))
    tbs, spki = Der(root.tbs_certificate_bytes), issue.spki_of(root)
    size = 48
    raw = b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(root.signature))
    issue.verify(issue.assemble(tbs, root.signature), tbs, spki)
    for bit in range(8 * len(raw)):
        wrong = bytearray(raw)
        wrong[bit // 8] ^= 1 << bit % 8
        numbers = (int.from_bytes(wrong[at : at + size], "big") for at in (0, size))
        with pytest.raises(StationError, match="verify"):
            issue.verify(issue.assemble(tbs, encode_dss_signature(*numbers)), tbs, spki)
