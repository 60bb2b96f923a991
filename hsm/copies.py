"""How a key leaves a token and enters another: wrapped under an AES key. Loaded by the worker alone.

Also what ends a key or changes who opens it: destroying it, another PIN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11.constants import DEFAULT
from pkcs11.types import Key, Object, Session, UnwrapMixin, WrapMixin
from pkcs11.util.ec import decode_ec_public_key
from pkcs11.util.rsa import decode_rsa_public_key

from hsm import encode
from hsm.errors import KeyExists, Misuse
from hsm.frames import Fields, Value
from hsm.objects import described, id_of, label_of, template
from hsm.profiles import Backup, Profile
from hsm.serve import Verb

_KEY_TYPES = {"ec": KeyType.EC, "rsa": KeyType.RSA, "ed25519": KeyType.EC_EDWARDS}
_NOT_SENT = (Attribute.ENCRYPT, Attribute.WRAP, Attribute.VERIFY)
"""python-pkcs11 adds these even for a private key, and SoftHSM refuses them (measured)."""


@dataclass(frozen=True)
class Copies:
    """The verbs about copies of keys. `opened` gives the session, `pair` both halves of a key, `objects` a class.

    `forget` lets go of the keys that were found before.
    """

    opened: Callable[[], Session]
    pair: Callable[[str], tuple[Object, Object]]
    objects: Callable[[ObjectClass], list[Object]]
    profile: Callable[[], Profile]
    forget: Callable[[], None]

    def verbs(self) -> Mapping[str, Verb]:
        """Return what the client can ask, by name."""
        return {name: getattr(self, name) for name in ("wrap", "unwrap", "destroy", "change_pin")}

    def wrap(self, request: Fields) -> dict[str, Value]:
        """Return the private half of a key, wrapped (PKCS#11 v2.40 C_WrapKey)."""
        _, private = self.pair(request.text("label"))
        method, kek = self._kek(request)
        try:
            return {
                "blob": bytes(
                    cast("WrapMixin", kek).wrap_key(cast("Key", private), mechanism=_mechanism(method.mechanism))
                )
            }
        finally:
            kek.destroy()

    def unwrap(self, request: Fields) -> dict[str, Value]:
        """Make a pair from a wrapped private half and its public key, and return it as read back (C_UnwrapKey)."""
        label, key_id, spki = request.text("label"), request.data("key_id"), request.data("public_key")
        for half in (ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY):
            if any(label_of(key) == label or id_of(key) == key_id for key in self.objects(half)):
                raise KeyExists(f"The token already has a key with the label {label} or the id {key_id.hex()}.")
        kind = encode.kind_of(spki)
        if kind.family not in self._method().families:
            raise Misuse(f"a key of kind {kind.name} cannot be wrapped")
        method, kek = self._kek(request)
        common = {Attribute.LABEL: label, Attribute.ID: key_id, Attribute.TOKEN: True}
        private = template(self.profile().private_template(extractable=request.flag("extractable")))
        try:
            cast("UnwrapMixin", kek).unwrap_key(
                ObjectClass.PRIVATE_KEY,
                _KEY_TYPES[kind.family],
                request.data("blob"),
                store=True,
                capabilities=MechanismFlag.SIGN,
                mechanism=_mechanism(method.mechanism),
                template={**private, **common, **dict.fromkeys(_NOT_SENT, DEFAULT)},
            )
        finally:
            kek.destroy()
        if not method.stored:
            public = {**_public(spki), **template(self.profile().public_template()), **common}
            self.opened().create_object({name: value for name, value in public.items() if value is not DEFAULT})
        return described(*self.pair(label)).fields()

    def destroy(self, request: Fields) -> dict[str, Value]:
        """Remove every object with this label, private halves first, and return how many are left."""
        label, halves = request.text("label"), (ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY)
        self.forget()
        for half in halves:
            for key in self._labelled(label, half):
                key.destroy()
        return {"left": sum(len(self._labelled(label, half)) for half in halves)}

    def change_pin(self, request: Fields) -> dict[str, Value]:
        """Replace the user's PIN (C_SetPIN)."""
        self.opened().set_pin(request.text("pin"), request.text("new_pin"))
        return {}

    def _labelled(self, label: str, half: ObjectClass) -> list[Object]:
        return [key for key in self.objects(half) if label_of(key) == label]

    def _method(self) -> Backup:
        method = self.profile().backup
        if method is None:
            raise Misuse(f"tokens of the profile {self.profile().name} make no backup")
        return method

    def _kek(self, request: Fields) -> tuple[Backup, Object]:
        """Return the key that wraps as an object of this session alone, or of the token where it takes no other."""
        method = self._method()
        key = {
            Attribute.CLASS: ObjectClass.SECRET_KEY,
            Attribute.KEY_TYPE: method.key_type,
            Attribute.VALUE: request.data("kek"),
            Attribute.TOKEN: method.stored,
            **template(dict(method.template)),
        }
        return method, self.opened().create_object(key)


def _mechanism(number: int) -> Mechanism:
    """Return a mechanism, of which the library must know the type; a vendor's own has no name there."""
    try:
        return Mechanism(number)
    except ValueError:
        made = int.__new__(Mechanism, number)
        made._name_, made._value_ = f"VENDOR_{number:X}", number
        return made


def _public(spki: bytes) -> dict[Attribute, Any]:
    """Return the public half as a template: a module unwraps only the private one."""
    key = load_der_public_key(spki)
    if isinstance(key, RSAPublicKey):
        return dict(decode_rsa_public_key(key.public_bytes(Encoding.DER, PublicFormat.PKCS1), MechanismFlag.VERIFY))
    return dict(decode_ec_public_key(spki))
