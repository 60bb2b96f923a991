"""The token: PKCS#11 behind a worker process. Knows keys and signatures, no certificates; imports nothing of ours.

Only the worker's modules import pkcs11 and yubihsm. Importing this package does not.
"""

from hsm.deadlines import DEADLINES
from hsm.device import DeviceEntry, DeviceLog
from hsm.errors import (
    FirmwareOld,
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
    TokenUsed,
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
    "DeviceEntry",
    "DeviceLog",
    "FirmwareOld",
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
    "TokenUsed",
    "WorkerLost",
    "WrongPin",
    "check_new_pin",
]
