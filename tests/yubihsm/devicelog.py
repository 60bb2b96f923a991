"""The device's own log: 62 entries, each with a digest that continues the one before; and what it is told to log."""

import hashlib
import struct

from tests.yubihsm.words import Command, Status

ENTRIES = 62
_BODY = "!HBHHHHBI"
_NO_KEY = 0xFFFF
BOOT = 0x00
"""What stands in place of a command when the device was plugged in."""

NEVER_BLOCKED = frozenset({Command.GET_LOG_ENTRIES, Command.SET_LOG_INDEX, Command.CLOSE_SESSION})
"""What must go on working for a full log to be drained."""

OFF, ON, FIXED = range(3)


class DeviceLog:
    """The log. `force`: no command is carried out that it has no room for; `audited`: what is logged at all.

    Both are OFF, ON, or FIXED until the device is reset. Firmware logs everything from the start, or nothing: this one
    everything, but for what would fill it while it is drained.
    """

    def __init__(self) -> None:
        self._entries: list[bytes] = []
        self._digest = bytes(16)
        self._last = 0
        self.unlogged_boots = 0
        self.unlogged_sessions = 0
        self.force = OFF
        self.audited = dict.fromkeys(Command, ON) | dict.fromkeys(NEVER_BLOCKED, OFF)
        self.boot()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def _full(self) -> bool:
        return self.force != OFF and len(self) >= ENTRIES

    def blocks(self, command: Command) -> bool:
        """Say whether the log is too full for a command."""
        return self._full and self.audited[command] != OFF

    def boot(self) -> None:
        """Log that the device was plugged in, or count that there was no room."""
        if self._full:
            self.unlogged_boots += 1
        else:
            self._write(struct.pack(_BODY, self._next, BOOT, 0, _NO_KEY, 0, 0, 0, 0))

    def session(self, command: Command, key: int) -> None:
        """Log one of the two commands that open a session, or count that there was no room: it opens all the same."""
        if self.audited[command] == OFF:
            return
        if self._full:
            self.unlogged_sessions += 1
        else:
            self._write(struct.pack(_BODY, self._next, command, 10, _NO_KEY, key, _NO_KEY, command | 0x80, 0))

    def add(self, command: Command, data: bytes, session_key: int, status: Status) -> None:
        """Log a command of a session, in place of the oldest entry where there is no other room."""
        if self.audited[command] == OFF or self._full:
            return
        target = int.from_bytes(data[:2], "big") if len(data) >= 2 else _NO_KEY
        result = status or command | 0x80
        self._write(struct.pack(_BODY, self._next, command, len(data), session_key, target, _NO_KEY, result, 0))

    @property
    def _next(self) -> int:
        self._last = (self._last + 1) & 0xFFFF
        return self._last

    def _write(self, body: bytes) -> None:
        self._digest = hashlib.sha256(body + self._digest).digest()[:16]
        self._entries = [*self._entries, body + self._digest][-ENTRIES:]

    def read(self) -> bytes:
        """Return what GET LOG ENTRIES answers."""
        counted = struct.pack("!HHB", self.unlogged_boots, self.unlogged_sessions, len(self))
        return counted + b"".join(self._entries)

    def forget(self, upto: int) -> None:
        """Drop the entries up to a number: they were drained."""
        numbers = [int.from_bytes(each[:2], "big") for each in self._entries]
        if upto in numbers:
            self._entries = self._entries[numbers.index(upto) + 1 :]
            self.unlogged_boots = self.unlogged_sessions = 0
