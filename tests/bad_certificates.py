"""The catalogue of certificates that are wrong in one thing each, and of some that are just good enough.

Each says which codes our own checks give, all of them and no other. The same catalogue is held against pkilint and
openssl in tests/offline_root/test_second_opinions.py.
"""

import hashlib
from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import ExtensionOID as Oid

from offline_root import der
from offline_root.keys import KeyKind
from offline_root.model import Der
from tests.authorities import key, policy, root, spki, with_root
from tests.certificates import Parts, good, good_root, good_root_parts, parts

EVERY = {"certificate.extended-key-usage.absent"}
"""What is said of every intermediate whose policy names no purposes."""
HTTP = b"http://pki.example.org/a"
P384 = key(KeyKind.EC_P384, 1)


@dataclass(frozen=True)
class Sample:
    """A certificate by its parts, what our checks say of it, and the certificate of its issuer (None: unknown)."""

    parts: Parts
    codes: frozenset[str]
    issuer: Der | None

    @property
    def certificate(self) -> Der:
        """Return it signed."""
        return self.parts.signed()


def _ca(of: Parts, *codes: str, issuer: Der | None = None, without: frozenset[str] | None = None) -> Sample:
    said = (EVERY - (without or set())) | {f"certificate.{each}" for each in codes}
    return Sample(of, frozenset(said), issuer or good_root().certificate)


def _root(of: Parts, *codes: str) -> Sample:
    return Sample(of, frozenset(codes), of.signed())


def _time(text: str) -> bytes:
    return der.wrap(0x17 if len(text) < 15 else 0x18, text.encode())


def _serial(*octets: int) -> bytes:
    return der.wrap(0x02, bytes(octets))


def _name(*rdns: tuple[tuple[str, str], ...]) -> bytes:
    oids = {"C": "550406", "O": "55040a", "OU": "55040b", "CN": "550403"}
    pairs = [
        [der.sequence(der.wrap(0x06, bytes.fromhex(oids[each])), der.wrap(0x0C, text.encode())) for each, text in rdn]
        for rdn in rdns
    ]
    return der.sequence(*(der.wrap(0x31, *sorted(rdn)) for rdn in pairs))


