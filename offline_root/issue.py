"""From a draft to a certificate: build the exact TBSCertificate, wrap a signature around it, verify the result.

The TBSCertificate is made by signing with a throwaway key of the root's kind. What the token signs is those bytes and
no others. A TBSCertList (`offline_root.crl`) is wrapped and verified here too: both are TBS, algorithm, signature.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from offline_root import der
from offline_root.audit.entry import Facts
from offline_root.errors import CeremonyError
from offline_root.findings import Finding, refusals
from offline_root.keys import SIGNING, KeyKind, signature_verifies, throwaway
from offline_root.model import Der, Draft, Fingerprint, Serial, serial_text
from offline_root.profile import Extensions

_VERSION = 0xA0


@dataclass(frozen=True, slots=True)
class Unsigned:
    """What will be signed (RFC 5280 4.1.2, 5.1.2), and what a throwaway key made of it, to be read."""

    tbs: Der
    throwaway: Der


def build(
    *, subject: x509.Name, issuer: x509.Name, spki: Der, draft: Draft, extensions: Extensions, kind: KeyKind
) -> Unsigned:
    """Return the TBSCertificate that a root of `kind` would sign."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(load_der_public_key(spki))  # type: ignore[arg-type]  # the kinds a policy can name all fit
        .serial_number(draft.serial)
        .not_valid_before(draft.not_before)
        .not_valid_after(draft.not_after)
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical=critical)
    certificate = builder.sign(throwaway(kind), SIGNING[kind].hash)
    return Unsigned(Der(certificate.tbs_certificate_bytes), Der(certificate.public_bytes(Encoding.DER)))


@dataclass(frozen=True, slots=True)
class TbsFields:
    """The fields of a TBSCertificate that must be byte for byte those of another document."""

    signature: bytes
    issuer: Der
    subject: Der
    public_key: Der


def fields(tbs: Der) -> TbsFields:
    """Return the raw fields of a version 3 TBSCertificate (RFC 5280 4.1; DerError)."""
    members = der.element(tbs).children()
    if len(members) < 7:
        raise der.DerError("a TBSCertificate has at least seven members")
    _version, _serial, signature, issuer, _validity, subject, public_key = members[:7]
    return TbsFields(signature.raw, Der(issuer.raw), Der(subject.raw), Der(public_key.raw))


def key_in(tbs: Der) -> Der | None:
    """Return the SubjectPublicKeyInfo of a TBSCertificate, None where it is not one."""
    with suppress(der.DerError):
        return fields(tbs).public_key
    return None


def key_of(certificate: Der) -> Der:
    """Return the SubjectPublicKeyInfo of a certificate (DerError)."""
    return fields(Der(der.element(certificate).children()[0].raw)).public_key


@dataclass(frozen=True, slots=True)
class Document:
    """What the root key is asked to sign, and how the log tells of it.

    `kind` is `certificate` or `crl`. `label` are the facts that name it in every event, `about` those that the
    beginning and the end tell as well, `at_end` those of the end alone. `check` looks at what was signed before anybody
    is told of it (CeremonyError).
    """

    kind: str
    tbs: Der
    label: Facts
    about: Facts
    at_end: Facts = field(default_factory=dict)
    check: Callable[[Der], object] = field(default=bool, compare=False)


def document(
    tbs: Der,
    examine: Callable[[Der], Iterable[Finding]],
    *,
    environment: str,
    serial: Serial,
    file: str,
    request_sha256: str,
    key: Fingerprint,
) -> Document:
    """Return the certificate that the token is asked to sign; `key` is the fingerprint of the subject's key.

    `examine` is asked of what was signed, and what it refuses does not get out.
    """

    def check(signed: Der) -> None:
        check_sound(examine(signed))

    about = {"environment": environment, "file": file, "request_sha256": request_sha256}
    return Document("certificate", tbs, {"serial": serial_text(serial)}, about, {"key": key}, check)


def validity(tbs: Der) -> tuple[datetime, datetime]:
    """Return notBefore and notAfter of a TBSCertificate."""
    # cryptography reads whole certificates only; the signature around the TBS does not matter here.
    parsed = load(assemble(tbs, b""))
    return parsed.not_valid_before_utc, parsed.not_valid_after_utc


def assemble(tbs: Der, signature: bytes) -> Der:
    """Return the Certificate or CertificateList of a TBS and a signature; the algorithm is the one inside the TBS."""
    members = der.element(tbs).children()
    # Version 3 of a TBSCertificate is tagged, and its serial comes next; a TBSCertList has neither.
    algorithm = members[2 if members[0].tag == _VERSION else 1]
    return Der(der.sequence(tbs, algorithm.raw, der.bit_string(signature)))


def load(certificate: Der) -> x509.Certificate:
    """Return a certificate parsed (ValueError)."""
    return x509.load_der_x509_certificate(certificate)


def spki_of(certificate: x509.Certificate) -> Der:
    """Return the SubjectPublicKeyInfo of a certificate, as it is encoded there."""
    return fields(Der(certificate.tbs_certificate_bytes)).public_key


def key_identifier(certificate: x509.Certificate) -> bytes:
    """Return the subject key identifier of a certificate, empty where it has none (ours always have)."""
    found = (each.value for each in certificate.extensions if isinstance(each.value, x509.SubjectKeyIdentifier))
    return next((each.digest for each in found), b"")


def verify(signed: Der, tbs: Der, issuer_spki: Der) -> None:
    """Refuse a certificate or CRL that is not `tbs`, signed by the issuer's key, and nothing else (CeremonyError).

    A token may return a wrong signature without an error: nothing of it may leave the machine.
    """
    signature = der.element(signed).children()[-1].content[1:]
    if signed != assemble(tbs, signature):
        raise _wrong("The signed document is not the one that was reviewed.")
    if not signature_verifies(issuer_spki, signature, tbs):
        raise _wrong("The token returned a signature that does not verify with the root's public key.")


def check_sound(findings: Iterable[Finding]) -> None:
    """Refuse a certificate against which something stands (CeremonyError)."""
    against = refusals(findings)
    if against:
        raise _wrong(f"The certificate is not sound: {' '.join(f'{each.message} ({each.code})' for each in against)}")


def _wrong(what: str) -> CeremonyError:
    return CeremonyError(
        what,
        meaning="Nothing was handed out."
        " The attempt is in the audit log as failed, and its serial or number will not be used again.",
        mend="End the ceremony, restart the appliance, and have the token examined before it signs anything again.",
        retry=False,
    )
