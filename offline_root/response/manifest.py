"""SHA256SUMS and COMPLETE: the two files that make a folder a response.

Both have exactly one right content for given files, so they are compared byte for byte and never parsed.
"""

import hashlib
from collections.abc import Mapping

SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
COMPLETE = "COMPLETE"
CLOSING = "closing-checkpoint"
UNLISTED = frozenset({SUMS, SIGNATURE, COMPLETE, CLOSING})
"""The files that cannot be in their own list."""


def sums(files: Mapping[str, bytes]) -> bytes:
    """Return SHA256SUMS over all files that are listed, sorted by name, in the form of `sha256sum`."""
    listed = sorted(name for name in files if name not in UNLISTED)
    text = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in listed)
    return text.encode(errors="surrogateescape")  # a foreign folder may hold names that are not UTF-8


def complete(listing: bytes) -> bytes:
    """Return COMPLETE: the hash of SHA256SUMS, in the form of `sha256sum`."""
    return f"{hashlib.sha256(listing).hexdigest()}  {SUMS}\n".encode()
