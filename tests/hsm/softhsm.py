"""What the tests of hsm/ share: a SoftHSM token on disk, and programs that take the worker's place."""

import json
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hsm import Token

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "correct horse 4711"
SO_PIN = "battery staple 0815"
LABEL = "root test"
GUARD = 120.0
"""Seconds after which a hanging test gives up; what is waited for takes milliseconds."""

SHORT = 0.3
"""A deadline (seconds) that is meant to pass."""

FAULTY = Path(__file__).parent / "programs" / "faulty.py"
FAKE = Path(__file__).parent / "programs" / "fake.py"


@dataclass(frozen=True)
class Stored:
    """A token on disk that can be attached again and again."""

    directory: Path
    serial: str

    def attach(self, **options: object) -> Token:
        """Return a client of the token, not logged in."""
        return Token.attach(MODULE, self.directory, label=LABEL, serial=self.serial, **options)  # type: ignore[arg-type]

    def open(self, **options: object) -> Token:
        """Return a client of the token, logged in."""
        token = self.attach(**options)
        token.login(PIN)
        return token


def make_token(directory: Path, label: str = LABEL) -> Stored:
    """Return a new token in `directory`."""
    with Token.initialize(MODULE, directory, label=label, so_pin=SO_PIN, pin=PIN) as token:
        return Stored(directory, token.facts.serial)


def program(path: Path, *arguments: str) -> tuple[str, ...]:
    """Return the command that takes the worker's place."""
    return (sys.executable, "-P", "-s", str(path), *arguments)


def in_the_module(stored: Stored, code: str) -> None:
    """Run Python `code` on the token by python-pkcs11 itself: what our own interface refuses to do."""
    head = f"""
import pkcs11
from pkcs11 import *
from pkcs11.util.ec import encode_named_curve_parameters
token = pkcs11.lib({str(MODULE)!r}).get_token(token_serial={stored.serial.encode()!r})
with token.open(rw=True, user_pin={PIN!r}) as session:
    def ec(curve, **rest):
        parameters = {{Attribute.EC_PARAMS: encode_named_curve_parameters(curve)}}
        return session.create_domain_parameters(KeyType.EC, parameters, local=True).generate_keypair(store=True, **rest)
"""
    body = "".join(f"    {line}\n" for line in code.splitlines())
    environment = {"SOFTHSM2_CONF": str(stored.directory / "softhsm2.conf")}
    subprocess.run([sys.executable, "-c", head + body], env=environment, check=True)


Fake = Callable[..., tuple[str, ...]]
"""From the bytes of answers to the program that gives them whatever it is asked."""

FACTS = {"label": LABEL, "serial": "1", "manufacturer": "m", "model": "m", "firmware": "1.0", "module": "m"}


def frame(value: object) -> bytes:
    """Return the frame of a value, or of bytes as they are."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return struct.pack(">I", len(body)) + body


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for `condition`; fail after GUARD seconds."""
    until = time.monotonic() + GUARD
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.005)


def state_of(pid: int) -> str:
    """Return the kernel's letter for the state of a process, "" if there is none of that number."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return ""
