"""A request put together by hand from its parts, any of them wrong, and signed afterwards.

The signature is right unless a case is about signatures: so it is the check of the structure that has to catch it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from offline_root import der
from tests.corpus.keys import GOOD, Key
from tests.offline_root.request.structures import attribute, oid

SET, INTEGER, OCTETS, UTF8, PRINTABLE, TELETEX, IA5, BMP = 0x31, 0x02, 0x04, 0x0C, 0x13, 0x14, 0x16, 0x1E
VERSION = bytes.fromhex("020100")
EXTENSIONS, MICROSOFT = "1.2.840.113549.1.9.14", "1.3.6.1.4.1.311.2.1.14"
CN, COUNTRY, ORGANIZATION, UNIT, EMAIL = "2.5.4.3", "2.5.4.6", "2.5.4.10", "2.5.4.11", "1.2.840.113549.1.9.1"
COMMON_NAME = "PrivSec Intermediate CA (test)"
NULL = b"\x05\x00"


@dataclass(frozen=True)
class Vector:
    """One file of the corpus: what it is, and how it comes to a ceremony.

    `environment` is the one it is held against, `name` what the file is called on the stick (its own name if empty),
    `after` the files that were answered before it, each with its environment (`root`: the root itself has that key).
    """

    file: str
    what: str
    content: bytes
    environment: str = "test"
    name: str = ""
    after: tuple[tuple[str, str], ...] = ()


Vectors = Iterator[Vector]


def text(value: str, tag: int = UTF8) -> bytes:
    """Return a string of one of the kinds of ASN.1."""
    return der.wrap(tag, value.encode({BMP: "utf-16-be", TELETEX: "latin-1"}.get(tag, "utf-8"), "surrogatepass"))


def part(type_: str, value: str | bytes, tag: int = UTF8) -> bytes:
    """Return one type and value of a name; `value` may be any encoding."""
    return der.sequence(oid(type_), value if isinstance(value, bytes) else text(value, tag))


def name(*rdns: bytes | tuple[bytes, ...]) -> bytes:
    """Return a Name: each RDN is one part or several."""
    return der.sequence(*(der.wrap(SET, *sorted((each,) if isinstance(each, bytes) else each)) for each in rdns))


SWISS, COMPANY = part(COUNTRY, "CH", PRINTABLE), part(ORGANIZATION, "PrivSec")
SUBJECT = name(SWISS, COMPANY, part(CN, COMMON_NAME))


def called(value: str | bytes, tag: int = UTF8) -> bytes:
    """Return the good subject with another common name."""
    return name(SWISS, COMPANY, part(CN, value, tag))


def fields(*attributes: bytes) -> bytes:
    """Return the field of attributes, in order."""
    return der.wrap(0xA0, *sorted(attributes))


def info(
    *, version: bytes = VERSION, subject: bytes = SUBJECT, spki: bytes = GOOD.spki, attributes: bytes = b"\xa0\x00"
) -> bytes:
    """Return a CertificationRequestInfo."""
    return der.sequence(version, subject, spki, attributes)


def signed(
    content: bytes,
    by: Key = GOOD,
    hash_: str = "sha384",
    *,
    algorithm: bytes | None = None,
    signature: bytes | None = None,
) -> bytes:
    """Return the request of a CertificationRequestInfo; `signature` is a whole BIT STRING."""
    bits = der.bit_string(by.sign(content, hash_)) if signature is None else signature
    return der.sequence(content, by.algorithm(hash_) if algorithm is None else algorithm, bits)


def csr(*attributes: bytes, subject: bytes = SUBJECT, by: Key = GOOD, hash_: str = "sha384") -> bytes:
    """Return a request that is good but for its parts."""
    return signed(info(subject=subject, spki=by.spki, attributes=fields(*attributes)), by, hash_)


def asking(*extensions: bytes, type_: str = EXTENSIONS) -> bytes:
    """Return the attribute that asks for extensions."""
    return attribute(type_, der.sequence(*extensions))
