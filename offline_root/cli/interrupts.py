"""Ctrl-C in a ceremony: it stops between two steps, and at a question; never inside a write or a signature."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from offline_root.errors import CeremonyError

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_NOTED = threading.Event()


class Interrupted(CeremonyError):
    """Somebody stopped the ceremony."""

    def __init__(self) -> None:
        super().__init__(
            "Interrupted.",
            meaning="Whatever was done before is in the audit log, and no step of it is half done.",
            mend="`offline-root status` says where things stand. Then begin again.",
            retry=True,
        )


@contextmanager
def held() -> Iterator[None]:
    """Keep a Ctrl-C, or being told to end, until `check` is called or a question is asked."""
    _NOTED.clear()
    with _handling(_note):
        yield


@contextmanager
def listening() -> Iterator[None]:
    """Let a Ctrl-C end a question at once (Interrupted)."""
    try:
        with _handling(signal.default_int_handler):
            check()  # only now: a signal in between would be noted, and the question would wait for ever
            yield
    except KeyboardInterrupt as error:
        raise Interrupted from error


def check() -> None:
    """Stop here if somebody wanted to stop since the last time (Interrupted)."""
    if _NOTED.is_set():
        _NOTED.clear()
        raise Interrupted


def _note(_number: int, _frame: FrameType | None) -> None:
    _NOTED.set()
    try:
        os.write(2, b"\nStopping after this step.\n")  # a print could meet itself here
    except OSError:
        return


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Handle the signals in one way for a while, except those that are ignored (nohup). Only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    found = {each: signal.getsignal(each) for each in _SIGNALS}
    before = {each: old for each, old in found.items() if old not in (signal.SIG_IGN, None)}
    try:
        for each in before:
            signal.signal(each, handler)
        yield
    finally:
        for each, old in before.items():
            signal.signal(each, old)
