"""Designs that are known to be bad, each made of the product as it is: power cuts must show them."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from offline_root import signer
from offline_root.audit.entry import Facts
from offline_root.audit.ledger import Ledger
from offline_root.tokens import WiredToken
from offline_root.wire import WiredFolder


def spoilt(design: str) -> None:
    """Make the product what it must not be."""
    _DESIGNS[design]()


def _unflushed() -> None:
    os.fsync = lambda fd: None  # noqa: ARG005  # named as the real one


def _late(late: str) -> None:
    """Write a line down only with the next one."""
    record, held = Ledger.record, list[Facts]()

    def recorded(ledger: Ledger, event: str, facts: Facts) -> None:
        if event == late:
            held.append(facts)
            return
        while held:
            record(ledger, late, held.pop())
        record(ledger, event, facts)

    Ledger.record = recorded  # type: ignore[method-assign, assignment]


def _only_after(event: str) -> list[Callable[[], object]]:
    """Return a list for what is done only once an event is written down."""
    record, waiting = Ledger.record, list[Callable[[], object]]()

    def recorded(ledger: Ledger, recording: str, facts: Facts) -> None:
        record(ledger, recording, facts)
        while recording == event and waiting:
            waiting.pop()()

    Ledger.record = recorded  # type: ignore[method-assign, assignment]
    return waiting


def _counted_first() -> None:
    write, waiting = WiredFolder.write, _only_after("key-backed-up")

    def written(volume: WiredFolder, folder: str, files: Mapping[str, bytes]) -> Path:
        waiting.append(lambda: write(volume, folder, files))
        WiredFolder.read_back = lambda volume, folder: files  # type: ignore[method-assign, assignment]  # noqa: ARG005
        return Path(folder)

    WiredFolder.write = written  # type: ignore[method-assign, assignment]


def _destroyed_first() -> None:
    destroy, waiting = WiredToken.destroy, _only_after("key-destroyed")

    def destroyed(token: WiredToken, label: str) -> None:
        waiting.append(lambda: destroy(token, label))

    WiredToken.destroy = destroyed  # type: ignore[method-assign, assignment]
    signer._gone = lambda use: "There is no such key."  # noqa: ARG005  # named as the real one


_DESIGNS: Mapping[str, Callable[[], None]] = {
    "good": lambda: None,
    "no-fsync": _unflushed,
    "sign-first": lambda: _late("signing-started"),
    "change-first": lambda: _late("shares-offered"),
    "counted-first": _counted_first,
    "destroyed-first": _destroyed_first,
}
"""`no-fsync` never flushes. `sign-first` writes down what it signs only after it has signed, `change-first` which cards
were handed out only after they open the token. `counted-first` says that a backup counts, `destroyed-first` that the
key is gone, before it is so."""
