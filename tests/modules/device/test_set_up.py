"""The set-up of a YubiHSM 2 by Yubico's own library: which ones are taken, and what if it is cut short. Simulated."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hsm import FirmwareOld, PinUnfit, TokenAbsent, TokenRefused, TokenUsed, WrongPin
from tests.modules.device.doings import OPERATING, initialized, made, own_set_up_key, set_up, simulated, url_of
from tests.modules.stands import Stand
from tests.yubihsm.connector import connected
from tests.yubihsm.device import PIN, Device
from tests.yubihsm.host import Host
from tests.yubihsm.words import Command, Kind

_FAR = 10_000


def test_the_device_attests_the_key_that_it_made(stand: Stand) -> None:
    with initialized(stand) as token:
        key = made(token)
        attested, device = map(x509.load_der_x509_certificate, token.device.attest(key))
        assert token.sign(key, "ecdsa-sha384", b"it goes on")
    attested.verify_directly_issued_by(device)
    spki = attested.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert spki == key.public_key


def test_firmware_with_a_known_weakness_is_not_used(stand: Stand, tmp_path: Path) -> None:
    for firmware, told in (((2, 3, 2), "2.32"), ((2, 2, 0), "2.20")):
        old = Device(firmware)
        with connected(old) as url:
            assert stand.profile.config
            stand.profile.config.write_text(f"connector = {url}\n")
            for begin in (initialized, Stand.attach):
                with pytest.raises(FirmwareOld, match=rf"has firmware {told}; 2\.40 or newer .*EUCLEAK"):
                    begin(stand)
        assert not old.asked
        assert [each.number for each in old.store.of(Kind.AUTHENTICATION_KEY)] == [1]


@pytest.mark.parametrize("pin", [PIN, "password", "0000eight or more", "0042seven.."])
def test_a_pin_that_the_operating_key_must_not_have(stand: Stand, pin: str) -> None:
    with pytest.raises(PinUnfit):
        initialized(stand, pin=pin)
    assert not simulated(stand).asked


def test_only_an_unused_device_is_set_up(stand: Stand) -> None:
    with initialized(stand) as token:
        made(token)
    with pytest.raises(TokenUsed, match=r"does not open with the password that its maker gives it\..* ten seconds"):
        initialized(stand)
    simulated(stand).reset()
    Host(url_of(stand)).make(Command.GENERATE_ASYMMETRIC_KEY, 7, 12)
    with pytest.raises(TokenUsed, match="The device holds asymmetric key 0007"):
        initialized(stand)
    simulated(stand).reset()
    with initialized(stand) as token:
        made(token)


def test_a_set_up_key_of_the_owner_is_used_and_goes_too(stand: Stand) -> None:
    own_set_up_key(stand, "owner's own")
    with pytest.raises(WrongPin):
        initialized(stand, so_pin="0009not the owner's")
    with initialized(stand, so_pin="0009owner's own") as token:
        made(token)
        token.device.end_set_up(OPERATING)
    assert [each.number for each in simulated(stand).store.of(Kind.AUTHENTICATION_KEY)] == [0x42]


def is_cut_short(stand: Stand) -> bool:
    """Say whether a set-up says that it was."""
    try:
        set_up(stand)
    except (TokenAbsent, TokenRefused):
        return True
    return False


@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.long)])
def test_wherever_the_power_is_cut_a_reset_is_enough(stand: Stand, step: int) -> None:
    """Before the n-th thing that the device is asked, from the first one of the set-up to its last."""
    device = simulated(stand)
    device.faults.pulled_at = _FAR
    with initialized(stand) as token:
        made(token)
        token.device.end_set_up(OPERATING)
        asked = _FAR - device.faults.pulled_at
    assert asked > 60
    interrupted = 0
    for cut in range(1, asked + 1, step):
        device.plug_in()
        device.reset()
        device.faults.pulled_at = cut
        told = is_cut_short(stand)
        device.plug_in()
        openers = [each.number for each in device.store.of(Kind.AUTHENTICATION_KEY)]
        if not told:
            assert (openers, cut > asked - 3) == ([0x42], True)  # PKCS#11 only looks around by then
        elif 1 in openers:
            set_up(stand)  # nothing but authentication keys was made so far
        else:
            interrupted += 1
            with pytest.raises(TokenUsed) as caught:
                initialized(stand)
            assert "ten seconds" in caught.value.mend
    device.reset()
    set_up(stand)
    assert interrupted > 40 // step
