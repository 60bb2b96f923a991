"""What differs from one vendor's module to the next, as data.

Templates, parameter encodings, where a software token keeps its files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from hsm.errors import FirmwareOld, Misuse, TokenAbsent

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
    """How a private key is wrapped: the `mechanism`, under a key of `key_type`, both as PKCS#11 numbers them.

    `stored`: the key that wraps can only be an object of the token, for as long as it takes; then the token also keeps
    label and id of what it wraps, and makes the public half itself. `template` are the attributes of that key.

    `method` is its name for people, and `means` what it says of a key that it can leave its token this way. `families`
    of keys are those that the module wraps.
    """

    mechanism: int
    key_type: int
    template: Template
    stored: bool
    method: str
    means: str
    families: frozenset[str]


@dataclass(frozen=True, slots=True)
class Profile:
    """One vendor's module.

    `private` and `public` are the templates of a key pair without CKA_EXTRACTABLE; `omitted` are attributes that must
    not even be sent. `edwards` is CKA_EC_PARAMS of Ed25519 (modules disagree: an OID or a PrintableString).
    `initializes`: C_InitToken works. `records`: it holds data objects (CKO_DATA), made with the template `record`.
    `label`: what every token of this vendor is called, "" where the owner names it. `pin_bytes`: shortest and longest
    new PIN. `pin_form`: what every PIN looks like, as a regular expression, and in words. `wrong_pin`: other names of
    errors that mean this at a login. `variable`: of the environment, names the vendor's configuration file `config`,
    None where the module finds its own. `backup`: None where this program makes none. `folder`: None for hardware.
    `factory_pin` opens a token as its maker delivers it. `device`: `hsm.yubico` sets it up, drains its log and lets it
    attest keys. `least_firmware`: (CK_VERSION major, minor) below which it is not used.
    """

    name: str
    private: Template = _PORTABLE_PRIVATE
    public: Template = _PORTABLE_PUBLIC
    omitted: tuple[str, ...] = ()
    edwards: bytes = bytes.fromhex("06032b6570")
    initializes: bool = False
    records: bool = False
    record: Template = ()
    label: str = ""
    pin_bytes: tuple[int, int] = (4, 255)
    backup: Backup | None = None
    pin_form: tuple[str, str] = ("", "")
    wrong_pin: tuple[str, ...] = ()
    variable: str = ""
    config: Path | None = None
    folder: Folder | None = None
    factory_pin: str = ""
    device: bool = False
    least_firmware: tuple[int, int] = (0, 0)

    def private_template(self, *, extractable: bool) -> dict[str, bool | None]:
        """Return attribute name → value for the private half; None means: do not send this attribute."""
        return _checked((*self.private, ("EXTRACTABLE", extractable)), self.omitted)

    def record_template(self) -> dict[str, bool | None]:
        """Return attribute name → value for a data object."""
        return _checked(self.record, ())

    def takes(self, pin: str) -> bool:
        """Say whether text can be a PIN of such a token at all."""
        return not self.pin_form[0] or re.fullmatch(self.pin_form[0], pin, re.DOTALL) is not None

    def check_firmware(self, version: tuple[int, int]) -> None:
        """Refuse a token of too old a firmware (FirmwareOld), or one that cannot say which it has (TokenAbsent)."""
        if version >= self.least_firmware:
            return
        said, least = (".".join(map(str, each)) for each in (version, self.least_firmware))
        if version == (0, 0):  # what the module says of a device that does not answer (measured)
            raise TokenAbsent("The token says nothing of itself: it may have been removed just now.")
        raise FirmwareOld(f"The token has firmware {said}; {least} or newer is needed.")

    def public_template(self) -> dict[str, bool | None]:
        """Return attribute name → value for the public half; None means: do not send this attribute."""
        return _checked(self.public, self.omitted)


def _checked(template: Template, omitted: tuple[str, ...]) -> dict[str, bool | None]:
    """Return the template as sent. A value of a wrong type is found here: python-pkcs11 crashes on it (measured)."""
    for name, value in template:
        if name not in _BOOLEAN or not isinstance(value, bool):
            raise Misuse(f"attribute {name} cannot be {value!r}")
    return {**dict(template), **dict.fromkeys(omitted)}


_WRAPS: Template = (("WRAP", True), ("UNWRAP", True))

SOFTHSM = Profile(
    name="softhsm",
    initializes=True,
    records=True,
    backup=Backup(
        0x210A,  # CKM_AES_KEY_WRAP_PAD
        0x1F,  # CKK_AES
        (*_WRAPS, ("PRIVATE", True), ("SENSITIVE", True), ("EXTRACTABLE", False)),
        False,  # noqa: FBT003
        "AES-KWP (RFC 5649)",
        "SoftHSM is software: whoever has its folder and the PIN has the key, extractable or not",
        frozenset({"ec", "rsa"}),  # Ed25519 it does not (measured)
    ),
    record=(("PRIVATE", True),),
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

YUBIHSM = Profile(
    name="yubihsm",
    # Sent at all, even as False, CKA_UNWRAP lets module 2.6 make a wrap key in place of an RSA key pair (measured).
    omitted=("WRAP", "UNWRAP"),
    edwards=b"\x13\x0cedwards25519",
    records=True,  # as opaque objects, which cannot be CKA_PRIVATE
    label="YubiHSM",
    pin_form=(
        "(?!0000)[0-9a-fA-F]{4}.{8,}",
        "four hex digits (the authentication key, not 0000), then a password of 8 characters or more",
    ),
    wrong_pin=("ObjectHandleInvalid",),  # there is no such authentication key
    variable="YUBIHSM_PKCS11_CONF",
    factory_pin="0001password",
    initializes=True,
    device=True,
    least_firmware=(2, 40),  # 2.4.0: the module puts ten times the second number and the third into one
    backup=Backup(
        0xD9554204,  # CKM_YUBICO_AES_CCM_WRAP
        0xD955422A,  # CKK_YUBICO_AES256_CCM_WRAP
        _WRAPS,
        True,  # noqa: FBT003
        "AES-CCM (YubiHSM 2)",
        "the key can be exported under a wrap key for as long as it exists: what matters is which authentication keys"
        " of the device may put wrap keys and export",
        frozenset({"ec", "rsa", "ed25519"}),
    ),
)
"""Yubico's yubihsm-pkcs11 2.6, and the device behind it by Yubico's own library."""

GENERIC = Profile(name="generic")
"""Any other module: what all of those that were tried have in common. Its tokens are set up with the vendor's tools."""

PROFILES: Mapping[str, Profile] = MappingProxyType({profile.name: profile for profile in (SOFTHSM, YUBIHSM, GENERIC)})
"""Every profile by name, as in appliance.toml."""
