"""Encodings that BER allows and DER does not, wrong tags, sizes, versions, and what is left over or missing."""

from offline_root import der
from tests.corpus.build import (
    CN,
    COMMON_NAME,
    INTEGER,
    NULL,
    OCTETS,
    SET,
    SUBJECT,
    UTF8,
    VERSION,
    Vector,
    Vectors,
    asking,
    csr,
    info,
    part,
    signed,
    text,
)
from tests.corpus.keys import GOOD
from tests.offline_root.request.structures import attribute, extension, oid

WHY = (
    "Two programs that read one file differently sign something else than was shown. DER has one encoding for each "
    "value; everything else is refused, whatever it would mean."
)
WHY_VERSION = "A version that is not 0 announces fields that this program does not know."

_CA = extension("2.5.29.19", bytes.fromhex("30030101ff"), critical=bytes.fromhex("0101ff"))
_USAGES = extension("2.5.29.15", bytes.fromhex("03020106"))


def _value(encoding: str | bytes) -> bytes:
    """Return a request with an unknown attribute of this value."""
    return csr(attribute("1.2.3", bytes.fromhex(encoding) if isinstance(encoding, str) else encoding))


def _longer(element: bytes) -> bytes:
    """Return an element with one more octet of length than needed."""
    found = der.element(element)
    size = len(found.content)
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    octets = octets if size < 0x80 else b"\x00" + octets
    return bytes([found.tag, 0x80 | len(octets)]) + octets + found.content


def _endless(element: bytes) -> bytes:
    """Return an element of indefinite length."""
    found = der.element(element)
    return bytes([found.tag, 0x80]) + found.content + b"\x00\x00"


def _nested(levels: int) -> bytes:
    content = NULL
    for _ in range(levels):
        content = der.sequence(content)
    return content


def encodings() -> Vectors:
    """Yield what is wrong with the encoding itself."""
    for name, what, content in (*_lengths(), *_primitives(), *_orders(), *_sizes()):
        yield Vector(f"encoding/{name}.der", what, content)


