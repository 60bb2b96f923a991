"""What opens a YubiHSM 2 after its set-up, and what that can do. Yubico's own module before a simulated device."""

from collections.abc import Callable

import pytest

from hsm import Token, TokenKey, TokenRefused, WorkerLost, WrongPin
from tests.hsm.test_signatures import verify
from tests.modules.device.doings import OPERATING, initialized, made, simulated, url_of
from tests.modules.stands import Stand
from tests.yubihsm.device import PIN
from tests.yubihsm.host import Host
from tests.yubihsm.words import Capability, Command, Kind, Refused, Status

RECORD = "offline-root/root"
KEK = bytes(range(32))


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
    host = Host(url_of(stand), OPERATING[4:], 0x42)
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


def test_a_device_that_keeps_its_answer_back_costs_the_worker_and_nothing_else(
    stand: Stand, ready: tuple[Token, TokenKey]
) -> None:
    _, key = ready
    with stand.attach(deadlines={"sign": 2.0, "close": 1.0}) as token:
        token.login(OPERATING)
        token.find("root")
        simulated(stand).faults.answering.clear()
        with pytest.raises(WorkerLost):
            token.sign(key, "ecdsa-sha384", b"message")
    simulated(stand).faults.answering.set()
    with stand.attach() as again:
        again.login(OPERATING)
        verify(key, "ecdsa-sha384", again.sign(key, "ecdsa-sha384", b"message"), b"message")
