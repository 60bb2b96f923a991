"""The process that holds the vendor's module: one thread, one session, one login.

Only this and `hsm.objects` import pkcs11. Run as `python -m hsm.worker CHANNEL LIFELINE` (file descriptors) by
`hsm.process`. A module that crashes or hangs takes this process with it and nothing else. After an error from within it
the module is ended, and started anew by the next login: a failed login leaks a session, a failed operation may stay
active (measured).
"""

from __future__ import annotations

import contextlib
import ctypes
import socket
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import pkcs11
from pkcs11 import MGF, Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass, PKCS11Error, TokenFlag
from pkcs11.types import Object, Session, SignMixin, Token

from hsm import encode, errors
from hsm.confine import confine
from hsm.copies import Copies
from hsm.facts import TokenKey
from hsm.frames import Fields, Value
from hsm.inventory import HALVES, Inventory
from hsm.kinds import ALGORITHMS, PAIRS, Algorithm, Kind, algorithm_for, kind_named
from hsm.mechanisms import kinds, operation
from hsm.objects import described, id_of, label_of, mapper, public_key_of, serial_of, template
from hsm.profiles import PROFILES
from hsm.refusals import refusal
from hsm.serve import Verb, serve

if TYPE_CHECKING:  # the library itself loads this only together with a module
    from pkcs11._pkcs11 import lib

    from hsm.yubico import Yubico

_VERBS = ("attach", "initialize", "login", "logout", "generate", "sign", "records", "record", "close")
_LABEL_BYTES = 32


