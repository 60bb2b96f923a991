"""The backup of a root key as a file: the wrapped key, and before it what it is a backup of. Nothing in it is secret.

Alone it gives nothing away: the key that wraps is in the shares of custodians, and nowhere else.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, fields

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap_with_padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from offline_root import der
from offline_root.display import visible
from offline_root.errors import CeremonyError
from offline_root.keys import fingerprint
from offline_root.model import Der, Fingerprint
from offline_root.shares import Purpose, ShareSet

FORMAT = "offline-root backup "
VERSION = "1"
NAME = "root-key.backup"
MAX_BACKUP = 64 * 1024
"""Bytes of a backup file: the largest key takes about 4 KiB."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A wrapped root key: whose it is, the token it came from (in its own words), when, how, under which shares."""

    authority: str
    origin: str
    root_sha256: Fingerprint
    public_key: Der
    module: str
    made: str
    method: str
    shares: ShareSet
    wrapped_key: bytes

    @property
    def key(self) -> Fingerprint:
        """Return the fingerprint of the key."""
        return fingerprint(self.public_key)


def write_backup(backup: Backup) -> bytes:
    """Return the file: one JSON object whose last value is the SHA-256 of everything before it."""
    head = {
        "format": FORMAT + VERSION,
        "authority": backup.authority,
        "origin": backup.origin,
        "root_sha256": backup.root_sha256,
        "key_sha256": backup.key,
        "public_key": base64.b64encode(backup.public_key).decode(),
        "module": backup.module,
        "made": backup.made,
        "method": backup.method,
        "set": backup.shares.number,
        "needed": backup.shares.needed,
        "shares": backup.shares.made,
        "wrapped_key": base64.b64encode(backup.wrapped_key).decode(),
    }
    text = json.dumps(head, indent=2).removesuffix("\n}")
    return f'{text},\n  "sha256": "{fingerprint(text.encode())}"\n}}\n'.encode()


def read_backup(data: bytes) -> Backup:
    """Return the backup in a file (CeremonyError): exactly what `write_backup` writes, or it says what is wrong."""
    try:
        facts = json.loads(data)
        version = str(facts["format"])
    except (ValueError, KeyError, TypeError, RecursionError):
        facts, version = {}, ""
    if version.startswith(FORMAT) and version != FORMAT + VERSION and version.removeprefix(FORMAT).isdecimal():
        raise _unfit(
            f"The backup has the format {visible(version)!r}.", "Use the version of this program that made it."
        )
    try:
        backup = _backup(facts)
        sound = write_backup(backup) == data
    except (ValueError, KeyError, TypeError, AttributeError):
        backup, sound = None, False
    if backup is None or not sound:
        raise _unfit(
            "The backup file is damaged, or none: its SHA-256 is not that of its content.",
            "Take another copy of it. The shares are as good as before.",
        )
    return backup


def _backup(facts: dict[str, str]) -> Backup:
    texts = {each.name: str(facts[each.name]) for each in fields(Backup) if each.type is str}
    numbers = (int(facts[name]) for name in ("set", "needed", "shares"))
    return Backup(
        **texts,
        root_sha256=Fingerprint(facts["root_sha256"]),
        public_key=Der(base64.b64decode(facts["public_key"], validate=True)),
        shares=ShareSet(Purpose.BACKUP, *numbers),
        wrapped_key=base64.b64decode(facts["wrapped_key"], validate=True),
    )


def open_backup(backup: Backup, secret: bytes) -> bool:
    """Unwrap the key in this process, hold it against the public key, and forget it (CeremonyError).

    False where it opens, and only its maker's tokens can tell the key in it.
    """
    opener = _OPENERS.get(backup.method)
    if opener is None:
        raise _unfit(f"This program cannot open a backup made by {visible(backup.method)}.", "Restore it to a token.")
    try:
        found = opener(secret, backup.wrapped_key)
    except (InvalidUnwrap, InvalidTag, ValueError):
        raise _unfit(
            "The shares do not open this backup.", "Hold set and authority of the cards against the file."
        ) from None
    if found not in (backup.public_key, None):
        raise _unfit(
            "The key in the backup is not the one that the file says.", "Do not rely on it: make a new backup."
        )
    return found is not None


def _kwp(secret: bytes, wrapped: bytes) -> bytes:
    """Return the public key of a PKCS#8 under AES-KWP (RFC 5649). SoftHSM fills it up with zeros."""
    padded = aes_key_unwrap_with_padding(secret, wrapped)
    private = load_der_private_key(der.first(padded), None)
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _ccm(secret: bytes, wrapped: bytes) -> None:
    """Open what a YubiHSM 2 wraps: a nonce of 13 octets, then AES-CCM with a tag of 16. The inside is Yubico's own."""
    AESCCM(secret).decrypt(wrapped[:13], wrapped[13:], None)


KWP, CCM = "AES-KWP (RFC 5649)", "AES-CCM (YubiHSM 2)"
_OPENERS: dict[str, Callable[[bytes, bytes], bytes | None]] = {KWP: _kwp, CCM: _ccm}


def _unfit(what: str, mend: str) -> CeremonyError:
    return CeremonyError(what, meaning="No key was opened, and nothing was changed.", mend=mend, retry=True)
