"""Which PKCS#11 mechanism signs by which algorithm, and what it is given. Pure: the worker knows their numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from hsm.kinds import KINDS, Algorithm

_DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
"""DER of DigestInfo before the digest itself (RFC 8017 section 9.2, note 1)."""


_NEEDED = {"ec": "ECDSA", "rsa": "RSA_PKCS_KEY_PAIR_GEN", "ed25519": "EDDSA"}
"""The mechanism without which a family of keys is of no use."""


def kinds(listed: Collection[str]) -> tuple[str, ...]:
    """Return the kinds of keys that a token says it can use, having the mechanisms `listed`."""
    return tuple(kind.name for kind in KINDS.values() if _NEEDED[kind.family] in listed)


@dataclass(frozen=True, slots=True)
class Operation:
    """One C_Sign: `mechanism` (without CKM_), the `data` it gets, and for PSS digest (as "SHA384") and salt (bytes)."""

    mechanism: str
    data: bytes
    pss_digest: str = ""
    pss_salt: int = 0


def operation(algorithm: Algorithm, message: bytes, listed: Collection[str]) -> Operation:
    """Return how to sign the whole `message` by `algorithm` on a token that has the mechanisms `listed`.

    Hashed here and signed raw where that is possible, since not all modules hash (SoftHSM has no ECDSA_SHA384). PSS
    parameters are always given: the library's default is SHA-1.
    """
    if algorithm.scheme == "ed25519":
        return Operation("EDDSA", message)
    digest, name = hashlib.new(algorithm.digest, message).digest(), algorithm.digest.upper()
    if algorithm.scheme == "ecdsa":
        return Operation("ECDSA", digest)
    if algorithm.scheme == "rsa-pss":
        if "RSA_PKCS_PSS" in listed:
            return Operation("RSA_PKCS_PSS", digest, name, len(digest))
        return Operation(f"{name}_RSA_PKCS_PSS", message, name, len(digest))
    if f"{name}_RSA_PKCS" in listed:
        return Operation(f"{name}_RSA_PKCS", message)
    return Operation("RSA_PKCS", _DIGEST_INFO[algorithm.digest] + digest)
