"""From a draft to a certificate: build the exact TBSCertificate, wrap a signature around it, verify the result.

The TBSCertificate is made by signing with a throwaway key of the root's kind. What the token signs is those bytes and
no others.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from offline_root import der
from offline_root.errors import CeremonyError
from offline_root.keys import SIGNING, KeyKind, signature_verifies, throwaway
from offline_root.model import Der, Draft
from offline_root.profile import Extensions


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A TBSCertificate (RFC 5280 4.1.2), and the certificate that a throwaway key made of it, to be read."""

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


def key_of(certificate: Der) -> Der:
    """Return the SubjectPublicKeyInfo of a certificate (DerError)."""
    return fields(Der(der.element(certificate).children()[0].raw)).public_key


def validity(tbs: Der) -> tuple[datetime, datetime]:
    """Return notBefore and notAfter of a TBSCertificate."""
    # cryptography reads whole certificates only; the signature around the TBS does not matter here.
    parsed = load(assemble(tbs, b""))
    return parsed.not_valid_before_utc, parsed.not_valid_after_utc


def assemble(tbs: Der, signature: bytes) -> Der:
    """Return the Certificate of a TBSCertificate and a signature value; the algorithm is the one inside the TBS."""
    return Der(der.sequence(tbs, fields(tbs).signature, der.bit_string(signature)))


def load(certificate: Der) -> x509.Certificate:
    """Return a certificate parsed (ValueError)."""
    return x509.load_der_x509_certificate(certificate)


def spki_of(certificate: x509.Certificate) -> Der:
    """Return the SubjectPublicKeyInfo of a certificate, as it is encoded there."""
    return fields(Der(certificate.tbs_certificate_bytes)).public_key


def verify(certificate: Der, tbs: Der, issuer_spki: Der) -> x509.Certificate:
    """Return the parsed certificate if it is `tbs`, signed by the issuer's key, and nothing else.

    A token may return a wrong signature without an error. Raises CeremonyError: nothing of it may leave the machine.
    """
    parsed = load(certificate)
    if certificate != assemble(tbs, parsed.signature):
        raise _wrong("The signed certificate is not the one that was reviewed.")
    if not signature_verifies(issuer_spki, parsed.signature, tbs):
        raise _wrong("The token returned a signature that does not verify with the root's public key.")
    return parsed


def _wrong(what: str) -> CeremonyError:
    return CeremonyError(
        what,
        meaning="Nothing was handed out."
        " The attempt is in the audit log as failed, and its serial will not be used again.",
        mend="End the ceremony, restart the appliance, and have the token examined before it signs anything again.",
        retry=False,
    )
