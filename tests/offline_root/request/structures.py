"""Requests in DER that no program writes: each differs from a good one in one place. Their signatures are wrong."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cryptography import x509

from offline_root import der

_SET, _OCTETS, _UTF8, _INTEGER = 0x31, 0x04, 0x0C, 0x02
_PKCS9, _MICROSOFT = "1.2.840.113549.1.9.14", "1.3.6.1.4.1.311.2.1.14"
_BASIC_CONSTRAINTS, _KEY_USAGE, _NAMES = "2.5.29.19", "2.5.29.15", "2.5.29.17"
_CA = bytes.fromhex("30030101ff")
_USAGES = bytes.fromhex("03020106")


def oid(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER of small arcs and those of Microsoft."""
    first, second, *rest = map(int, dotted.split("."))
    octets = [40 * first + second]
    for arc in rest:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.insert(0, arc & 0x7F | 0x80)
        octets += groups
    return der.wrap(der.OBJECT_IDENTIFIER, bytes(octets))


def extension(type_: str, value: bytes, *, critical: bytes = b"") -> bytes:
    return der.sequence(oid(type_), critical, der.wrap(_OCTETS, value))


def attribute(type_: str, *values: bytes) -> bytes:
    return der.sequence(oid(type_), der.wrap(_SET, *sorted(values)))


def _requested(*extensions: bytes, type_: str = _PKCS9) -> bytes:
    return attribute(type_, der.sequence(*extensions))


def _name(*values: bytes) -> bytes:
    """Return a Name of one RDN with common names."""
    return der.sequence(der.wrap(_SET, *(der.sequence(oid("2.5.4.3"), each) for each in values)))


@dataclass(frozen=True, slots=True)
class Request:
    """The parts of a request, each as it will stand in it."""

    version: bytes
    subject: bytes
    key: bytes
    attributes: bytes
    algorithm: bytes
    signature: bytes

    def encoded(self) -> bytes:
        """Return the request."""
        info = der.sequence(self.version, self.subject, self.key, self.attributes)
        return der.sequence(info, self.algorithm, self.signature)

    def asking(self, *attributes: bytes) -> "Request":
        """Return the request with other attributes."""
        return replace(self, attributes=der.wrap(0xA0, *sorted(attributes)))


def request(octets: bytes) -> Request:
    """Take a request apart."""
    info, algorithm, signature = der.element(octets).children()
    version, subject, key, attributes = info.children()
    return Request(version.raw, subject.raw, key.raw, attributes.raw, algorithm.raw, signature.raw)


def structures(octets: bytes) -> dict[str, bytes]:
    """Return requests made of the one in `octets`, by file name."""
    good = request(octets)
    return {f"{name}.der": content for vectors in (_encodings, _fields, _attributes) for name, content in vectors(good)}


