"""How the requested subject is written: characters, spaces, string types, grouping (RFC 5280 4.1.2.4; X.520)."""

import unicodedata
from collections import Counter
from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import NameOID

from offline_root import der, names
from offline_root.checks.case import Case
from offline_root.display import dangerous, explained, spaced, visible
from offline_root.findings import Detail, Severity, check, declare
from offline_root.lookalike import scripts
from offline_root.policy.model import FROM_REQUEST

_SHOWN = 4
"""So many characters of one value are named."""

_STRINGS = {
    0x0C: "UTF8String",
    0x13: "PrintableString",
    0x14: "TeletexString",
    0x16: "IA5String",
    0x1C: "UniversalString",
    0x1E: "BMPString",
}
_DOMAIN_COMPONENT = NameOID.DOMAIN_COMPONENT.dotted_string
_FITTING = {
    NameOID.COUNTRY_NAME.dotted_string: ("PrintableString",),
    NameOID.DN_QUALIFIER.dotted_string: ("PrintableString",),
    NameOID.EMAIL_ADDRESS.dotted_string: ("IA5String",),
    NameOID.SERIAL_NUMBER.dotted_string: ("PrintableString",),
    _DOMAIN_COMPONENT: ("IA5String",),
}
"""The string types of those attributes that do not have the usual choice."""


def _field(attribute: x509.NameAttribute[str | bytes]) -> str:
    return f"subject.{names.word(attribute.oid)}"


def _kept(case: Case) -> tuple[tuple[str, str], ...]:
    """Return (field, value) of the requested attributes that the certificate would hold."""
    known = {"common_name", *(each for each, _ in case.environment.attributes)}
    every = case.environment.subject == FROM_REQUEST
    return tuple((_field(each), str(each.value)) for each in case.requested if every or names.word(each.oid) in known)


@check(
    declare(
        "request.subject.characters",
        Severity.REFUSE,
        "The subject must hold only characters that can be seen and that cannot deceive",
        rule="BR 7.1.4.2; Unicode TR 36",
        mend="Make a new request whose subject is plain text, and ask how such characters came into it.",
    )
)
def characters(case: Case) -> Iterator[Detail]:
    """Refuse control, escape, bidirectional and invisible characters in a subject."""
    for each in case.requested:
        found = explained(str(each.value))
        if found:
            shown = visible(str(each.value))
            yield _field(each), f"'{shown}' holds {', '.join(found)}, which a screen would hide or obey."


@check(
    declare(
        "request.subject.scripts",
        Severity.REFUSE,
        "One name must not mix letters of scripts that are drawn alike",
        rule="Unicode TR 39 5.2",
        mend="Make a new request with the name typed anew on a Latin keyboard, and ask how it was made:"
        " this is how one name is dressed up as another.",
    )
)
def mixed_scripts(case: Case) -> Iterator[Detail]:
    """Refuse Latin, Greek, Cyrillic and the like in one value."""
    for each in case.requested:
        found = scripts(str(each.value))
        if len(found) > 1:
            yield _field(each), f"'{visible(str(each.value))}' mixes {', '.join(each.capitalize() for each in found)}."


@check(
    declare(
        "request.subject.ascii",
        Severity.REFUSE,
        "The subject should hold ASCII characters alone",
        rule="Unicode TR 36; policy environments.E (its values are ASCII)",
        mend="Make a new request with the names as the policy writes them, in ASCII (ue for an umlaut).",
        recommended=True,
    )
)
def ascii_only(case: Case) -> Iterator[Detail]:
    """Refuse letters outside ASCII, naming them: they may look like those that the policy wants."""
    for field, value in _kept(case):
        seen = [each for each in value if not each.isascii() and not dangerous(each)]
        if seen:
            foreign = [f"U+{ord(each):04X} {unicodedata.name(each, 'without a name')}" for each in seen]
            more = f" and {len(foreign) - _SHOWN} more" if len(foreign) > _SHOWN else ""
            yield field, f"'{visible(value)}' is not ASCII: it holds {', '.join(foreign[:_SHOWN])}{more}."


