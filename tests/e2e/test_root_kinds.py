"""A root of each kind: its certificate, what it signs, and what OpenBao makes of that."""

from pathlib import Path

import pytest

from tests.appliance import Appliance, example_policy
from tests.e2e.chains import openssl, openssl_refuses
from tests.e2e.openbao import OpenBao

pytestmark = pytest.mark.e2e

SIGNATURES = {
    "rsa-4096": "sha256WithRSAEncryption",
    "ec-p256": "ecdsa-with-SHA256",
    "ed25519": "ED25519",
}


@pytest.mark.parametrize("kind", SIGNATURES)
def test_signs_what_openssl_and_openbao_accept(tmp_path: Path, bao: OpenBao, kind: str) -> None:
    appliance = Appliance(tmp_path)
    assert appliance.create(example_policy(kind)).code == 0
    bao.enable("pki-test")

    done = appliance.sign("test", bao.request("pki-test", "ca.csr"))

    assert done.code == 0, done.err
    files = done.json["issued"][0]["files"]
    certificate, root = Path(files["certificate"]), Path(files["root"])
    for each in (certificate, root):
        shown = openssl("x509", "-in", each, "-noout", "-text").stdout
        assert shown.count(f"Signature Algorithm: {SIGNATURES[kind]}\n") == 2
    assert any(bao.import_chain("pki-test", files["chain"]).values())
    leaf = bao.leaf("pki-test", "test.privsec.ch", "www.test.privsec.ch")
    assert openssl_refuses(leaf, certificate, root) == ""
