"""A CRL of a root, before and after it is signed, and as it lies in a file (RFC 5280 5; BR 7.2)."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID

from offline_root import der
from offline_root.checks import crl_entries
from offline_root.checks.crl_case import TAMPERED, CrlCase, refuse
from offline_root.extensions import oid_name
from offline_root.findings import Check, Detail, Severity, check, declare
from offline_root.issue import fields, key_identifier, spki_of
from offline_root.keys import signature_verifies
from offline_root.model import Der, Serial, serial_text
from offline_root.moments import Duration, utc_text

LONGEST = Duration(1, "y")
"""How long a CRL about CAs may be valid (BR 7.2)."""

_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_TIME_LENGTH = {_UTC_TIME: 13, _GENERALIZED_TIME: 15}


@check(refuse("version", "A CRL must be of version 2", "RFC 5280 5.1.2.1; BR 7.2"))
def version(case: CrlCase) -> Iterator[Detail]:
    """Refuse a version that has no extensions, so neither number nor reasons."""
    if case.version != 2:
        yield "version", f"It is of version {case.version}."


@check(refuse("issuer", "The issuer must be the very bytes of the root's subject", "RFC 5280 5.1.2.3, 7.1", TAMPERED))
def issuer(case: CrlCase) -> Iterator[Detail]:
    """Refuse the CRL of another issuer, and one whose name is encoded in another way: clients compare bytes."""
    if case.root and case.members[1].raw != fields(Der(case.root.tbs_certificate_bytes)).subject:
        yield "issuer", "The issuer is not byte for byte the root's subject."


@check(refuse("signature", "The root's key must have signed the CRL", "RFC 5280 6.3.3 (g)", TAMPERED))
def signature(case: CrlCase) -> Iterator[Detail]:
    """Refuse a signature that is not the root's, or whose algorithm is told in two ways."""
    tbs, algorithm, bits = der.element(case.data).children()
    if case.members[0].raw != algorithm.raw:
        yield "signature", "The algorithm inside the list is another one than the one outside it."
    if case.signed and case.root and not signature_verifies(spki_of(case.root), bits.content[1:], tbs.raw):
        yield "signature", "The signature does not verify with the root's key."


@check(
    refuse("time-form", "Times must be UTCTime up to 2049, GeneralizedTime from 2050", "RFC 5280 5.1.2.4 to 5.1.2.6")
)
def time_form(case: CrlCase) -> Iterator[Detail]:
    """Refuse times in a form that some clients do not read."""
    dates = [("revocationDate", each) for each in case.dates]
    updates = [each for each in case.members[2:] if each.tag in _TIME_LENGTH]
    for name, time in (*zip(("thisUpdate", "nextUpdate"), updates, strict=False), *dates):
        early = time.tag == _GENERALIZED_TIME and time.content[:4] < b"2050"
        if early or len(time.content) != _TIME_LENGTH[time.tag]:
            yield name, f"{time.content.decode(errors='replace')} is not in the form that its year asks for."


@check(refuse("next-update", "A CRL must say when the next one comes", "RFC 5280 5.1.2.5"))
def next_update(case: CrlCase) -> Iterator[Detail]:
    """Refuse a CRL without end, and one that ends before it begins."""
    begin, end = case.crl.last_update_utc, case.crl.next_update_utc
    if end is None:
        yield "nextUpdate", "There is no nextUpdate."
    elif end <= begin:
        yield "nextUpdate", f"nextUpdate ({utc_text(end)}) is not after thisUpdate ({utc_text(begin)})."


@check(
    refuse(
        "over-a-year",
        "A CRL about CAs must not be valid for more than twelve months",
        "BR 7.2, 4.9.7",
        'Write a shorter root.crl_validity into the policy, such as "180d".',
    )
)
def over_a_year(case: CrlCase) -> Iterator[Detail]:
    """Refuse a CRL whose revocations could stay unknown for too long."""
    begin, end = case.crl.last_update_utc, case.crl.next_update_utc
    if end and end > LONGEST.after(begin):
        yield "nextUpdate", f"It is valid from {utc_text(begin)} until {utc_text(end)}."


@check(
    refuse(
        "outside-root",
        "A CRL must be valid only while the root is",
        "RFC 5280 6.3.3 (f)",
        "Compare the clock with another one. If it is right, the root has come to its end: make a new root.",
    )
)
def outside_root(case: CrlCase) -> Iterator[Detail]:
    """Refuse a CRL that begins before its root or outlives it."""
    if case.root is None:
        return
    begin, end = case.crl.last_update_utc, case.crl.next_update_utc
    if begin < case.root.not_valid_before_utc:
        yield "thisUpdate", f"It begins {utc_text(begin)}; the root does {utc_text(case.root.not_valid_before_utc)}."
    if max(begin, end or begin) > case.root.not_valid_after_utc:
        yield "nextUpdate", f"It ends after the root does ({utc_text(case.root.not_valid_after_utc)})."