def _encodings(good: Request) -> Iterator[tuple[str, bytes]]:
    octets = good.encoded()
    content = der.element(octets).content
    yield "two", octets * 2
    yield "behind-newline", octets + b"\n"
    yield "behind-bytes", octets + bytes(4)
    yield "cut-off", octets[:-1]
    yield "head-alone", octets[:2]
    yield "ber-indefinite", b"\x30\x80" + content + b"\x00\x00"
    yield "ber-long-length", b"\x30\x83\x00" + len(content).to_bytes(2) + content
    yield "ber-string-in-pieces", replace(good, subject=_name(bytes.fromhex("2c050c03616263"))).encoded()
    yield "ber-integer", replace(good, version=bytes.fromhex("02020000")).encoded()
    yield "ber-negative-integer", good.asking(attribute("1.2.3", bytes.fromhex("0202ff80"))).encoded()
    yield "ber-no-integer", good.asking(attribute("1.2.3", bytes.fromhex("0200"))).encoded()
    yield "ber-boolean", good.asking(attribute("1.2.3", bytes.fromhex("010101"))).encoded()
    yield "ber-null", good.asking(attribute("1.2.3", bytes.fromhex("050100"))).encoded()
    yield "ber-enumerated", good.asking(attribute("1.2.3", bytes.fromhex("0a020001"))).encoded()
    yield "ber-bits", good.asking(attribute("1.2.3", bytes.fromhex("030207ff"))).encoded()
    yield "ber-bits-one", good.asking(attribute("1.2.3", bytes.fromhex("03020101"))).encoded()
    yield "ber-bits-eight", good.asking(attribute("1.2.3", bytes.fromhex("03020800"))).encoded()
    yield "ber-bits-empty", good.asking(attribute("1.2.3", bytes.fromhex("0300"))).encoded()
    yield "bits", good.asking(attribute("1.2.3", bytes.fromhex("03020780"))).encoded()
    yield "ber-no-bits", good.asking(attribute("1.2.3", bytes.fromhex("030101"))).encoded()
    yield "ber-oid", good.asking(attribute("1.2.3", bytes.fromhex("06032a8003"))).encoded()
    yield "ber-sequence-primitive", good.asking(attribute("1.2.3", bytes.fromhex("100100"))).encoded()
    yield "ber-set-order", replace(good, subject=_name(b"\x0c\x01b", b"\x0c\x01a")).encoded()
    unordered = der.wrap(0xA0, attribute("1.2.4", b"\x05\x00"), attribute("1.2.3", b"\x05\x00"))
    yield "ber-attribute-order", replace(good, attributes=unordered).encoded()
    yield "ber-end-of-contents", good.asking(attribute("1.2.3", b"\x00\x00")).encoded()
    critical = extension(_BASIC_CONSTRAINTS, _CA, critical=b"\x01\x01\x00")
    yield "ber-default-value", good.asking(_requested(critical)).encoded()
    deep = b"\x05\x00"
    for _ in range(27):
        deep = der.sequence(deep)
    yield "levels-limit", good.asking(attribute("1.2.3", deep)).encoded()
    yield "levels", good.asking(attribute("1.2.3", der.sequence(deep))).encoded()
    tagged = (attribute(f"1.2.{tag[0]}", tag) for tag in map(bytes.fromhex, ("a1020500", "8101fe", "4000", "6000")))
    yield "other-tags", good.asking(*tagged).encoded()


def _fields(good: Request) -> Iterator[tuple[str, bytes]]:
    for number in (1, 2, 255):
        yield f"version-{number}", replace(good, version=der.wrap(_INTEGER, number.to_bytes(1))).encoded()
    yield "no-attributes", replace(good, attributes=b"").encoded()
    yield "other-structure", der.sequence(der.sequence(good.version), good.algorithm, good.signature)
    yield "empty-sequence", der.sequence(b"", bytes.fromhex("0481c8") + bytes(200))
    yield "empty-subject", replace(good, subject=der.sequence()).encoded()
    yield "subject-bad-utf8", replace(good, subject=_name(b"\x0c\x02\xc3\x28")).encoded()
    yield "subject-teletex", replace(good, subject=_name(b"\x14\x02ab")).encoded()
    yield "subject-no-name", replace(good, subject=der.sequence(b"\x05\x00")).encoded()
    yield "subject-escape", replace(good, subject=_name(der.wrap(_UTF8, b"\x1b[31mred\xe2\x80\xae"))).encoded()
    yield "subject-country", replace(good, subject=good.subject.replace(b"\x13\x02CH", b"\x13\x02C*")).encoded()
    three_letters = der.sequence(der.wrap(_SET, der.sequence(oid("2.5.4.6"), b"\x13\x03CHE")))
    yield "subject-three-letters", replace(good, subject=three_letters).encoded()
    yield "key-off-curve", replace(good, key=good.key[:-8] + bytes(8)).encoded()
    yield "key-unknown", replace(good, key=der.sequence(der.sequence(oid("1.2.3.4")), der.bit_string(b"x"))).encoded()
    yield "key-no-key", replace(good, key=der.sequence(b"\x05\x00")).encoded()
    yield "signature-md4", replace(good, algorithm=der.sequence(oid("1.2.840.113549.1.1.3"), b"\x05\x00")).encoded()
    yield "signature-md5", replace(good, algorithm=der.sequence(oid("1.2.840.113549.1.1.4"), b"\x05\x00")).encoded()
    yield "signature-unknown", replace(good, algorithm=der.sequence(oid("1.2.3.4"))).encoded()
    yield "signature-pss", replace(good, algorithm=der.sequence(oid("1.2.840.113549.1.1.10"))).encoded()


