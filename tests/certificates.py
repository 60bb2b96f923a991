"""Certificates of every kind of badness: a good one taken apart, changed, put together and signed again.

A change that is not signed again would be found by its signature alone, and the check of the change never be tested.
"""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from offline_root import der
from offline_root.keys import KeyKind
from offline_root.model import Der
from tests.authorities import PrivateKey, Root, csr, read, root, sign

ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
ECDSA_SHA384 = bytes.fromhex("300a06082a8648ce3d040303")


def oid_der(oid: x509.ObjectIdentifier) -> bytes:
    """Return an OBJECT IDENTIFIER in DER."""
    arcs = [int(each) for each in oid.dotted_string.split(".")]
    octets = bytearray()
    for arc in (arcs[0] * 40 + arcs[1], *arcs[2:]):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.insert(0, arc & 0x7F | 0x80)
        octets += bytes(groups)
    return der.wrap(der.OBJECT_IDENTIFIER, bytes(octets))


@dataclass(frozen=True)
class Extension:
    """One extension of a certificate, whatever its value."""

    oid: x509.ObjectIdentifier
    critical: bool
    value: bytes

    def der(self) -> bytes:
        """Return it in DER."""
        critical = b"\x01\x01\xff" if self.critical else b""
        return der.sequence(oid_der(self.oid), critical, der.wrap(0x04, self.value))


@dataclass(frozen=True)
class Parts:
    """The parts of a certificate, each in DER, and the key that signs them."""

    by: PrivateKey
    version: bytes
    serial: bytes
    signature: bytes
    issuer: bytes
    not_before: bytes
    not_after: bytes
    subject: bytes
    public_key: bytes
    extensions: tuple[Extension, ...]
    more: bytes = b""
    outer: bytes | None = None
    hash: HashAlgorithm | None = field(default=None, compare=False)

    def without(self, oid: x509.ObjectIdentifier) -> Self:
        """Return the parts without an extension."""
        return replace(self, extensions=tuple(each for each in self.extensions if each.oid != oid))

    def having(self, oid: x509.ObjectIdentifier, value: bytes | None = None, *, critical: bool | None = None) -> Self:
        """Return the parts with an extension changed, in its place, or added at the end."""
        old = next((each for each in self.extensions if each.oid == oid), Extension(oid, False, b""))
        new = Extension(oid, old.critical if critical is None else critical, old.value if value is None else value)
        if old not in self.extensions:
            return replace(self, extensions=(*self.extensions, new))
        return replace(self, extensions=tuple(new if each is old else each for each in self.extensions))

    def value(self, value: x509.ExtensionType, *, critical: bool | None = None) -> Self:
        """Return the parts with an extension as cryptography encodes it."""
        return self.having(value.oid, value.public_bytes(), critical=critical)

    def tbs(self) -> Der:
        """Return the TBSCertificate."""
        extensions = der.wrap(0xA3, der.sequence(*(each.der() for each in self.extensions))) if self.extensions else b""
        validity = der.sequence(self.not_before, self.not_after)
        fields = (self.version, self.serial, self.signature, self.issuer, validity, self.subject, self.public_key)
        return Der(der.sequence(*fields, self.more, extensions))

    def signed(self) -> Der:
        """Return the certificate, signed: with the root's own hash unless another one is given."""
        tbs = self.tbs()
        signature = _signature(self.by, self.hash, tbs)
        return Der(der.sequence(tbs, self.outer or self.signature, der.bit_string(signature)))


def _signature(private: PrivateKey, hash_: HashAlgorithm | None, tbs: bytes) -> bytes:
    match private:
        case ec.EllipticCurvePrivateKey() if hash_:
            return private.sign(tbs, ec.ECDSA(hash_))
        case rsa.RSAPrivateKey() if hash_:
            return private.sign(tbs, PKCS1v15(), hash_)
        case _:
            return sign(private, _kind(private), tbs)


def _kind(private: PrivateKey) -> KeyKind:
    match private:
        case ec.EllipticCurvePrivateKey():
            return {256: KeyKind.EC_P256, 384: KeyKind.EC_P384, 521: KeyKind.EC_P521}[private.key_size]
        case rsa.RSAPrivateKey():
            return KeyKind.RSA_3072
        case _:
            return KeyKind.ED25519


def parts(certificate: Der, by: PrivateKey) -> Parts:
    """Take a version 3 certificate apart."""
    tbs = der.element(certificate).children()[0]
    version, serial, signature, issuer, validity, subject, public_key, *rest = tbs.children()
    not_before, not_after = validity.children()
    extensions = x509.load_der_x509_certificate(certificate).extensions
    return Parts(
        by,
        version.raw,
        serial.raw,
        signature.raw,
        issuer.raw,
        not_before.raw,
        not_after.raw,
        subject.raw,
        public_key.raw,
        tuple(Extension(each.oid, each.critical, each.value.public_bytes()) for each in extensions),
        b"".join(each.raw for each in rest[:-1]),
    )


@cache
def good_root() -> Root:
    """Return the root that all of these are held against."""
    return root()


@cache
def good() -> Parts:
    """Return the parts of a good intermediate, as it is issued under the policy of the tests."""
    reviewed = good_root().review(read(csr()))
    assert reviewed.tbs is not None
    return parts(good_root().signed(reviewed.tbs), good_root().private)


@cache
def good_root_parts() -> Parts:
    """Return the parts of a good root."""
    return parts(good_root().certificate, good_root().private)
