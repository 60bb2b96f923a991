"""Subjects that lie, that cannot be shown, or that are not the ones of the policy."""

from offline_root import der
from tests.corpus.build import (
    BMP,
    CN,
    COMMON_NAME,
    COMPANY,
    COUNTRY,
    EMAIL,
    IA5,
    OCTETS,
    ORGANIZATION,
    PRINTABLE,
    SET,
    SUBJECT,
    SWISS,
    TELETEX,
    UNIT,
    Vector,
    Vectors,
    called,
    csr,
    name,
    part,
)
from tests.offline_root.request.structures import oid

WHY = (
    "The subject is what people read. What a screen hides or obeys, what looks like another name, and what two "
    "programs read differently makes them approve one thing and sign another."
)

_OTHER = "PrivSec Intermediate CA (prod)"
_ROOT = "PrivSec OFFLINE Root CA"
WIDE = "PrivSec Intermediate CA (wide)"
"""A name of the environment that takes any name with such an end."""


_WRITTEN_ANEW = (*("country-utf-8", "one-rdn", "type-bmp", "type-teletex", "type-universal", "type-ia5"),)
_LIKE_NOTHING = ("alike-capital-i", "alike-digit-one", "alike-r-and-n")
"""They look like the name of `test`; where nothing has that name, they are names like any other."""


def _cn(value: str | bytes, tag: int = 0x0C) -> bytes:
    return csr(subject=called(value, tag))


def _others(*parts: bytes | tuple[bytes, ...], good: str = COMMON_NAME) -> bytes:
    """Return a request with the good common name behind other parts."""
    return csr(subject=name(*parts, part(CN, good)))


def subjects() -> Vectors:
    """Yield them all: characters and look-alikes also where the policy takes any name and keeps its octets."""
    test = (*_names(), *_characters(COMMON_NAME), *_alike(COMMON_NAME), *_attributes(), *_encodings(COMMON_NAME))
    for file, what, content in test:
        anew = f"good: {what}; the policy writes the subject anew" if file in _WRITTEN_ANEW else what
        yield Vector(f"subject/{file}.der", anew, content)
    for file, what, content in (*_characters(WIDE), *_alike(WIDE), *_encodings(WIDE), *_kept()):
        if file not in _LIKE_NOTHING:
            yield Vector(
                f"subject/wide-{file}.der", f"{what}; the policy keeps such names", content, environment="wide"
            )


def _kept() -> tuple[tuple[str, str, bytes], ...]:
    return (
        ("one-rdn", "all parts stand in one RDN", csr(subject=name((SWISS, COMPANY, part(CN, WIDE))))),
        ("unit", "an attribute that the policy does not know", _others(SWISS, COMPANY, part(UNIT, "IT"), good=WIDE)),
        ("unit-twice", "an attribute stands twice", _others(SWISS, part(UNIT, "A"), part(UNIT, "B"), good=WIDE)),
        ("other-order", "good: the parts in the other order", csr(subject=name(part(CN, WIDE), COMPANY, SWISS))),
        ("common-name-alone", "good: the common name alone", csr(subject=name(part(CN, WIDE)))),
        ("country-utf-8", "the country is a UTF8String", csr(subject=name(part(COUNTRY, "CH"), part(CN, WIDE)))),
    )


def _names() -> tuple[tuple[str, str, bytes], ...]:
    return (
        ("empty", "the subject has no part at all", csr(subject=name())),
        ("no-common-name", "the subject has no common name", csr(subject=name(SWISS, COMPANY))),
        ("common-name-empty", "the common name is empty", _cn("")),
        (
            "common-name-alone",
            "good: the common name alone, the rest comes from the policy",
            csr(subject=name(part(CN, COMMON_NAME))),
        ),
        ("common-name-twice", "the common name stands twice", _others(part(CN, COMMON_NAME))),
        ("common-name-two", "a second common name, of another environment", _others(part(CN, _OTHER))),
        (
            "common-name-two-in-one",
            "two common names in one RDN",
            csr(subject=name(SWISS, COMPANY, (part(CN, COMMON_NAME), part(CN, _OTHER)))),
        ),
        ("common-name-other", "a common name that no policy knows", _cn("Other CA")),
        ("other-environment", "the common name is that of another environment", _cn(_OTHER)),
        ("host", "the common name is a host's", _cn("www.test.privsec.ch")),
        ("longer", "the common name goes on behind the right one", _cn(f"{COMMON_NAME} G2")),
        ("shorter", "the last character of the common name is missing", _cn(COMMON_NAME[:-1])),
        ("upper-case", "the common name in upper case", _cn(COMMON_NAME.upper())),
        ("root", "the subject is the root's own", csr(subject=name(SWISS, COMPANY, part(CN, _ROOT)))),
        ("root-common-name", "the common name is the root's", csr(subject=name(part(CN, _ROOT)))),
        (
            "root-any",
            "the subject is the root's own; the policy would allow it",
            csr(subject=name(SWISS, COMPANY, part(CN, _ROOT))),
        ),
        (
            "length-64",
            "the common name has 64 octets, the most there may be",
            _cn(COMMON_NAME + "x" * (64 - len(COMMON_NAME))),
        ),
        ("length-65", "the common name has 65 octets", _cn("x" * 65)),
        ("length-65-in-33-letters", "the common name has 33 letters, which take 66 octets", _cn("ä" * 33)),
        ("length-5000", "the common name has 5,000 octets", _cn("x" * 5_000)),
        ("pattern-characters", "the common name is a pattern: *", _cn("*")),
        ("markup", "the common name has markup, as some screens obey it", _cn("PrivSec [red]CA[/red] <b>(test)</b>")),
        ("shell", "the common name is a command in a shell", _cn("$(reboot) `reboot`; reboot")),
        ("path", "the common name is a path", _cn("../../etc/passwd")),
    )


