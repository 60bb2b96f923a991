"""What is known about a token and the keys in it: frozen values, as read from the module."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from hsm.frames import Fields, FrameError, Value


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """Who the token says it is (PKCS#11 v2.40 CK_TOKEN_INFO).

    `label`, `serial`, `manufacturer`, `model`: its own words, padding removed. `firmware`: "major.minor". `module`:
    path of the shared library.
    """

    label: str
    serial: str
    manufacturer: str
    model: str
    firmware: str
    module: str

    @classmethod
    def read(cls, answer: Fields) -> TokenFacts:
        """Return the facts in a worker's `answer`; FrameError if one is missing or is not text."""
        return cls(**{name: answer.text(name) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class TokenKey:
    """One key pair in the token; the private half never leaves it.

    `label` (CKA_LABEL), `key_id` (CKA_ID), `public_key` (DER SubjectPublicKeyInfo, RFC 5280) and `attributes`, pairs
    such as ("CKA_SENSITIVE", "true") read back from the private key object; "unavailable" where the module does not
    tell.
    """

    label: str
    key_id: bytes
    public_key: bytes
    attributes: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, answer: Fields) -> TokenKey:
        """Return the key in a worker's `answer`; FrameError if a part is missing or of the wrong type."""
        attributes = tuple((row.text("name"), row.text("value")) for row in answer.rows("attributes"))
        return cls(answer.text("label"), answer.data("key_id"), answer.data("public_key"), attributes)

    def fields(self) -> dict[str, Value]:
        """Return the key as fields of a frame, for a worker's answer."""
        rows: list[dict[str, Value]] = [{"name": name, "value": value} for name, value in self.attributes]
        return {"label": self.label, "key_id": self.key_id, "public_key": self.public_key, "attributes": rows}


@dataclass(frozen=True, slots=True)
class KeyObject:
    """One half of a key as it lies in the token: `label`, `key_id` and which half it is.

    A half without the other one is an orphan.
    """

    label: str
    key_id: bytes
    half: Literal["private", "public"]

    @classmethod
    def read(cls, answer: Fields) -> KeyObject:
        """Return the object in one row of a worker's `answer`; FrameError if it is not one."""
        half = answer.text("half")
        if half == "private":
            return cls(answer.text("label"), answer.data("key_id"), "private")
        if half == "public":
            return cls(answer.text("label"), answer.data("key_id"), "public")
        raise FrameError("neither a private nor a public half")


@dataclass(frozen=True, slots=True)
class TokenObject:
    """An object in the token that nobody asked for: what it is, CKA_LABEL, CKA_ID.

    `public_key` is the SHA-256 (hex) of a SubjectPublicKeyInfo; of what else an object holds not even a hash is told.
    """

    kind: str
    label: str
    object_id: bytes
    public_key: str = ""

    @classmethod
    def read(cls, answer: Fields) -> TokenObject:
        """Return the object in one row of a worker's `answer`; FrameError if it is not one."""
        return cls(answer.text("kind"), answer.text("label"), answer.data("object_id"), answer.text("public_key"))

    def fields(self) -> dict[str, Value]:
        """Return it as fields of a frame, for a worker's answer."""
        return {"kind": self.kind, "label": self.label, "object_id": self.object_id, "public_key": self.public_key}

    @property
    def mark(self) -> str:
        """Return 16 hex digits that tell it from others: two with one mark differ in nothing that the token tells."""
        told = f"{self.kind}\0{self.label}\0{self.object_id.hex()}\0{self.public_key}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]
