"""The simulator itself: the channel, the commands, and each fault that it can inject."""

import hashlib
import struct
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from tests.yubihsm.bench import Bench, public, refused
from tests.yubihsm.channel import Channel, StaticKeys, message
from tests.yubihsm.device import SERIAL
from tests.yubihsm.devicelog import ENTRIES
from tests.yubihsm.host import Gone, Host, exchange
from tests.yubihsm.words import Capability, Command, Kind, Status

P256, P384, RSA_2048, ED25519, OPAQUE, AES256_CCM = 12, 13, 9, 46, 30, 42
DIGEST = hashlib.sha256(b"message").digest()


def test_both_ends_derive_the_same_from_the_numbers_of_the_protocol() -> None:
    """The factory's key, as Yubico documents it for the password `password`."""
    keys = StaticKeys.of("password")
    assert keys.encryption.hex() == "090b47dbed595654901dee1cc655e420"
    assert keys.mac.hex() == "592fd483f759e29909a04c4505d2ce0a"
    one, other = (Channel.between(keys, bytes(8), bytes(range(8))) for _ in range(2))
    assert other.decrypted(one.encrypted(b"plain\0")) == b"plain\0"


def test_what_it_says_of_itself_without_a_session(bench: Bench) -> None:
    info = exchange(bench.url, message(Command.DEVICE_INFO, b""))
    assert info[:3] == bytes([2, 4, 0])
    assert struct.unpack("!IBB", info[3:9]) == (SERIAL, ENTRIES, 1)  # it was plugged in
    assert exchange(bench.url, message(Command.ECHO, b"echo")) == b"echo"


def test_the_channel_is_proven_by_both_ends(host: Host) -> None:
    assert host.proven
    assert host.ask(Command.ECHO, b"") == b""
    assert host.ask(Command.ECHO, b"x" * 100) == b"x" * 100


@pytest.mark.parametrize(
    ("password", "key", "status"),
    [("other password", 1, Status.AUTHENTICATION_FAILED), ("password", 9, Status.OBJECT_NOT_FOUND)],
)
def test_a_wrong_password_or_key(bench: Bench, password: str, key: int, status: Status) -> None:
    with refused(status):
        Host(bench.url, password, key)
    Host(bench.url)


def test_a_changed_or_repeated_message_is_refused(bench: Bench, host: Host) -> None:
    good = host.channel.sealed(Command.SESSION_MESSAGE, host.place + host.channel.encrypted(message(Command.ECHO, b"")))
    with refused(Status.SESSION_FAILED):
        exchange(bench.url, good[:-1] + bytes([good[-1] ^ 1]))
    exchange(bench.url, good)
    with refused(Status.SESSION_FAILED):
        exchange(bench.url, good)


def test_sixteen_sessions_and_no_more(bench: Bench) -> None:
    hosts = [Host(bench.url) for _ in range(16)]
    with refused(Status.SESSIONS_FULL):
        Host(bench.url)
    hosts[0].ask(Command.CLOSE_SESSION)
    with refused(Status.INVALID_SESSION):
        hosts[0].ask(Command.ECHO)
    Host(bench.url)


@pytest.mark.parametrize("asked", [b"", b"\x01", b"\x01\0\5abc"], ids=["empty", "cut", "wrong length"])
def test_malformed_messages(bench: Bench, asked: bytes) -> None:
    with refused(Status.WRONG_LENGTH):
        exchange(bench.url, asked)


@pytest.mark.parametrize("number", [0x02, Command.SIGN_ECDSA])
def test_what_needs_a_session_or_does_not_exist(bench: Bench, number: int) -> None:
    with refused(Status.INVALID_COMMAND):
        exchange(bench.url, message(number, b""))


def test_signatures_verify(host: Host) -> None:
    number = struct.pack("!H", host.make(Command.GENERATE_ASYMMETRIC_KEY, 0, P256))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + public(host, 1))
    point.verify(host.ask(Command.SIGN_ECDSA, number + DIGEST), DIGEST, ec.ECDSA(Prehashed(hashes.SHA256())))

    number = struct.pack("!H", host.make(Command.GENERATE_ASYMMETRIC_KEY, 2, ED25519))
    edwards = ed25519.Ed25519PublicKey.from_public_bytes(public(host, 2))
    edwards.verify(host.ask(Command.SIGN_EDDSA, number + b"message"), b"message")

    number = struct.pack("!H", host.make(Command.GENERATE_ASYMMETRIC_KEY, 3, RSA_2048))
    modulus = rsa.RSAPublicNumbers(65537, int.from_bytes(public(host, 3), "big")).public_key()
    digest = Prehashed(hashes.SHA256())
    modulus.verify(host.ask(Command.SIGN_PKCS1, number + DIGEST), DIGEST, padding.PKCS1v15(), digest)
    salted = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    modulus.verify(host.ask(Command.SIGN_PSS, number + b"\x21\0\x20" + DIGEST), DIGEST, salted, digest)
    for command in (Command.SIGN_ECDSA, Command.SIGN_EDDSA):
        with refused(Status.INVALID_DATA):
            host.ask(command, number + DIGEST)


