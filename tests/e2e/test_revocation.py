"""Two validators that share nothing follow a revocation, on the files of a response as they were handed over."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.appliance import Appliance
from tests.e2e.chains import openssl
from tests.requests import request, written

pytestmark = pytest.mark.e2e


def certtool(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run GnuTLS."""
    return subprocess.run(["certtool", *map(str, arguments)], capture_output=True, check=False, text=True)


def openssl_says(folder: Path, certificate: Path) -> str:
    """Return the verdict of OpenSSL, which insists on a CRL for each link."""
    files = ("-CAfile", folder / "root-ca.pem", "-CRLfile", folder / "root-ca.crl.pem")
    done = openssl("verify", "-x509_strict", "-crl_check_all", *files, certificate)
    return "OK" if done.returncode == 0 else done.stderr


def gnutls_says(folder: Path, certificate: Path) -> str:
    """Return the verdict of GnuTLS."""
    loaded = ("--load-ca-certificate", folder / "root-ca.pem", "--load-crl", folder / "root-ca.crl.pem")
    done = certtool("--verify", *loaded, "--infile", certificate)
    return "OK" if done.returncode == 0 else done.stdout + done.stderr


def verify_txt(folder: Path) -> str:
    """Return what VERIFY.txt says."""
    return subprocess.run(["sh", "VERIFY.txt"], cwd=folder, capture_output=True, check=False, text=True).stdout


def test_openssl_and_gnutls_follow_a_revocation(appliance: Appliance, tmp_path: Path) -> None:
    test = appliance.sign("test", written(tmp_path, "test.csr", request()))
    assert test.code == 0, test.err
    certificate = Path(test.json["issued"][0]["files"]["certificate"])
    folder = certificate.parent
    kept = tmp_path / "kept.pem"
    shutil.copy(certificate, kept)
    assert openssl_says(folder, kept) == gnutls_says(folder, kept) == "OK"

    serial = test.json["issued"][0]["serial"]
    named = ("--reason", "keyCompromise", "--confirm", serial)
    revoked = appliance.call("revoke", serial, *named, "--out", appliance.out, *appliance.ceremony())
    assert revoked.code == 0, revoked.err
    folder = Path(revoked.json["response"])

    assert "certificate revoked" in openssl_says(folder, kept)
    assert "revoked" in gnutls_says(folder, kept)
    # The file that is published is the same list, and GnuTLS takes it for the root's.
    assert (
        x509.load_der_x509_crl((folder / "root-ca.crl").read_bytes()).public_bytes(Encoding.PEM)
        == (folder / "root-ca.crl.pem").read_bytes()
    )
    said = certtool(
        "--verify-crl", "--load-ca-certificate", folder / "root-ca.pem", "--infile", folder / "root-ca.crl.pem"
    )
    assert said.returncode == 0, said.stdout + said.stderr

    # VERIFY.txt, as it is printed in that response, says so too, and not of a changed log.
    assert verify_txt(folder).endswith("ALL CHECKS PASSED, if step 1 did.\n")
    log = folder / "audit" / "log.jsonl"
    whole = log.read_bytes()
    log.write_bytes(whole.replace(b"keyCompromise", b"keyCompromisf", 1))
    assert "FAILED" in verify_txt(folder)
    log.write_bytes(whole)

    # A fresh list goes on saying it.
    fresh = appliance.call("crl", "--out", appliance.out, *appliance.ceremony())
    assert fresh.code == 0, fresh.err
    assert "certificate revoked" in openssl_says(Path(fresh.json["response"]), kept)
