"""The two certificates as OpenSSL shows them: the profile, whole, as an auditor reads it."""

import re
from pathlib import Path

import pytest
from cryptography import x509

from tests.appliance import Appliance
from tests.e2e.chains import openssl
from tests.requests import request, written

pytestmark = pytest.mark.e2e


def text(certificate: str | Path) -> str:
    """Return what `openssl x509 -text` prints, with runs of white space as one space."""
    options = "no_pubkey,no_sigdump"
    done = openssl("x509", "-in", certificate, "-noout", "-text", "-certopt", options, "-nameopt", "RFC2253")
    return re.sub(r"\s+", " ", done.stdout).strip()


def extensions(shown: str) -> str:
    """Return the part of the text that shows the extensions."""
    return shown.partition("X509v3 extensions: ")[2]


@pytest.fixture(scope="module")
def files(created: Appliance, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the files of one answer for `test`, by name."""
    appliance = created.copy(tmp_path_factory.mktemp("certificates"))
    done = appliance.sign("test", written(appliance.base, "ca.csr", request()))
    found: dict[str, str] = done.json["issued"][0]["files"]
    return found


def test_the_root_is_what_the_policy_says(files: dict[str, str]) -> None:
    shown = text(files["root"])
    name = "CN=PrivSec OFFLINE Root CA,O=PrivSec,C=CH"
    key_identifier = re.findall(r"Subject Key Identifier: ([0-9A-F:]{59})", shown)[0]

    assert f"Issuer: {name} Validity" in shown
    assert f"Subject: {name} " in shown
    assert extensions(shown) == (
        "X509v3 Basic Constraints: critical CA:TRUE "
        "X509v3 Key Usage: critical Certificate Sign, CRL Sign "
        f"X509v3 Subject Key Identifier: {key_identifier}"
    )


def test_the_intermediate_is_what_the_policy_says(files: dict[str, str]) -> None:
    shown = text(files["certificate"])
    identifiers = [
        re.findall(r"Subject Key Identifier: ([0-9A-F:]{59})", each)[0] for each in (shown, text(files["root"]))
    ]

    assert "Issuer: CN=PrivSec OFFLINE Root CA,O=PrivSec,C=CH Validity" in shown
    assert "Subject: CN=PrivSec Intermediate CA (test),O=PrivSec,C=CH " in shown
    assert extensions(shown) == (
        "X509v3 Basic Constraints: critical CA:TRUE, pathlen:0 "
        "X509v3 Key Usage: critical Certificate Sign, CRL Sign "
        f"X509v3 Subject Key Identifier: {identifiers[0]} "
        f"X509v3 Authority Key Identifier: {identifiers[1]} "
        "X509v3 Name Constraints: critical "
        "Permitted: DNS:test.privsec.ch DNS:localhost IP:127.0.0.0/255.0.0.0 "
        "IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF "
        "X509v3 CRL Distribution Points: Full Name: URI:http://pki.example.org/root-ca.crl "
        "Authority Information Access: CA Issuers - URI:http://pki.example.org/root-ca.der"
    )


def test_dates_are_those_of_the_policy(files: dict[str, str]) -> None:
    root, intermediate = (
        x509.load_pem_x509_certificate(Path(files[each]).read_bytes()) for each in ("root", "certificate")
    )

    begin, end = root.not_valid_before_utc, root.not_valid_after_utc
    assert (end.year - begin.year, (begin - end.replace(year=begin.year)).total_seconds()) == (20, 1)
    life = intermediate.not_valid_after_utc - intermediate.not_valid_before_utc
    assert life.total_seconds() == 3650 * 86400 - 1


@pytest.mark.parametrize("name", ["root", "certificate"])
def test_serials_are_long_and_positive(files: dict[str, str], name: str) -> None:
    serial = x509.load_pem_x509_certificate(Path(files[name]).read_bytes()).serial_number

    assert 64 <= serial.bit_length() <= 159


def test_the_chain_is_intermediate_then_root_and_ends_there(files: dict[str, str]) -> None:
    whole = Path(files["chain"]).read_bytes()

    assert whole == Path(files["certificate"]).read_bytes() + Path(files["root"]).read_bytes()
    assert whole.endswith(b"-----END CERTIFICATE-----\n")
