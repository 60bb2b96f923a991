"""The device's own log: 62 entries, each with a digest that continues the one before."""

import hashlib
import struct

from tests.yubihsm.words import Command, Status

ENTRIES = 62
_BODY = "!HBHHHHBI"
NEVER_BLOCKED = frozenset({Command.GET_LOG_ENTRIES, Command.SET_LOG_INDEX, Command.CLOSE_SESSION})
"""What must go on working for a full log to be drained."""


class DeviceLog:
    """The log. `forced`: no command is carried out that it has no room for."""

    def __init__(self) -> None:
        self._entries: list[bytes] = []
        self._digest = bytes(16)
        self._last = 0
        self.unlogged = 0
        self.forced = False

    def __len__(self) -> int:
        return len(self._entries)

    def blocks(self, command: Command) -> bool:
        """Say whether the log is too full for a command."""
        return self.forced and len(self) >= ENTRIES and command not in NEVER_BLOCKED

    def add(self, command: Command, data: bytes, session_key: int, status: Status) -> None:
        """Write an entry, or only count it where there is no room."""
        if command in NEVER_BLOCKED:
            return
        if len(self) >= ENTRIES:
            self.unlogged += 1
            return
        self._last += 1
        target = int.from_bytes(data[:2], "big") if len(data) >= 2 else 0xFFFF
        result = status or command | 0x80
        body = struct.pack(_BODY, self._last, command, len(data), session_key, target, 0xFFFF, result, 0)
        self._digest = hashlib.sha256(body + self._digest).digest()[:16]
        self._entries.append(body + self._digest)

    def read(self) -> bytes:
        """Return what GET LOG ENTRIES answers."""
        return struct.pack("!HHB", 0, self.unlogged, len(self)) + b"".join(self._entries)

    def forget(self, upto: int) -> None:
        """Drop the entries up to a number: they were drained."""
        self._entries = [each for each in self._entries if int.from_bytes(each[:2], "big") > upto]
