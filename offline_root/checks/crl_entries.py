"""The entries of a CRL: each certificate once, with its reason, and just those that the log says are revoked."""

from collections import Counter
from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import CRLEntryExtensionOID

from offline_root.checks.crl_case import TAMPERED, CrlCase, refuse
from offline_root.findings import Check, Detail, check
from offline_root.model import Reason, Serial, serial_text
from offline_root.moments import utc_text

_REASONS = {each.value for each in Reason}


@check(refuse("entry-twice", "A serial must stand on a CRL once", "RFC 5280 5.3; BR 7.2.2"))
def entry_twice(case: CrlCase) -> Iterator[Detail]:
    """Refuse two entries for one certificate: which of them counts is nowhere said."""
    for serial, times in Counter(case.serials).items():
        if times > 1:
            yield serial_text(serial), f"Serial {serial_text(serial)} is on it {times} times."


@check(refuse("entry-date", "A certificate cannot be revoked after the CRL that says so", "BR 7.2.2"))
def entry_date(case: CrlCase) -> Iterator[Detail]:
    """Refuse a revocation date after thisUpdate."""
    for each in case.crl:
        if each.revocation_date_utc > case.crl.last_update_utc:
            said = serial_text(Serial(each.serial_number))
            yield said, f"Serial {said} is revoked from {utc_text(each.revocation_date_utc)} on, after thisUpdate."


@check(
    refuse(
        "entry-reason", "Each revoked CA must be listed with a reason, one that is final", "BR 7.2.2; RFC 5280 5.3.1"
    )
)
def entry_reason(case: CrlCase) -> Iterator[Detail]:
    """Refuse a reason that is missing, critical, unspecified, on hold, or of no use for a CA."""
    for each in case.crl:
        said = serial_text(Serial(each.serial_number))
        found = next((one for one in each.extensions if one.oid == CRLEntryExtensionOID.CRL_REASON), None)
        reason = found.value.reason.value if found and isinstance(found.value, x509.CRLReason) else "none"
        if found is None or reason not in _REASONS:
            yield said, f"The reason for serial {said} is {reason}. It must be one of {', '.join(sorted(_REASONS))}."
        elif found.critical:
            yield said, f"The reason for serial {said} is critical; it must not be."


@check(
    refuse("entry-missing", "A CRL must list everything that the log says is revoked", "RFC 5280 5; BR 4.9.7", TAMPERED)
)
def entry_missing(case: CrlCase) -> Iterator[Detail]:
    """Refuse a CRL under which a revoked certificate is good again."""
    here = set(case.serials)
    for each in case.entries or ():
        if each.serial not in here:
            said = serial_text(each.serial)
            yield said, f"Serial {said} is revoked ({each.reason.value}), but not on this CRL."


@check(refuse("entry-unknown", "A CRL must list nothing that the log does not know", "RFC 5280 5", TAMPERED))
def entry_unknown(case: CrlCase) -> Iterator[Detail]:
    """Refuse an entry that nobody decided on, or one with another reason than was decided on."""
    if case.entries is None:
        return
    decided = {each.serial: each.reason.value for each in case.entries}
    for each in case.crl:
        said = serial_text(Serial(each.serial_number))
        reasons = [one.value.reason.value for one in each.extensions if isinstance(one.value, x509.CRLReason)]
        wanted = decided.get(Serial(each.serial_number))
        if wanted is None:
            yield said, f"Serial {said} is on it, but the log does not say that it is revoked."
        elif reasons and reasons != [wanted]:
            yield said, f"Serial {said} is on it for {reasons[0]}; the log says {wanted}."


CHECKS: tuple[Check[CrlCase], ...] = (entry_twice, entry_date, entry_reason, entry_missing, entry_unknown)
