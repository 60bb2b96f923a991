"""Every form in which a secret could lie about by accident: what a search for it has to look for."""

import base64
from collections.abc import Iterator


def spellings(secret: str) -> Iterator[bytes]:
    """Yield a secret in every form in which it could lie about by accident."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le"):
        plain = secret.encode(encoding)
        yield plain
        yield plain.hex().encode()
        yield plain.hex().upper().encode()
        for ahead in range(3):  # base64 of the secret inside something longer, wherever it falls
            yield base64.b64encode(b"x" * ahead + plain)[-(-ahead * 8 // 6) :][:-4]
