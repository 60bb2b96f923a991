"""A YubiHSM 2 in software, for tests: a device of firmware 2.4 with the factory's authentication key."""

import secrets
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.yubihsm import keys
from tests.yubihsm.channel import Channel, StaticKeys, message, parsed, refusal
from tests.yubihsm.devicelog import ENTRIES, DeviceLog
from tests.yubihsm.objects import GENERATED, IMPORTED, SLOTS, Store, Stored
from tests.yubihsm.words import ALL_CAPABILITIES, ALL_DOMAINS, Capability, Command, Kind, Refused, Status, command_of

SERIAL = 12345678
PASSWORD = "password"
AUTHENTICATION_KEY = 1
PIN = f"{AUTHENTICATION_KEY:04x}{PASSWORD}"
"""How Yubico's PKCS#11 module takes a PIN: four hex digits of the authentication key, then its password."""

_SESSIONS = 16
_CHALLENGE = 8
_FORCE_AUDIT = 1
_NEW = "!H40sHQB"
"""What every command that makes an object begins with: number, label, domains, capabilities, algorithm."""


@dataclass
class Faults:
    """What goes wrong. `refuse`: commands and the error that they meet; `spoil`: what becomes of a signature.

    `removed`: nobody answers. `answering`: clear it, and the device keeps its answers back until it is set again.
    """

    refuse: dict[Command, Status] = field(default_factory=dict)
    spoil: Callable[[bytes], bytes] = bytes
    removed: bool = False
    answering: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.answering.set()


@dataclass
class Session:
    """One host's session, opened with an authentication key."""

    channel: Channel
    key: int
    proven: bool = False


