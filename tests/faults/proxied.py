"""Builds proxy.c, and the worker command that runs on it with one fault."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from hsm.process import PROGRAM
from tests.hsm.softhsm import MODULE

SOURCE = Path(__file__).parent / "proxy.c"

CALLED = (
    "C_Initialize",
    "C_GetSlotList",
    "C_GetTokenInfo",
    "C_GetMechanismList",
    "C_OpenSession",
    "C_Login",
    "C_FindObjectsInit",
    "C_FindObjects",
    "C_FindObjectsFinal",
    "C_GetAttributeValue",
    "C_SignInit",
    "C_Sign",
    "C_CreateObject",
    "C_DestroyObject",
    "C_Logout",
    "C_CloseSession",
    "C_Finalize",
)
"""Every function that opening, finding, signing, recording and closing call."""

REFUSALS = {
    0x02: "HOST_MEMORY",
    0x05: "GENERAL_ERROR",
    0x06: "FUNCTION_FAILED",
    0x07: "ARGUMENTS_BAD",
    0x20: "DATA_INVALID",
    0x21: "DATA_LEN_RANGE",
    0x30: "DEVICE_ERROR",
    0x31: "DEVICE_MEMORY",
    0x32: "DEVICE_REMOVED",
    0x50: "FUNCTION_CANCELED",
    0x54: "FUNCTION_NOT_SUPPORTED",
    0x60: "KEY_HANDLE_INVALID",
    0x70: "MECHANISM_INVALID",
    0x82: "OBJECT_HANDLE_INVALID",
    0x90: "OPERATION_ACTIVE",
    0x91: "OPERATION_NOT_INITIALIZED",
    0xA0: "PIN_INCORRECT",
    0xA4: "PIN_LOCKED",
    0xB0: "SESSION_CLOSED",
    0xB3: "SESSION_HANDLE_INVALID",
    0xE0: "TOKEN_NOT_PRESENT",
    0xE1: "TOKEN_NOT_RECOGNIZED",
    0x101: "USER_NOT_LOGGED_IN",
    0x150: "BUFFER_TOO_SMALL",
    0x190: "CRYPTOKI_NOT_INITIALIZED",
    0x80000001: "VENDOR_DEFINED",
}
"""The return values that matter, without CKR_ (PKCS#11 v2.40)."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong: at the n-th call of a function (0: at every one) a deed of proxy.c, with its number."""

    function: str
    nth: int
    deed: str
    number: int = 0

    def __str__(self) -> str:
        return f"{self.function} {self.nth} {self.deed} {self.number}"


def build(folder: Path) -> Path:
    """Return the compiled module."""
    made = folder / "proxy.so"
    flags = ("-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC")
    subprocess.run(("gcc", *flags, "-o", made, SOURCE, "-ldl"), check=True)
    return made


def prefix(fault: Fault) -> tuple[str, ...]:
    """Return what is put before the worker's command."""
    return ("env", f"PROXY_MODULE={MODULE}", f"PROXY_FAULT={fault}")


def program(fault: Fault) -> tuple[str, ...]:
    """Return the worker's command."""
    return (*prefix(fault), *PROGRAM)
