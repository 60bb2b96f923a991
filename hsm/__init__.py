"""The token: PKCS#11 behind a worker process. Knows keys and signatures, no certificates; imports nothing of ours.

Only `hsm.worker` imports pkcs11. Importing this package does not.
"""

from hsm.deadlines import DEADLINES
from hsm.errors import (
    FolderUnusable,
    KeyAbsent,
    KeyAmbiguous,
    KeyExists,
    Misuse,
    ModuleMissing,
    NotLoggedIn,
    PinLocked,
    PinUnfit,
    TokenAbsent,
    TokenAmbiguous,
    TokenError,
    TokenRefused,
    WorkerLost,
    WrongPin,
)
from hsm.facts import KeyObject, TokenFacts, TokenKey, TokenObject
from hsm.frames import Secret
from hsm.kinds import ALGORITHMS, KINDS, PAIRS
from hsm.pins import check_new_pin
from hsm.profiles import PROFILES, SOFTHSM, Profile
from hsm.token import Token

__all__ = [
    "ALGORITHMS",
    "DEADLINES",
    "KINDS",
    "PAIRS",
    "PROFILES",
    "SOFTHSM",
    "FolderUnusable",
    "KeyAbsent",
    "KeyAmbiguous",
    "KeyExists",
    "KeyObject",
    "Misuse",
    "ModuleMissing",
    "NotLoggedIn",
    "PinLocked",
    "PinUnfit",
    "Profile",
    "Secret",
    "Token",
    "TokenAbsent",
    "TokenAmbiguous",
    "TokenError",
    "TokenFacts",
    "TokenKey",
    "TokenObject",
    "TokenRefused",
    "WorkerLost",
    "WrongPin",
    "check_new_pin",
]
