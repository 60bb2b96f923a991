"""The worker's loop: one request, one answer, until "close" or until the client is gone. Knows no PKCS#11."""

from __future__ import annotations

import socket
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from hsm.errors import Misuse, TokenError, TokenRefused
from hsm.frames import MAX_ANSWER, MAX_REQUEST, Fields, FrameError, Value, pack, receive

Verb = Callable[[Fields], Mapping[str, Value]]


class Served(Protocol):
    """What answers the requests."""

    def verbs(self) -> Mapping[str, Verb]:
        """Return what can be asked, by name. After "close" the loop ends."""

    def translated(self, error: Exception) -> TokenError | None:
        """Return a library's `error` in our words; None if it is not the library's."""

    def reset(self) -> None:
        """Drop the module's state after an error from within it; an exception ends the worker."""


def serve(channel: socket.socket, served: Served) -> None:
    """Answer requests from `channel` until "close", the client is gone, or the module cannot be reset."""
    going = True
    while going:
        try:
            request = receive(channel, MAX_REQUEST)
            number, verb, fields = request.number("number"), request.text("verb"), request.inner("fields")
        except (EOFError, OSError, FrameError):
            return
        going = verb != "close"
        try:
            answer: Mapping[str, Value] = {"ok": served.verbs()[verb](fields)}
        except (TokenError, Misuse) as error:
            answer = {"error": _described(error)}
        except Exception as error:  # noqa: BLE001 (whatever a module or its binding raises is an answer, not the end)
            answer = {"error": _described(served.translated(error) or _unforeseen(error))}
            going = going and _is_reset(served)
        channel.sendall(pack({"number": number, **answer}, MAX_ANSWER))


def _is_reset(served: Served) -> bool:
    try:
        served.reset()
    except Exception:  # noqa: BLE001 (as above)
        return False
    return True


def _described(error: TokenError | Misuse) -> dict[str, Value]:
    if isinstance(error, TokenError):
        return {"kind": type(error).__name__, "what": error.what, "code": error.code}
    return {"kind": Misuse.__name__, "what": str(error), "code": ""}


def _unforeseen(error: Exception) -> TokenRefused:
    """Name the place but not the text of an error that nobody thought of: a secret could be in the text."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    code = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
    return TokenRefused(f"The token's worker failed: {code}.", code)