# Each is put behind the first word of the right name, where a screen that hides it shows the right name.
_HIDDEN = (
    ("nul", "a NUL", "\0"),
    ("newline", "a line break", "\n"),
    ("carriage-return", "a carriage return", "\r"),
    ("tab", "a tab", "\t"),
    ("backspace", "a backspace", "x\b"),
    ("escape", "an escape sequence that clears the screen", "\x1b[2J"),
    ("c1", "a control of the second set: CSI", "\x9b2J"),
    ("delete", "a DEL", "\x7f"),
    ("bidi-override", "a right-to-left override", "\u202e"),
    ("bidi-isolate", "a right-to-left isolate", "\u2067"),
    ("bidi-mark", "a right-to-left mark", "\u200f"),
    ("bidi-arabic-mark", "an Arabic letter mark", "\u061c"),
    ("zero-width-space", "a space without width", "\u200b"),
    ("zero-width-joiner", "a joiner without width", "\u200d"),
    ("word-joiner", "a word joiner", "\u2060"),
    ("byte-order-mark", "a byte order mark", "\ufeff"),
    ("soft-hyphen", "a soft hyphen", "\xad"),
    ("tag-characters", "a tag character", "\U000e0041"),
    ("variation-selector", "a variation selector", "\ufe0f"),
    ("hangul-filler", "a Hangul filler", "\u3164"),
    ("braille-blank", "a Braille pattern without dots", "\u2800"),
    ("line-separator", "a line separator", "\u2028"),
    ("no-break-space", "a no-break space beside the space", "\xa0"),
    ("en-space", "an en space beside the space", "\u2002"),
    ("private-use", "a character for private use", "\ue000"),
    ("unassigned", "a code point that is no character", "\U0003ffff"),
    ("marks", "twenty combining marks", "\u0301" * 20),
    ("grapheme-joiner", "a combining grapheme joiner", "\u034f"),
    ("interlinear", "an interlinear annotation", "\ufff9"),
)


def _characters(good: str) -> tuple[tuple[str, str, bytes], ...]:
    first, rest = good.split(" ", 1)
    hidden = tuple((file, f"the common name has {what}", _cn(f"{first}{put} {rest}")) for file, what, put in _HIDDEN)
    return (
        *hidden,
        ("nul-behind", "a NUL and another name behind the right one", _cn(f"{good}\0.evil.example")),
        ("line-of-a-report", "a line break and a line as reports have it", _cn(f"{good}\nfingerprint: 0000 0000")),
        ("space-before", "a space stands before the common name", _cn(f" {good}")),
        ("space-behind", "a space stands behind the common name", _cn(f"{good} ")),
        ("two-spaces", "two spaces where one should be", _cn(good.replace(" CA", "  CA"))),
        (
            "hidden-in-unit",
            "an attribute that the policy does not know has a right-to-left override",
            _others(part(UNIT, "\u202eTI"), good=good),
        ),
        (
            "hidden-in-organization",
            "the organization has a space without width",
            csr(subject=name(SWISS, part(ORGANIZATION, "Priv\u200bSec"), part(CN, good))),
        ),
    )


