"""Inside the guest: answers the host, line by line. Python and the program are loaded once; each question is a fork.

{"run": ["mount", …]}               a program
{"call": ["sign", …]}               the appliance's command line, `offline-root …`
{"python": "tests.guest.x:f", "arguments": […]}     a function of the tests; its value is the answer
"""

import importlib
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from unittest.mock import patch

from hsm import DEADLINES
from hsm.token import Token
from offline_root.__main__ import main as appliance
from usb_transfer import mounting, reader

Json = Any
"""Whatever JSON can say."""
PATIENCE = 20
"""So many times are the program's deadlines too short in emulation, on a machine that does other things."""


@contextmanager
def patient() -> Iterator[None]:
    """Let token, reader process and mounting take as long as they need here."""
    deadlines = {verb: PATIENCE * seconds for verb, seconds in DEADLINES.items()}
    with (
        patch.object(Token, "attach", partial(Token.attach, deadlines=deadlines)),
        patch.object(reader, "DEADLINE", PATIENCE * reader.DEADLINE),
        patch.object(mounting, "SECONDS", PATIENCE * mounting.SECONDS),
    ):
        yield


def run(command: list[str]) -> dict[str, Any]:
    """Run a program, and return how it ended and what it said."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, errors="replace")
    return {"code": done.returncode, "out": done.stdout, "err": done.stderr}


def call(arguments: list[str]) -> dict[str, Any]:
    """Run the appliance's command line in a fork of this process, which has loaded it already."""
    out, err = (os.memfd_create(name) for name in ("out", "err"))
    child = os.fork()
    if not child:
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdout, sys.stderr = (os.fdopen(each, "w", buffering=1) for each in (1, 2))
        sys.argv = ["offline-root", *arguments]
        code = 70
        try:
            code = appliance()
        except BaseException:  # noqa: BLE001 (it is reported, and the process ends)
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    said = []
    for each in (out, err):
        os.lseek(each, 0, os.SEEK_SET)
        with os.fdopen(each) as file:
            said.append(file.read())
    return {"code": os.waitstatus_to_exitcode(status), "out": said[0], "err": said[1]}


def python(name: str, arguments: list[Any]) -> Json:
    """Call a function of the tests."""
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)(*arguments)


def answer(question: dict[str, Any]) -> Json:
    """Return the answer to one question."""
    match question:
        case {"run": command}:
            return run(command)
        case {"call": arguments}:
            return call(arguments)
        case {"python": name, "arguments": arguments}:
            return python(name, arguments)
        case _:
            raise ValueError(question)


def main(port: Path) -> None:
    """Answer on a serial port until the host hangs up."""
    # Two files: the port takes no more than 32 KiB at a time, and a buffered writer goes on until all of it is taken.
    with (
        port.open("r+b", buffering=0) as asked,
        os.fdopen(os.dup(asked.fileno()), "wb") as out,
        patient(),
    ):
        _say(out, {"ready": True})
        for line in asked:
            try:
                said: dict[str, Any] = {"answer": answer(json.loads(line))}
            except Exception:  # noqa: BLE001 (the host raises it again)
                said = {"error": traceback.format_exc()}
            _say(out, said)


def _say(out: BinaryIO, what: dict[str, Any]) -> None:
    out.write(json.dumps(what).encode() + b"\n")
    out.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