class Module:
    """A vendor's module, the token chosen in it, and the session when it is open."""

    def __init__(self) -> None:
        self._library: lib
        self._profile = PROFILES["softhsm"]
        self._label = ""
        self._serial: str | None = None
        self._session: Session | None = None
        self._mechanisms: set[str] = set()
        self._found: dict[bytes, SignMixin] = {}
        self._pin = ""  # a device that is asked beside PKCS#11 is opened again with it
        self._device: Yubico | None = None
        self._inventory = Inventory(self._objects, self._first_signature)

    def verbs(self) -> Mapping[str, Verb]:
        """Return what the client can ask, by name."""
        copies = Copies(self._opened, self._inventory.pair, self._objects, lambda: self._profile, self._found.clear)
        device = self._device.verbs() if self._device else {}
        own = {name: getattr(self, name) for name in _VERBS}
        return {**own, **self._inventory.verbs(), **copies.verbs(), **device}

    def reset(self) -> None:
        """End the module (C_Finalize) and with it the session; the next login starts it anew."""
        if self._device:
            with contextlib.suppress(PKCS11Error):  # a device would keep the session open by itself
                self.logout()
        self._session = None
        self._found.clear()
        self._library.finalize()

    def translated(self, error: Exception) -> errors.TokenError | None:
        """Return an `error` of python-pkcs11, or of its answers, in our words; None for any other."""
        if isinstance(error, encode.Malformed):
            return errors.TokenRefused(f"The token's answer cannot be used: {error}.", "malformed")
        if isinstance(error, PKCS11Error):
            return refusal(type(error).__name__, str(error))
        return None

    def attach(self, request: Fields) -> dict[str, Value]:
        """Load the module and return the facts of the token with this label and serial."""
        self._load(request)
        self._serial = request.text_or_none("serial")
        return self._chosen()

    def initialize(self, request: Fields) -> dict[str, Value]:
        """Load the module, make a token in an empty slot (C_InitToken, then C_InitPIN as SO) and return its facts.

        Or take an unused device.
        """
        self._load(request)
        if self._device:
            facts = self._chosen()
            self._device.take(request.text("so_pin"), request.text("pin"))
            return facts
        before = {serial_of(token) for token in self._tokens()}
        code = self._init_token(request.text("so_pin").encode())
        if code:
            raise refusal("PKCS11Error", f"Unmapped error code {code:#x}")
        made = [serial_of(token) for token in self._tokens() if token.label == self._label]
        self._serial = next(serial for serial in made if serial not in before)
        with self._token().open(rw=True, so_pin=request.text("so_pin")) as session:
            session.init_pin(request.text("pin"))
        return self._chosen()

    def login(self, request: Fields) -> dict[str, Value]:
        """Start the module anew, so that it sees the token as it is now, and open the one session."""
        return self._open(request.text("pin"))

    def _open(self, pin: str) -> dict[str, Value]:
        self._let_go()
        self._library.initialize()
        token = self._token()
        self._mechanisms = {getattr(one, "name", "") for one in token.slot.get_mechanisms()}  # a vendor's own: a number
        try:
            self._session = token.open(rw=True, user_pin=pin, attribute_mapper=mapper())
        except PKCS11Error as error:
            if type(error).__name__ in self._profile.wrong_pin:
                raise pkcs11.PinIncorrect from None
            raise
        self._pin = pin if self._device else ""
        return {"kinds": [{"name": kind} for kind in kinds(self._mechanisms)]}

    def _let_go(self) -> None:
        self.logout()
        self.reset()

    def logout(self, _request: Fields | None = None) -> dict[str, Value]:
        """Close the session if it is open."""
        session, self._session = self._session, None
        self._found.clear()
        if session is not None:
            session.close()
        return {}

    def close(self, _request: Fields) -> dict[str, Value]:
        """Close the session and the module before the process ends."""
        self._let_go()
        return {}

    def generate(self, request: Fields) -> dict[str, Value]:
        """Make a pair unless its label or id is taken, and return it as read back."""
        kind, label, key_id = kind_named(request.text("kind")), request.text("label"), request.data("key_id")
        for _, object_class in HALVES:
            if any(label_of(key) == label or id_of(key) == key_id for key in self._objects(object_class)):
                raise errors.KeyExists(f"The token already has a key with the label {label} or the id {key_id.hex()}.")
        self._generate(kind, label, key_id, extractable=request.flag("extractable"))
        return described(*self._inventory.pair(label)).fields()

    def sign(self, request: Fields) -> dict[str, Value]:
        """Sign the message with exactly this key, by this algorithm."""
        key = TokenKey.read(request)
        kind = encode.kind_of(key.public_key)
        algorithm = algorithm_for(kind.name, request.text("algorithm"))
        if key.public_key not in self._found:
            public, private = self._inventory.pair(key.label, key.public_key)
            if (public_key_of(public), id_of(private)) != (key.public_key, key.key_id):
                raise errors.KeyAbsent(f"The token's key {key.label} is not the one that was asked for.")
            self._found[key.public_key] = cast("SignMixin", private)
        return {"signature": self._signature(self._found[key.public_key], kind, algorithm, request.data("message"))}

    def records(self, request: Fields) -> dict[str, Value]:
        """Return the value of each data object (CKO_DATA) with this label that can be read."""
        found: list[dict[str, Value]] = []
        for each in self._records(request.text("label")):
            with contextlib.suppress(pkcs11.AttributeTypeInvalid, pkcs11.AttributeSensitive):
                found.append({"value": bytes(each[Attribute.VALUE])})
        return {"records": found}

    def record(self, request: Fields) -> dict[str, Value]:
        """Make a data object, then remove the older ones: whatever happens in between, one of them is there."""
        label, value = request.text("label"), request.data("value")
        older = self._records(label)
        self._opened().create_object(
            {
                Attribute.CLASS: ObjectClass.DATA,
                Attribute.TOKEN: True,
                Attribute.LABEL: label,
                Attribute.VALUE: value,
                **template(self._profile.record_template()),
            }
        )
        for each in older:
            each.destroy()
        return {}

    def _signature(self, signer: SignMixin, kind: Kind, algorithm: Algorithm, message: bytes) -> bytes:
        todo = operation(algorithm, message, self._mechanisms)
        pss = (Mechanism[todo.pss_digest], MGF[todo.pss_digest], todo.pss_salt) if todo.pss_digest else None
        return encode.signature(kind, signer.sign(todo.data, mechanism=Mechanism[todo.mechanism], mechanism_param=pss))

    def _first_signature(self, private: Object, public_key: bytes, message: bytes) -> bytes:
        """Return the signature of a private key as if it belonged to this public one, by its usual algorithm."""
        kind = encode.kind_of(public_key)
        return self._signature(cast("SignMixin", private), kind, ALGORITHMS[PAIRS[kind.name][0]], message)

    def _records(self, label: str) -> list[Object]:
        return [each for each in self._objects(ObjectClass.DATA) if label_of(each) == label]

    def _load(self, request: Fields) -> None:
        self._profile = PROFILES[request.text("profile")]
        self._label = request.text("label")
        path = request.text("module")
        if self._profile.device:
            from hsm.yubico import beside

            self._device = beside(self._profile, lambda: self._serial, lambda: self._pin, self._let_go, self._open)
        try:
            self._library = pkcs11.lib(path)
        except PKCS11Error as error:
            reason = str(error) or type(error).__name__
            raise errors.ModuleMissing(f"The PKCS#11 module {path} cannot be used: {reason}.") from None

    def _init_token(self, so_pin: bytes) -> int:
        """Call C_InitToken (PKCS#11 v2.40 section 5.5), which python-pkcs11 lacks; return its CK_RV."""
        slots = self._library.get_slots(token_present=True)
        empty = next(slot for slot in slots if not slot.get_token().flags & TokenFlag.TOKEN_INITIALIZED)
        label = self._label.encode().ljust(_LABEL_BYTES)
        init_token = ctypes.CDLL(self._library.so).C_InitToken
        return int(init_token(ctypes.c_ulong(empty.slot_id), so_pin, ctypes.c_ulong(len(so_pin)), label))

    def _tokens(self) -> Iterator[Token]:
        """Yield the initialised tokens. A slot that answers with an error holds none of ours: damaged ones do."""
        for slot in self._library.get_slots(token_present=True):
            try:
                token = slot.get_token()
            except PKCS11Error:
                continue
            if token.flags & TokenFlag.TOKEN_INITIALIZED:
                yield token

    def _token(self) -> Token:
        tokens = list(self._tokens())
        fitting = [one for one in tokens if one.label == self._label and self._serial in (None, serial_of(one))]
        if not fitting:
            there = ", ".join(f"{token.label} ({serial_of(token)})" for token in tokens) or "none"
            wanted = f"{self._label} ({self._serial or 'any serial number'})"
            raise errors.TokenAbsent(f"There is no token {wanted}. Tokens found: {there}.")
        if len(fitting) > 1:
            serials = ", ".join(serial_of(token) for token in fitting)
            raise errors.TokenAmbiguous(f"{len(fitting)} tokens have the label {self._label}: {serials}.")
        return fitting[0]

    def _chosen(self) -> dict[str, Value]:
        """Return the facts of the token, which from now on is known by its serial number too."""
        token = self._token()
        self._serial = serial_of(token)
        self._profile.check_firmware(token.firmware_version)
        return {
            "label": token.label,
            "serial": self._serial,
            "manufacturer": token.manufacturer_id,
            "model": token.model,
            "firmware": ".".join(map(str, token.firmware_version)),
            "module": self._library.so,
        }

    def _opened(self) -> Session:
        if self._session is None:
            raise errors.NotLoggedIn("The token is not open.")
        return self._session

    def _objects(self, object_class: ObjectClass) -> list[Object]:
        return list(self._opened().get_objects({Attribute.CLASS: object_class}))

    def _generate(self, kind: Kind, label: str, key_id: bytes, *, extractable: bool) -> None:
        """Name every capability: the library's defaults would add derivation and decryption."""
        common: dict[str, Any] = {
            "store": True,
            "id": key_id,
            "label": label,
            "capabilities": MechanismFlag.SIGN | MechanismFlag.VERIFY,
            "private_template": template(self._profile.private_template(extractable=extractable)),
            "public_template": template(self._profile.public_template()),
        }
        session = self._opened()
        if kind.family == "rsa":
            session.generate_keypair(KeyType.RSA, kind.bits, **common)
            return
        edwards = kind.family == "ed25519"
        curve = {Attribute.EC_PARAMS: self._profile.edwards if edwards else kind.curve}
        key_type = KeyType.EC_EDWARDS if edwards else KeyType.EC
        session.create_domain_parameters(key_type, curve, local=True).generate_keypair(**common)


def main(channel: int, lifeline: int) -> None:
    """Serve the client at the other end of `channel`, and die with it by `lifeline` (both are file descriptors)."""
    confine(lifeline)
    with socket.socket(fileno=channel) as connection:
        connection.set_inheritable(False)
        serve(connection, Module())


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
