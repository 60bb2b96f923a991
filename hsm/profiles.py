"""What differs from one vendor's module to the next, as data.

Templates, parameter encodings, where a software token keeps its files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hsm.errors import Misuse

Template = tuple[tuple[str, bool], ...]

_PORTABLE_PRIVATE: Template = (
    ("PRIVATE", True),
    ("SENSITIVE", True),
    ("SIGN", True),
    ("DERIVE", False),
    ("DECRYPT", False),
)
_PORTABLE_PUBLIC: Template = (("PRIVATE", False), ("VERIFY", True), ("ENCRYPT", False))

ATTRIBUTES = (
    "TOKEN",
    "PRIVATE",
    "SENSITIVE",
    "EXTRACTABLE",
    "ALWAYS_SENSITIVE",
    "NEVER_EXTRACTABLE",
    "LOCAL",
    "MODIFIABLE",
    "SIGN",
    "DECRYPT",
    "UNWRAP",
    "DERIVE",
    "ALWAYS_AUTHENTICATE",
)
"""Attributes of a private key that are read back and reported, without CKA_; all are CK_BBOOL (PKCS#11 v2.40)."""

_BOOLEAN = frozenset((*ATTRIBUTES, "VERIFY", "ENCRYPT", "WRAP"))


@dataclass(frozen=True, slots=True)
class Folder:
    """How a software token is told where its files are.

    The environment's `variable` names the `config` file in the token's directory, which has these `lines`; {tokens} is
    the absolute path of the folder `tokens` beside it. `fragile` is a file of each token that the module writes
    anew, in place and unflushed, at every login.
    """

    variable: str
    config: str
    tokens: str
    fragile: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Backup:
    """How a private key is wrapped: the `mechanism`, under an AES-256 key that is an object of the session.

    `locks`: CKA_EXTRACTABLE can be taken away afterwards, and never comes back.
    """

    mechanism: str
    locks: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """One vendor's module.

    `private` and `public` are the templates of a key pair without CKA_EXTRACTABLE; `omitted` are attributes that must
    not even be sent. `edwards` is CKA_EC_PARAMS of Ed25519 (modules disagree: an OID or a PrintableString).
    `initializes`: C_InitToken works. `records`: it holds data objects (CKO_DATA). `pin_bytes`: shortest and longest
    PIN. `backup`: None where this program makes none. `folder`: None for hardware.
    """

    name: str
    private: Template = _PORTABLE_PRIVATE
    public: Template = _PORTABLE_PUBLIC
    omitted: tuple[str, ...] = ()
    edwards: bytes = bytes.fromhex("06032b6570")
    initializes: bool = False
    records: bool = False
    pin_bytes: tuple[int, int] = (4, 255)
    backup: Backup | None = None
    folder: Folder | None = None

    def private_template(self, *, extractable: bool) -> dict[str, bool | None]:
        """Return attribute name → value for the private half; None means: do not send this attribute."""
        return _checked((*self.private, ("EXTRACTABLE", extractable)), self.omitted)

    def public_template(self) -> dict[str, bool | None]:
        """Return attribute name → value for the public half; None means: do not send this attribute."""
        return _checked(self.public, self.omitted)


def _checked(template: Template, omitted: tuple[str, ...]) -> dict[str, bool | None]:
    """Return the template as sent. A value of a wrong type is found here: python-pkcs11 crashes on it (measured)."""
    for name, value in template:
        if name not in _BOOLEAN or not isinstance(value, bool):
            raise Misuse(f"attribute {name} cannot be {value!r}")
    return {**dict(template), **dict.fromkeys(omitted)}


SOFTHSM = Profile(
    name="softhsm",
    initializes=True,
    records=True,
    backup=Backup("AES_KEY_WRAP_PAD", locks=True),
    folder=Folder(
        variable="SOFTHSM2_CONF",
        config="softhsm2.conf",
        tokens="tokens",
        fragile="token.object",
        lines=(
            "directories.tokendir = {tokens}",
            "objectstore.backend = file",
            "log.level = ERROR",
            "slots.removable = false",
        ),
    ),
)
"""SoftHSM2 2.6, as the distribution installs it."""

PROFILES: Mapping[str, Profile] = MappingProxyType({profile.name: profile for profile in (SOFTHSM,)})
"""Every profile by name, as in appliance.toml."""
