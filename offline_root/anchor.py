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
    """The root's SHA-256 and the audit key, whose name is the log's origin.

    `former` are the audit keys before it, in order: what they signed was signed before a restore made a new one.
    """

    root_sha256: Fingerprint
    verifier: VerifierKey
    former: tuple[VerifierKey, ...] = ()

    @classmethod
    def of(cls, state: State) -> "Anchor":
        """Return the anchor of the authority that a log describes."""
        former = tuple(map(parse_verifier, state.former))
        return cls(fingerprint(state.root), parse_verifier(state.verifier), former)

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """Return every audit key that this authority ever had, the newest last."""
        return (*self.former, self.verifier)

    def as_of(self, state: State) -> "Anchor":
        """Return the anchor as it was when a log ended, which names the first of our audit keys; else this one."""
        count = len(state.former)
        return Anchor(self.root_sha256, self.keys[count], self.keys[:count]) if self._begins(state) else self

    def _begins(self, state: State) -> bool:
        """Say whether the audit keys that a log names are the first of ours, in order."""
        named = [*state.former, state.verifier]
        return [each.text() for each in self.keys[: len(named)]] == named

    def disagreement(self, state: State) -> str:
        """Say what is wrong where a log does not name the audit keys of this anchor; empty where it does."""
        if self._begins(state):
            return ""
        if self.verifier.text() in state.former:
            return (
                "the audit key was replaced after this anchor was written, by a restore: take anchor.json of that"
                " ceremony, and compare its fingerprints with paper"
            )
        return "the log names another audit key than the anchor"

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
        **({"former_audit_verifiers": [each.text() for each in anchor.former]} if anchor.former else {}),
    }
    return (json.dumps(facts, indent=2) + "\n").encode()


def read_anchor(data: bytes) -> Anchor:
    """Return the anchor in anchor.json (PolicyError for anything that `write_anchor` does not write)."""
    try:
        facts = json.loads(data)
        former = tuple(map(parse_verifier, facts.get("former_audit_verifiers", ())))
        anchor = Anchor(Fingerprint(facts["root_sha256"]), parse_verifier(facts["audit_verifier"]), former)
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