# Each takes the place of what stands before it.
_ALIKE = (
    ("cyrillic-e", "a Cyrillic e", "e", "\u0435"),
    ("cyrillic-whole", "every letter that Cyrillic has", "PrivSec", "\u0420r\u0456v\u0405\u0435\u0441"),
    ("greek-a", "a Greek capital alpha", "CA", "C\u0391"),
    ("full-width", "a full-width letter", "P", "\uff30"),
    ("full-width-letters", "full-width letters", "CA", "\uff23\uff21"),
    ("mathematical", "mathematical letters", "CA", "\U0001d402\U0001d400"),
    ("capital-i", "a capital I instead of an l", "Intermediate", "lntermediate"),
    ("digit-one", "a digit 1 instead of an I", "Intermediate", "1ntermediate"),
    ("r-and-n", "r and n instead of an m", "Intermediate", "Interrnediate"),
    ("dotless-i", "a dotless i", "Priv", "Pr\u0131v"),
    ("decomposed", "an accent on its own", "Sec", "Se\u0301c"),
    ("long-s", "a Kelvin sign beside a long s", "CA", "\u212aA\u017f"),
    ("ligature", "a ligature of f and i", "Inter", "Inter\ufb01"),
    ("hyphen", "a minus sign", " CA", "\u2212CA"),
    ("digit-script", "an Arabic digit", "CA", "CA\u0661"),
    ("armenian", "an Armenian letter", "S", "\u054f"),
)


def _alike(good: str) -> tuple[tuple[str, str, bytes], ...]:
    alike = tuple(
        (f"alike-{file}", f"the common name has {what}", _cn(good.replace(old, new, 1)))
        for file, what, old, new in _ALIKE
    )
    return (
        *alike,
        (
            "alike-other-environment",
            "the name of another environment, with a Cyrillic letter",
            _cn(_OTHER.replace("o", "\u043e")),
        ),
        ("alike-root", "the root's name, with a Cyrillic letter", _cn(_ROOT.replace("o", "\u043e", 1))),
        ("alike-root-case", "the root's name in other case", _cn(_ROOT.upper())),
        ("alike-root-spaces", "the root's name with two spaces", _cn(_ROOT.replace(" ", "  ", 1))),
        (
            "alike-organization",
            "the organization has a Cyrillic letter",
            csr(subject=name(SWISS, part(ORGANIZATION, "Priv\u0405ec"), part(CN, good))),
        ),
    )


def _attributes() -> tuple[tuple[str, str, bytes], ...]:
    return (
        (
            "organization-other",
            "the organization is another",
            csr(subject=name(SWISS, part(ORGANIZATION, "Other"), part(CN, COMMON_NAME))),
        ),
        (
            "organization-empty",
            "the organization is empty",
            csr(subject=name(SWISS, part(ORGANIZATION, ""), part(CN, COMMON_NAME))),
        ),
        (
            "organization-case",
            "the organization is in lower case",
            csr(subject=name(SWISS, part(ORGANIZATION, "privsec"), part(CN, COMMON_NAME))),
        ),
        (
            "organization-65",
            "the organization has 65 octets",
            csr(subject=name(SWISS, part(ORGANIZATION, "x" * 65), part(CN, COMMON_NAME))),
        ),
        (
            "organization-twice",
            "the organization stands twice, the same",
            csr(subject=name(SWISS, COMPANY, COMPANY, part(CN, COMMON_NAME))),
        ),
        (
            "organization-two",
            "two organizations",
            csr(subject=name(SWISS, COMPANY, part(ORGANIZATION, "Other"), part(CN, COMMON_NAME))),
        ),
        (
            "organization-two-in-one",
            "two organizations in one RDN",
            csr(subject=name(SWISS, (COMPANY, part(ORGANIZATION, "Other")), part(CN, COMMON_NAME))),
        ),
        (
            "country-other",
            "the country is another",
            csr(subject=name(part(COUNTRY, "DE", PRINTABLE), COMPANY, part(CN, COMMON_NAME))),
        ),
        (
            "country-lower-case",
            "the country is in lower case",
            csr(subject=name(part(COUNTRY, "ch", PRINTABLE), COMPANY, part(CN, COMMON_NAME))),
        ),
        (
            "country-three",
            "the country has three letters",
            csr(subject=name(part(COUNTRY, "CHE", PRINTABLE), COMPANY, part(CN, COMMON_NAME))),
        ),
        (
            "country-digits",
            "the country has a digit",
            csr(subject=name(part(COUNTRY, "C1", PRINTABLE), COMPANY, part(CN, COMMON_NAME))),
        ),
        (
            "country-utf-8",
            "the country is a UTF8String, not a PrintableString",
            csr(subject=name(part(COUNTRY, "CH"), COMPANY, part(CN, COMMON_NAME))),
        ),
        (
            "country-characters",
            "the country is no PrintableString inside",
            csr(subject=name(part(COUNTRY, "C*", PRINTABLE), COMPANY, part(CN, COMMON_NAME))),
        ),
        (
            "unknown-unit",
            "an attribute that the policy does not know: an organizational unit",
            _others(SWISS, COMPANY, part(UNIT, "IT")),
        ),
        (
            "unknown-e-mail",
            "an attribute that the policy does not know: an e-mail address",
            _others(SWISS, COMPANY, part(EMAIL, "ca@test.example", IA5)),
        ),
        (
            "unknown-serial-number",
            "an attribute that the policy does not know: a serial number",
            _others(SWISS, COMPANY, part("2.5.4.5", "1", PRINTABLE)),
        ),
        (
            "unknown-domain",
            "an attribute that the policy does not know: a domain component",
            _others(SWISS, COMPANY, part("0.9.2342.19200300.100.1.25", "example", IA5)),
        ),
        ("unknown-type", "an attribute of a type that nobody knows", _others(SWISS, COMPANY, part("1.2.3.4", "x"))),
        (
            "unknown-hundred",
            "a hundred attributes that the policy does not know",
            _others(SWISS, COMPANY, *(part(UNIT, str(n)) for n in range(100))),
        ),
        ("one-rdn", "all parts stand in one RDN", csr(subject=name((SWISS, COMPANY, part(CN, COMMON_NAME))))),
        (
            "other-order",
            "good: the parts stand in the other order; the policy has its own",
            csr(subject=name(part(CN, COMMON_NAME), COMPANY, SWISS)),
        ),
    )


