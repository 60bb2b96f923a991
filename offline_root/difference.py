"""What changed since the last certificate of an environment: everything but key, serial and dates is worth a look."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from offline_root import der, issue, names
from offline_root.extensions import described
from offline_root.history import History
from offline_root.keys import describe, fingerprint
from offline_root.model import Change, Der, Difference

_ABSENT = "(none)"
_OF_THE_KEY = ExtensionOID.SUBJECT_KEY_IDENTIFIER.dotted_string
_SERIAL, _VALIDITY, _KEY = 1, 4, 6
"""Places in a version 3 TBSCertificate (RFC 5280 4.1) of what changes each time."""


def difference(history: History, authority: str, environment: str, now: Der) -> Difference:
    """Return what a certificate changes, held against the newest one that the authority issued for an environment."""
    earlier = [each for each in history.issued if (each.authority, each.environment) == (authority, environment)]
    if not earlier:
        return Difference(None, "", ())
    last = earlier[-1]
    return Difference(last.serial, last.time, changes(last.certificate, now))


def changes(before: Der, now: Der) -> tuple[Change, ...]:
    """Return every field and extension that differs; what differs in no text differs in its encoding."""
    old, new = issue.load(before), issue.load(now)
    texts, others = _texts(old), _texts(new)
    found = tuple(
        Change(label, texts.get(label, _ABSENT), others.get(label, _ABSENT))
        for label in dict.fromkeys((*texts, *others))
        if texts.get(label) != others.get(label)
    )
    kept = _kept(old), _kept(new)
    if kept[0] != kept[1] and all(each.label in ("key", "validity") for each in found):
        return (*found, Change("encoding, SHA-256", *map(fingerprint, kept)))
    return found


def _texts(certificate: x509.Certificate) -> dict[str, str]:
    """Return the fields of a certificate that people compare, without serial, dates and what follows from the key."""
    extensions = {
        each.name: f"critical, {each.value}" if each.critical else each.value
        for each in described(certificate.extensions)
        if each.oid != _OF_THE_KEY
    }
    return {
        "issuer": names.text(certificate.issuer),
        "subject": names.text(certificate.subject),
        "key": describe(issue.spki_of(certificate)),
        "validity": _length(certificate.not_valid_before_utc, certificate.not_valid_after_utc),
        **extensions,
    }


def _length(begin: datetime, last: datetime) -> str:
    """Return how long a certificate is valid: whole years, or days. notAfter is the last second (RFC 5280 4.1.2.5)."""
    end = last + timedelta(seconds=1)
    years = end.year - begin.year
    if years and end.replace(year=begin.year) == begin:
        return f"{years} y"
    days = end - begin
    return f"{days.days} d" if not days.seconds else str(days)


def _kept(certificate: x509.Certificate) -> bytes:
    """Return the bytes of a TBSCertificate that stay when only key, serial and dates change."""
    members = der.element(certificate.tbs_certificate_bytes).children()
    extensions = [each.raw for each in members[-1].children()[0].children() if not _is_of_the_key(each)]
    fields = (each.raw for place, each in enumerate(members[:-1]) if place not in (_SERIAL, _VALIDITY, _KEY))
    return b"".join((*fields, *extensions))


def _is_of_the_key(extension: der.Element) -> bool:
    return extension.children()[0].content == bytes.fromhex("551d0e")
