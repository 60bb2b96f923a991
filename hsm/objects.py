"""What lies in a token, as python-pkcs11 gives it, in our words. Loaded by the worker alone."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Mapping

import pkcs11
from pkcs11 import Attribute
from pkcs11.attributes import AttributeMapper
from pkcs11.constants import DEFAULT
from pkcs11.types import Object, Token

from hsm import encode
from hsm.facts import TokenKey
from hsm.profiles import ATTRIBUTES


def mapper() -> AttributeMapper:
    """Return the library's mapper, but tolerant of vendors' key types and labels; an empty answer is not "false"."""
    mapper = AttributeMapper()
    number = struct.Struct("L")
    mapper.register_handler(Attribute.KEY_TYPE, number.pack, lambda value: number.unpack(value)[0])
    mapper.register_handler(Attribute.LABEL, str.encode, lambda value: value.decode("utf-8", "replace"))
    for name in ATTRIBUTES:
        mapper.register_handler(Attribute[name], struct.Struct("?").pack, {b"\0": False, b"\1": True}.get)
    return mapper


def template(values: Mapping[str, bool | None]) -> dict[Attribute, object]:
    """Return a profile's template as the library takes it."""
    return {Attribute[name]: DEFAULT if value is None else value for name, value in values.items()}


def serial_of(token: Token) -> str:
    """Return a token's serial number."""
    return token.serial.decode("ascii", "replace")


def label_of(key: Object) -> str:
    """Return CKA_LABEL."""
    return str(key[Attribute.LABEL])


def id_of(key: Object) -> bytes:
    """Return CKA_ID."""
    return bytes(key[Attribute.ID])


def public_key_of(key: Object) -> bytes:
    """Return the SubjectPublicKeyInfo (encode.Malformed)."""
    return encode.public_key(key[Attribute.KEY_TYPE], lambda name: bytes(key[Attribute[name]]))


def described(public: Object, private: Object) -> TokenKey:
    """Return a pair with the attributes that the private half tells."""
    told = tuple((f"CKA_{name}", _told(private, Attribute[name])) for name in ATTRIBUTES)
    return TokenKey(label_of(private), id_of(private), public_key_of(public), told)


def _told(key: Object, attribute: Attribute) -> str:
    with contextlib.suppress(pkcs11.AttributeTypeInvalid, pkcs11.AttributeSensitive):
        return {True: "true", False: "false"}.get(key[attribute], "unavailable")
    return "unavailable"
