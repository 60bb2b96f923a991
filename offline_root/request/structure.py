"""The structure of a CertificationRequest (RFC 2986 section 4), walked over its own octets.

Subject, key and extensions are taken out of the input as they stand; nothing is encoded again. What they mean is
cryptography's part (`offline_root.request.reader`).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from offline_root import der
from offline_root.findings import Finding
from offline_root.model import Der
from offline_root.request import codes

EXTENSION_REQUESTS = ("1.2.840.113549.1.9.14", "1.3.6.1.4.1.311.2.1.14")
"""The attribute of PKCS#9 (RFC 2985 section 5.4.2), and the one that Microsoft used before."""

_MAX_DEPTH = 32
_MAX_MEMBERS = 32
_MAX_OID = 63  # cryptography's limit
_ATTRIBUTES = 0xA0
_SET = 0x31
# UTF8String, NumericString, PrintableString, TeletexString, IA5String, UniversalString, BMPString (RFC 5280 A.1).
_STRINGS = bytes.fromhex("0c121314161c1e")
_VERSION_1 = bytes.fromhex("020100")

# Tags of the members, a slash, tags of the first member's members.
_REQUEST = "303003/023030a0"
_OTHERS = (
    (re.compile(r"303003/(a0.*|0230303030.*)"), "a certificate"),
    (re.compile(r"303003/(02)?3030(17|18).*"), "a certificate revocation list"),
    (re.compile(r"06a0/"), "a PKCS#7 or CMS container"),
    (re.compile(r"3003/.*"), "a public key"),
)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its type, its values, and all of it, as they stand."""

    oid: str
    values: tuple[der.Element, ...]
    raw: bytes


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension that is asked for: its value are the octets inside the string."""

    oid: str
    critical: bool
    value: bytes


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one request, as they stand in it, and all `extensions` that it asks for.

    `asking` are requests for the same key, each with one of the attributes that ask for extensions: cryptography reads
    the first such attribute of a request and no other.
    """

    subject: Der
    public_key: Der
    attributes: tuple[Attribute, ...]
    extensions: tuple[Extension, ...]
    asking: tuple[Der, ...]


class _Malformed(ValueError):
    """A field is DER, but not what the field has to be."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def only_request(octets: bytes) -> Der | Finding:
    """Return the one CertificationRequest that `octets` are, or what they are instead."""
    end = first_end(octets)
    try:
        outline, rest = _outline(der.element(octets[:end])), octets[end:]
    except der.DerError as error:
        return codes.NOT_DER.finding(f"Not DER: {error}.")
    if outline != _REQUEST:
        return _something_else(outline)
    if not rest:
        return Der(octets)
    if _begins_with_request(rest):
        return codes.TWO_REQUESTS.finding("A second request follows the first.")
    return codes.DER_TRAILING.finding(f"Bytes behind the request: {len(rest)}.")


def _begins_with_request(octets: bytes) -> bool:
    try:
        return _outline(der.element(octets[: first_end(octets)])) == _REQUEST
    except der.DerError:
        return False


def first_end(octets: bytes) -> int:
    """Return where the first element ends, should `octets` be DER."""
    first = int.from_bytes(octets[1:2])
    count = max(0, first - 0x80)
    return 2 + count + (int.from_bytes(octets[2 : 2 + count]) if count else first)


def _outline(element: der.Element) -> str:
    members = element.children()
    inner = members[0].children() if members and members[0].tag == der.SEQUENCE else ()
    return "/".join(bytes(each.tag for each in level[:8]).hex() for level in (members, inner))


def _something_else(outline: str) -> Finding:
    for pattern, name in _OTHERS:
        if pattern.fullmatch(outline):
            return codes.NOT_A_REQUEST.finding(f"It holds {name}, not a request.")
    return codes.MALFORMED.finding("The DER does not have the structure of a CertificationRequest.", "request")


def take_apart(request: Der) -> Parts | tuple[Finding, ...]:
    """Return the parts of the request, or all findings on its structure: encoding, version, attributes, extensions."""
    try:
        whole = der.element(request)
        strict(whole)
        version, subject, public_key, attribute_set = whole.children()[0].children()
        _only_strings(subject)
        _in_order(attribute_set)
        attributes = tuple(map(_attribute, attribute_set.children()))
        asking = [each for each in attributes if each.oid in EXTENSION_REQUESTS]
        extensions = tuple(one for each in asking for value in each.values for one in _extensions(value))
    except der.DerError as error:
        return (codes.NOT_DER.finding(f"Not DER: {error}."),)
    except _Malformed as error:
        return (codes.MALFORMED.finding(str(error), error.field),)
    findings = tuple(_findings(version, attributes, extensions))
    alone = tuple(_with_only(each, whole) for each in asking)
    return findings or Parts(Der(subject.raw), Der(public_key.raw), attributes, extensions, alone)


def _only_strings(subject: der.Element) -> None:
    """Refuse a name with other values than strings: cryptography reads them as text, OpenSSL does not read them."""
    rdns = (each for each in subject.children() if each.tag == _SET)
    for members in (_members(part) for rdn in rdns for part in rdn.children()):
        if len(members) == 2 and members[1].tag not in _STRINGS:
            tag = members[1].tag
            raise _Malformed("subject", f"A value in the subject has the tag 0x{tag:02x}, which is not a string's.")


def _with_only(attribute: Attribute, whole: der.Element) -> Der:
    info, *rest = whole.children()
    *fields, _ = info.children()
    changed = der.sequence(*(each.raw for each in fields), der.wrap(_ATTRIBUTES, attribute.raw))
    return Der(der.sequence(changed, *(each.raw for each in rest)))


