"""A YubiHSM 2 beside its PKCS#11 module: set-up, attestation, its own log. Loaded by the worker alone.

The device is never asked over two sessions: PKCS#11 lets go of it before anything here begins.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import Encoding
from yubihsm.core import AuthSession, YubiHsm
from yubihsm.defs import AUDIT, CAPABILITY, COMMAND, ERROR, OBJECT
from yubihsm.exceptions import (
    YubiHsmAuthenticationError,
    YubiHsmConnectionError,
    YubiHsmDeviceError,
    YubiHsmError,
)
from yubihsm.objects import AsymmetricKey, AuthenticationKey, Opaque, YhsmObject

from hsm.connector import backend, connector
from hsm.errors import Misuse, TokenAbsent, TokenError, TokenRefused, TokenUsed, WrongPin
from hsm.frames import Fields, Value
from hsm.profiles import YUBIHSM, Profile
from hsm.serve import Verb

_ALL_DOMAINS = 0xFFFF

OPERATING = (
    CAPABILITY.SIGN_ECDSA
    | CAPABILITY.SIGN_EDDSA
    | CAPABILITY.SIGN_PKCS
    | CAPABILITY.SIGN_PSS
    | CAPABILITY.GET_OPAQUE
    | CAPABILITY.PUT_OPAQUE
    | CAPABILITY.DELETE_OPAQUE
    | CAPABILITY.GET_LOG_ENTRIES
)
"""What the operating key may do: sign, keep our record, read and drain the log. It can hand nothing on."""

UNLOGGED = frozenset(
    {
        COMMAND.ECHO,
        COMMAND.SESSION_MESSAGE,
        COMMAND.DEVICE_INFO,
        COMMAND.CREATE_SESSION,  # AUTHENTICATE_SESSION, which follows it, is logged
        COMMAND.CLOSE_SESSION,
        COMMAND.GET_STORAGE_INFO,
        COMMAND.GET_OPAQUE,
        COMMAND.LIST_OBJECTS,
        COMMAND.GET_LOG_ENTRIES,
        COMMAND.SET_LOG_INDEX,
        COMMAND.GET_OBJECT_INFO,
        COMMAND.GET_OPTION,
        COMMAND.GET_PSEUDO_RANDOM,
        COMMAND.GET_PUBLIC_KEY,
    }
)
"""What is not logged: it changes nothing and signs nothing, and looking for objects alone would fill the log."""


@dataclass
class Yubico:
    """`serial` is that of the chosen device. `let_go` ends PKCS#11's session and module, `take_up` opens them again.

    `connector` is the vendor's address of the device, `pin` gives the one that it was opened with. `set_up_pin` opens
    the set-up key as long as there is one: it is drawn here, and nobody else ever knows it. `reading`: the session in
    which the log is being drained, and what ends it.
    """

    connector: str
    serial: Callable[[], str | None]
    pin: Callable[[], str]
    let_go: Callable[[], object]
    take_up: Callable[[str], dict[str, Value]]
    set_up_pin: str = ""
    reading: tuple[AuthSession, contextlib.ExitStack] | None = None

    def verbs(self) -> Mapping[str, Verb]:
        """Return what the client can ask, by name."""
        return {name: getattr(self, name) for name in ("begin_set_up", "end_set_up", "attest", "log", "drained")}

    def take(self, so_pin: str, pin: str) -> None:
        """Make an unused device ours: a set-up key of our own in place of all others, and everything logged for good.

        `pin` is that of the operating key to come, whose number stays free.
        """
        self._be_alone()
        with _in_our_words(), _as_delivered(so_pin), self._session(so_pin) as session:
            own = session.get_object(_number(so_pin), OBJECT.AUTHENTICATION_KEY).get_info()
            found = _listed(session)
            foreign = [_told(each) for each in found if each.object_type != OBJECT.AUTHENTICATION_KEY]
            if foreign:
                raise TokenUsed(f"The device holds {', '.join(foreign)}.")
            taken = {_number(pin), *(each.id for each in found)}
            number = next(each for each in range(1, 0xFFFF) if each not in taken)
            self.set_up_pin = f"{number:04x}{secrets.token_hex(32)}"
            _put_key(session, self.set_up_pin, "offline-root set-up", own.capabilities, own.delegated_capabilities)
        with _in_our_words(), self._session(self.set_up_pin) as session:
            for each in found:
                each.with_session(session).delete()
            known = session.get_command_audit()
            session.set_command_audit({each: AUDIT.OFF if each in UNLOGGED else AUDIT.FIXED for each in known})
            session.set_force_audit(AUDIT.FIXED)

    def begin_set_up(self, _request: Fields) -> dict[str, Value]:
        """Open the token with its set-up key."""
        return self.take_up(self.set_up_pin)

    def end_set_up(self, request: Fields) -> dict[str, Value]:
        """Put the operating key, see that it opens, delete every other authentication key and every wrap key.

        Return what the device lists then. The set-up key goes last: until then `create` can say what is wrong.
        """
        pin = request.text("pin")
        self._be_alone()
        with _in_our_words():
            with self._session(self.set_up_pin) as session:
                _put_key(session, pin, "offline-root operating", OPERATING, CAPABILITY.NONE)
            with self._session(pin):
                pass
            with self._session(self.set_up_pin) as session:
                gone = [each for each in _listed(session) if _goes(each, pin)]
                for each in sorted(gone, key=lambda each: each.id == _number(self.set_up_pin)):
                    each.delete()
            with self._session(pin) as session:
                left = _listed(session)
        if any(_goes(each, pin) for each in left):
            raise TokenRefused(f"The device still holds {', '.join(map(_told, left))}.", "left")
        self.set_up_pin = ""
        self.take_up(pin)
        return {"left": [{"told": told} for told in sorted(map(_told, left))]}

    def attest(self, request: Fields) -> dict[str, Value]:
        """Return the device's certificate that says where a key was made, and the device's own, both DER."""
        self._be_alone()
        with _in_our_words(), self._session(self.pin()) as session:
            attested = AsymmetricKey(session, int.from_bytes(request.data("key_id"), "big")).attest()
            device = Opaque(session, 0).get_certificate()
        self.take_up(self.pin())
        return {"key": attested.public_bytes(Encoding.DER), "device": device.public_bytes(Encoding.DER)}

    def log(self, _request: Fields) -> dict[str, Value]:
        """Return what the device logged and still has, as it answers GET LOG ENTRIES. Then comes `drained`."""
        self._be_alone()
        with _in_our_words(), contextlib.ExitStack() as ending:
            session = ending.enter_context(self._session(self.pin()))
            entries = session.send_secure_cmd(COMMAND.GET_LOG_ENTRIES)
            self.reading = session, ending.pop_all()
        return {"log": entries}

    def drained(self, request: Fields) -> dict[str, Value]:
        """Let the device forget its log up to an entry, which is kept elsewhere now, and go on with PKCS#11."""
        if self.reading is None:
            raise Misuse("the device's log was not read")
        (session, ending), self.reading = self.reading, None
        with _in_our_words(), ending:
            session.set_log_index(request.number("upto"))
        self.take_up(self.pin())
        return {}

    def _be_alone(self) -> None:
        """End what has the device now: PKCS#11, or a reading of the log that was not ended."""
        if self.reading is not None:
            (_, ending), self.reading = self.reading, None
            ending.close()
        self.let_go()

    @contextlib.contextmanager
    def _session(self, pin: str) -> Iterator[AuthSession]:
        with contextlib.closing(YubiHsm(backend(self.connector))) as device:
            found = str(device.get_device_info().serial)
            if found != self.serial():
                raise TokenAbsent(f"The device at {self.connector} has the serial number {found}, not {self.serial()}.")
            session = _opened(device, pin)
            try:
                yield session
            finally:
                with contextlib.suppress(YubiHsmError):  # it ends with its key, which may just have been deleted
                    session.close()


