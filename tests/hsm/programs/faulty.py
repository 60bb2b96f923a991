"""The real worker on the real module, with some of the module's functions replaced: `faulty.py NAME=FAULT … fds`.

FAULT: a CK_RV in hex; `exit` ends the process from inside the call (as SoftHSM on damaged keys); `hang:FILE` makes
FILE and never returns; `short` shortens what the function wrote; `only:A,B` lists only these mechanisms (decimal);
`takes:A,B` refuses to sign by any others;
`unknown:A` knows no attribute of that number (hex), `empty:A` answers nothing for it.
"""

import ctypes
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hsm import worker
from tests.hsm.softhsm import MODULE

NUMBER = {  # position in CK_FUNCTION_LIST, PKCS#11 v2.40
    "C_Finalize": 1,
    "C_GetTokenInfo": 6,
    "C_GetMechanismList": 7,
    "C_InitPIN": 10,
    "C_Login": 18,
    "C_Logout": 19,
    "C_GetAttributeValue": 24,
    "C_FindObjectsInit": 26,
    "C_SignInit": 42,
    "C_Sign": 43,
    "C_GenerateKeyPair": 59,
}
POINTER = ctypes.sizeof(ctypes.c_void_p)
SIGN = ctypes.CFUNCTYPE(
    ctypes.c_ulong, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_void_p, ctypes.POINTER(ctypes.c_ulong)
)
LIST = ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_ulong, ctypes.POINTER(ctypes.c_ulong), ctypes.POINTER(ctypes.c_ulong))
SIGN_INIT = ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_ulong, ctypes.POINTER(ctypes.c_ulong), ctypes.c_ulong)
READ = ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong, ctypes.POINTER(ctypes.c_ulong), ctypes.c_ulong)
PLAIN = ctypes.CFUNCTYPE(ctypes.c_ulong)
kept: list[object] = []  # callbacks live as long as the process


def end() -> int:
    os._exit(5)


def hang(marker: str) -> int:
    Path(marker).touch()
    while True:
        time.sleep(1)


def shortened(original: int) -> Callable[..., int]:
    def sign(
        session: int, data: int, length: int, signature: int | None, written: "ctypes._Pointer[ctypes.c_ulong]"
    ) -> int:
        code = int(SIGN(original)(session, data, length, signature, written))
        if signature:  # not when only the length is asked for
            written[0] -= 1
        return code

    return sign


def listing(mechanisms: list[int]) -> Callable[..., int]:
    def answer(slot: int, places: "ctypes._Pointer[ctypes.c_ulong]", count: "ctypes._Pointer[ctypes.c_ulong]") -> int:
        if ctypes.cast(places, ctypes.c_void_p).value:
            for index, mechanism in enumerate(mechanisms):
                places[index] = mechanism
        count[0] = len(mechanisms)
        return 0

    return answer


def taking(original: int, mechanisms: list[int]) -> Callable[..., int]:
    def sign_init(session: int, mechanism: "ctypes._Pointer[ctypes.c_ulong]", key: int) -> int:
        return int(SIGN_INIT(original)(session, mechanism, key)) if mechanism[0] in mechanisms else 0x70

    return sign_init


def reading(original: int, attribute: int, code: int) -> Callable[..., int]:
    def read(session: int, key: int, template: "ctypes._Pointer[ctypes.c_ulong]", count: int) -> int:
        if template[0] != attribute:  # CK_ATTRIBUTE: type, pValue, ulValueLen
            return int(READ(original)(session, key, template, count))
        template[2] = 0
        return code

    return read


def replacement(fault: str, original: int) -> "ctypes._FuncPointer":  # noqa: PLR0911  # one return a fault
    kind, _, rest = fault.partition(":")
    if kind == "exit":
        return PLAIN(end)
    if kind == "hang":
        return PLAIN(lambda: hang(rest))
    if kind == "short":
        return SIGN(shortened(original))
    if kind == "takes":
        return SIGN_INIT(taking(original, [int(number) for number in rest.split(",")]))
    if kind == "only":
        return LIST(listing([int(number) for number in rest.split(",")]))
    if kind in {"unknown", "empty"}:
        return READ(reading(original, int(rest, 16), 0x12 if kind == "unknown" else 0))
    return PLAIN(lambda: int(fault, 16))


def inject(name: str, fault: str) -> None:
    table = ctypes.c_void_p()
    ctypes.CDLL(str(MODULE)).C_GetFunctionList(ctypes.byref(table))
    place = ctypes.c_void_p.from_address((table.value or 0) + POINTER + NUMBER[name] * POINTER)
    callback = replacement(fault, place.value or 0)
    kept.append(callback)
    place.value = ctypes.cast(callback, ctypes.c_void_p).value


if __name__ == "__main__":
    *faults, channel, lifeline = sys.argv[1:]
    for one in faults:
        inject(*one.split("=", 1))
    worker.main(int(channel), int(lifeline))
