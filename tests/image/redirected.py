"""A USB device that is only words: QEMU gets it over a socket (usbredir), so it can say anything of itself.

It answers what the kernel asks before a device is used, and nothing else: whoever uses it would find it mute.
"""

import socket
import struct
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

_HELLO, _CONNECT, _INTERFACES, _ENDPOINTS = 0, 1, 4, 5
_SET_CONFIGURATION, _GET_CONFIGURATION, _CONFIGURATION, _CONTROL = 6, 7, 8, 100
_FIRST, _HEAD = struct.Struct("<III"), struct.Struct("<IIQ")
"""Kind, length and number of a packet: the hello has a shorter number."""
_CAN = 1 << 4 | 1 << 5 | 1 << 6
"""Sizes of endpoints, long numbers, long transfers: without them QEMU lets nothing into an xHCI port."""
_ASKED = struct.Struct("<BBBBHHH")
_GET_DESCRIPTOR, _DEVICE, _CONFIGURED, _TEXT = 6, 1, 2, 3
_STALL = 4
_MOST = 32
_FULL_SPEED = 1


class Redirected:
    """A device with these descriptors: device, then one configuration. QEMU calls; then it is plugged in."""

    def __init__(self, path: Path, descriptors: bytes) -> None:
        self._device, self._configuration = descriptors[:18], descriptors[18:]
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError, EOFError):
            line, _ = self._listening.accept()
            with line:
                self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        hello = b"a device of words".ljust(64, b"\0") + _CAN.to_bytes(4, "little")
        line.sendall(_FIRST.pack(_HELLO, len(hello), 0) + hello)
        _octets(line, _FIRST.unpack(_octets(line, _FIRST.size))[1])
        self._plug_in(line)
        while True:
            kind, length, number = _HEAD.unpack(_octets(line, _HEAD.size))
            said = _octets(line, length)
            if kind in (_SET_CONFIGURATION, _GET_CONFIGURATION):
                _send(line, _CONFIGURATION, number, bytes((0, 1)))
            elif kind == _CONTROL:
                _send(line, _CONTROL, number, self._answer(said[: _ASKED.size]))

    def _plug_in(self, line: socket.socket) -> None:
        classes = [self._configuration[at + 5 : at + 8] for at in self._starts()]
        columns = [bytes(each[place] for each in classes).ljust(_MOST, b"\0") for place in range(3)]
        numbers = bytes(range(len(classes))).ljust(_MOST, b"\0")
        _send(line, _INTERFACES, 0, struct.pack("<I", len(classes)) + numbers + b"".join(columns))
        kinds = bytes(0 if place in (0, 16) else 0xFF for place in range(_MOST))
        sizes = struct.pack(f"<{_MOST}H", *(64 if place in (0, 16) else 0 for place in range(_MOST)))
        _send(line, _ENDPOINTS, 0, kinds + bytes(2 * _MOST) + sizes)
        _send(line, _CONNECT, 0, bytes((_FULL_SPEED, *self._device[4:7])) + self._device[8:12])

    def _starts(self) -> range:
        """Return where the interfaces begin: they have no endpoints."""
        return range(9, len(self._configuration), 9)

    def _answer(self, asked: bytes) -> bytes:
        endpoint, request, to, _, value, index, length = _ASKED.unpack(asked)
        known = {_DEVICE: self._device, _CONFIGURED: self._configuration, _TEXT: b"\x04\x03\x09\x04"}
        found = known.get(value >> 8, b"") if request == _GET_DESCRIPTOR else b""
        found = found[:length]
        status = 0 if found or not to & 0x80 else _STALL
        return _ASKED.pack(endpoint, request, to, status, value, index, len(found) if to & 0x80 else length) + found


def _send(line: socket.socket, kind: int, number: int, octets: bytes) -> None:
    line.sendall(_HEAD.pack(kind, len(octets), number) + octets)


def _octets(line: socket.socket, count: int) -> bytes:
    octets = b""
    while len(octets) < count:
        more = line.recv(count - len(octets))
        if not more:
            raise EOFError
        octets += more
    return octets
