"""The three standard streams, whatever they are: closed, a broken pipe, a terminal that cannot show every letter.

What cannot be told to people never stops a ceremony. What cannot be written to stdout changes the exit code.
"""

import os
import resource
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO, cast

FAILED = 1


def prepare() -> None:
    """Make every stream usable, and none of them able to fail over a letter. Called once, by the console script.

    A process that was told a PIN leaves no core behind, nor do those that it starts.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A closed descriptor is given to the next file that is opened: here, so that it is not the audit log.
    sys.stdin, sys.stdout, sys.stderr = (
        sys.stdin or _nowhere("r"),
        sys.stdout or _nowhere("w"),
        sys.stderr or _nowhere("w"),
    )
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "backslashreplace"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=errors)


def _nowhere(mode: str) -> TextIO:
    return cast("TextIO", Path(os.devnull).open(mode, encoding="utf-8"))


def tell(*lines: str) -> None:
    """Say something to the people at the terminal, on stderr."""
    if sys.stderr is None:
        return
    try:
        print(*lines, sep="\n", file=sys.stderr, flush=True)
    except (OSError, ValueError):
        return  # nobody listens any more


def put(text: str, code: int, *, exact: bool = False) -> int:
    """Write the result to stdout; return `code`, or 1 if it could not be written. `exact`: in UTF-8, nothing added."""
    try:
        if exact and isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.buffer.write(text.encode())
            sys.stdout.flush()
        else:
            print(text, end="" if exact else "\n", flush=True)
    except BrokenPipeError:
        return code  # `… | head` has all it wanted
    except OSError as error:
        tell(f"FAILED: the result could not be written to standard output: {error.strerror}.")
        return FAILED
    return code


def finish(code: int) -> int:
    """Flush what is left, such as --help, and return `code`; at exit Python would complain if that fails."""
    with suppress(OSError):
        sys.stdout.flush()
    return code
