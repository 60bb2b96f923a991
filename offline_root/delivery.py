"""Handing over: the response folder, written and read back, between checkpoint A and checkpoint B."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from offline_root.anchor import Anchor
from offline_root.audit.entry import Facts
from offline_root.audit.ledger import Ledger
from offline_root.crl import newest
from offline_root.errors import VolumeError
from offline_root.keys import fingerprint
from offline_root.model import Issued, Refused
from offline_root.moments import FOLDER_FORM
from offline_root.policy.model import Policy
from offline_root.ports import Volume
from offline_root.response.files import Contents, files, name_answers, sealed
from offline_root.response.manifest import CLOSING, SUMS, sums
from offline_root.response.next_steps import Answer
from offline_root.response.report import report
from offline_root.signer import Signer


@dataclass(frozen=True, slots=True)
class Delivered:
    """A response that was written and read back.

    On which volume, in which folder of it, where a person finds it (`path`), and which certificates are in it.
    """

    volume: Volume
    folder: str
    path: Path
    answers: tuple[Answer, ...]

    def add_closing(self, checkpoint: bytes) -> bool:
        """Add checkpoint B, the one file that comes after COMPLETE; False where it did not come to lie on the stick."""
        try:
            self.volume.add(self.folder, CLOSING, checkpoint)
            return self.volume.read_back(self.folder).get(CLOSING) == checkpoint
        except VolumeError:
            return False


def deliver(
    ledger: Ledger,
    signer: Signer,
    policy: Policy,
    *,
    issued: tuple[Issued, ...],
    refused: tuple[Refused, ...],
    volume: Volume,
    now: datetime,
) -> Delivered:
    """Sign checkpoint A, write the response, read it back, and record it (StationError)."""
    checkpoint = signer.checkpoint()
    made = files(_contents(ledger, policy, issued, refused, checkpoint))
    response = sealed(made, signer.audit_signature(sums(made)))
    folder = f"offline-root/{ledger.state.authority}/{now.strftime(FOLDER_FORM)}-{ledger.log.size:06}"
    path = written(
        volume,
        folder,
        response,
        meaning="This copy must not be used. Everything is safe in the audit log.",
        mend="Take another stick, and deliver again with `offline-root export`.",
    )
    about: Facts = {"folder": folder, "files": len(response), "sha256sums_sha256": fingerprint(response[SUMS])}
    ledger.record("response-written", about)
    return Delivered(volume, folder, path, name_answers(policy, issued))


def _contents(
    ledger: Ledger, policy: Policy, issued: tuple[Issued, ...], refused: tuple[Refused, ...], checkpoint: bytes
) -> Contents:
    state, log = ledger.state, ledger.log
    return Contents(
        policy=policy,
        verifier=Anchor.of(state).verifier,
        root=state.root,
        crl=newest(state),
        issued=issued,
        refused=refused,
        log=log.text,
        log_size=log.size,
        log_root=log.root,
        checkpoint=checkpoint,
        report=report(log.entries, state.issued, origin=state.origin),
    )


def written(volume: Volume, folder: str, files: Mapping[str, bytes], *, meaning: str, mend: str) -> Path:
    """Write a fresh folder and read it back (VolumeError; `meaning` and `mend` are those of a copy that differs)."""
    path = volume.write(folder, files)
    found = volume.read_back(folder)
    differing = sorted(name for name in files.keys() | found.keys() if files.get(name) != found.get(name))
    if differing:
        what = f"What was read back from the stick is not what was written: {', '.join(differing)}."
        raise VolumeError(what, meaning=meaning, mend=mend, retry=True)
    return path
