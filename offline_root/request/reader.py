"""Read the bytes of a file as one signing request, of which every field can be decoded.

This does not say whether the request is any good: a weak key, an empty subject or a wrong signature are for
`offline_root.checks`. `is_signature_valid` is not called here.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from offline_root.display import visible
from offline_root.extensions import described
from offline_root.findings import Finding, refusals
from offline_root.keys import fingerprint
from offline_root.model import Der, Requested, SigningRequest, Unreadable
from offline_root.request import codes
from offline_root.request.forms import extract
from offline_root.request.private_key import EXPOSED
from offline_root.request.second import disagreements
from offline_root.request.structure import EXTENSION_REQUESTS, Parts, take_apart

_CHALLENGE_PASSWORD = "1.2.840.113549.1.9.7"  # noqa: S105  # the type of an attribute

_MAX_TEXT = 500

_Csr = x509.CertificateSigningRequest

# cryptography decodes a field when it is asked for, so each is asked for here once.
_FIELDS: tuple[tuple[str, Callable[[_Csr], object]], ...] = (
    ("subject", lambda csr: csr.subject.rfc4514_string()),
    ("public_key", lambda csr: csr.public_key()),
    ("signature_algorithm", lambda csr: (csr.signature_hash_algorithm, csr.signature_algorithm_parameters)),
    ("attributes", lambda csr: tuple(csr.attributes)),
)


def read_request(file: str, data: bytes) -> SigningRequest | Unreadable:
    """Return the request in `data`, read once from `file`, or every reason why it cannot be read. Nothing is raised.

    The hash of a file that holds a private key is not kept: nothing derived from a secret is.

    What comes back as a SigningRequest loads with `cryptography.x509.load_der_x509_csr`, and none of its fields raises.
    """
    digest = fingerprint(data)
    contents = extract(data)
    if isinstance(contents, tuple):
        return Unreadable(file, None if EXPOSED in contents else digest, contents)
    parts = take_apart(contents.der)
    if isinstance(parts, tuple):
        return Unreadable(file, digest, contents.findings + parts)
    requested, undecodable = _decode(contents.der, parts.asking)
    findings = (*contents.findings, *undecodable, *_attributes(parts))
    if not refusals(findings):
        findings += tuple(disagreements(contents.der, parts))
    if refusals(findings):
        return Unreadable(file, digest, findings)
    return SigningRequest(
        file=file,
        file_sha256=digest,
        form=contents.form,
        der=contents.der,
        subject=parts.subject,
        public_key=parts.public_key,
        fingerprint=fingerprint(parts.public_key),
        requested=requested,
        findings=findings,
    )


def _decode(request: Der, asking: tuple[Der, ...]) -> tuple[tuple[Requested, ...], tuple[Finding, ...]]:
    """Ask for every field of the request once; return the extensions it asks for, and the findings on what fails."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cryptography warns of a country of three letters, on stderr
        _, failed = _guarded("request", partial(x509.load_der_x509_csr, request))
        if failed:
            return (), failed
        csr = x509.load_der_x509_csr(request)
        failed = tuple(finding for field, ask in _FIELDS for finding in _guarded(field, partial(ask, csr))[1])
        found = [_guarded("extensions", partial(_extensions, each)) for each in asking]
    requested = tuple(each for extensions, _ in found for each in extensions or ())
    return requested, failed + tuple(finding for _, findings in found for finding in findings)


def _extensions(request: Der) -> tuple[Requested, ...]:
    extensions = x509.load_der_x509_csr(request).extensions
    return tuple(replace(each, value=_short(each.value)) for each in described(extensions))


def _short(text: str) -> str:
    """Return a text of reasonable length, which is another one for every other text."""
    if len(text) <= _MAX_TEXT:
        return text or "(empty)"
    return f"{text[:_MAX_TEXT]}… ({len(text)} characters, SHA-256 {fingerprint(text.encode())})"


def _guarded(field: str, ask: Callable[[], Any]) -> tuple[Any, tuple[Finding, ...]]:
    try:
        return ask(), ()
    except (UnsupportedAlgorithm, x509.UnsupportedGeneralNameType) as error:
        code, message = codes.UNSUPPORTED, str(error)
    except Exception as error:  # noqa: BLE001  # a parser of hostile bytes: whatever it raises, the request is refused
        code, message = codes.MALFORMED, str(error)
    return None, (code.finding(f"The {field.replace('_', ' ')} cannot be decoded: {visible(message[:200])}.", field),)


def _attributes(parts: Parts) -> Iterator[Finding]:
    types = [each.oid for each in parts.attributes]
    if _CHALLENGE_PASSWORD in types:
        yield codes.CHALLENGE_PASSWORD.finding("It is not shown and not used.", "attributes")
    dropped = [each for each in types if each not in (*EXTENSION_REQUESTS, _CHALLENGE_PASSWORD)]
    if dropped:
        yield codes.DROPPED_ATTRIBUTE.finding(f"Not used: {', '.join(dropped)}.", "attributes")
