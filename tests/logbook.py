"""The entries of an audit log in memory, as a station would write them. No file, no chain of hashes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from offline_root.audit.entry import FIRST_PREV, Entry, Facts, Value
from offline_root.audit.fold import fold
from offline_root.audit.note import Checkpoint, VerifierKey, assemble, body, verifier_from_spki
from offline_root.audit.state import State, encoded
from offline_root.keys import fingerprint
from offline_root.model import ROOT, Der, Serial, serial_text
from offline_root.moments import utc_text
from tests.authorities import NOW, Root

TBS = encoded(b"a TBSCertificate")


def audit_key(seed: int = 0) -> ed25519.Ed25519PrivateKey:
    """Return the private half of an audit key."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32))


def signed_note(size: int, root: bytes, *, origin: str = "offline-root/demo", seed: int = 0) -> bytes:
    """Return a checkpoint, signed."""
    head = Checkpoint(origin, size, root)
    return assemble(head, verifier(origin, seed), audit_key(seed).sign(body(head)))


def verifier(name: str = "offline-root/demo", seed: int = 0) -> VerifierKey:
    """Return an audit key."""
    key = audit_key(seed)
    return verifier_from_spki(name, key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def signing(serial: int, environment: str = "test", **others: Value) -> Facts:
    """Return the facts that begin a signature."""
    about = {"environment": environment, "serial": serial_text(Serial(serial)), "file": "a.csr"}
    return {**about, "request_sha256": "1" * 64, "policy_sha256": "2" * 64, "tbs": TBS, **others}


def certified(serial: int, environment: str = "test", certificate: bytes = b"DER", **others: Value) -> Facts:
    """Return the facts of an issued certificate."""
    about = {"environment": environment, "serial": serial_text(Serial(serial)), "file": "a.csr", "key": "3" * 64}
    digest = fingerprint(certificate)
    return {**about, "request_sha256": "1" * 64, "certificate": encoded(certificate), "sha256": digest, **others}


@dataclass
class Logbook:
    """Entries, each a minute after the one before."""

    entries: list[Entry] = field(default_factory=list)
    time: datetime = NOW

    def add(self, event: str, facts: Facts | None = None) -> "Logbook":
        """Write one more entry."""
        self.entries.append(Entry(len(self.entries), utc_text(self.time), FIRST_PREV, event, facts or {}))
        self.time += timedelta(minutes=1)
        return self

    @property
    def state(self) -> State:
        """Return what the entries amount to."""
        return fold(self.entries)


def created(root: Root, *, rehearsal: bool = False) -> Logbook:
    """Return the log of a ceremony that made an authority."""
    log = Logbook()
    log.add("ceremony-opened", {"authority": "demo", "ceremony": "create"})
    log.add("policy-adopted", {"policy": root.policy.text})
    log.add("token-initialized", {"label": "demo", "serial": "0123456789abcdef"})
    log.add("key-generated", {"role": "root"})
    log.add("signing-started", signing(1, ROOT, request_sha256=""))
    log.add("certificate-issued", certified(1, ROOT, root.certificate, request_sha256=""))
    yes = "yes" if rehearsal else "no"
    log.add("authority-created", {"origin": verifier().name, "rehearsal": yes, "audit_verifier": verifier().text()})
    return log.add("ceremony-closed", {"outcome": "done"})


def issue_into(log: Logbook, serial: int, environment: str, certificate: Der) -> Logbook:
    """Write that an intermediate was signed."""
    log.add("signing-started", signing(serial, environment))
    return log.add("certificate-issued", certified(serial, environment, certificate))
