"""What is true of every outcome of the reader, whatever the file was."""

import hashlib

from cryptography import x509

from offline_root import der, keys, names
from offline_root.display import dangerous
from offline_root.findings import Code, Finding, refusals
from offline_root.model import SigningRequest, Unreadable
from offline_root.request import codes

CODES = {each.name: each for each in vars(codes).values() if isinstance(each, Code)}


def assert_sound(outcome: SigningRequest | Unreadable, data: bytes) -> None:
    """Assert what the reader promises about its outcome."""
    exposed = codes.PRIVATE_KEY.name in {each.code for each in outcome.findings}
    assert outcome.file_sha256 == (None if exposed else hashlib.sha256(data).hexdigest())
    for finding in outcome.findings:
        _assert_showable(finding)
    if isinstance(outcome, Unreadable):
        assert refusals(outcome.findings)
    else:
        _assert_usable(outcome)


def _assert_showable(finding: Finding) -> None:
    assert finding.severity is CODES[finding.code].severity
    assert finding.message
    assert len(finding.message) < 2500
    assert not dangerous(finding.message)


def _assert_usable(request: SigningRequest) -> None:
    assert not refusals(request.findings)
    assert rewrapped(request.der) == request.der
    csr = x509.load_der_x509_csr(request.der)
    assert csr.is_signature_valid in (True, False)
    for ask in (csr.public_key, lambda: csr.signature_hash_algorithm, lambda: csr.signature_algorithm_parameters):
        ask()
    tuple(csr.attributes)
    tuple(csr.extensions)
    assert names.text(csr.subject)
    assert keys.describe(request.public_key)
    info = csr.tbs_certrequest_bytes
    version, subject, public_key, attributes = der.element(info).children()
    assert (subject.raw, public_key.raw) == (request.subject, request.public_key)
    assert request.fingerprint == hashlib.sha256(public_key.raw).hexdigest()
    assert (version.content, attributes.tag) == (b"\x00", 0xA0)
    for each in request.requested:
        assert each.value
        assert not dangerous(each.oid + each.name + each.value)
        assert len(each.value) < 4000


def rewrapped(octets: bytes) -> bytes:
    """Return an encoding built anew from its elements, the shortest way."""
    return b"".join(
        der.wrap(each.tag, rewrapped(each.content) if each.tag & 0x20 else each.content)
        for each in der.elements(octets)
    )
