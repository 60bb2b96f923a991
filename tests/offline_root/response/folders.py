"""Response folders: one of a real ceremony on SoftHSM, one whose audit key is P-256, and small ones of any log."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from offline_root import wire
from offline_root.anchor import Anchor
from offline_root.audit.chain import head_at
from offline_root.audit.note import Checkpoint
from offline_root.keys import fingerprint
from offline_root.model import Crl, CrlNumber, Der, Refused
from offline_root.policy.model import Policy
from offline_root.response.files import Contents, files, sealed
from offline_root.response.manifest import CLOSING, UNLISTED, sums
from tests.offline_root.audit.logs import TIME, Signer, line_after, make_log
from tests.offline_root.station.rooms import Room, Slip, policy_of, slip, whole

Files = dict[str, bytes]


@dataclass(frozen=True)
class Response:
    """A response as it was read from the stick, and the anchor of its authority."""

    files: Files
    anchor: Anchor

    def write(self, folder: Path, **changed: bytes) -> Path:
        """Write the folder out, for programs that are not ours."""
        return written({**self.files, **changed}, folder)


@dataclass(frozen=True)
class Owned(Response):
    """A response with the audit key that sealed it, and the root key."""

    signer: Signer
    root_key: ec.EllipticCurvePrivateKey


def owned(room: Room, stick: Path) -> Owned:
    """Return the response of a ceremony with a FAKE token, and its keys."""
    made = held(room, stick)
    assert room.tokens
    audit, root = (room.tokens.keys["root"][label].private for label in ("audit", "root"))
    assert isinstance(audit, ed25519.Ed25519PrivateKey)
    assert isinstance(root, ec.EllipticCurvePrivateKey)
    return Owned(made.files, made.anchor, Signer(made.anchor.verifier, audit.sign), root)


def written(made: Files, folder: Path) -> Path:
    """Write files into a new folder."""
    for name, data in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def held(room: Room, stick: Path, *asked: Slip) -> Response:
    """Return the response of a ceremony: by default one certificate of each environment, and a refusal."""
    asked = asked or (slip(), slip("prod"), slip("test", "Some other CA"))
    delivered = whole(room, stick, *asked)
    return Response(dict(wire.read_folder(delivered.path)), Anchor.of(wire.read_state(room.place)))


def log_of(size: int, like: Files) -> bytes:
    """Return a valid log of `size` lines whose last one tells of the CRL of another response."""
    log = make_log(size - 1)
    return log + line_after(log, "crl-issued", {"sha256": fingerprint(like["root-ca.crl"])})


def of_log(
    log: bytes,
    signer: Signer,
    like: Files,
    *,
    refused: tuple[Refused, ...] = (),
    policy: Policy | None = None,
) -> Files:
    """Return the response of a log that need not tell of anything, sealed with a key of the test's own.

    Root and CRL are those of another response.
    """
    data = Der(like["root-ca.crl"])
    crl, root = Crl(CrlNumber(7), TIME, TIME, data, fingerprint(data), ()), Der(like["root-ca.der"])
    size = log.count(b"\n")
    top = head_at(log, size)
    assert top
    note = signer.note(Checkpoint(signer.verifier.name, size, top))
    made = files(
        Contents(
            policy or policy_of(),
            signer.verifier,
            root,
            crl,
            (),
            refused,
            log,
            size,
            top,
            note,
            "a report\n",
        )
    )
    closing = signer.note(Checkpoint(signer.verifier.name, size + 2, bytes(32)))
    return {**sealed(made, signer.sign(sums(made))), CLOSING: closing}


def resealed(made: Files, signer: Signer) -> Files:
    """Return the folder as whoever has the audit key would seal it now."""
    kept = {name: data for name, data in made.items() if name not in UNLISTED}
    return {**sealed(kept, signer.sign(sums(kept))), CLOSING: made[CLOSING]}
