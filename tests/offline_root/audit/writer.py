"""Writes a log in a process of its own and says what it was told is done: for tests that hurt it.

`create FOLDER`: begins a log, appends two lines, writes a checkpoint. `open FOLDER`: opens one and does the same.
`hold FOLDER`: opens one and waits for standard input.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from offline_root.audit.file import LogFile
from offline_root.errors import AuditError
from tests.offline_root.audit.logs import TIME

NOTE = b"a note\n" * 20


def say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def attempt(what: str, act: Callable[[], object]) -> None:
    try:
        act()
    except AuditError as error:
        say(f"refused: {error.what}")
    else:
        say(what)


def write(log: LogFile) -> None:
    for _ in range(2):
        attempt(f"line {log.size}", lambda: log.append("note-made", {"text": "tea " * 30}, TIME))
    attempt("checkpoint", lambda: log.write_checkpoint(NOTE))


def main(verb: str, folder: Path) -> None:
    try:
        log = LogFile.create(folder) if verb == "create" else LogFile.open(folder)
    except AuditError as error:
        sys.exit(f"{error.what}")
    with log:
        say("open")
        if verb == "hold":
            sys.stdin.read()
        else:
            write(log)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