def test_a_key_signs_only_what_it_may(host: Host) -> None:
    host.make(Command.GENERATE_ASYMMETRIC_KEY, 1, P256, may=Capability.SIGN_EDDSA)
    with refused(Status.INSUFFICIENT_PERMISSIONS):
        host.ask(Command.SIGN_ECDSA, b"\0\1" + DIGEST)


def test_objects_are_made_listed_and_deleted(host: Host) -> None:
    host.make(Command.PUT_OPAQUE, 5, OPAQUE, b"content")
    with refused(Status.OBJECT_EXISTS):
        host.make(Command.PUT_OPAQUE, 5, OPAQUE, b"content")
    assert host.ask(Command.GET_OPAQUE, b"\0\5") == b"content"
    assert host.ask(Command.LIST_OBJECTS, bytes([2, Kind.OPAQUE])) == b"\0\5\1\0"
    assert host.ask(Command.LIST_OBJECTS, bytes([2, Kind.WRAP_KEY])) == b""
    assert host.ask(Command.OBJECT_INFO, b"\0\5\1")[8:12] == b"\0\5\0\7"
    host.ask(Command.DELETE_OBJECT, b"\0\5\1")
    for command in (Command.DELETE_OBJECT, Command.OBJECT_INFO):
        with refused(Status.OBJECT_NOT_FOUND):
            host.ask(command, b"\0\5\1")


def test_a_key_comes_back_from_its_wrapped_form(host: Host) -> None:
    host.make(Command.PUT_WRAP_KEY, 7, AES256_CCM, bytes(8) + b"k" * 32)
    host.make(Command.GENERATE_ASYMMETRIC_KEY, 1, P384)
    before = public(host, 1)
    blob = host.ask(Command.EXPORT_WRAPPED, b"\0\7\3\0\1")
    host.ask(Command.DELETE_OBJECT, b"\0\1\3")
    with refused(Status.INVALID_DATA):
        host.ask(Command.IMPORT_WRAPPED, b"\0\7" + blob[:-1] + bytes([blob[-1] ^ 1]))
    assert host.ask(Command.IMPORT_WRAPPED, b"\0\7" + blob) == b"\3\0\1"
    assert public(host, 1) == before
    host.make(Command.GENERATE_ASYMMETRIC_KEY, 2, P384, may=Capability.SIGN_ECDSA)
    with refused(Status.INSUFFICIENT_PERMISSIONS):
        host.ask(Command.EXPORT_WRAPPED, b"\0\7\3\0\2")


def test_each_fault(bench: Bench, host: Host) -> None:
    faults = bench.device.faults
    faults.refuse[Command.ECHO] = Status.STORAGE_FAILED
    with refused(Status.STORAGE_FAILED):
        host.ask(Command.ECHO)
    faults.refuse.clear()

    bench.device.store.full = True
    with refused(Status.STORAGE_FAILED):
        host.make(Command.PUT_OPAQUE, 0, OPAQUE)
    bench.device.store.full = False

    host.make(Command.GENERATE_ASYMMETRIC_KEY, 1, ED25519)
    faults.spoil = lambda signature: bytes([signature[0] ^ 1]) + signature[1:]
    spoilt = host.ask(Command.SIGN_EDDSA, b"\0\1m")
    faults.spoil = bytes
    right = host.ask(Command.SIGN_EDDSA, b"\0\1m")
    assert (spoilt[0] ^ 1, spoilt[1:]) == (right[0], right[1:])

    faults.removed = True
    with pytest.raises(Gone):
        host.ask(Command.ECHO)
    faults.removed = False

    faults.refuse[Command.AUTHENTICATE_SESSION] = Status.AUTHENTICATION_FAILED
    with refused(Status.AUTHENTICATION_FAILED):
        Host(bench.url)


def test_a_slow_answer_comes_when_it_is_let_go(bench: Bench) -> None:
    bench.device.faults.answering.clear()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(exchange, bench.url, message(Command.ECHO, b"late"))
        assert not answer.done()
        bench.device.faults.answering.set()
        assert answer.result(60) == b"late"