def _findings(
    version: der.Element, attributes: tuple[Attribute, ...], extensions: tuple[Extension, ...]
) -> Iterator[Finding]:
    if version.raw != _VERSION_1:
        yield codes.VERSION.finding(f"The version is 0x{version.content[:8].hex()}.", "version")
    if max(len(attributes), len(extensions)) > _MAX_MEMBERS:
        yield codes.TOO_MANY.finding(f"{len(attributes)} attributes, {len(extensions)} extensions.", "attributes")
        return
    for oid in _doubled([each.oid for each in attributes]):
        yield codes.DUPLICATE_ATTRIBUTE.finding(f"The attribute {oid} stands twice.", "attributes")
    for each in attributes:
        if len(each.values) != 1:
            yield codes.MULTI_VALUED.finding(f"The attribute {each.oid} has {len(each.values)} values.", "attributes")
        if each.oid not in EXTENSION_REQUESTS and any(map(_looks_like_extensions, each.values)):
            said = f"The attribute {each.oid} holds extensions, but is not one that asks for them."
            yield codes.HIDDEN_EXTENSIONS.finding(said, "attributes")
    for oid in _doubled([each.oid for each in extensions]):
        yield codes.DUPLICATE_EXTENSION.finding(f"The extension {oid} is requested twice.", "extensions")


def _doubled(oids: list[str]) -> tuple[str, ...]:
    return tuple(oid for oid, count in Counter(oids).items() if count > 1)


def _attribute(element: der.Element) -> Attribute:
    match _members(element):
        case (der.Element(tag=0x06) as oid, der.Element(tag=0x31) as values):
            return Attribute(_type(oid), values.children(), element.raw)
        case _:
            raise _Malformed("attributes", "An attribute is not a type with a set of values.")


def _extensions(value: der.Element) -> tuple[Extension, ...]:
    return tuple(map(_extension, _members(value)))


def _extension(element: der.Element) -> Extension:
    match _members(element):
        case (der.Element(tag=0x06), der.Element(tag=0x01, content=b"\x00"), der.Element(tag=0x04)):
            raise der.DerError("a default value that is written out (critical FALSE)")
        case (der.Element(tag=0x06) as oid, der.Element(tag=0x04) as value):
            return Extension(_type(oid), critical=False, value=value.content)
        case (der.Element(tag=0x06) as oid, der.Element(tag=0x01), der.Element(tag=0x04) as value):
            return Extension(_type(oid), critical=True, value=value.content)
        case _:
            raise _Malformed("extensions", "A requested extension is not a type with a value.")


def _looks_like_extensions(value: der.Element) -> bool:
    tags = [bytes(each.tag for each in _members(member)) for member in _members(value)]
    return tags != [] and all(each in (b"\x06\x04", b"\x06\x01\x04") for each in tags)


def _members(element: der.Element) -> tuple[der.Element, ...]:
    return element.children() if element.tag == der.SEQUENCE else ()


def _type(oid: der.Element) -> str:
    if len(oid.content) > _MAX_OID:
        raise _Malformed("attributes", f"An OBJECT IDENTIFIER has more than {_MAX_OID} octets.")
    return der.dotted(oid)


def strict(element: der.Element, depth: int = 0) -> None:
    """Refuse what BER allows and DER does not, in all that is not hidden in strings (DerError)."""
    if depth > _MAX_DEPTH:
        raise der.DerError(f"more than {_MAX_DEPTH} levels")
    constructed = bool(element.tag & 0x20)
    number = element.tag & 0x1F
    if element.tag < 0x40 and (number == 0 or constructed != (number in (0x10, 0x11))):
        raise der.DerError(f"a tag 0x{element.tag:02x} that DER does not have")
    rule, name = _PRIMITIVES.get(element.tag, (_anything, ""))
    if not rule(element.content):
        raise der.DerError(f"{name} that is not in its one form")
    if element.tag in _ALPHABETS and not _ALPHABETS[element.tag][0].fullmatch(element.content):
        raise _Malformed("strings", f"{_ALPHABETS[element.tag][1]}.")
    if element.tag == _SET:
        _in_order(element)
    if constructed:
        for each in element.children():
            strict(each, depth + 1)


def _in_order(element: der.Element) -> None:
    members = [each.raw for each in element.children()]
    if members != sorted(members):
        raise der.DerError("a set whose members are not in order")


def _anything(_content: bytes) -> bool:
    return True


def _is_integer(content: bytes) -> bool:
    """Return whether it is there, and without nine leading equal bits (X.690 8.3.2)."""
    return len(content) == 1 or (content != b"" and content[0] != (0xFF if content[1] & 0x80 else 0))


def _is_bits(content: bytes) -> bool:
    """Return whether the unused bits are as many as there can be, and zero (X.690 11.2)."""
    if len(content) < 2:
        return content == b"\x00"
    return content[0] < 8 and content[-1] & ((1 << content[0]) - 1) == 0


_OID = re.compile(rb"(?:(?:[\x81-\xff][\x80-\xff]*)?[\x00-\x7f])+")

# Of these cryptography knows no alphabet; of the other strings it does.
_ALPHABETS = {
    0x12: (re.compile(rb"[0-9 ]*"), "A NumericString holds something else than digits and spaces"),
    0x1A: (re.compile(rb"[ -~]*"), "A VisibleString holds characters that are not visible"),
}
_PRIMITIVES: dict[int, tuple[Callable[[bytes], bool], str]] = {
    0x01: (lambda content: content in (b"\x00", b"\xff"), "a BOOLEAN"),
    0x02: (_is_integer, "an INTEGER"),
    0x03: (_is_bits, "a BIT STRING"),
    0x05: (lambda content: content == b"", "a NULL"),
    0x06: (lambda content: _OID.fullmatch(content) is not None, "an OBJECT IDENTIFIER"),
    0x0A: (_is_integer, "an ENUMERATED"),
}
