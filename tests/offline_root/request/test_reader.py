"""What a request says after it was read."""

import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from offline_root.model import Requested, SigningRequest, Unreadable
from offline_root.request.reader import read_request
from tests.offline_root.request.derived import FOLDER
from tests.offline_root.request.sound import CODES


def _read(name: str) -> SigningRequest:
    outcome = read_request(name, FOLDER.joinpath(name).read_bytes())
    assert isinstance(outcome, SigningRequest)
    return outcome


def _refused(name: str) -> Unreadable:
    outcome = read_request(name, FOLDER.joinpath(name).read_bytes())
    assert isinstance(outcome, Unreadable)
    return outcome


def test_the_file_is_named_and_hashed_as_it_came() -> None:
    data = FOLDER.joinpath("crlf.pem").read_bytes()
    outcome = read_request("\x1b[31m../a\u202e.csr", data)
    assert outcome.file == "\x1b[31m../a\u202e.csr"
    assert outcome.file_sha256 == hashlib.sha256(data).hexdigest()


def test_parts_are_taken_from_the_file_as_they_stand() -> None:
    request = _read("openssl-rsa.pem")
    csr = x509.load_pem_x509_csr(FOLDER.joinpath("openssl-rsa.pem").read_bytes())
    assert request.der == csr.public_bytes(Encoding.DER)
    assert request.subject == csr.subject.public_bytes()
    assert request.public_key == csr.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert request.fingerprint == hashlib.sha256(request.public_key).hexdigest()


def test_explicit_curve_parameters_stay_visible() -> None:
    # cryptography reads such a key as one of a named curve; only the octets as they stand show the difference.
    request = _read("openssl-explicit-curve.pem")
    key = x509.load_der_x509_csr(request.der).public_key()
    assert request.public_key != key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def test_the_same_request_is_the_same_in_every_wrapping() -> None:
    names = (
        "openssl-ec.pem",
        "utf-16-le.pem",
        "bare.json",
        "folded.yaml",
        "crlf-table.csr",
        "base64.txt",
        "escaped.txt",
    )
    assert len({_read(name).der for name in names}) == 1
    assert len({_read(name).file_sha256 for name in names}) == len(names)


def test_requested_extensions_are_text() -> None:
    requested = {each.name: each for each in _read("openssl-extensions.pem").requested}
    assert {name: each.critical for name, each in requested.items()} == {
        "basicConstraints": True,
        "keyUsage": True,
        "extKeyUsage": False,
        "subjectAltName": False,
        "nameConstraints": True,
        "subjectKeyIdentifier": False,
        "certificatePolicies": False,
        "1.2.3.4.5": False,
    }
    for name, value in (
        ("basicConstraints", "CA:TRUE, path length 0"),
        ("keyUsage", "keyCertSign"),
        ("extKeyUsage", "serverAuth, 1.2.3.4"),
        ("subjectAltName", "DNS test.example, e-mail ca@test.example, URI https://test.example/, IP 192.0.2.1"),
        ("subjectAltName", "CN=PrivSec Intermediate CA (test)"),
        ("nameConstraints", "permitted DNS test.example, excluded IP 0.0.0.0/0"),
        ("1.2.3.4.5", "0c07756e6b6e6f776e"),
    ):
        assert value in requested[name].value


def test_openbao_asks_for_a_name_and_basic_constraints() -> None:
    name, constraints = _read("openbao-table-san.csr").requested
    assert name == Requested("2.5.29.17", "subjectAltName", critical=False, value="DNS test.example")
    assert (constraints.oid, constraints.critical, constraints.value[:7]) == ("2.5.29.19", True, "CA:TRUE")


def test_both_extension_attributes_are_shown() -> None:
    both = _read("attribute/microsoft-beside.der").requested
    assert [(each.name, each.value.split(",")[0]) for each in both] == [
        ("basicConstraints", "CA:TRUE"),
        ("keyUsage", "keyCertSign"),
    ]
    assert [each.name for each in _read("attribute/microsoft.der").requested] == ["basicConstraints"]
    assert _read("attribute/extensions-empty.der").requested == ()


def test_values_are_shown_whole_or_with_their_length_and_hash() -> None:
    assert [each.value for each in _read("extension/unknown-empty.der").requested] == ["(empty)"]
    (value,) = [each.value for each in _read("extension/san-long.der").requested]
    whole = "DNS " + "a" * 3000
    assert value == f"{whole[:500]}… (3004 characters, SHA-256 {hashlib.sha256(whole.encode()).hexdigest()})"


