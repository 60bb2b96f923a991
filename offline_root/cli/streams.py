"""The three standard streams, whatever they are: closed, a broken pipe, a terminal that cannot show every letter.

What cannot be told to people never stops a ceremony. What cannot be written to stdout changes the exit code.
"""

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO, cast

FAILED = 1


def prepare() -> None:
    """Make every stream usable, and none of them able to fail over a letter. Called once, by the console script."""
    for descriptor in (0, 1, 2):
        # A closed descriptor would be given to the next file that is opened: messages would go into the audit log.
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
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


def put(text: str, code: int) -> int:
    """Write the result to stdout; return `code`, or 1 if it could not be written."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        _drop_the_rest()  # `… | head` has all it wanted
        return code
    except OSError as error:
        _drop_the_rest()
        tell(f"FAILED: the result could not be written to standard output: {error.strerror}.")
        return FAILED
    return code


def finish(code: int) -> int:
    """Flush what a library has printed, such as --help, so that the interpreter need not at exit; return `code`."""
    try:
        sys.stdout.flush()
    except OSError:
        _drop_the_rest()
    return code


def _drop_the_rest() -> None:
    """Lead stdout nowhere, or the interpreter would complain about the same error once more at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
