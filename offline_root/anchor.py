"""The anchor: what left the create ceremony on paper and in a file, and what a stranger verifies against."""

import json
import re
from dataclasses import dataclass

from offline_root.audit.note import VerifierKey, parse_verifier
from offline_root.audit.state import State
from offline_root.errors import PolicyError
from offline_root.keys import fingerprint
from offline_root.model import Fingerprint

FORMAT = "offline-root anchor 1"
ORIGIN = "offline-root/"
REHEARSAL_ORIGIN = "rehearsal.invalid/"
"""What the name of a log begins with; the authority's name follows."""


def is_rehearsal(verifier: VerifierKey) -> bool:
    """Say whether an audit key is that of a rehearsal."""
    return verifier.name.startswith(REHEARSAL_ORIGIN)


_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Anchor:
    """The root's SHA-256 and the audit key, whose name is the log's origin."""

    root_sha256: Fingerprint
    verifier: VerifierKey

    @classmethod
    def of(cls, state: State) -> "Anchor":
        """Return the anchor of the authority that a log describes."""
        return cls(fingerprint(state.root), parse_verifier(state.verifier))

    @property
    def audit_sha256(self) -> Fingerprint:
        """Return SHA-256 of the audit key's SubjectPublicKeyInfo, the second fingerprint on paper."""
        return fingerprint(self.verifier.spki())


def write_anchor(anchor: Anchor) -> bytes:
    """Return anchor.json."""
    facts = {
        "format": FORMAT,
        "origin": anchor.verifier.name,
        "root_sha256": anchor.root_sha256,
        "audit_key_sha256": anchor.audit_sha256,
        "audit_verifier": anchor.verifier.text(),
    }
    return (json.dumps(facts, indent=2) + "\n").encode()


def read_anchor(data: bytes) -> Anchor:
    """Return the anchor in anchor.json (PolicyError for anything that `write_anchor` does not write)."""
    try:
        facts = json.loads(data)
        anchor = Anchor(Fingerprint(facts["root_sha256"]), parse_verifier(facts["audit_verifier"]))
        sound = _SHA256.fullmatch(anchor.root_sha256) is not None and write_anchor(anchor) == data
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        anchor, sound = None, False
    if anchor is None or not sound:
        raise PolicyError(
            "The anchor file is not one that this program wrote.",
            meaning="Without a sound anchor nothing can be proven. Nothing was checked.",
            mend="Take anchor.json from the create ceremony again, and compare its two fingerprints with paper.",
            retry=True,
        )
    return anchor
