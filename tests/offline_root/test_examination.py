"""The catalogue of bad certificates against our own checks: exactly the codes that each deserves."""

import pytest
from cryptography.x509.oid import ExtensionOID

from offline_root.certificate import Malformed, read
from offline_root.display import dangerous
from offline_root.examination import check, examine
from offline_root.findings import Severity, refusals
from offline_root.model import Der
from tests.bad_certificates import Sample, samples
from tests.certificates import good, good_root

SAMPLES = samples()


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_a_certificate_gets_exactly_its_codes(sample: Sample) -> None:
    findings = check(sample.certificate, sample.issuer, signed=True)
    assert {each.code for each in findings} == sample.codes
    assert not any(dangerous(each.message + each.field) for each in findings)


def test_what_we_issue_has_no_warning_and_neither_has_our_root() -> None:
    ours = (*examine(good().signed(), good_root().certificate, signed=True),)
    roots = examine(good_root().certificate, good_root().certificate, signed=True)
    assert {each.severity for each in ours} == {Severity.INFO}
    assert roots == ()


def test_a_draft_has_no_signature_to_check_and_says_the_same_otherwise() -> None:
    drafted = SAMPLES["signed by another"]
    assert refusals(check(drafted.certificate, drafted.issuer)) == ()


SHORTEST = 750
"""Octets that a good certificate has at least: the length of an ECDSA signature is another one each time."""


@pytest.mark.parametrize("length", range(1, SHORTEST, 37))
def test_a_certificate_cut_off_anywhere_is_malformed(length: int) -> None:
    (found,) = check(Der(good().signed()[:length]), None)
    assert (found.code, found.severity) == ("certificate.malformed", Severity.REFUSE)


@pytest.mark.parametrize("position", range(0, SHORTEST, 13))
def test_a_flipped_bit_is_never_an_exception(position: int) -> None:
    octets = bytearray(good().signed())
    octets[position] ^= 0x15
    assert check(Der(bytes(octets)), good_root().certificate, signed=True)


def test_depth_has_an_end() -> None:
    deep = b"\x30\x00"
    for _ in range(40):
        deep = b"\x30" + bytes([len(deep)]) + deep if len(deep) < 0x80 else b"\x30\x81" + bytes([len(deep)]) + deep
    with pytest.raises(Malformed, match="not the DER of a certificate"):
        read(Der(deep))


MALFORMED = {
    "basicConstraints of text": good().having(ExtensionOID.BASIC_CONSTRAINTS, bytes.fromhex("30030c0141")).signed(),
    "neither permitted nor excluded": good().having(ExtensionOID.NAME_CONSTRAINTS, bytes.fromhex("3002a200")).signed(),
    "critical FALSE written out": good().signed().replace(b"\x01\x01\xff", b"\x01\x01\x00", 1),
}


@pytest.mark.parametrize("octets", MALFORMED.values(), ids=MALFORMED)
def test_what_cannot_be_read_is_malformed(octets: bytes) -> None:
    (found,) = check(Der(octets), good_root().certificate)
    assert found.code == "certificate.malformed"


def test_a_path_length_without_a_ca_is_read_as_such() -> None:
    made = good().having(ExtensionOID.BASIC_CONSTRAINTS, bytes.fromhex("3003020105")).signed()
    assert read(made).basic_constraints == (False, 5)
    assert refusals(check(made, good_root().certificate))
