"""Find a private key in any wrapping: as a labelled block, as DER, as base64 of either, as a named field.

A key that came on a stick is lost, so this errs on the side of finding. What was found is never returned.
"""

import base64
import re

from offline_root.request import codes

EXPOSED = codes.PRIVATE_KEY.finding(
    "A private key stands in this file. Whoever had the file, the stick or the way it came by has the key."
)
"""The finding. It says nothing about the key."""

# "BEGIN EC PRIVATE KEY", "END ENCRYPTED PRIVATE KEY", "BEGIN PGP PRIVATE KEY BLOCK", with any dashes and white space.
_LABEL = re.compile(rb"(?:BEGIN|END)[A-Z0-9 \t]{1,40}PRIVATE\s{1,4}KEY", re.IGNORECASE)

_SEQUENCE = rb"\x30(?:[\x05-\x80]|\x81.|\x82..|\x83...)"
_LONG_SEQUENCE = rb"\x30(?:[\x18-\x80]|\x81.|\x82..|\x83...)"
# How the DER of each kind begins. Nothing in a certificate or a request does: explicit curve parameters come nearest
# to PKCS#8 (version 1, then a field type of ANSI X9.62) and are left out by name.
_DER = re.compile(
    b"|".join(
        _LONG_SEQUENCE + beginning
        for beginning in (
            rb"\x02\x01[\x00\x01]\x02\x81",  # RSAPrivateKey (RFC 8017 A.1.2) and DSA, by size of the first number
            rb"\x02\x01[\x00\x01]\x02\x82",
            rb"\x02\x01[\x00\x01]\x02[\x20-\x7f]",
            rb"\x02\x01\x01\x04[\x10-\x48]",  # ECPrivateKey (RFC 5915)
            rb"\x02\x01[\x00\x01]" + _SEQUENCE + rb"\x06(?!\x07\x2a\x86\x48\xce\x3d\x01)",  # PKCS#8 (RFC 5958)
            _SEQUENCE + rb"\x06.\x2a\x86\x48\x86\xf7\x0d\x01[\x05\x0c]",  # encrypted PKCS#8: PKCS#5 or PKCS#12 schemes
            rb"\x02\x01\x03" + _SEQUENCE + rb"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07",  # PKCS#12 (RFC 7292)
        )
    ),
    re.DOTALL,
)

# Base64 of DER begins with M (a SEQUENCE), base64 of PEM with LS0t (three dashes). Some lines are enough.
_BASE64 = re.compile(rb"(?<![A-Za-z0-9+/])(?=((?:M|LS0t)[A-Za-z0-9+/]{7}[A-Za-z0-9+/\s]{15,95}))")

_FIELD = re.compile(r"private[-_ ]?key", re.IGNORECASE)


def holds_private_key(data: bytes) -> bool:
    """Say whether a private key stands anywhere in `data`, which may be text of any encoding or binary."""
    text = data.replace(b"\x00", b"")  # what remains of UTF-16 is ASCII
    return bool(_LABEL.search(text) or _DER.search(data) or any(map(_encoded_key, _BASE64.findall(text))))


def _encoded_key(text: bytes) -> bool:
    compact = b"".join(text.split())
    octets = base64.b64decode(compact[: len(compact) // 4 * 4])
    return bool(_LABEL.search(octets) or _DER.match(octets))


def is_private_key_field(name: str, value: object) -> bool:
    """Say whether a named field claims to be a private key, whatever its encoding, and is not empty."""
    return _FIELD.fullmatch(name.strip()) is not None and bool(value)