def _usage(*bits: int) -> bytes:
    octets = bytearray(max(bits) // 8 + 1)
    for bit in bits:
        octets[bit // 8] |= 0x80 >> bit % 8
    unused = 7 - max(bits) % 8
    return der.wrap(0x03, bytes([unused]), bytes(octets))


def _subtrees(*permitted: bytes, excluded: tuple[bytes, ...] = ()) -> bytes:
    one = [der.wrap(0xA0, *(der.sequence(each) for each in permitted))] if permitted else []
    other = [der.wrap(0xA1, *(der.sequence(each) for each in excluded))] if excluded else []
    return der.sequence(*one, *other)


def _dns(text: str) -> bytes:
    return der.wrap(0x82, text.encode())


def _ip(octets: str) -> bytes:
    return der.wrap(0x87, bytes.fromhex(octets))


NO_ADDRESSES = (_ip("00" * 8), _ip("00" * 32))


def _constrained(*permitted: bytes, excluded: tuple[bytes, ...] = NO_ADDRESSES) -> Parts:
    return good().having(Oid.NAME_CONSTRAINTS, _subtrees(*permitted, excluded=excluded))


def _points(*points: bytes) -> Parts:
    return good().having(Oid.CRL_DISTRIBUTION_POINTS, der.sequence(*points))


def _point(url: bytes, *more: bytes) -> bytes:
    return der.sequence(der.wrap(0xA0, der.wrap(0xA0, der.wrap(0x86, url))), *more)


def _purposes(*oids: x509.ObjectIdentifier, critical: bool = False) -> Parts:
    return good().value(x509.ExtendedKeyUsage(oids), critical=critical)


def _of_key(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> Parts:
    identifier = x509.SubjectKeyIdentifier.from_public_key(private.public_key())
    return replace(good(), public_key=spki(private)).value(identifier)


def _explicit() -> bytes:
    """Return a key of P-256 whose AlgorithmIdentifier names another type than a curve."""
    bits = der.element(spki(key(KeyKind.EC_P256))).children()[1].raw
    return der.sequence(der.sequence(bytes.fromhex("06072a8648ce3d0201"), der.sequence(_serial(1))), bits)


def _with_length(length: int | None) -> Parts:
    made = root(with_root(policy(), path_length=length))
    return parts(made.certificate, made.private)


def _constrained_root(*permitted: bytes, excluded: tuple[bytes, ...] = ()) -> Der:
    value = _subtrees(*permitted, excluded=excluded)
    return good_root_parts().having(Oid.NAME_CONSTRAINTS, value, critical=True).signed()


def _under(issuer: Parts) -> Sample:
    return _ca(good(), "path-length", issuer=issuer.signed())


def intermediates() -> dict[str, Sample]:
    """Return every sample of an intermediate by its name."""
    it = good()
    other = x509.ObjectIdentifier("1.2.3.4.5")
    reserved = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)])
    tls, no_purpose = (Purpose.SERVER_AUTH, Purpose.CLIENT_AUTH), frozenset(EVERY)
    aki, ski, bc, ku, aia = (
        Oid.AUTHORITY_KEY_IDENTIFIER,
        Oid.SUBJECT_KEY_IDENTIFIER,
        Oid.BASIC_CONSTRAINTS,
        Oid.KEY_USAGE,
        Oid.AUTHORITY_INFORMATION_ACCESS,
    )
    own_root, old_rsa = good_root_parts(), key(KeyKind.RSA_2048)
    assert isinstance(old_rsa, rsa.RSAPrivateKey)
    assert isinstance(P384, ec.EllipticCurvePrivateKey)
    return {
        "good": _ca(it),
        "good for tls": _ca(_purposes(*tls), without=no_purpose),
        "good for e-mail": _ca(_purposes(Purpose.EMAIL_PROTECTION), without=no_purpose),
        "good, digital signature too": _ca(it.having(ku, _usage(0, 5, 6))),
        "good, own policy": _ca(it.value(x509.CertificatePolicies([x509.PolicyInformation(other, None)]))),
        "good, SHA-256 identifier": _ca(it.value(_rfc7093(it.public_key))),
        "good, networks": _ca(_constrained(_dns("a.example"), _ip("0a000000ff000000"), excluded=(_ip("00" * 32),))),
        "good, no DNS at all": _ca(_constrained(excluded=(_dns(""),))),
        "good, 20 octets of serial": _ca(replace(it, serial=_serial(0x7F, *range(19)))),
        "good, until 2046-11-18": _ca(replace(it, not_after=_time("461118112459Z"))),
        "version 1": _ca(replace(it, version=b""), "version"),
        "version 2": _ca(replace(it, version=bytes.fromhex("a003020101")), "version", "signature"),
        "serial 0": _ca(replace(it, serial=_serial(0)), "serial"),
        "serial negative": _ca(replace(it, serial=_serial(0x80, *range(15))), "serial"),
        "serial of 21 octets": _ca(replace(it, serial=_serial(0, 0x80, *range(19))), "serial"),
        "serial 42": _ca(replace(it, serial=_serial(42)), "serial.short"),
        "unique id": _ca(replace(it, more=bytes.fromhex("82020001")), "unique-id"),
        "sha-1": _ca(
            replace(it, signature=bytes.fromhex("300906072a8648ce3d0401"), hash=SHA1()),  # noqa: S303
            "signature-algorithm",
            "signature-algorithm.issuer",
            "signature",
        ),
        "two algorithms": _ca(
            replace(it, outer=bytes.fromhex("300a06082a8648ce3d040302")), "signature-algorithm", "signature"
        ),
        "unknown algorithm": _ca(
            replace(it, signature=bytes.fromhex("300506032a0304")),
            "signature-algorithm",
            "signature-algorithm.issuer",
            "signature",
        ),
        "sha-256 by p-384": _ca(
            replace(it, signature=bytes.fromhex("300a06082a8648ce3d040302"), hash=SHA256()),
            "signature-algorithm.issuer",
        ),
        "issuer in other bytes": _ca(replace(it, issuer=it.issuer.replace(b"\x0c", b"\x13", 1)), "issuer", "signature"),
        "generalized time in 2026": _ca(replace(it, not_before=_time("20261123112500Z")), "dates"),
        "utc time without seconds": _ca(replace(it, not_after=_time("3611201124Z")), "dates", "signature"),
        "utc time with offset": _ca(replace(it, not_after=_time("361120112459+0100")), "dates", "signature"),
        "no such day": _ca(replace(it, not_after=_time("361340112459Z")), "dates", "signature"),
        "ends before it begins": _ca(replace(it, not_before=_time("371120112459Z")), "dates"),
        "never ends": _ca(replace(it, not_after=_time("99991231235959Z")), "dates", "validity.outside-issuer"),
        "outlives its issuer": _ca(replace(it, not_after=_time("471123112459Z")), "validity.outside-issuer"),
        "older than its issuer": _ca(replace(it, not_before=_time("261123112459Z")), "validity.outside-issuer"),
        "empty subject": _ca(replace(it, subject=_name()), "subject", "subject.attributes"),
        "no common name": _ca(replace(it, subject=_name((("C", "CH"),), (("O", "A"),))), "subject"),
        "only a common name": _ca(replace(it, subject=_name((("CN", "A"),))), "subject.attributes"),
        "organizational unit": _ca(
            replace(it, subject=_name((("C", "CH"),), (("O", "A"),), (("OU", "B"),), (("CN", "A"),))),
            "subject.attributes",
        ),
        "two in one part": _ca(replace(it, subject=_name((("C", "CH"), ("O", "A")), (("CN", "A"),))), "subject.shape"),
        "two common names": _ca(
            replace(it, subject=_name((("C", "CH"),), (("O", "A"),), (("CN", "A"),), (("CN", "B"),))), "subject.shape"
        ),
        "rsa-1024": _ca(
            _of_key(rsa.generate_private_key(65537, 1024)),  # noqa: S505  # it has to be refused
            "key",
            "key.lifetime",
        ),
        "rsa-2048 beyond 2030": _ca(_of_key(old_rsa), "key.lifetime"),
        "rsa-2048 until 2030": _ca(replace(_of_key(old_rsa), not_after=_time("301231235959Z"))),
        "secp256k1": _ca(_of_key(ec.generate_private_key(ec.SECP256K1())), "key"),
        "explicit curve": _ca(replace(it, public_key=_explicit()), "key", "subject-key-identifier.method", "signature"),
        "point off its curve": _ca(
            replace(it, public_key=it.public_key[:-1] + bytes([it.public_key[-1] ^ 1])),
            "key",
            "subject-key-identifier.method",
        ),
        "key of its issuer": _ca(
            replace(it, public_key=own_root.public_key).having(ski, own_root.extensions[2].value), "key.issuer"
        ),
        "extension twice": _ca(replace(it, extensions=(*it.extensions, it.extensions[0])), "extensions.duplicate"),
        "unknown critical": _ca(
            it.having(other, b"\x05\x00", critical=True), "extensions.critical", "extensions.unusual"
        ),
        "unknown extension": _ca(it.having(other, b"\x05\x00"), "extensions.unusual"),
        "critical key identifier": _ca(it.having(ski, critical=True), "extensions.critical"),
        "critical authority key": _ca(it.having(aki, critical=True), "extensions.critical"),
        "critical access": _ca(it.having(aia, critical=True), "extensions.critical"),
        "policy constraints": _ca(
            it.value(x509.PolicyConstraints(0, None), critical=True), "extensions.unsupported", "extensions.unusual"
        ),
        "no basic constraints": _ca(it.without(bc), "basic-constraints"),
        "basic constraints not critical": _ca(it.having(bc, critical=False), "basic-constraints"),
        "ca false": _ca(it.having(bc, der.sequence()), "basic-constraints"),
        "ca false with a path length": _ca(it.having(bc, der.sequence(_serial(0))), "basic-constraints"),
        "negative path length": _ca(it.having(bc, der.sequence(b"\x01\x01\xff", _serial(0xFF))), "basic-constraints"),
        "no path length": _ca(it.having(bc, der.sequence(b"\x01\x01\xff")), "path-length.absent"),
        "under a root of length 0": _under(_with_length(0)),
        "no key usage": _ca(it.without(ku), "key-usage"),
        "key usage not critical": _ca(it.having(ku, critical=False), "key-usage"),
        "no certificate signing": _ca(it.having(ku, _usage(6)), "key-usage"),
        "no crl signing": _ca(it.having(ku, _usage(5)), "key-usage"),
        "key encipherment too": _ca(it.having(ku, _usage(2, 5, 6)), "key-usage.other"),
        "decipher only too": _ca(it.having(ku, _usage(4, 5, 6, 8)), "key-usage.other"),
        "no key identifier": _ca(it.without(ski), "subject-key-identifier"),
        "empty key identifier": _ca(it.having(ski, b"\x04\x00"), "subject-key-identifier"),
        "strange key identifier": _ca(it.having(ski, b"\x04\x02ab"), "subject-key-identifier.method"),
        "no authority key": _ca(it.without(aki), "authority-key-identifier"),
        "wrong authority key": _ca(it.having(aki, der.sequence(der.wrap(0x80, b"ab"))), "authority-key-identifier"),
        "authority key and serial": _ca(
            it.having(aki, der.sequence(*_aki(it), der.wrap(0xA1, der.wrap(0xA4, it.issuer)), b"\x82\x01\x01")),
            "authority-key-identifier",
        ),
        "any purpose": _ca(_purposes(Purpose.ANY_EXTENDED_KEY_USAGE), "extended-key-usage", without=no_purpose),
        "mixed purposes": _ca(
            _purposes(Purpose.SERVER_AUTH, Purpose.CODE_SIGNING), "extended-key-usage", without=no_purpose
        ),
        "critical purposes": _ca(_purposes(*tls, critical=True), "extended-key-usage", without=no_purpose),
        "reserved policy": _ca(it.value(reserved), "policies.reserved"),
        "no crl": _ca(it.without(Oid.CRL_DISTRIBUTION_POINTS), "crl-distribution-points"),
        "crl by https": _ca(_points(_point(b"https://a.example/a")), "crl-distribution-points"),
        "crl with reasons": _ca(_points(_point(HTTP, b"\x81\x02\x06\x40")), "crl-distribution-points"),
        "two crls": _ca(_points(_point(HTTP), _point(HTTP + b"b")), "crl-distribution-points"),
        "crl by a relative name": _ca(
            _points(der.sequence(der.wrap(0xA0, der.wrap(0xA1, der.wrap(0x31, b""))))), "crl-distribution-points"
        ),
        "no access": _ca(it.without(aia), "authority-information-access.absent"),
        "access by ldap": _ca(
            it.having(
                aia, der.sequence(der.sequence(bytes.fromhex("06082b06010505073002"), der.wrap(0x86, b"ldap://a")))
            ),
            "authority-information-access",
        ),
        "constraints not critical": _ca(it.having(Oid.NAME_CONSTRAINTS, critical=False), "name-constraints.critical"),
        "constraints empty": _ca(it.having(Oid.NAME_CONSTRAINTS, der.sequence()), "name-constraints.form"),
        "leading dot": _ca(_constrained(_dns(".a.example")), "name-constraints.form"),
        "star": _ca(_constrained(_dns("*.a.example")), "name-constraints.form"),
        "mask with holes": _ca(
            _constrained(_dns("a.example"), _ip("0a000000ff00ff00"), excluded=NO_ADDRESSES[1:]), "name-constraints.form"
        ),
        "host bits": _ca(
            _constrained(_dns("a.example"), _ip("0a000001ff000000"), excluded=NO_ADDRESSES[1:]), "name-constraints.form"
        ),
        "five octets": _ca(_constrained(_dns("a.example"), _ip("0a00000008")), "name-constraints.form"),
        "minimum": _ca(_constrained(_dns("a.example") + b"\x80\x01\x01"), "name-constraints.form"),
        "dns without addresses": _ca(_constrained(_dns("a.example"), excluded=()), "name-constraints.incomplete"),
        "dns without ipv6": _ca(
            _constrained(_dns("a.example"), excluded=NO_ADDRESSES[:1]), "name-constraints.incomplete"
        ),
        "within its issuer": _ca(_constrained(_dns("b.a.example")), issuer=_constrained_root(_dns("a.example"))),
        "beyond its issuer": _ca(
            _constrained(_dns("example")),
            "name-constraints.outside-issuer",
            issuer=_constrained_root(_dns("a.example"), _dns("b.example")),
        ),
        "excluded by its issuer": _ca(
            _constrained(_dns("b.a.example")),
            "name-constraints.outside-issuer",
            issuer=_constrained_root(excluded=(_dns("A.example"),)),
        ),
        "own name beyond its issuer": _ca(
            it,
            "name-constraints.outside-issuer",
            issuer=_constrained_root(der.wrap(0xA4, _name((("C", "LI"),)))),
        ),
        "directory name": _ca(
            _constrained(_dns("a.example"), der.wrap(0xA4, _name((("C", "CH"),)))), "name-constraints.kind"
        ),
        "registered id": _ca(_constrained(_dns("a.example"), b"\x88\x02\x2a\x03"), "name-constraints.kind"),
        "signed by another": _ca(replace(it, by=P384), "signature"),
        "usage that is none": Sample(
            it.having(ku, b"\x05\x00"), frozenset({"certificate.malformed"}), good_root().certificate
        ),
        "empty list of purposes": Sample(
            it.having(Oid.EXTENDED_KEY_USAGE, der.sequence()),
            frozenset({"certificate.malformed"}),
            good_root().certificate,
        ),
        "unknown issuer": Sample(replace(it, by=P384), frozenset(EVERY), None),
    }


