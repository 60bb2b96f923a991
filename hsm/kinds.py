"""Key kinds and signature algorithms, and which go together. Pure data: nothing here touches a token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from hsm.errors import Misuse

Family = Literal["ec", "rsa", "ed25519"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of key: `name` as in the policy, `family`, `bits`, for EC the DER of its named curve (CKA_EC_PARAMS)."""

    name: str
    family: Family
    bits: int
    curve: bytes = b""


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A way to sign: `name`, `scheme`, and the `digest` as hashlib names it ("" for Ed25519, which hashes itself)."""

    name: str
    scheme: Literal["ecdsa", "rsa-pkcs1", "rsa-pss", "ed25519"]
    digest: str


_KINDS = (
    Kind("ec-p256", "ec", 256, bytes.fromhex("06082a8648ce3d030107")),
    Kind("ec-p384", "ec", 384, bytes.fromhex("06052b81040022")),
    Kind("ec-p521", "ec", 521, bytes.fromhex("06052b81040023")),
    Kind("rsa-2048", "rsa", 2048),
    Kind("rsa-3072", "rsa", 3072),
    Kind("rsa-4096", "rsa", 4096),
    Kind("ed25519", "ed25519", 256),
)
_DIGESTS = ("sha256", "sha384", "sha512")
_ALGORITHMS = (
    *(Algorithm(f"ecdsa-{digest}", "ecdsa", digest) for digest in _DIGESTS),
    *(Algorithm(f"rsa-pkcs1-{digest}", "rsa-pkcs1", digest) for digest in _DIGESTS),
    *(Algorithm(f"rsa-pss-{digest}", "rsa-pss", digest) for digest in _DIGESTS),
    Algorithm("ed25519", "ed25519", ""),
)
_RSA = tuple(algorithm.name for algorithm in _ALGORITHMS if algorithm.scheme.startswith("rsa"))

KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _KINDS})
"""Every kind of key by name."""
ALGORITHMS: Mapping[str, Algorithm] = MappingProxyType({algorithm.name: algorithm for algorithm in _ALGORITHMS})
"""Every algorithm by name."""
PAIRS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ec-p256": ("ecdsa-sha256",),
        "ec-p384": ("ecdsa-sha384",),
        "ec-p521": ("ecdsa-sha512",),
        "rsa-2048": _RSA,
        "rsa-3072": _RSA,
        "rsa-4096": _RSA,
        "ed25519": ("ed25519",),
    }
)
"""Which algorithms a kind of key signs with. One for each EC kind: SoftHSM silently cuts a longer digest (measured)."""


def kind_named(name: str) -> Kind:
    """Return the kind called `name`; Misuse if there is none."""
    if name not in KINDS:
        raise Misuse(f"unknown kind of key: {name}")
    return KINDS[name]


def algorithm_for(kind: str, name: str) -> Algorithm:
    """Return the algorithm called `name` for a key of `kind`; Misuse if the two do not go together."""
    if name not in PAIRS[kind]:
        raise Misuse(f"a key of kind {kind} does not sign with {name}")
    return ALGORITHMS[name]
