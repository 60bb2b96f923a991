"""Everything that can go wrong with a token, in words for the people in the room.

No library exception and no secret leaves `hsm`.
"""

from __future__ import annotations

from typing import ClassVar


class Misuse(ValueError):
    """The calling program asked for something impossible, such as an unknown algorithm: a bug, no operator's matter."""


class TokenError(Exception):
    """A token, its module or its worker could not do what was asked.

    `what` happened, its `meaning` for the ceremony, how to `mend` it: str, in plain words. `retry`: the very same call
    may be repeated once that is done (False: the token must be opened again first, or nothing helps). `code`: the
    module's own name of the refusal ("ObjectHandleInvalid", "CKR 0x1b"), "" when there is none.
    """

    meaning: ClassVar[str] = ""
    mend: ClassVar[str] = ""
    retry: ClassVar[bool] = False

    def __init__(self, what: str, code: str = "") -> None:
        super().__init__(what, code)
        self.what = what
        self.code = code

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.meaning, self.mend) if part)


class ModuleMissing(TokenError):
    """The vendor's library is not there, is no PKCS#11 module, or would not start."""

    meaning = "Without this library no token can be used; nothing has been changed."
    mend = "Check the path of the module in appliance.toml and that the vendor's package is installed."


class FolderUnusable(TokenError):
    """The folder in which a software token lives cannot be made, read or written."""

    meaning = "The token was not opened; nothing in it has been changed."
    mend = "Check that the disk is mounted and writable and that the folder belongs to this account."


class TokenAbsent(TokenError):
    """No token with this label and serial number can be seen by the module."""

    meaning = "The key cannot be used until the right token is there; nothing has been changed."
    mend = "Plug in the token, or put its folder back, and compare label and serial number with the closing sheet."
    retry = True


class TokenAmbiguous(TokenError):
    """More than one token has this label and no serial number was given."""

    meaning = "It is not certain which of them holds the key, so none was opened."
    mend = "Name the token by its serial number."


class FirmwareOld(TokenError):
    """The device's firmware has a weakness for which there is no other cure than another device."""

    meaning = (
        "Whoever has a device of such firmware in their hands for some minutes, with instruments, can read its ECDSA"
        " keys (EUCLEAK). It is not used, and nothing in it has been changed."
    )
    mend = (
        "Use a device with newer firmware: that of a YubiHSM 2 cannot be renewed. A backup brings a root key into it."
    )


class TokenUsed(TokenError):
    """The device was used before, or its set-up was interrupted."""

    meaning = "Only an unused device is set up. Nothing in it has been changed."
    mend = (
        "If nothing in it is needed, reset it: pull it out, and hold its contact for ten seconds while you plug it in"
        " again. That deletes everything in it and works always. Then begin again."
    )
    retry = True


class WrongPin(TokenError):
    """The token refused the PIN. A damaged token answers in the same way (measured on SoftHSM)."""

    meaning = "Wrong PIN or damaged token; the token stays closed."
    mend = "Look at Caps Lock and the keyboard, and type it again. If it is right, the token is another or damaged."
    retry = True


class PinUnfit(TokenError):
    """A new PIN is too short, too long, or not text that a token takes."""

    meaning = "No token was made."
    mend = "Choose another PIN. A letter with an accent counts as more than one."
    retry = True


class PinLocked(TokenError):
    """The token has locked the PIN after too many wrong ones."""

    meaning = "The token accepts no PIN any more; the key in it is unharmed but cannot be used."
    mend = "Unlock it with the SO PIN in the vendor's tool, or restore the key from its backup into another token."


class NotLoggedIn(TokenError):
    """The token is closed: nobody logged in, or an error ended the login."""

    meaning = "The token does nothing with private keys before a login."
    mend = "Enter the PIN again."
    retry = True


class KeyAbsent(TokenError):
    """The token holds no complete key pair with this label."""

    meaning = "This token cannot sign for this authority; nothing has been changed."
    mend = "Compare the token's serial number with the closing sheet: it may be another token, or a damaged one."


class KeyAmbiguous(TokenError):
    """The token holds several keys with this label."""

    meaning = "It is not certain which of them is meant, so none was used."
    mend = "List the token's keys and remove the surplus ones with the vendor's tool."


class KeyExists(TokenError):
    """A key with this label or this id is in the token already."""

    meaning = "Nothing was generated: a second key of the same name could not be told from the first."
    mend = "Choose another label and id, or use an empty token."


class TokenRefused(TokenError):
    """The module refused for another reason; `code` is its name for it. The login has ended with it."""

    meaning = "The key in the token is unharmed. The token has been closed and must be opened again."
    mend = "Enter the PIN and try again; if it happens again, note the code and look it up in the vendor's manual."


class WorkerLost(TokenError):
    """The process that holds the vendor's module died, hung or answered nonsense; it has been ended."""

    meaning = "The key in the token is unharmed; nothing was written by this call to the log."
    mend = "Open the token again. If it happens again, restart the appliance and check the token."


ERRORS: dict[str, type[TokenError]] = {
    error.__name__: error
    for error in (
        ModuleMissing,
        FolderUnusable,
        FirmwareOld,
        TokenUsed,
        TokenAbsent,
        TokenAmbiguous,
        WrongPin,
        PinUnfit,
        PinLocked,
        NotLoggedIn,
        KeyAbsent,
        KeyAmbiguous,
        KeyExists,
        TokenRefused,
        WorkerLost,
    )
}
