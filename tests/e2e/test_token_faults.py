"""A module that goes wrong in the middle of a ceremony: the log is whole, nothing wrong is delivered, and it goes on.

docs/token-faults.md is the table of all cases.
"""

import functools
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from hsm import Token, process
from offline_root import issue
from offline_root.errors import StationError
from offline_root.model import Der
from tests.appliance import Appliance, Done
from tests.e2e.chains import openssl
from tests.faults.proxied import Fault, build, prefix
from tests.requests import request, written

pytestmark = pytest.mark.e2e

ROOT_SIGNS = 4
"""Which signature of a ceremony that signs one request is the certificate's: after the proof, two checkpoints."""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("proxy"))


def with_fault(appliance: Appliance, proxy: Path, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> Done:
    """Sign a request while the module goes wrong at one call."""
    start = process._start

    def faulty(program: Sequence[str], variables: Mapping[str, str], descriptors: Sequence[int]) -> object:
        return start((*prefix(fault), *program), variables, descriptors)

    (appliance.home / "appliance.toml").write_text(f'[module]\npath = "{proxy}"\n')
    with monkeypatch.context() as patch:
        patch.setattr(process, "_start", faulty)
        if fault.deed == "hang":
            patch.setattr(Token, "attach", functools.partial(Token.attach, deadlines={"sign": 1.0, "close": 1.0}))
        done = appliance.sign("test", written(appliance.base, "ca.csr", request()))
    (appliance.home / "appliance.toml").unlink()
    return done


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


def assert_it_goes_on(appliance: Appliance) -> None:
    """Sign the same request once more, on the module as it is: the signature verifies."""
    tail = len(appliance.entries()) - int((appliance.place / "audit" / "checkpoint").read_text().splitlines()[1])
    again = appliance.sign(
        "test", written(appliance.base, "ca.csr", request()), accept_tail=str(tail) if tail else None
    )
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
