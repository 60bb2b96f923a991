"""From the names of PKCS#11 return values to our errors. Pure: the worker passes in what its library said."""

from __future__ import annotations

from hsm.errors import PinLocked, TokenAbsent, TokenError, TokenRefused, WrongPin

_SENTENCES: dict[str, tuple[type[TokenError], str]] = {
    "PinIncorrect": (WrongPin, "The token refused the PIN."),
    "PinInvalid": (WrongPin, "The token refused the PIN."),
    "PinLenRange": (WrongPin, "The token refused the PIN."),
    "PinLocked": (PinLocked, "The token has locked its PIN."),
    "TokenNotPresent": (TokenAbsent, "The token is no longer there."),
    "TokenNotRecognised": (TokenAbsent, "The token is no longer recognised."),
    "DeviceRemoved": (TokenAbsent, "The token was removed."),
}


def refusal(name: str, text: str) -> TokenError:
    """Return the error for python-pkcs11's exception class `name`; `text` matters for codes without a class."""
    code = text.partition(". Should")[0].replace("Unmapped error code", "CKR") if name == "PKCS11Error" else name
    error, what = _SENTENCES.get(name, (TokenRefused, f"The token refused: {code}."))
    return error(what, code)