@check(
    declare(
        "request.subject.spaces",
        Severity.REFUSE,
        "A name must not begin or end with a space, nor have two in a row",
        rule="RFC 5280 7.1; RFC 4518 2.6.1 (such spaces do not count when names are compared)",
        mend="Make a new request without them. Names that differ only in spaces are one name to many programs.",
    )
)
def spaces(case: Case) -> Iterator[Detail]:
    """Refuse spaces that nobody sees and that comparing names leaves out."""
    for field, value in _kept(case):
        if "  " in value or value != value.strip(" "):
            yield field, f"'{spaced(visible(value))}' has a space at an end, or two in a row."


def _copied(case: Case) -> tuple[tuple[tuple[str, int], ...], ...]:
    """Return type and string tag of each attribute of each RDN, where the certificate will hold the request's bytes."""
    if case.environment.subject != FROM_REQUEST:
        return ()
    rdns = der.element(case.request.subject).children()
    pairs = ([attribute.children() for attribute in rdn.children()] for rdn in rdns)
    return tuple(tuple((der.dotted(oid), value.tag) for oid, value in rdn) for rdn in pairs)


def _said(oid: str) -> str:
    return names.word(x509.ObjectIdentifier(oid))


@check(
    declare(
        "request.subject.string-type",
        Severity.REFUSE,
        "A kept subject should be of the string types that every program reads",
        rule="RFC 5280 4.1.2.4, A.1",
        mend="Make a new request with UTF8String or PrintableString, which every current tool takes by itself;"
        ' or write subject = "from-policy", so that the name is encoded anew.',
        recommended=True,
    )
)
def string_type(case: Case) -> Iterator[Detail]:
    """Refuse old string types (and others than their attribute has) that would be copied into the certificate."""
    for oid, tag in (pair for rdn in _copied(case) for pair in rdn):
        fitting = _FITTING.get(oid, ("UTF8String", "PrintableString"))
        found = _STRINGS.get(tag, f"of type 0x{tag:02x}")
        if found not in fitting:
            yield f"subject.{_said(oid)}", f"The {_said(oid)} is {found}; it should be {' or '.join(fitting)}."


@check(
    declare(
        "request.subject.multi-valued",
        Severity.REFUSE,
        "A kept subject should have one attribute in each part",
        rule="BR 7.1.4.2 (one AttributeTypeAndValue in each RelativeDistinguishedName)",
        mend="Make a new request without + in the subject (and one ou in Vault and OpenBao);"
        ' or write subject = "from-policy", so that the name is built anew.',
        recommended=True,
    )
)
def multi_valued(case: Case) -> Iterator[Detail]:
    """Refuse grouped attributes: many programs show or compare only the first."""
    for rdn in _copied(case):
        if len(rdn) > 1:
            yield "subject", f"{' + '.join(_said(oid) for oid, _ in rdn)} stand together in one part of the subject."


@check(
    declare(
        "request.subject.repeated",
        Severity.REFUSE,
        "A kept subject should have each attribute once",
        rule="BR 7.1.4.2",
        mend='Make a new request with one value each; or write subject = "from-policy", which leaves unknown ones out.',
        recommended=True,
    )
)
def repeated(case: Case) -> Iterator[Detail]:
    """Refuse repeated attributes (but of a domain's components): programs differ in which one they show."""
    counted = Counter(oid for rdn in _copied(case) for oid, _ in rdn if oid != _DOMAIN_COMPONENT)
    for oid, count in counted.items():
        if count > 1:
            yield f"subject.{_said(oid)}", f"The subject has {count} values of {_said(oid)}."


CHECKS = (characters, mixed_scripts, ascii_only, spaces, string_type, multi_valued, repeated)
