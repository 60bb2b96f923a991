"""A CRL as it was found outside the log: what it says, if the root's own key signed it."""

from cryptography import x509

from offline_root import issue
from offline_root.checks.crl_case import CrlCase, read
from offline_root.keys import fingerprint, signature_verifies
from offline_root.model import Crl, CrlNumber, Der, Reason, Revocation, Serial
from offline_root.moments import utc_text


def published(data: bytes, root: Der) -> Crl | None:
    """Return the CRL in a foreign file; None where it is no CRL of this root in the form that is made here."""
    whole = read(data)
    if whole is None:
        return None
    case = CrlCase(whole)
    crl, number, until = case.crl, case.number, case.crl.next_update_utc
    spki = issue.spki_of(issue.load(root))
    if number is None or until is None or not signature_verifies(spki, crl.signature, crl.tbs_certlist_bytes):
        return None
    try:
        entries = tuple(_revocation(each) for each in crl)
    except (ValueError, x509.ExtensionNotFound):
        return None
    return Crl(CrlNumber(number), utc_text(crl.last_update_utc), utc_text(until), whole, fingerprint(whole), entries)


def _revocation(entry: x509.RevokedCertificate) -> Revocation:
    reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
    return Revocation(Serial(entry.serial_number), Reason(reason), utc_text(entry.revocation_date_utc))
