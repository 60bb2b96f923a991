"""What the checks of a CRL look at, and how a CRL is read from a file."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID

from offline_root import der
from offline_root.findings import Code, Severity, declare
from offline_root.model import CrlNumber, Der, Revocation, Serial

_INTEGER = 0x02
_BAD_CRL = (ValueError, TypeError, x509.InvalidVersion, x509.DuplicateExtension, UnsupportedAlgorithm)
"""What the parsing of a foreign CRL is known to raise."""

TAMPERED = "Do not publish it. Take the CRL from the newest response again, or make a new one: offline-root crl."
ANEW = "Make a new CRL: offline-root crl. If it has the same fault, have the program examined."


@dataclass(frozen=True, slots=True)
class CrlCase:
    """A CRL that `read` accepts, with what is known around it; what is None is not held against it.

    `entries` is what must be on it, `after` the number that its own must be above, `now` when it is looked at. `signed`
    is False where a throwaway key has signed.
    """

    data: Der
    root: x509.Certificate | None = None
    entries: tuple[Revocation, ...] | None = None
    after: CrlNumber | None = None
    now: datetime | None = None
    signed: bool = True

    @property
    def crl(self) -> x509.CertificateRevocationList:
        """Return the CRL, parsed."""
        return x509.load_der_x509_crl(self.data)

    @property
    def members(self) -> tuple[der.Element, ...]:
        """Return the members of the TBSCertList from the signature algorithm on."""
        members = der.element(self.data).children()[0].children()
        return members[1:] if members[0].tag == _INTEGER else members

    @property
    def version(self) -> int:
        """Return the version: 1 where there is none (RFC 5280 5.1.2.1)."""
        first = der.element(self.data).children()[0].children()[0]
        return int.from_bytes(first.content) + 1 if first.tag == _INTEGER else 1

    @property
    def number(self) -> int | None:
        """Return the CRL number, None where there is none."""
        found = self.extension(ExtensionOID.CRL_NUMBER)
        return found.value.crl_number if found and isinstance(found.value, x509.CRLNumber) else None

    @property
    def dates(self) -> tuple[der.Element, ...]:
        """Return the revocation dates as they are encoded."""
        lists = (each for each in self.members[2:] if each.tag == der.SEQUENCE)
        return tuple(entry.children()[1] for each in lists for entry in each.children())

    def extension(self, oid: x509.ObjectIdentifier) -> x509.Extension[x509.ExtensionType] | None:
        """Return an extension of the list, None where it is not there."""
        return next((each for each in self.crl.extensions if each.oid == oid), None)

    @property
    def serials(self) -> tuple[Serial, ...]:
        """Return the serials on it, in encoded order."""
        return tuple(Serial(each.serial_number) for each in self.crl)


def read(data: bytes) -> Der | None:
    """Return the DER of a file that is one CRL in DER or PEM, and nothing else, if all of it can be read; else None."""
    try:
        pem = data.lstrip().startswith(b"-----BEGIN X509 CRL-----")
        crl = x509.load_pem_x509_crl(data) if pem else x509.load_der_x509_crl(data)
        whole = Der(crl.public_bytes(Encoding.DER))
        case = CrlCase(whole)
        _ = (crl.issuer, crl.extensions, [each.extensions for each in crl], case.version, case.dates)
    except _BAD_CRL:
        return None
    # A key or a second CRL may stand behind the first one.
    return whole if not pem or crl.public_bytes(Encoding.PEM).split() == data.split() else None


def refuse(name: str, title: str, rule: str, mend: str = ANEW) -> Code:
    """Declare a rule that no CRL may break."""
    return declare(f"crl.{name}", Severity.REFUSE, title, rule=rule, mend=mend)