@check(
    declare(
        "crl.overdue",
        Severity.WARN,
        "A CRL that is past its nextUpdate stops clients that insist on a fresh one",
        rule="RFC 5280 6.3.3 (a)",
        mend="Publish the newest CRL, or make one: offline-root crl.",
    )
)
def overdue(case: CrlCase) -> Iterator[Detail]:
    """Warn of a CRL that is over, or not valid yet."""
    begin, end = case.crl.last_update_utc, case.crl.next_update_utc
    if case.now and end and case.now > end:
        yield "nextUpdate", f"It was good until {utc_text(end)}; now it is {utc_text(case.now)}."
    if case.now and case.now < begin:
        yield "thisUpdate", f"It begins {utc_text(begin)}; now it is {utc_text(case.now)}."


@check(refuse("authority-key", "A CRL must name the root's key identifier", "RFC 5280 5.2.1; BR 7.2.2"))
def authority_key(case: CrlCase) -> Iterator[Detail]:
    """Refuse an authority key identifier that is missing, critical, of another key, or names a certificate."""
    found = case.extension(ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
    if found is None or not isinstance(found.value, x509.AuthorityKeyIdentifier):
        yield "authorityKeyIdentifier", "There is no authority key identifier."
        return
    if found.critical or found.value.authority_cert_issuer or found.value.key_identifier is None:
        yield "authorityKeyIdentifier", "It must be not critical, and hold the key identifier alone."
    elif case.root and found.value.key_identifier != (own := key_identifier(case.root)):
        yield "authorityKeyIdentifier", f"It is {found.value.key_identifier.hex()}; the root's is {own.hex()}."


@check(refuse("number", "A CRL must have a number", "RFC 5280 5.2.3"))
def number(case: CrlCase) -> Iterator[Detail]:
    """Refuse a number that is missing, critical or too long for clients."""
    found = case.extension(ExtensionOID.CRL_NUMBER)
    if found is None or case.number is None:
        yield "cRLNumber", "There is no CRL number."
    elif found.critical or case.number >= 1 << 159:
        yield "cRLNumber", "It must be not critical, and of at most 159 bits."


@check(
    refuse(
        "number-not-higher",
        "The number of a CRL must be above that of every earlier one",
        "RFC 5280 5.2.3",
        "Nothing was published. Keep this log for examination: numbers are taken from it and from the clock.",
    )
)
def number_not_higher(case: CrlCase) -> Iterator[Detail]:
    """Refuse a number that some client may have seen: it would keep the older list."""
    if case.after is not None and case.number is not None and case.number <= case.after:
        yield "cRLNumber", f"The number {case.number} is not above {case.after}, that of the CRL before."


@check(refuse("empty-list", "An empty list of revoked certificates must be absent", "RFC 5280 5.1.2.6"))
def empty_list(case: CrlCase) -> Iterator[Detail]:
    """Refuse an empty list: some clients take it for a malformed CRL."""
    if any(each.tag == der.SEQUENCE and not each.content for each in case.members[2:]):
        yield "revokedCertificates", "The list of revoked certificates is there, and empty."


@check(refuse("partial", "A CRL must be a full one that covers all certificates of the root", "RFC 5280 5.2.4, 5.2.5"))
def partial(case: CrlCase) -> Iterator[Detail]:
    """Refuse delta CRLs, and lists that leave certificates out, or other issuers in."""
    for oid in (ExtensionOID.DELTA_CRL_INDICATOR, ExtensionOID.ISSUING_DISTRIBUTION_POINT):
        if case.extension(oid):
            yield oid_name(oid), f"It has the extension {oid_name(oid)}: it does not speak for all certificates."
    for each in case.crl:
        if any(one.oid == CRLEntryExtensionOID.CERTIFICATE_ISSUER for one in each.extensions):
            said = serial_text(Serial(each.serial_number))
            yield said, f"The entry for {said} is about a certificate of another issuer."


_OWN = (
    ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    ExtensionOID.CRL_NUMBER,
    ExtensionOID.DELTA_CRL_INDICATOR,
    ExtensionOID.ISSUING_DISTRIBUTION_POINT,
)


@check(
    declare(
        "crl.extension",
        Severity.WARN,
        "A CRL needs no extensions but number and key identifier",
        rule="RFC 5280 5.2",
        mend="Make the CRL with this appliance: offline-root crl. Clients refuse critical extensions they do not know.",
    )
)
def extension(case: CrlCase) -> Iterator[Detail]:
    """Warn of what this appliance would not put there."""
    for each in case.crl.extensions:
        if each.oid not in _OWN:
            yield oid_name(each.oid), f"It has the extension {oid_name(each.oid)}."


CHECKS: tuple[Check[CrlCase], ...] = (
    version,
    issuer,
    signature,
    time_form,
    next_update,
    over_a_year,
    outside_root,
    overdue,
    authority_key,
    number,
    number_not_higher,
    empty_list,
    *crl_entries.CHECKS,
    partial,
    extension,
)
