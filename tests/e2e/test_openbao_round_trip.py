"""The whole way: OpenBao makes a key and a request, the offline root answers, OpenBao issues, a stranger verifies."""

from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from tests.appliance import Appliance
from tests.e2e.chains import cryptography_refuses, openssl_refuses
from tests.e2e.openbao import OpenBao

pytestmark = pytest.mark.e2e

ENVIRONMENTS = ("test", "prod")
KEYS = {"rsa-4096": {"key_type": "rsa", "key_bits": "4096"}, "ec-p384": {"key_type": "ec", "key_bits": "384"}}


def signed(appliance: Appliance, environment: str, request: Path) -> dict[str, Any]:
    """Sign one request and return what became of it."""
    done = appliance.sign(environment, request)
    assert (done.code, done.json["refused"]) == (0, []), done.err
    [issued] = done.json["issued"]
    assert (issued["file"], issued["environment"]) == (str(request), environment)
    found: dict[str, Any] = issued
    return found


def acknowledged(appliance: Appliance) -> list[str]:
    """Return the warnings that people had to accept for the last approval."""
    found: list[str] = [each for each in appliance.entries() if each["event"] == "request-approved"][-1]["acknowledged"]
    return found


def only_key(mapping: dict[str, str]) -> str:
    """Return the one key in a mapping of issuers to keys that names the intermediate's and leaves the root's empty."""
    assert sorted(bool(key) for key in mapping.values()) == [False, True], mapping
    return next(key for key in mapping.values() if key)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("kind", KEYS)
class TestRoundTrip:
    def test_ends_with_a_leaf_that_strangers_accept(
        self, appliance: Appliance, bao: OpenBao, environment: str, kind: str
    ) -> None:
        mount, domain = f"pki-{environment}", f"{environment}.privsec.ch"
        bao.shell(f"bao secrets enable -path={mount} pki")
        bao.shell(f"bao secrets tune -max-lease-ttl=8760h {mount}")
        bits = KEYS[kind]["key_bits"]
        bao.shell(
            f"bao write {mount}/intermediate/generate/internal"
            f' common_name="PrivSec Intermediate CA ({environment})" key_type="{KEYS[kind]["key_type"]}"'
            f" key_bits={bits} exportable=true | tee {environment}-intermediate.csr"
        )

        files = signed(appliance, environment, bao.folder / f"{environment}-intermediate.csr")["files"]

        mapping = bao.import_chain(mount, files["chain"])
        assert only_key(mapping) in bao.answer("list", f"{mount}/keys")
        assert acknowledged(appliance) == []  # nothing to warn of in what OpenBao makes
        name = f"www.{domain}"
        leaf = bao.leaf(mount, domain, name)
        chain = (leaf, Path(files["certificate"]), Path(files["root"]))
        assert openssl_refuses(*chain) == ""
        assert cryptography_refuses(*chain, name) == ""


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("flags", ["", "-field=csr"])
def test_a_plain_request_of_openbao_gives_no_warning(
    appliance: Appliance, bao: OpenBao, environment: str, flags: str
) -> None:
    bao.enable(f"pki-{environment}")
    request = bao.request(f"pki-{environment}", "plain.csr", flags)

    report = appliance.call("inspect", request, "--environment", environment).json["files"][0]

    assert {each["severity"] for each in report["findings"][environment]} <= {"info"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
class TestNameConstraints:
    def test_stop_what_openbao_does_not(self, appliance: Appliance, bao: OpenBao, environment: str) -> None:
        """OpenBao issues outside the constraints of its own CA without a word: only the root's bounds hold."""
        other = {"test": "prod", "prod": "test"}[environment]
        mount, name = f"pki-{environment}", f"www.{other}.privsec.ch"
        bao.enable(mount)
        files = signed(appliance, environment, bao.request(mount, "ca.csr"))["files"]
        bao.import_chain(mount, files["chain"])

        leaf = bao.leaf(mount, f"{other}.privsec.ch", name)

        chain = (leaf, Path(files["certificate"]), Path(files["root"]))
        assert "permitted subtree violation" in openssl_refuses(*chain)
        assert "permitted" in cryptography_refuses(*chain, name)

    def test_stop_an_address_too(self, appliance: Appliance, bao: OpenBao, environment: str) -> None:
        mount, domain = f"pki-{environment}", f"{environment}.privsec.ch"
        bao.enable(mount)
        files = signed(appliance, environment, bao.request(mount, "ca.csr"))["files"]
        bao.import_chain(mount, files["chain"])

        leaf = bao.leaf(mount, domain, f"www.{domain}", ip_sans="192.0.2.7")

        assert "subtree violation" in openssl_refuses(leaf, Path(files["certificate"]), Path(files["root"]))


def test_both_environments_are_answered_in_one_home(appliance: Appliance, bao: OpenBao) -> None:
    for environment in ENVIRONMENTS:
        bao.enable(f"pki-{environment}")
        signed(appliance, environment, bao.request(f"pki-{environment}", f"{environment}.csr"))

    status = appliance.call("status").json
    assert [(each["environment"], each["state"]) for each in status["environments"]] == [
        ("test", "valid"),
        ("prod", "valid"),
    ]
    assert appliance.log_is_whole()


def test_the_response_holds_the_certified_key_of_the_request(appliance: Appliance, bao: OpenBao) -> None:
    bao.enable("pki-test")
    request = bao.request("pki-test", "ca.csr", "-field=csr")

    files = signed(appliance, "test", request)["files"]

    certified = x509.load_pem_x509_certificate(Path(files["certificate"]).read_bytes()).public_key()
    assert certified == x509.load_pem_x509_csr(request.read_bytes()).public_key()
