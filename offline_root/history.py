"""Everything that authorities on this appliance ever issued, as the checks need it."""

from dataclasses import dataclass

from offline_root.model import Fingerprint, Intent, Issued


@dataclass(frozen=True, slots=True)
class History:
    """All certificates, of this authority first, then of the others in HOME."""

    issued: tuple[Issued, ...] = ()
    revoked: tuple[Issued, ...] = ()
    """Those of them that were revoked."""
    failed: tuple[Intent, ...] = ()
    """Signatures that were begun and failed or were given up."""

    def with_key(self, key: Fingerprint) -> tuple[Issued, ...]:
        """Return the certificates over a public key."""
        return tuple(each for each in self.issued if each.key == key)

    def answers(self, request_sha256: str) -> tuple[Issued, ...]:
        """Return the certificates that answered a CSR (SHA-256 of its DER)."""
        return tuple(each for each in self.issued if each.request_sha256 == request_sha256)
