"""What a YubiHSM 2 does beside PKCS#11: Yubico's own module and Yubico's own library before a simulated device."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hsm import (
    DeviceEntry,
    DeviceLog,
    FirmwareOld,
    PinUnfit,
    Token,
    TokenAbsent,
    TokenKey,
    TokenRefused,
    TokenUsed,
    WrongPin,
)
from hsm.process import PROGRAM
from tests.hsm.test_signatures import verify
from tests.modules.stands import STANDS, Stand
from tests.yubihsm.connector import connected
from tests.yubihsm.device import PIN, Device
from tests.yubihsm.devicelog import ENTRIES, FIXED, OFF
from tests.yubihsm.host import Host
from tests.yubihsm.words import Capability, Command, Kind, Refused, Status

OPERATING = "0042eight or more"
RECORD = "offline-root/root"
KEK = bytes(range(32))


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with STANDS["yubihsm"](tmp_path) as made:
        yield made


def simulated(stand: Stand) -> Device:
    assert stand.device
    return stand.device


def initialized(stand: Stand, so_pin: str = PIN, pin: str = OPERATING) -> Token:
    program = (*stand.prefix, *PROGRAM)
    return Token.initialize(
        stand.module, None, label=stand.label, so_pin=so_pin, pin=pin, profile=stand.profile, _program=program
    )


@dataclass
class Drained:
    """What was drained so far."""

    logs: list[DeviceLog] = field(default_factory=list)

    @property
    def entries(self) -> list[DeviceEntry]:
        return [entry for log in self.logs for entry in log.entries]

    @property
    def last(self) -> bytes:
        return self.entries[-1].octets if self.entries else b""

    def of(self, token: Token) -> None:
        token.device.drain(self.last, self.logs.append)


def made(token: Token) -> TokenKey:
    token.device.begin_set_up(OPERATING)
    key = token.generate("ec-p384", label="root", key_id=b"\0\1", extractable=True)
    token.generate("ed25519", label="audit", key_id=b"\0\2", extractable=False)
    return key


@pytest.fixture
def ready(stand: Stand) -> Iterator[tuple[Token, TokenKey]]:
    with initialized(stand) as token:
        key = made(token)
        token.device.end_set_up(OPERATING)
        yield token, key


def test_the_operating_key_is_all_that_is_left(stand: Stand) -> None:
    device = simulated(stand)
    with initialized(stand) as token:
        key = made(token)
        assert token.wrap("root", KEK)
        assert PIN[4:] not in repr(token)
        left = token.device.end_set_up(OPERATING)
        assert left == ("asymmetric key 0001", "asymmetric key 0002", "authentication key 0042")
        verify(key, "ecdsa-sha384", token.sign(key, "ecdsa-sha384", b"message"), b"message")
    (only,) = device.store.of(Kind.AUTHENTICATION_KEY)
    assert (only.number, only.delegated) == (0x42, 0)
    assert only.capabilities == (
        Capability.SIGN_PKCS
        | Capability.SIGN_PSS
        | Capability.SIGN_ECDSA
        | Capability.SIGN_EDDSA
        | Capability.GET_OPAQUE
        | Capability.PUT_OPAQUE
        | Capability.DELETE_OPAQUE
        | Capability.GET_LOG_ENTRIES
    )
    assert not device.store.of(Kind.WRAP_KEY)
    assert device.most_sessions == 1
    with stand.attach() as again:
        with pytest.raises(WrongPin):
            again.login(PIN)
        again.login(OPERATING)


def test_what_else_the_operating_key_tries_the_device_refuses(stand: Stand, ready: tuple[Token, TokenKey]) -> None:
    token, key = ready
    tries: dict[str, Callable[[], object]] = {
        "wrap": lambda: token.wrap("root", KEK),
        "destroy": lambda: token.destroy("root"),
        "generate": lambda: token.generate("ec-p256", label="more", key_id=b"\0\3", extractable=True),
        "attest": lambda: token.device.attest(key),
    }
    for name, attempt in tries.items():
        with pytest.raises(TokenRefused) as caught:
            attempt()
        assert caught.value.code in ("FunctionRejected", "INSUFFICIENT_PERMISSIONS"), name
        token.login(OPERATING)
    host = Host(_url(stand), OPERATING[4:], 0x42)
    for command, data in (
        (Command.EXPORT_WRAPPED, b"\0\7\3\0\1"),
        (Command.PUT_AUTHENTICATION_KEY, b"\0\5" + bytes(93)),
        (Command.DELETE_OBJECT, b"\0\1\3"),
        (Command.DELETE_OBJECT, b"\0\x42\2"),
        (Command.SET_OPTION, b"\1\0\1\0"),
        (Command.RESET_DEVICE, b""),
    ):
        with pytest.raises(Refused, check=lambda error: error.status is Status.INSUFFICIENT_PERMISSIONS):
            host.ask(command, data)
    token.record(RECORD, b"first")
    token.record(RECORD, b"second")
    assert token.records(RECORD) == (b"second",)
    assert simulated(stand).store.of(Kind.ASYMMETRIC_KEY)


def _url(stand: Stand) -> str:
    assert stand.profile.config
    return stand.profile.config.read_text().split()[-1]


def test_everything_that_signs_or_changes_is_logged_until_a_reset(stand: Stand, ready: tuple[Token, TokenKey]) -> None:
    log = simulated(stand).log
    assert log.force == FIXED
    unlogged = {command for command, value in log.audited.items() if value == OFF}
    assert {command for command, value in log.audited.items() if value != FIXED} == unlogged
    changing = ("SIGN", "PUT", "GENERATE", "DELETE", "EXPORT", "IMPORT", "SET_OPTION", "RESET", "AUTHENTICATE")
    assert not [command for command in unlogged if command.name.startswith(changing)]


def test_the_log_is_drained_however_much_is_signed(stand: Stand, ready: tuple[Token, TokenKey]) -> None:
    token, key = ready
    drained = Drained()
    drained.of(token)
    for number in range(2 * ENTRIES):
        token.sign(key, "ecdsa-sha384", b"message")
        token.record(RECORD, b"%d" % number)
        if number % 15 == 14:
            drained.of(token)
    drained.of(token)
    assert len(drained.entries) > 4 * ENTRIES
    assert all(log.whole for log in drained.logs)
    assert sum(entry.signed_with == b"\0\1" for entry in drained.entries) == 2 * ENTRIES
    assert [entry.number for entry in drained.entries] == list(range(1, len(drained.entries) + 1))
    assert simulated(stand).most_sessions == 1


def test_without_a_drain_a_full_log_stops_the_signing_and_a_drain_lets_it_go_on(
    stand: Stand, ready: tuple[Token, TokenKey]
) -> None:
    token, key = ready
    signed = 0
    with suppress(TokenRefused):
        for signed in range(ENTRIES):  # noqa: B007
            token.sign(key, "ecdsa-sha384", b"message")
    assert ENTRIES // 4 < signed < ENTRIES - 1
    drained = Drained()
    drained.of(token)
    assert token.sign(key, "ecdsa-sha384", b"message")


def test_what_was_not_recorded_is_not_forgotten(stand: Stand, ready: tuple[Token, TokenKey]) -> None:
    token, key = ready
    token.sign(key, "ecdsa-sha384", b"message")

    def no_disk(_: DeviceLog) -> None:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011
        token.device.drain(b"", no_disk)
    drained = Drained()
    drained.of(token)
    assert [entry.signed_with for entry in drained.entries if entry.signed_with] == [b"\0\1"]
    drained.of(token)
    assert simulated(stand).most_sessions == 1


def test_a_drain_by_somebody_else_leaves_a_gap(stand: Stand, ready: tuple[Token, TokenKey]) -> None:
    token, key = ready
    drained = Drained()
    drained.of(token)
    token.sign(key, "ecdsa-sha384", b"message")
    host = Host(_url(stand), OPERATING[4:], 0x42)
    told = host.ask(Command.GET_LOG_ENTRIES)
    host.ask(Command.SET_LOG_INDEX, told[-32:-30])
    host.ask(Command.CLOSE_SESSION)
    token.sign(key, "ecdsa-sha384", b"message")
    drained.of(token)
    assert [log.whole for log in drained.logs] == [True, False]


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
    Host(_url(stand)).make(Command.GENERATE_ASYMMETRIC_KEY, 7, 12)
    with pytest.raises(TokenUsed, match="The device holds asymmetric key 0007"):
        initialized(stand)
    simulated(stand).reset()
    with initialized(stand) as token:
        made(token)


def test_a_set_up_key_of_the_owner_is_used_and_goes_too(stand: Stand) -> None:
    owner = Host(_url(stand))
    keys = owner_keys("owner's own")
    owner.make(Command.PUT_AUTHENTICATION_KEY, 9, 38, keys)
    owner.ask(Command.CLOSE_SESSION)
    with pytest.raises(WrongPin):
        initialized(stand, so_pin="0009not the owner's")
    with initialized(stand, so_pin="0009owner's own") as token:
        made(token)
        token.device.end_set_up(OPERATING)
    assert [each.number for each in simulated(stand).store.of(Kind.AUTHENTICATION_KEY)] == [0x42]


def owner_keys(password: str) -> bytes:
    from tests.yubihsm.channel import StaticKeys

    return b"\xff" * 8 + b"".join(StaticKeys.of(password))


def test_another_device_at_the_same_address_is_not_taken(stand: Stand, ready: tuple[Token, TokenKey]) -> None:
    token, _ = ready
    simulated(stand).maker.serial = 1
    with pytest.raises(TokenAbsent, match="has the serial number 1, not 12345678"):
        Drained().of(token)


def test_the_audit_key_is_of_a_kind_that_signs_messages_of_any_length(stand: Stand) -> None:
    """SHA256SUMS of a response grows with the certificates in it: six of them were too many for Ed25519 (measured)."""
    with stand.opened() as token:
        assert token.device.any_length(token.kinds) == tuple(each for each in token.kinds if each != "ed25519")
        short = token.generate("ed25519", label="short", key_id=b"\0\1", extractable=False)
        long = token.generate("ec-p256", label="long", key_id=b"\0\2", extractable=False)
        assert token.sign(short, "ed25519", bytes(3114))
        assert token.sign(long, "ecdsa-sha256", bytes(100_000))
        with pytest.raises(TokenRefused):
            token.sign(short, "ed25519", bytes(3115))


def test_a_device_that_does_not_answer(stand: Stand, ready: tuple[Token, TokenKey]) -> None:
    token, _ = ready
    simulated(stand).faults.pulled_at = 2  # PKCS#11 still ends its session
    with pytest.raises(TokenAbsent, match="does not answer"):
        Drained().of(token)


def set_up(stand: Stand) -> None:
    with initialized(stand) as token:
        made(token)
        token.device.end_set_up(OPERATING)


@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.long)])
def test_wherever_the_power_is_cut_a_reset_is_enough(stand: Stand, step: int) -> None:
    """Before the n-th thing that the device is asked, from the first one of the set-up to its last."""
    device = simulated(stand)
    device.faults.pulled_at = _FAR
    set_up(stand)
    asked = _FAR - device.faults.pulled_at
    assert asked > 60
    interrupted = 0
    for cut in range(1, asked - 1, step):
        device.plug_in()
        device.reset()
        device.faults.pulled_at = cut
        with pytest.raises((TokenAbsent, TokenRefused)):
            set_up(stand)
        device.plug_in()
        if any(each.number == 1 for each in device.store.of(Kind.AUTHENTICATION_KEY)):
            set_up(stand)  # nothing but authentication keys was made so far
        else:
            interrupted += 1
            with pytest.raises(TokenUsed) as caught:
                initialized(stand)
            assert "ten seconds" in caught.value.mend
    device.reset()
    set_up(stand)
    assert interrupted > 40 // step


_FAR = 10_000