def _encodings(good: str) -> tuple[tuple[str, str, bytes], ...]:
    return (
        ("type-printable", "good: the common name is a PrintableString", _cn(good, PRINTABLE)),
        ("type-bmp", "the common name is a BMPString", _cn(good, BMP)),
        ("type-teletex", "the common name is a TeletexString", _cn(good, TELETEX)),
        ("type-universal", "the common name is a UniversalString", _cn(der.wrap(0x1C, good.encode("utf-32-be")))),
        ("type-ia5", "the common name is an IA5String", _cn(good, IA5)),
        ("type-numeric", "the common name is a NumericString of letters", _cn(good, 0x12)),
        ("type-visible", "the common name is a VisibleString", _cn(good, 0x1A)),
        ("type-octets", "the common name is an OCTET STRING", _cn(good, OCTETS)),
        ("type-application", "the common name has a tag of an application, which no string has", _cn(good, 0x4C)),
        ("type-bits", "the common name is a BIT STRING", _cn(der.bit_string(good.encode()))),
        ("type-null", "the common name is a NULL", _cn(b"\x05\x00")),
        ("type-sequence", "the common name is a SEQUENCE", _cn(der.sequence())),
        ("printable-at", "a PrintableString has an @", _cn("ca@test", PRINTABLE)),
        ("printable-high", "a PrintableString has octets above 127", _cn(der.wrap(PRINTABLE, b"Z\xfcrich"))),
        ("utf-8-cut", "the UTF-8 of the common name is cut off", _cn(der.wrap(0x0C, good.encode() + b"\xc3"))),
        ("utf-8-overlong", "a slash in two octets of UTF-8", _cn(der.wrap(0x0C, b"PrivSec\xc0\xaf"))),
        ("utf-8-surrogate", "half a pair of UTF-16, in UTF-8", _cn(der.wrap(0x0C, b"PrivSec\xed\xa0\x80"))),
        ("bmp-odd", "a BMPString of an odd number of octets", _cn(der.wrap(BMP, good.encode("utf-16-be")[:-1]))),
        ("bmp-surrogate", "a BMPString with half a pair", _cn(der.wrap(BMP, b"\xd8\x00"))),
        (
            "bmp-as-utf-8",
            "a UTF8String that holds UTF-16: a NUL before each letter",
            _cn(der.wrap(0x0C, good.encode("utf-16-be"))),
        ),
        (
            "rdn-empty",
            "an RDN without a part",
            csr(subject=der.sequence(der.wrap(SET), *(each.raw for each in der.element(SUBJECT).children()))),
        ),
        ("rdn-null", "an RDN is a NULL", csr(subject=der.sequence(b"\x05\x00"))),
        ("part-without-value", "a part has no value", csr(subject=name(SWISS, COMPANY, der.sequence(oid(CN))))),
        (
            "part-with-two-values",
            "a part has two values",
            csr(subject=name(SWISS, COMPANY, der.sequence(oid(CN), b"\x0c\x01a", b"\x0c\x01b"))),
        ),
    )