def _aki(of: Parts) -> tuple[bytes, ...]:
    value = next(each.value for each in of.extensions if each.oid == Oid.AUTHORITY_KEY_IDENTIFIER)
    return tuple(each.raw for each in der.element(value).children())


def _rfc7093(public_key: bytes) -> x509.SubjectKeyIdentifier:
    bits = der.element(public_key).children()[1].content[1:]
    return x509.SubjectKeyIdentifier(hashlib.sha256(bits).digest()[:20])


def roots() -> dict[str, Sample]:
    """Return every sample of a root by its name."""
    it = good_root_parts()
    key_id = der.element(next(each.value for each in it.extensions if each.oid == Oid.SUBJECT_KEY_IDENTIFIER)).content
    aki = Oid.AUTHORITY_KEY_IDENTIFIER
    return {
        "good root": _root(it),
        "root, key named twice": _root(it.having(aki, der.sequence(der.wrap(0x80, key_id)))),
        "root, another authority key": _root(
            it.having(aki, der.sequence(der.wrap(0x80, b"ab"))),
            "certificate.authority-key-identifier",
        ),
        "root of a week": _root(replace(it, not_after=_time("261130112459Z")), "root.lifetime"),
        "root of 30 years": _root(replace(it, not_after=_time("20561123112459Z")), "root.lifetime"),
        "root with a path length": _root(_with_length(1), "root.path-length"),
        "root with purposes": _root(it.value(x509.ExtendedKeyUsage([Purpose.SERVER_AUTH])), "root.extended-key-usage"),
        "root with policies": _root(
            it.value(x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.2.3"), None)])),
            "root.extensions",
        ),
        "root, serial 1": _root(replace(it, serial=_serial(1)), "certificate.serial.short"),
    }


def samples() -> dict[str, Sample]:
    """Return all samples by their names."""
    return intermediates() | roots()