def test_a_challenge_password_is_never_shown() -> None:
    request = _read("openssl-challenge.pem")
    assert bytes(request.der).count(b"CHALLENGE-PASSWORD-CANARY") == 1
    assert "CANARY" not in repr((request.findings, request.requested))


@pytest.mark.parametrize(
    "name", ["exposed-before.pem", "exposed-field.json", "exposed-behind.der", "openbao-bundle.yaml"]
)
def test_the_finding_on_a_private_key_says_nothing_of_it(name: str) -> None:
    finding = _refused(name).findings[0]
    # The same words whatever the key is: nothing of the file can be in them.
    assert finding == _refused("key-openssh.pem").findings[0]
    assert "EXPOSED" in finding.mend
    assert finding.code == "request.file.private-key"


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("subject/utf-8-cut.der", "subject"),
        ("key/off-curve.der", "public_key"),
        ("key/unknown.der", "public_key"),
        ("signature/md4.der", "signature_algorithm"),
        ("signature/pss-no-parameters.der", "signature_algorithm"),
        ("extension/usage-malformed.der", "extensions"),
        ("extension/no-value.der", "extensions"),
        ("attribute/no-set.der", "attributes"),
        ("version/1.der", "version"),
        ("subject/rdn-null.der", "request"),
    ],
)
def test_the_finding_names_the_field(name: str, field: str) -> None:
    assert [finding.field for finding in _refused(name).findings] == [field]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("openssl-certificate.pem", "a certificate,"),
        ("openssl-certificate.der", "a certificate,"),
        ("openssl-crl.pem", "a certificate revocation list,"),
        ("openssl-crl.der", "a certificate revocation list,"),
        ("openssl-pkcs7.pem", "a PKCS#7 or CMS container,"),
        ("openssl-pkcs7.der", "a PKCS#7 or CMS container,"),
        ("openssl-public-key.pem", "a public key,"),
        ("openssl-public-key.der", "a public key,"),
        ("unknown-block.pem", "a block '<U+001B>[31mTHING',"),
    ],
)
def test_the_finding_says_what_it_is_instead(name: str, what: str) -> None:
    assert _refused(name).findings[0].message == f"It holds {what} not a request."


@pytest.mark.parametrize(
    ("label", "what"),
    [
        ("CERTIFICATE", "a certificate"),
        ("X509 CERTIFICATE", "a certificate"),
        ("TRUSTED CERTIFICATE", "a certificate"),
        ("X509 CRL", "a certificate revocation list"),
        ("PKCS7", "a PKCS#7 or CMS container"),
        ("PKCS #7 SIGNED DATA", "a PKCS#7 or CMS container"),
        ("CMS", "a PKCS#7 or CMS container"),
        ("PUBLIC KEY", "a public key"),
        ("RSA PUBLIC KEY", "a public key"),
        ("SSH2 PUBLIC KEY", "a public key"),
        ("EC PARAMETERS", "the parameters of a key"),
        ("<U+0041>\x1b", "a block '<U+003C>U+0041><U+001B>'"),
    ],
)
def test_a_block_beside_the_request_is_named(label: str, what: str) -> None:
    data = f"-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n".encode()
    beside = read_request("f", data + FOLDER.joinpath("openssl-ec.pem").read_bytes())
    assert [finding.message for finding in beside.findings] == [f"It holds {what} as well."]
    alone = read_request("f", data)
    assert [finding.message for finding in alone.findings] == [f"It holds {what}, not a request."]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("csr: x\na: b: HIDDEN\n", "mapping values are not allowed here, line 2"),
        ('csr: "HIDDEN\n', "found unexpected end of stream, line 2"),
        ("csr: &HIDDEN x\n", "an anchor, an alias or a tag"),
        ('{"csr": "HIDDEN}', "Unterminated string starting at: line 1 column 9 (char 8)"),
        ("[" * 65_536, "it is nested too deeply"),
        ('{"csr": "x", "a": 1, "a": 2}', "the key 'a' stands twice"),
    ],
)
def test_what_is_malformed_is_said_without_quoting_the_file(text: str, reason: str) -> None:
    (finding,) = read_request("f", text.encode()).findings
    assert finding.message == f"It cannot be read: {reason}."


def test_what_is_wrong_is_found_together() -> None:
    codes = [finding.code for finding in _refused("behind-and-damaged.pem").findings]
    assert codes == ["request.file.text-before", "request.file.trailing-data", "request.file.base64"]


def test_every_code_says_how_to_mend_it() -> None:
    for code in CODES.values():
        assert code.title
        assert code.rule
        assert code.mend.endswith((".", ")."))
