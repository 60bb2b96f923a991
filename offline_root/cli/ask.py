"""Questions to the person at the keyboard, on stderr; and secrets, which are never echoed.

Whoever is not at a terminal is not asked: the error names the option to give instead.
"""

import getpass
import sys
from argparse import Namespace
from collections.abc import Callable
from datetime import datetime

from offline_root.cli.interrupts import listening
from offline_root.cli.layout import wrapped
from offline_root.cli.streams import tell
from offline_root.display import visible
from offline_root.errors import CeremonyError
from offline_root.moments import from_typed

_STDIN = "-"
_SECRET_LIMIT = 4096
"""Bytes of a file that may hold a PIN."""


def somebody() -> bool:
    """Say whether there is a person to ask: standard input is a terminal."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


def text(question: str, option: str) -> str:
    """Return what a person types after `question`, which may have several lines (CeremonyError, Interrupted)."""
    if not somebody():
        raise _unasked(question, option)
    tell("", wrapped(question))
    answer = _typed(lambda: input_line("> "), question, option)
    return answer.strip()


def input_line(prompt: str) -> str:
    """Return a line from the terminal (EOFError at its end)."""
    print(prompt, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


def number(question: str, option: str) -> int:
    """Return the whole number that a person types; Enter alone, or anything else, is 0 (CeremonyError)."""
    answer = text(question, option)
    return int(answer) if answer.isascii() and answer.isdecimal() else 0


def yes(question: str) -> bool:
    """Say whether a person types `yes`, in full (CeremonyError)."""
    return text(f"{question} Type yes or no.", "the options that confirm").lower() == "yes"


def clock(typed: str | None, *, alone: bool) -> datetime:
    """Return the UTC time from the option, or as a person reads it from another clock now (CeremonyError)."""
    if typed is not None:
        try:
            return from_typed(typed)
        except ValueError as error:
            raise CeremonyError(
                f"The clock cannot be read: {error}.",
                meaning="Nothing was done.",
                mend="Give the UTC date and time, such as --clock 2026-11-23T11:30:00Z.",
                retry=True,
            ) from error
    who = "Read" if alone else "A second person reads"
    question = f"{who} the UTC date and time from another clock than this machine's, such as 2026-11-23 11:30."
    while True:
        try:
            return from_typed(text(question, "--clock UTC"))
        except ValueError:
            tell("That is not a UTC date and time. Once more, please.")


def secret(what: str, option: str, file: str | None, *, twice: bool = False) -> str:
    """Return a secret: the content of `file` (`-` is standard input) less one final newline, or what a person types."""
    if file is not None and not (file == _STDIN and somebody()):
        return _from_file(what, option, file)
    if not somebody():
        raise _unasked(f"{what}?", option)
    while True:
        typed = _hidden(f"{what} (nothing is shown): ", option)
        if not typed:
            tell("Nothing was typed. Once more, please.")
        elif twice and _hidden(f"{what}, once more: ", option) != typed:
            tell("The two entries differ. Again from the first, please.")
        else:
            return typed


def pin(arguments: Namespace, *, new: bool = False) -> str:
    """Return the token's PIN."""
    what = "New PIN of the token" if new else "PIN of the token"
    return secret(what, "--pin-file FILE", arguments.pin_file, twice=new)


def _hidden(prompt: str, option: str) -> str:
    return _typed(lambda: getpass.getpass(prompt, stream=sys.stderr), prompt, option)


def _typed(read: Callable[[], str], question: str, option: str) -> str:
    """Read from the keyboard; what cannot be read is an error in words, which never holds what was typed."""
    try:
        with listening():
            return read()
    except (EOFError, OSError):
        raise _unasked(question.strip(": "), option) from None
    except UnicodeError:
        raise _unreadable("What was typed", "it is not text in this terminal's encoding", option) from None


def _from_file(what: str, option: str, file: str) -> str:
    """Return the secret in a file of the operator's own: a link or a pipe is as good as a file."""
    try:
        with open(0 if file == _STDIN else file, "rb", closefd=file != _STDIN) as stream:
            data = stream.read(_SECRET_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name"
        raise _unreadable(f"{what}: {visible(file)}", str(reason), option) from error
    line = data.removesuffix(b"\n")
    if not line or len(data) > _SECRET_LIMIT:
        raise _unreadable(f"{what}: {visible(file)}", "it is longer than any PIN" if line else "it is empty", option)
    return line.decode(errors="surrogateescape")


def _unreadable(what: str, why: str, option: str) -> CeremonyError:
    return CeremonyError(
        f"{what} cannot be read: {why}.",
        meaning="No attempt was made with it.",
        mend=f"Check what is given with {option.split(maxsplit=1)[0]}, and try again.",
        retry=True,
    )


def _unasked(question: str, option: str) -> CeremonyError:
    return CeremonyError(
        f"There is nobody to ask: {question}",
        meaning="Standard input is not a terminal, or it has ended.",
        mend=f"Give {option}, or start this at a terminal.",
        retry=True,
    )
