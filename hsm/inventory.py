"""Whose the objects in a token are: keys and record of its owner, or strangers. Loaded by the worker alone.

Strangers come from generations that were killed half way (measured), from other programs and from people. A pair is
looked for by label, and where several have it, by its public key; where several private halves stand beside that, by
a signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from pkcs11 import ObjectClass, PKCS11Error
from pkcs11.types import Object

from hsm import encode, errors
from hsm.facts import TokenObject
from hsm.frames import Fields, Value
from hsm.objects import described, id_of, label_of, public_key_of
from hsm.serve import Verb

HALVES = (("private", ObjectClass.PRIVATE_KEY), ("public", ObjectClass.PUBLIC_KEY))
_OTHERS = (
    ("secret key", ObjectClass.SECRET_KEY),
    ("certificate", ObjectClass.CERTIFICATE),
    ("data object", ObjectClass.DATA),
)
_TRIAL = b"offline-root trial of a private key\n"
"""What a private key signs to show which public key it belongs to: no certificate, CRL or checkpoint begins so."""


@dataclass(frozen=True)
class Inventory:
    """`objects` gives those of a class; `signature` is that of a private half over a message, for a public key."""

    objects: Callable[[ObjectClass], list[Object]]
    signature: Callable[[Object, bytes, bytes], bytes]

    def verbs(self) -> Mapping[str, Verb]:
        """Return what the client can ask, by name."""
        return {name: getattr(self, name) for name in ("find", "keys", "strangers", "remove")}

    def keys(self, _request: Fields) -> dict[str, Value]:
        """Return label, id and half of every key object."""
        rows: list[dict[str, Value]] = [
            {"label": label_of(key), "key_id": id_of(key), "half": half}
            for half, object_class in HALVES
            for key in self.objects(object_class)
        ]
        return {"keys": rows}

    def find(self, request: Fields) -> dict[str, Value]:
        """Return the pair with this label; of several, the one with this public key."""
        return described(*self.pair(request.text("label"), request.data("public_key"))).fields()

    def strangers(self, request: Fields) -> dict[str, Value]:
        """Return every object that is neither a half of the keys given nor a data object of the label given."""
        rows: list[dict[str, Value]] = [told.fields() for _, told in self._strangers(request)]
        return {"objects": rows}

    def remove(self, request: Fields) -> dict[str, Value]:
        """Remove the strangers with these marks, and return those that are left."""
        marks = {row.text("mark") for row in request.rows("marks")}
        for found, told in list(self._strangers(request)):
            if told.mark in marks:
                found.destroy()
        return self.strangers(request)

    def pair(self, label: str, wanted: bytes = b"") -> tuple[Object, Object]:
        """Return the public and the private half that have this label and one id; of several, those of a public key."""
        private, public = ([each for each in self.objects(kind) if label_of(each) == label] for _, kind in HALVES)
        count = f"The label {label} has {len(private)} private and {len(public)} public keys"
        if wanted:
            public = [each for each in public if self._public_key(each) == wanted][:1] or public
            private = self._belonging(private, public, wanted)
        if len(private) > 1 or len(public) > 1:
            raise errors.KeyAmbiguous(f"{count}.")
        if not private or not public or id_of(private[0]) != id_of(public[0]):
            raise errors.KeyAbsent(f"{count} that belong together.")
        return public[0], private[0]

    def _belonging(self, private: list[Object], public: list[Object], wanted: bytes) -> list[Object]:
        """Return the private half beside a public one, if one of several can be told from the others."""
        if len(public) != 1 or len(private) < 2:
            return private
        beside = [each for each in private if id_of(each) == id_of(public[0])]
        return [each for each in beside if self._signs_as(each, wanted)][:1] if len(beside) > 1 else beside

    def _signs_as(self, private: Object, wanted: bytes) -> bool:
        try:
            return encode.verifies(wanted, self.signature(private, wanted, _TRIAL), _TRIAL)
        except (PKCS11Error, encode.Malformed):  # a key of another kind
            return False

    def _strangers(self, request: Fields) -> Iterator[tuple[Object, TokenObject]]:
        record, ours = request.text("record"), request.rows("ours")
        own = {half for key in ours for half in self.pair(key.text("label"), key.data("public_key"))}
        halves = {kind: self.objects(object_class) for kind, object_class in HALVES}
        for kind, other in (("private", "public"), ("public", "private")):
            paired = {(label_of(each), id_of(each)) for each in halves[other]}
            for each in halves[kind]:
                if each not in own:
                    yield each, self._key(each, kind, paired)
        for kind, object_class in _OTHERS:
            for each in self.objects(object_class):
                if object_class is not ObjectClass.DATA or label_of(each) != record:
                    yield each, TokenObject(kind, label_of(each), _id(each))

    def _key(self, key: Object, half: str, paired: Collection[tuple[str, bytes]]) -> TokenObject:
        alone = "" if (label_of(key), id_of(key)) in paired else " without its other half"
        public_key = self._public_key(key) if half == "public" else b""
        return TokenObject(f"{half} key{alone}", label_of(key), id_of(key), hashlib.sha256(public_key).hexdigest())

    def _public_key(self, key: Object) -> bytes:
        """Return the SubjectPublicKeyInfo, nothing for a key that is none of ours."""
        try:
            return public_key_of(key)
        except (PKCS11Error, encode.Malformed):
            return b""


def _id(found: Object) -> bytes:
    try:
        return id_of(found)
    except PKCS11Error:  # a data object has no CKA_ID
        return b""