def _lengths() -> tuple[tuple[str, str, bytes], ...]:
    good = csr()
    whole = der.element(good)
    return (
        ("indefinite", "the whole has an indefinite length", _endless(good)),
        ("indefinite-info", "the signed part has an indefinite length", signed(_endless(info()))),
        ("indefinite-subject", "the subject has an indefinite length", signed(info(subject=_endless(SUBJECT)))),
        ("indefinite-key", "the key has an indefinite length", signed(info(spki=_endless(GOOD.spki)))),
        (
            "indefinite-attributes",
            "the attributes have an indefinite length",
            signed(info(attributes=_endless(b"\xa0\x00"))),
        ),
        ("long-length", "the length of the whole has a leading zero", _longer(good)),
        ("long-length-info", "the length of the signed part has a leading zero", signed(_longer(info()))),
        ("long-length-version", "the length of the version takes two octets", signed(info(version=_longer(VERSION)))),
        (
            "long-length-subject",
            "the length of the subject takes one octet too many",
            signed(info(subject=_longer(SUBJECT))),
        ),
        ("long-length-key", "the length of the key takes one octet too many", signed(info(spki=_longer(GOOD.spki)))),
        ("long-length-oid", "the length of an OBJECT IDENTIFIER takes two octets", _value(_longer(oid("1.2.3")))),
        (
            "long-length-algorithm",
            "the length of the signature algorithm takes two octets",
            signed(info(), algorithm=_longer(GOOD.algorithm("sha384"))),
        ),
        (
            "long-length-signature",
            "the length of the signature takes one octet too many",
            signed(info(), signature=_longer(der.element(good).children()[2].raw)),
        ),
        ("length-beyond", "the length says four gigabytes", b"\x30\x84\xff\xff\xff\xff" + whole.content),
        (
            "length-of-127-octets",
            "the length itself takes 126 octets",
            b"\x30\xfe" + bytes(125) + b"\x01" + whole.content,
        ),
        ("cut-off", "the last octet is missing", good[:-1]),
        ("half", "half of the file is missing", good[: len(good) // 2]),
        ("head-alone", "two octets", good[:2]),
        ("two", "two requests behind each other", good * 2),
        ("behind-newline", "a line break stands behind the request", good + b"\n"),
        ("behind-bytes", "four zero octets stand behind the request", good + bytes(4)),
        (
            "behind-in-info",
            "a NULL stands behind the attributes",
            signed(der.sequence(der.element(info()).content, NULL)),
        ),
        ("behind-in-request", "a NULL stands behind the signature", der.sequence(whole.content, NULL)),
        (
            "behind-in-algorithm",
            "a NULL twice stands behind the algorithm",
            signed(info(), algorithm=der.sequence(oid("1.2.840.10045.4.3.3"), NULL, NULL)),
        ),
        (
            "behind-in-extension",
            "a NULL stands behind basicConstraints, in its value",
            csr(asking(extension("2.5.29.19", bytes.fromhex("30030101ff0500")))),
        ),
        (
            "behind-in-extensions",
            "a NULL stands behind the list of extensions",
            csr(attribute("1.2.840.113549.1.9.14", der.sequence(_CA, NULL))),
        ),
        (
            "empty-sequence",
            "a SEQUENCE of nothing and 200 zero octets",
            der.sequence(b"", der.wrap(OCTETS, bytes(200))),
        ),
        ("no-signature", "the signature is missing", der.sequence(info(), GOOD.algorithm("sha384"))),
        ("no-attributes", "the field of attributes is missing", signed(info(attributes=b""))),
        ("no-version", "the version is missing", signed(info(version=b""))),
        ("no-key", "the key is missing", signed(info(spki=b""))),
        (
            "other-structure",
            "a SEQUENCE of three, but not those of a request",
            der.sequence(der.sequence(VERSION), NULL, b"\x03\x01\x00"),
        ),
    )


def _primitives() -> tuple[tuple[str, str, bytes], ...]:
    return (
        ("integer-padded", "the version has a leading zero octet", signed(info(version=bytes.fromhex("02020000")))),
        ("integer-negative-padded", "an INTEGER has nine leading ones", _value("0202ff80")),
        ("integer-empty", "an INTEGER has no octet", _value("0200")),
        ("boolean-one", "a BOOLEAN is 01, not FF", _value("010101")),
        (
            "boolean-one-critical",
            "an extension is critical in the way of BER: 01",
            csr(asking(extension("2.5.29.19", bytes.fromhex("30030101ff"), critical=b"\x01\x01\x01"))),
        ),
        ("boolean-empty", "a BOOLEAN has no octet", _value("0100")),
        (
            "boolean-in-extension",
            "cA is 01, not FF, inside basicConstraints",
            csr(asking(extension("2.5.29.19", bytes.fromhex("3003010101")))),
        ),
        (
            "default-false",
            "critical FALSE, the default, is written out",
            csr(asking(extension("2.5.29.19", bytes.fromhex("30030101ff"), critical=b"\x01\x01\x00"))),
        ),
        (
            "default-in-extension",
            "cA FALSE, the default, is written out inside basicConstraints",
            csr(asking(extension("2.5.29.19", bytes.fromhex("3003010100")))),
        ),
        ("null-content", "a NULL has an octet", _value("050100")),
        ("enumerated-padded", "an ENUMERATED has a leading zero octet", _value("0a020001")),
        ("bits-not-zero", "unused bits of a BIT STRING are set", _value("030207ff")),
        ("bits-one-not-zero", "the one unused bit of a BIT STRING is set", _value("03020101")),
        ("bits-eight-unused", "a BIT STRING has eight unused bits", _value("03020800")),
        ("bits-empty", "a BIT STRING has no octet at all", _value("0300")),
        ("bits-unused-of-none", "a BIT STRING without bits has one unused", _value("030101")),
        ("bits-good", "good: a BIT STRING with seven unused bits that are zero", _value("03020780")),
        (
            "bits-signature",
            "the signature has seven unused bits",
            signed(
                info(),
                signature=b"\x03"
                + der.bit_string(GOOD.sign(info(), "sha384"))[1:2]
                + b"\x07"
                + GOOD.sign(info(), "sha384"),
            ),
        ),
        (
            "bits-key",
            "the public key has an unused bit",
            signed(info(spki=GOOD.spki.replace(b"\x03\x62\x00\x04", b"\x03\x62\x01\x04"))),
        ),
        ("oid-padded", "an OBJECT IDENTIFIER has a leading 80", _value("06032a8003")),
        ("oid-empty", "an OBJECT IDENTIFIER has no octet", _value("0600")),
        ("oid-cut", "an OBJECT IDENTIFIER ends in the middle of a number", _value("06022a83")),
        (
            "oid-limit",
            "good: an OBJECT IDENTIFIER of 63 octets, the longest that is read",
            csr(der.sequence(der.wrap(0x06, b"\x2a" * 63), der.wrap(SET, NULL))),
        ),
        (
            "oid-long",
            "an OBJECT IDENTIFIER of 64 octets",
            csr(der.sequence(der.wrap(0x06, b"\x2a" * 64), der.wrap(SET, NULL))),
        ),
        (
            "oid-huge",
            "an OBJECT IDENTIFIER of one number of 40,000 octets",
            csr(der.sequence(der.wrap(0x06, b"\x81" * 39_999 + b"\x01"), der.wrap(SET, NULL))),
        ),
        (
            "string-in-pieces",
            "the common name is a constructed string",
            signed(info(subject=_named(b"\x2c\x05\x0c\x03abc"))),
        ),
        (
            "octets-in-pieces",
            "the value of an extension is a constructed OCTET STRING",
            csr(
                asking(
                    der.sequence(oid("2.5.29.19"), b"\x24" + der.wrap(4, der.wrap(4, bytes.fromhex("30030101ff")))[1:])
                )
            ),
        ),
        (
            "signature-in-pieces",
            "the signature is a constructed BIT STRING",
            signed(info(), signature=b"\x23" + der.wrap(3, der.bit_string(GOOD.sign(info(), "sha384")))[1:]),
        ),
        ("tag-end-of-contents", "an element with the tag 00", _value("0000")),
        ("tag-of-two-octets", "an element with a tag of two octets", _value("1f2100")),
        ("tag-primitive-sequence", "a SEQUENCE without the bit for constructed", _value("100100")),
        ("tag-set-for-request", "the whole is a SET", b"\x31" + csr()[1:]),
        ("tag-set-for-info", "the signed part is a SET", signed(b"\x31" + info()[1:])),
        ("tag-set-for-subject", "the subject is a SET", signed(info(subject=b"\x31" + SUBJECT[1:]))),
        ("tag-attributes-1", "the attributes have the tag [1]", signed(info(attributes=b"\xa1\x00"))),
        (
            "tag-attributes-primitive",
            "the attributes have the tag [0] without the bit for constructed",
            signed(info(attributes=b"\x80\x00")),
        ),
        ("tag-attributes-set", "the attributes have the tag SET", signed(info(attributes=b"\x31\x00"))),
        (
            "tag-octets-for-signature",
            "the signature is an OCTET STRING",
            signed(info(), signature=der.wrap(OCTETS, GOOD.sign(info(), "sha384"))),
        ),
        (
            "tag-octets-for-key",
            "the public key is an OCTET STRING",
            signed(info(spki=GOOD.spki.replace(b"\x03\x62", b"\x04\x62"))),
        ),
        (
            "tag-sequence-for-values",
            "the values of an attribute are a SEQUENCE",
            csr(der.sequence(oid("1.2.3"), der.sequence(NULL))),
        ),
        (
            "tags-odd",
            "unknown attributes with application and context tags, which the second parser cannot read",
            csr(
                *(attribute(f"1.2.{tag[0]}", tag) for tag in map(bytes.fromhex, ("a1020500", "8101fe", "4000", "6000")))
            ),
        ),
    )


def _named(value: bytes) -> bytes:
    return der.sequence(der.wrap(SET, der.sequence(oid(CN), value)))


def _orders() -> tuple[tuple[str, str, bytes], ...]:
    first, second = part(CN, COMMON_NAME), part("2.5.4.11", "IT")
    unordered = der.sequence(der.wrap(SET, *sorted((first, second), reverse=True)))
    one, two = attribute("1.2.3", NULL), attribute("1.2.4", NULL)
    values = der.sequence(oid("1.2.3"), der.wrap(SET, text("b"), text("a")))
    return (
        ("order-in-rdn", "the parts of an RDN are out of order", signed(info(subject=unordered))),
        ("order-of-attributes", "the attributes are out of order", signed(info(attributes=der.wrap(0xA0, two, one)))),
        ("order-of-values", "the values of an attribute are out of order", csr(values)),
    )


def _sizes() -> tuple[tuple[str, str, bytes], ...]:
    return (
        ("levels-limit", "good: an attribute of as many levels as are read", _value(_nested(27))),
        ("levels", "an attribute of one level too many", _value(_nested(28))),
        ("levels-200", "an attribute of 200 levels", _value(_nested(200))),
        ("levels-5000", "an attribute of 5,000 levels", _value(_nested(5000))),
        ("size-limit-long-name", "a common name of 60,000 octets", csr(subject=_named(der.wrap(UTF8, b"a" * 60_000)))),
        (
            "attributes-limit",
            "good: 32 attributes, as many as are read",
            csr(*(attribute(f"1.2.3.{n}", NULL) for n in range(32))),
        ),
        ("attributes-many", "33 attributes", csr(*(attribute(f"1.2.3.{n}", NULL) for n in range(33)))),
        (
            "extensions-limit",
            "32 extensions: as many as are read",
            csr(asking(*(extension(f"1.2.3.{n}", NULL) for n in range(32)))),
        ),
        ("extensions-many", "33 extensions", csr(asking(*(extension(f"1.2.3.{n}", NULL) for n in range(33))))),
    )


def versions() -> Vectors:
    """Yield requests of other versions."""
    for name, what, version in (
        ("1", "the version is 1", bytes.fromhex("020101")),
        ("2", "the version is 2, as in a certificate", bytes.fromhex("020102")),
        ("255", "the version is 255, signed: -1", bytes.fromhex("0201ff")),
        ("128", "the version is 128", bytes.fromhex("02020080")),
        ("huge", "the version has 65 bits", der.wrap(INTEGER, b"\x01" + bytes(8))),
        ("boolean", "the version is a BOOLEAN", bytes.fromhex("010100")),
        ("octets", "the version is an OCTET STRING", bytes.fromhex("040100")),
        ("explicit", "the version is tagged [0], as in a certificate", bytes.fromhex("a003020100")),
    ):
        yield Vector(f"version/{name}.der", what, signed(info(version=version)))