class Device:
    """The device. One command at a time, as the connector hands them over."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.log = DeviceLog()
        self.store = Store()
        self.asked: list[Command] = []
        self._sessions: dict[int, Session] = {}
        label = b"DEFAULT AUTHKEY CHANGE THIS ASAP".ljust(40, b"\0")
        password = b"".join(StaticKeys.of(PASSWORD))
        may = ALL_CAPABILITIES
        self.store.put(
            Stored(Kind.AUTHENTICATION_KEY, AUTHENTICATION_KEY, label, ALL_DOMAINS, may, 38, password, IMPORTED, may)
        )

    def answer(self, whole: bytes) -> bytes:
        """Return the answer to a message of a host."""
        try:
            number, data = parsed(whole)
            command = command_of(number)
            if command is Command.SESSION_MESSAGE:
                return self._session_message(whole, data)
            return message(command | 0x80, self._plain(command, whole, data))
        except Refused as error:
            return refusal(error.status)

    def _plain(self, command: Command, whole: bytes, data: bytes) -> bytes:
        """Carry out one of the commands that need no session."""
        if command is Command.CREATE_SESSION:
            return self._create_session(data)
        if command is Command.AUTHENTICATE_SESSION:
            return self._authenticate(whole, data)
        if command in (Command.ECHO, Command.DEVICE_INFO):
            return _INNER[command](self, data)
        raise Refused(Status.INVALID_COMMAND)

    def _info(self, _data: bytes) -> bytes:
        return bytes([2, 4, 0]) + struct.pack("!I", SERIAL) + bytes([ENTRIES, len(self.log)]) + bytes(range(1, 56))

    def _create_session(self, data: bytes) -> bytes:
        number = int.from_bytes(data[:2], "big")
        content = self.store.get(Kind.AUTHENTICATION_KEY, number).content
        assert isinstance(content, bytes)
        if len(self._sessions) >= _SESSIONS:
            raise Refused(Status.SESSIONS_FULL)
        challenge = secrets.token_bytes(_CHALLENGE)
        channel = Channel.between(StaticKeys(content[:16], content[16:]), data[2:10], challenge)
        place = next(place for place in range(_SESSIONS) if place not in self._sessions)
        self._sessions[place] = Session(channel, number)
        return bytes([place]) + challenge + channel.card_cryptogram

    def _authenticate(self, whole: bytes, data: bytes) -> bytes:
        session = self._session(data[0])
        if Command.AUTHENTICATE_SESSION in self.faults.refuse or data[1:9] != session.channel.host_cryptogram:
            del self._sessions[data[0]]
            raise Refused(Status.AUTHENTICATION_FAILED)
        session.channel.check(whole)
        session.proven = True
        return b""

    def _session(self, place: int) -> Session:
        if place not in self._sessions:
            raise Refused(Status.INVALID_SESSION)
        return self._sessions[place]

    def _session_message(self, whole: bytes, data: bytes) -> bytes:
        session = self._session(data[0])
        if not session.proven:
            raise Refused(Status.INVALID_SESSION)
        channel = session.channel
        channel.check(whole)
        plain = channel.decrypted(data[1:-8])
        body = data[:1] + channel.encrypted(self._inner(session, plain))
        channel.counter += 1
        if plain[0] == Command.CLOSE_SESSION:
            del self._sessions[data[0]]
        head = struct.pack("!BH", Command.SESSION_MESSAGE | 0x80, len(body) + 8) + body
        return head + channel.answer_mac_of(head)

    def _inner(self, session: Session, plain: bytes) -> bytes:
        """Carry out one command of a session, and log it."""
        try:
            number, data = parsed(plain)
            command = command_of(number)
        except Refused as error:
            return refusal(error.status)
        self.asked.append(command)
        try:
            answer, status = message(command | 0x80, self._carried_out(command, data)), Status.OK
        except Refused as error:
            answer, status = refusal(error.status), error.status
        self.log.add(command, data, session.key, status)
        return answer

    def _carried_out(self, command: Command, data: bytes) -> bytes:
        if self.log.blocks(command):
            raise Refused(Status.LOG_FULL)
        if command in self.faults.refuse:
            raise Refused(self.faults.refuse[command])
        if command not in _INNER:
            raise Refused(Status.INVALID_COMMAND)
        return _INNER[command](self, data)


def _made(device: Device, kind: Kind, data: bytes, content: keys.PrivateKey | bytes, delegated: int = 0) -> bytes:
    number, label, domains, may, algorithm = struct.unpack(_NEW, data[: struct.calcsize(_NEW)])
    origin = IMPORTED if isinstance(content, bytes) else GENERATED
    return device.store.put(Stored(kind, number, label, domains, may, algorithm, content, origin, delegated))


def _put_opaque(device: Device, data: bytes) -> bytes:
    return _made(device, Kind.OPAQUE, data, data[struct.calcsize(_NEW) :])


def _get_opaque(device: Device, data: bytes) -> bytes:
    content = device.store.get(Kind.OPAQUE, int.from_bytes(data, "big")).content
    assert isinstance(content, bytes)
    return content


def _put_wrap_key(device: Device, data: bytes) -> bytes:
    head = struct.calcsize(_NEW)
    return _made(device, Kind.WRAP_KEY, data, data[head + 8 :], int.from_bytes(data[head : head + 8], "big"))


def _generate(device: Device, data: bytes) -> bytes:
    return _made(device, Kind.ASYMMETRIC_KEY, data, keys.generated(data[struct.calcsize(_NEW) - 1]))


def _object_info(device: Device, data: bytes) -> bytes:
    found = device.store.get(data[2], int.from_bytes(data[:2], "big"))
    return found.info + struct.pack("!Q", found.delegated)


def _delete(device: Device, data: bytes) -> bytes:
    device.store.delete(data[2], int.from_bytes(data[:2], "big"))
    return b""


def _private(device: Device, data: bytes) -> tuple[Stored, keys.PrivateKey]:
    found = device.store.get(Kind.ASYMMETRIC_KEY, int.from_bytes(data[:2], "big"))
    assert not isinstance(found.content, bytes)
    return found, found.content


def _public_key(device: Device, data: bytes) -> bytes:
    found, private = _private(device, data)
    return bytes([found.algorithm]) + keys.public_bytes(private)


def _signer(need: Capability, sign: Callable[[keys.PrivateKey, bytes], bytes]) -> Callable[[Device, bytes], bytes]:
    def signing(device: Device, data: bytes) -> bytes:
        found, private = _private(device, data)
        if not found.capabilities & need:
            raise Refused(Status.INSUFFICIENT_PERMISSIONS)
        return device.faults.spoil(sign(private, data[2:]))

    return signing


def _set_option(device: Device, data: bytes) -> bytes:
    if data[0] == _FORCE_AUDIT:
        device.log.forced = data[3] != 0
    return b""


def _set_log_index(device: Device, data: bytes) -> bytes:
    device.log.forget(int.from_bytes(data, "big"))
    return b""


_INNER: Mapping[Command, Callable[[Device, bytes], bytes]] = {
    Command.ECHO: lambda _, data: data,
    Command.CLOSE_SESSION: lambda _, __: b"",
    Command.DEVICE_INFO: Device._info,
    Command.STORAGE_INFO: lambda device, _: struct.pack("!HHHHH", SLOTS, SLOTS - len(device.store), 1024, 1000, 126),
    Command.PSEUDO_RANDOM: lambda _, data: secrets.token_bytes(int.from_bytes(data, "big")),
    Command.PUT_OPAQUE: _put_opaque,
    Command.GET_OPAQUE: _get_opaque,
    Command.PUT_WRAP_KEY: _put_wrap_key,
    Command.GENERATE_ASYMMETRIC_KEY: _generate,
    Command.LIST_OBJECTS: lambda device, data: device.store.listed(data),
    Command.OBJECT_INFO: _object_info,
    Command.PUBLIC_KEY: _public_key,
    Command.DELETE_OBJECT: _delete,
    Command.EXPORT_WRAPPED: lambda device, data: device.store.exported(*struct.unpack("!HBH", data)),
    Command.IMPORT_WRAPPED: lambda device, data: device.store.imported(int.from_bytes(data[:2], "big"), data[2:]),
    Command.SIGN_ECDSA: _signer(Capability.SIGN_ECDSA, keys.ecdsa),
    Command.SIGN_EDDSA: _signer(Capability.SIGN_EDDSA, keys.eddsa),
    Command.SIGN_PKCS1: _signer(Capability.SIGN_PKCS, keys.pkcs1),
    Command.SIGN_PSS: _signer(Capability.SIGN_PSS, keys.pss),
    Command.GET_LOG_ENTRIES: lambda device, _: device.log.read(),
    Command.SET_OPTION: _set_option,
    Command.SET_LOG_INDEX: _set_log_index,
}
