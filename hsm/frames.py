"""Frames between client and worker: four bytes of length, then one JSON object in ASCII. Bounded, strictly decoded.

Neither side trusts the other.
"""

from __future__ import annotations

import base64
import binascii
import json
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Value: TypeAlias = "str | bytes | bool | int | Secret | Mapping[str, Value] | Sequence[Mapping[str, Value]] | None"

MAX_MESSAGE = 16 * 1024 * 1024
"""Longest message that can be signed (bytes): far above any certificate, list or manifest."""
MAX_REQUEST = 2 * MAX_MESSAGE
"""Longest frame to the worker (bytes): a message in base64 and its wrapping."""
MAX_ANSWER = 1024 * 1024
"""Longest frame from the worker (bytes): the list of all keys of a full token fits many times."""

_LENGTH = struct.Struct(">I")


class FrameError(ValueError):
    """A frame is too long, is not the JSON we write, or lacks a field of the right type."""


class Secret:
    """A PIN on its way to the worker. Its repr hides it: some traceback printers show local variables."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(...)"

    def reveal(self) -> str:
        """Return the text itself, for the frame."""
        return self._text


@dataclass(frozen=True, slots=True)
class Fields:
    """A decoded object whose fields are asked for by name and type; every wrong one is a FrameError.

    Its repr shows no value: a PIN may be in it.
    """

    values: dict[str, object] = field(repr=False)

    def text(self, name: str) -> str:
        """Return the field `name`, which must be a string."""
        value = self.values.get(name)
        if not isinstance(value, str):
            raise FrameError(_wrong(name, "a string"))
        return value

    def text_or_none(self, name: str) -> str | None:
        """Return the field `name`, which must be there and be a string or null."""
        return None if self.values.get(name, "") is None else self.text(name)

    def flag(self, name: str) -> bool:
        """Return the field `name`, which must be true or false."""
        value = self.values.get(name)
        if not isinstance(value, bool):
            raise FrameError(_wrong(name, "true or false"))
        return value

    def number(self, name: str) -> int:
        """Return the field `name`, which must be an integer (true and false are none)."""
        value = self.values.get(name)
        if type(value) is not int:
            raise FrameError(_wrong(name, "an integer"))
        return value

    def data(self, name: str) -> bytes:
        """Return the bytes of the field `name`, which must be base64 in its one canonical form."""
        value = self.text(name)
        try:
            data = base64.b64decode(value)
        except (binascii.Error, ValueError):
            raise FrameError(_wrong(name, "base64")) from None
        if base64.b64encode(data).decode("ascii") != value:
            raise FrameError(_wrong(name, "canonical base64"))
        return data

    def inner(self, name: str) -> Fields:
        """Return the object in the field `name`."""
        value = self.values.get(name)
        if not isinstance(value, dict):
            raise FrameError(_wrong(name, "an object"))
        return Fields(value)

    def rows(self, name: str) -> tuple[Fields, ...]:
        """Return the objects in the field `name`, which must be a list of nothing else."""
        value = self.values.get(name)
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise FrameError(_wrong(name, "a list of objects"))
        return tuple(Fields(row) for row in value)


def _wrong(name: str, expected: str) -> str:
    return f"field {name} is not {expected}"


def _as_text(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value).__name__} has no place in a frame")
    return base64.b64encode(value).decode("ascii")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise FrameError("the same field twice")
    return result


def _no_number(text: str) -> object:
    raise FrameError(f"{text[:20]} is not an integer")


def pack(fields: Mapping[str, Value], limit: int) -> bytes:
    """Return the frame of `fields` (bytes become base64), length first; FrameError above `limit` bytes."""
    body = json.dumps(fields, default=_as_text, allow_nan=False).encode("ascii")
    if len(body) > limit:
        raise FrameError(f"{len(body)} bytes are more than the {limit} of a frame")
    return _LENGTH.pack(len(body)) + body


def unpack(body: bytes) -> Fields:
    """Return the fields of a frame's `body`; FrameError unless it is one JSON object, no floats, no field twice."""
    try:
        value: object = json.loads(
            body.decode("ascii"), object_pairs_hook=_unique, parse_float=_no_number, parse_constant=_no_number
        )
    except (ValueError, RecursionError):
        raise FrameError("not a JSON object as we write it") from None
    return Fields({"frame": value}).inner("frame")


def receive(channel: socket.socket, limit: int, until: float | None = None) -> Fields:
    """Return the next frame from `channel`.

    EOFError when the other side is gone, TimeoutError after the moment `until` (seconds of time.monotonic; None waits
    for ever), FrameError above `limit` bytes or when it is not a frame.
    """
    (length,) = _LENGTH.unpack(_receive_exactly(channel, _LENGTH.size, until))
    if length > limit:
        raise FrameError(f"{length} bytes are more than the {limit} of a frame")
    return unpack(_receive_exactly(channel, length, until))


def _receive_exactly(channel: socket.socket, length: int, until: float | None) -> bytes:
    data = bytearray()
    while len(data) < length:
        wait_at_most(channel, until)
        piece = channel.recv(length - len(data))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


def wait_at_most(channel: socket.socket, until: float | None) -> None:
    """Let the next call on `channel` last until the moment `until` (seconds of time.monotonic; None: for ever).

    TimeoutError when it has passed.
    """
    left = None if until is None else until - time.monotonic()
    if left is not None and left <= 0:
        raise TimeoutError
    channel.settimeout(left)
