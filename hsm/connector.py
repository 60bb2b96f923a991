"""How a YubiHSM 2 is reached beside its PKCS#11 module: by USB, or by Yubico's connector. For the worker alone."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import usb.backend.libusb1
from yubihsm.backends import YhsmBackend
from yubihsm.backends.usb import UsbBackend
from yubihsm.exceptions import YubiHsmConnectionError

_PATIENCE = 600
"""Seconds for one answer. The client's deadline is shorter."""


def connector(variable: str) -> str:
    """Return the address of the device as the vendor's module finds it: in the file that a `variable` names."""
    with contextlib.suppress(OSError):
        for line in Path(os.environ.get(variable, "yubihsm_pkcs11.conf")).read_text("utf-8", "replace").splitlines():
            if found := re.fullmatch(r'\s*connector\s*=\s*"?([^"\s]+)"?\s*', line):
                return found[1]
    return "http://localhost:12345"


def backend(address: str) -> YhsmBackend:
    """Return what reaches the device at an address (YubiHsmConnectionError)."""
    where = urlsplit(address)
    if where.scheme != "yhusb":
        return _Http(where.netloc)
    # By name: on a machine without compiler and ldconfig ctypes finds no library.
    usb.backend.libusb1.get_backend(find_library=lambda _: "libusb-1.0.so.0")
    named = re.fullmatch(r"serial=(\d+)", where.netloc)
    return UsbBackend(int(named[1]) if named else None, _PATIENCE)


class _Http(YhsmBackend):
    """Yubico's connector, asked with the standard library: the appliance has no other HTTP client."""

    def __init__(self, host: str) -> None:
        self._connection = http.client.HTTPConnection(host, timeout=_PATIENCE)

    def transceive(self, msg: bytes) -> bytes:
        try:
            self._connection.request("POST", "/connector/api", msg, {"Content-Type": "application/octet-stream"})
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise YubiHsmConnectionError(error) from None
        if answer.status != http.client.OK:
            raise YubiHsmConnectionError(answer.status)
        return body

    def close(self) -> None:
        self._connection.close()
