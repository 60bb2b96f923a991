"""What is done with the device of a stand: set up as `create` does it, and looked into."""

from hsm import Token, TokenKey
from hsm.process import PROGRAM
from tests.modules.stands import Stand
from tests.yubihsm.channel import StaticKeys
from tests.yubihsm.device import PIN, Device
from tests.yubihsm.host import Host
from tests.yubihsm.words import Command

OPERATING = "0042eight or more"


def simulated(stand: Stand) -> Device:
    assert stand.device
    return stand.device


def url_of(stand: Stand) -> str:
    assert stand.profile.config
    return stand.profile.config.read_text().split()[-1]


def initialized(stand: Stand, so_pin: str = PIN, pin: str = OPERATING) -> Token:
    program = (*stand.prefix, *PROGRAM)
    return Token.initialize(
        stand.module, None, label=stand.label, so_pin=so_pin, pin=pin, profile=stand.profile, _program=program
    )


def made(token: Token) -> TokenKey:
    token.device.begin_set_up(OPERATING)
    key = token.generate("ec-p384", label="root", key_id=b"\0\1", extractable=True)
    token.generate("ed25519", label="audit", key_id=b"\0\2", extractable=False)
    return key


def set_up(stand: Stand) -> None:
    with initialized(stand) as token:
        made(token)
        token.device.end_set_up(OPERATING)


def own_set_up_key(stand: Stand, password: str) -> None:
    """Put a set-up key of the owner into the device, with number 9 and all that a key may do."""
    owner = Host(url_of(stand))
    owner.make(Command.PUT_AUTHENTICATION_KEY, 9, 38, b"\xff" * 8 + b"".join(StaticKeys.of(password)))
    owner.ask(Command.CLOSE_SESSION)
