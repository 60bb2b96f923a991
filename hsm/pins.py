"""What can be a PIN at all: found out before a token is asked, which may count wrong ones."""

from __future__ import annotations

from hsm.errors import PinUnfit, WrongPin
from hsm.frames import Secret
from hsm.profiles import Profile


def check_pin(pin: Secret, profile: Profile) -> None:
    """Refuse what no token of this profile can have as its PIN (WrongPin)."""
    if not _is_text(pin):
        raise WrongPin("The PIN holds characters that no token takes.")
    if not profile.takes(pin.reveal()):
        raise WrongPin(f"A PIN of this token is {profile.pin_form[1]}. The token was not asked.")


def check_new_pin(pin: Secret, profile: Profile) -> None:
    """Refuse what a token of this profile would not take as a new PIN (PinUnfit)."""
    shortest, longest = profile.pin_bytes
    if not _is_text(pin) or not shortest <= len(pin.reveal().encode()) <= longest:
        raise PinUnfit(f"A new PIN has {shortest} to {longest} characters.")
    if not profile.takes(pin.reveal()):
        raise PinUnfit(f"A PIN of this token is {profile.pin_form[1]}.")
    if pin.reveal() == profile.factory_pin:
        raise PinUnfit("That is the PIN that the maker gives to every device.")


def _is_text(secret: Secret) -> bool:
    """Say whether UTF-8 can carry it: what a terminal could not decode becomes lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in secret.reveal())
