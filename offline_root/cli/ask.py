"""Questions to the person at the keyboard, on stderr; and secrets, which are never echoed."""

import getpass
import sys
from argparse import Namespace
from datetime import datetime
from pathlib import Path

from offline_root import wire
from offline_root.errors import CeremonyError
from offline_root.moments import from_typed

_STDIN = "-"


def text(question: str, option: str) -> str:
    """Return what a person types after `question`. Without a terminal, say which `option` to give (CeremonyError)."""
    if not sys.stdin.isatty():
        raise _unasked(question, option)
    print(f"{question} ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    if not answer:
        raise _unasked(question, option)
    return answer.strip()


def number(question: str, option: str) -> int:
    """Return the whole number that a person types; anything else counts as none (CeremonyError)."""
    answer = text(question, option)
    return int(answer) if answer.isdecimal() else 0


def clock(typed: str | None) -> datetime:
    """Return the UTC time that a second person typed, in the option or now (CeremonyError)."""
    said = typed or text(
        "UTC date and time, read by a second person from another clock (2026-11-23 11:30):", "--clock UTC"
    )
    try:
        return from_typed(said)
    except ValueError as error:
        raise CeremonyError(
            f"The clock cannot be read: {error}.",
            meaning="Nothing was done.",
            mend="Type the UTC date and time, such as 2026-11-23T11:30:00Z.",
            retry=True,
        ) from error


def secret(what: str, option: str, file: str | None, *, twice: bool = False) -> str:
    """Return a secret: the content of `file` (`-` is standard input) less one final newline, or what a person types."""
    if file is not None:
        data = sys.stdin.buffer.read() if file == _STDIN else wire.read_text_file(Path(file))
        return data.decode(errors="surrogateescape").removesuffix("\n")
    if not sys.stdin.isatty():
        raise _unasked(f"{what}:", option)
    typed = getpass.getpass(f"{what}: ", stream=sys.stderr)
    if twice and getpass.getpass(f"{what}, once more: ", stream=sys.stderr) != typed:
        raise CeremonyError(
            f"{what}: the two entries differ.",
            meaning="Nothing was done.",
            mend="Start again and type the same twice.",
            retry=True,
        )
    return typed


def pin(arguments: Namespace, *, new: bool = False) -> str:
    """Return the token's PIN."""
    return secret(
        "New PIN of the token" if new else "PIN of the token", "--pin-file FILE", arguments.pin_file, twice=new
    )


def _unasked(question: str, option: str) -> CeremonyError:
    return CeremonyError(
        f"There is nobody to ask: {question}",
        meaning="Standard input is not a terminal. Nothing was done.",
        mend=f"Give {option}.",
        retry=True,
    )