def _attributes(good: Request) -> Iterator[tuple[str, bytes]]:
    ca, usages = extension(_BASIC_CONSTRAINTS, _CA), extension(_KEY_USAGE, _USAGES)
    many = [extension(f"1.2.3.{number}", b"\x05\x00") for number in range(40)]
    party = bytes.fromhex("3006a504a1020c00")  # an ediPartyName
    for name, attributes in (
        ("extensions-none", (_requested(),)),
        ("extensions-microsoft", (_requested(ca, type_=_MICROSOFT),)),
        ("extensions-both", (_requested(ca), _requested(usages, type_=_MICROSOFT))),
        ("extensions-limit", (_requested(*many[:32]),)),
        ("extensions-too-many", (_requested(*many[:33]),)),
        ("attributes-too-many", tuple(attribute(f"1.2.3.{number}", b"\x05\x00") for number in range(33))),
        ("extension-twice", (_requested(ca, ca),)),
        ("extension-twice-in-both", (_requested(ca), _requested(ca, type_=_MICROSOFT))),
        ("extension-no-value", (_requested(der.sequence(oid("1.2.3"))),)),
        ("extension-not-critical-type", (_requested(der.sequence(oid("1.2.3"), b"\x05\x00", b"\x04\x00")),)),
        ("extension-no-sequence", (attribute(_PKCS9, der.sequence(b"\x05\x00")),)),
        ("extensions-no-sequence", (attribute(_PKCS9, b"\x05\x00"),)),
        ("extensions-second-no-sequence", (_requested(ca), attribute(_MICROSOFT, b"\x05\x00"))),
        ("extension-long-name", (_requested(extension(_NAMES, der.sequence(der.wrap(0x82, b"a" * 3000)))),)),
        (
            "extension-second-malformed",
            (_requested(ca), _requested(extension(_KEY_USAGE, b"\x05\x00"), type_=_MICROSOFT)),
        ),
        ("oid-limit", (der.sequence(der.wrap(der.OBJECT_IDENTIFIER, b"\x2a" * 63), b"\x31\x02\x05\x00"),)),
        ("oid-long", (der.sequence(der.wrap(der.OBJECT_IDENTIFIER, b"\x2a" * 64), b"\x31\x02\x05\x00"),)),
        ("extension-malformed", (_requested(extension(_KEY_USAGE, b"\x05\x00")),)),
        ("extension-unknown-name", (_requested(extension(_NAMES, party)),)),
        ("extension-empty", (_requested(extension("1.2.3", b"")),)),
        ("extension-long", (_requested(extension("1.2.3", bytes(1000))),)),
        ("attribute-twice", (_requested(ca), _requested(usages))),
        ("attribute-no-value", (attribute("1.2.3"),)),
        ("attribute-two-values", (attribute(_PKCS9, der.sequence(ca), der.sequence(usages)),)),
        ("attribute-no-set", (der.sequence(oid("1.2.3"), b"\x05\x00"),)),
        ("attribute-no-sequence", (b"\x05\x00",)),
        ("attribute-unknown", (attribute("1.3.6.1.4.1.311.13.2.3", b"\x16\x0210"),)),
        ("challenge-twice", (attribute("1.2.840.113549.1.9.7", b"\x0c\x05ALPHA", b"\x0c\x05OMEGA"),)),
    ):
        yield name, good.asking(*attributes).encoded()
    names = x509.SubjectAlternativeName([x509.DNSName(f"{number}.test.example") for number in range(40)])
    yield "extension-many-names", good.asking(_requested(extension(_NAMES, names.public_bytes()))).encoded()
