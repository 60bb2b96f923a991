"""CRLs of a root in software: good ones, and ones put together from encodings that no builder makes."""

from dataclasses import dataclass
from datetime import timedelta

from offline_root import crl, der, issue
from offline_root.audit.state import State
from offline_root.crl import CrlDraft
from offline_root.keys import fingerprint
from offline_root.model import Crl, CrlNumber, Der, Reason, Revocation, Serial
from offline_root.moments import utc_text
from tests.authorities import NOW, Root, root, sign

DRAFT = CrlDraft(CrlNumber(7), NOW, NOW + timedelta(days=180))
REVOKED = Revocation(Serial(0xABC), Reason.SUPERSEDED, utc_text(NOW))


def signed(made: Root, tbs: Der) -> Der:
    """Return the CRL of a TBSCertList, signed by the root."""
    return issue.assemble(tbs, sign(made.private, made.kind, tbs))


def some_crl(*entries: Revocation, made: Root | None = None, draft: CrlDraft = DRAFT) -> Crl:
    """Return a CRL as the appliance issues it."""
    of = made or root()
    data = signed(of, crl.review(State(root=of.certificate, revocations=entries), draft).tbs)
    times = utc_text(draft.this_update), utc_text(draft.next_update)
    return Crl(draft.number, *times, data, fingerprint(data), entries)


AKI, CRL_NUMBER, REASON = bytes.fromhex("551d23"), bytes.fromhex("551d14"), bytes.fromhex("551d15")
"""Contents of object identifiers."""


def extension(oid: bytes, value: bytes, *, critical: bool = False) -> bytes:
    """Return an extension around an encoding."""
    flag = b"\x01\x01\xff" if critical else b""
    return der.sequence(der.wrap(der.OBJECT_IDENTIFIER, oid), flag, der.wrap(0x04, value))


def entry(
    *,
    reason: int = 4,
    critical: bool = False,
    date: bytes = b"\x17\x0d261123113000Z",
    extensions: tuple[bytes, ...] | None = None,
) -> bytes:
    """Return an entry for the serial of REVOKED."""
    listed = (
        (extension(REASON, b"\x0a\x01" + bytes([reason]), critical=critical),) if extensions is None else extensions
    )
    return der.sequence(b"\x02\x02\x0a\xbc", date, der.sequence(*listed) if listed else b"")


_, *_MEMBERS = (each.raw for each in der.element(some_crl().der).children()[0].children())


@dataclass(frozen=True)
class Parts:
    """The members of a TBSCertList; those of a good one unless given, and absent where empty."""

    version: bytes = b"\x02\x01\x01"
    algorithm: bytes = _MEMBERS[0]
    issuer: bytes = _MEMBERS[1]
    this_update: bytes = _MEMBERS[2]
    next_update: bytes = _MEMBERS[3]
    revoked: bytes = b""
    extensions: bytes = _MEMBERS[4]

    def signed(self, made: Root) -> Der:
        """Return the CRL, signed by the root; its outer algorithm is always the good one."""
        members = (self.version, self.algorithm, self.issuer, self.this_update, self.next_update)
        tbs = der.sequence(*members, self.revoked, self.extensions)
        signature = sign(made.private, made.kind, tbs)
        return Der(der.sequence(tbs, _MEMBERS[0], der.bit_string(signature)))
