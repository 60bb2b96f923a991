"""A YubiHSM 2 in software, for tests: a device of firmware 2.4 with the factory's authentication key."""

import secrets
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.yubihsm import rights
from tests.yubihsm.attestation import Attestation
from tests.yubihsm.channel import Channel, StaticKeys, message, parsed, refusal
from tests.yubihsm.commands import INNER, info
from tests.yubihsm.devicelog import DeviceLog
from tests.yubihsm.objects import IMPORTED, Store, Stored
from tests.yubihsm.words import ALL_CAPABILITIES, ALL_DOMAINS, Command, Kind, Refused, Status, command_of

SERIAL = 12345678
PASSWORD = "password"
AUTHENTICATION_KEY = 1
PIN = f"{AUTHENTICATION_KEY:04x}{PASSWORD}"
"""How Yubico's PKCS#11 module takes a PIN: four hex digits of the authentication key, then its password."""

_SESSIONS = 16
_CHALLENGE = 8
_LABEL = b"DEFAULT AUTHKEY CHANGE THIS ASAP".ljust(40, b"\0")
_SETS_UP_A_SESSION = (Command.CREATE_SESSION, Command.AUTHENTICATE_SESSION)


@dataclass
class Faults:
    """What goes wrong. `refuse`: commands and the error that they meet; `spoil`: what becomes of a signature.

    `removed`: nobody answers. `pulled_at`: the device goes when it is asked so many more commands, before it does the
    last. `answering`: clear it, and the device keeps its answers back until it is set again.
    """

    refuse: dict[Command, Status] = field(default_factory=dict)
    spoil: Callable[[bytes], bytes] = bytes
    removed: bool = False
    pulled_at: int | None = None
    answering: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.answering.set()

    def count(self) -> None:
        """Count a command that is asked."""
        if self.pulled_at is not None:
            self.pulled_at -= 1
            self.removed = self.removed or self.pulled_at == 0


@dataclass
class Session:
    """One host's session, opened with an authentication key."""

    channel: Channel
    key: Stored
    proven: bool = False


class Device:
    """The device. One command at a time, as the connector hands them over."""

    def __init__(self, firmware: tuple[int, int, int] = (2, 4, 0)) -> None:
        self.faults = Faults()
        self.maker = Attestation(SERIAL, firmware)
        self.asked: list[Command] = []
        self.most_sessions = 0
        self.log: DeviceLog = DeviceLog()
        self.store: Store = Store()
        self._sessions: dict[int, Session] = {}
        self.reset()

    def reset(self) -> bytes:
        """Be as the maker delivers it; so it is too when its contact is held for ten seconds while it is plugged in."""
        self.log, self.store, self._sessions = DeviceLog(), Store(), {}
        password, may = b"".join(StaticKeys.of(PASSWORD)), ALL_CAPABILITIES
        self.store.put(
            Stored(Kind.AUTHENTICATION_KEY, AUTHENTICATION_KEY, _LABEL, ALL_DOMAINS, may, 38, password, IMPORTED, may)
        )
        return b""

    def plug_in(self) -> None:
        """Be there again after the power was gone: no session outlives that."""
        self.faults.removed, self.faults.pulled_at = False, None
        self._sessions.clear()
        self.log.boot()

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
        if command is Command.ECHO:
            return data
        if command is Command.DEVICE_INFO:
            return info(self, data)
        raise Refused(Status.INVALID_COMMAND)

    def _create_session(self, data: bytes) -> bytes:
        key = self.store.get(Kind.AUTHENTICATION_KEY, int.from_bytes(data[:2], "big"))
        assert isinstance(key.content, bytes)
        if len(self._sessions) >= _SESSIONS:
            raise Refused(Status.SESSIONS_FULL)
        challenge = secrets.token_bytes(_CHALLENGE)
        channel = Channel.between(StaticKeys(key.content[:16], key.content[16:]), data[2:10], challenge)
        place = next(place for place in range(_SESSIONS) if place not in self._sessions)
        self._sessions[place] = Session(channel, key)
        self.most_sessions = max(self.most_sessions, len(self._sessions))
        self.log.session(Command.CREATE_SESSION, key.number)
        return bytes([place]) + challenge + channel.card_cryptogram

    def _authenticate(self, whole: bytes, data: bytes) -> bytes:
        session = self._session(data[0])
        if Command.AUTHENTICATE_SESSION in self.faults.refuse or data[1:9] != session.channel.host_cryptogram:
            del self._sessions[data[0]]
            raise Refused(Status.AUTHENTICATION_FAILED)
        session.channel.check(whole)
        session.proven = True
        self.log.session(Command.AUTHENTICATE_SESSION, session.key.number)
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
        if plain[0] == Command.CLOSE_SESSION or session.key not in self.store:
            self._sessions.pop(data[0], None)
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
            answer, status = message(command | 0x80, self._carried_out(session, command, data)), Status.OK
        except Refused as error:
            answer, status = refusal(error.status), error.status
        self.log.add(command, data, session.key.number, status)
        return answer

    def _carried_out(self, session: Session, command: Command, data: bytes) -> bytes:
        if self.log.blocks(command):
            raise Refused(Status.LOG_FULL)
        if command in self.faults.refuse:
            raise Refused(self.faults.refuse[command])
        if command not in INNER or command in _SETS_UP_A_SESSION:
            raise Refused(Status.INVALID_COMMAND)
        rights.check(session.key, command, data)
        return INNER[command](self, data)
