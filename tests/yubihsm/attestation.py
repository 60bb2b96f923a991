"""What the simulated device's maker put into it: a key that attests others, and its certificate, both of number 0."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.yubihsm.keys import PrivateKey
from tests.yubihsm.objects import Stored

_ARC = "1.3.6.1.4.1.41482.4"
_INTEGER, _BITS, _OCTETS, _UTF8 = 2, 3, 4, 12


@dataclass
class Attestation:
    """The maker's key. `serial` and `firmware` are those of the device."""

    serial: int
    firmware: tuple[int, int, int]
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def _name(self) -> x509.Name:
        return _called(f"YubiHSM Attestation ({self.serial})")

    def certificate(self) -> bytes:
        """Return the device's own certificate; here it signs itself, a real one is signed by Yubico."""
        made = self._builder(self._name, self.key.public_key()).serial_number(1)
        return made.sign(self.key, SHA256()).public_bytes(Encoding.DER)

    def of(self, found: Stored, private: PrivateKey) -> bytes:
        """Return the certificate that attests a key."""
        name = _called(f"YubiHSM Attestation id:0x{found.number:04x}")
        made = self._builder(name, private.public_key()).serial_number(x509.random_serial_number())
        for arc, tag, value in (
            (3, _BITS, bytes([0, found.origin])),
            (4, _BITS, b"\0" + found.domains.to_bytes(2, "big")),
            (5, _BITS, b"\0" + found.capabilities.to_bytes(8, "big")),
            (6, _INTEGER, found.number.to_bytes(2, "big")),
            (9, _UTF8, found.label.rstrip(b"\0")),
        ):
            made = made.add_extension(_extension(arc, tag, value), critical=False)
        return made.sign(self.key, SHA256()).public_bytes(Encoding.DER)

    def _builder(self, name: x509.Name, public_key: CertificatePublicKeyTypes) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder(self._name, name, public_key)
        made = made.not_valid_before(datetime(2017, 1, 1, tzinfo=UTC)).not_valid_after(
            datetime(2071, 10, 5, tzinfo=UTC)
        )
        made = made.add_extension(_extension(1, _OCTETS, bytes(self.firmware)), critical=False)
        return made.add_extension(_extension(2, _INTEGER, self.serial.to_bytes(4, "big")), critical=False)


def _called(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _extension(arc: int, tag: int, value: bytes) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{_ARC}.{arc}"), bytes([tag, len(value)]) + value)