def beside(
    profile: Profile,
    serial: Callable[[], str | None],
    pin: Callable[[], str],
    let_go: Callable[[], object],
    take_up: Callable[[str], dict[str, Value]],
) -> Yubico:
    """Return the device behind the vendor's module of this profile."""
    return Yubico(connector(profile.variable), serial, pin, let_go, take_up)


def _opened(device: YubiHsm, pin: str) -> AuthSession:
    try:
        return device.create_session_derived(_number(pin), pin[4:])
    except YubiHsmAuthenticationError:
        pass
    except YubiHsmDeviceError as error:
        if error.code not in (ERROR.AUTHENTICATION_FAILED, ERROR.OBJECT_NOT_FOUND):
            raise
    raise WrongPin("The device refused the PIN.", "authentication")


@contextlib.contextmanager
def _as_delivered(pin: str) -> Iterator[None]:
    try:
        yield
    except WrongPin:
        if pin != YUBIHSM.factory_pin:
            raise
        raise TokenUsed("The device does not open with the password that its maker gives it.") from None


@contextlib.contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except YubiHsmError as error:
        raise _refusal(error) from None


def _refusal(error: YubiHsmError) -> TokenError:
    if isinstance(error, YubiHsmConnectionError):
        return TokenAbsent("The device does not answer.", "connection")
    name = error.code.name if isinstance(error, YubiHsmDeviceError) else type(error).__name__
    return TokenRefused(f"The device refused: {name}.", name)


def _number(pin: str) -> int:
    return int(pin[:4], 16)


def _listed(session: AuthSession) -> list[YhsmObject]:
    """Return what the device holds. What has the number 0 is its maker's, and stays."""
    return [each for each in session.list_objects() if each.id]


def _goes(found: YhsmObject, pin: str) -> bool:
    """Say whether an object is to be gone when the set-up ends."""
    if found.object_type == OBJECT.AUTHENTICATION_KEY:
        return found.id != _number(pin)
    return found.object_type in (OBJECT.WRAP_KEY, OBJECT.PUBLIC_WRAP_KEY)


def _told(found: YhsmObject) -> str:
    return f"{OBJECT(found.object_type).name.lower().replace('_', ' ')} {found.id:04x}"


def _put_key(session: AuthSession, pin: str, label: str, may: CAPABILITY, delegated: CAPABILITY) -> None:
    AuthenticationKey.put_derived(session, _number(pin), label, _ALL_DOMAINS, may, delegated, pin[4:])
