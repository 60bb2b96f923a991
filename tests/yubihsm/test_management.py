"""The simulator's own tests: log, options, rights, attestation, reset, power."""

import hashlib
import struct

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.yubihsm.bench import Bench, public, refused
from tests.yubihsm.channel import StaticKeys
from tests.yubihsm.devicelog import BOOT, ENTRIES
from tests.yubihsm.host import Gone, Host
from tests.yubihsm.words import ALL_CAPABILITIES, Capability, Command, Kind, Status

P256, P384, RSA_2048, ED25519, OPAQUE, AES256_CCM = 12, 13, 9, 46, 30, 42


def logged(host: Host) -> list[bytes]:
    told = host.ask(Command.GET_LOG_ENTRIES)
    assert len(told) == 5 + 32 * told[4]
    return [told[at : at + 32] for at in range(5, len(told), 32)]


def test_the_log_is_a_chain_and_is_drained(host: Host) -> None:
    for _ in range(3):
        host.ask(Command.ECHO, b"abcd")
    entries = logged(host)
    commands = (BOOT, Command.CREATE_SESSION, Command.AUTHENTICATE_SESSION, *[Command.ECHO] * 3)
    before = bytes(16)
    for number, (entry, command) in enumerate(zip(entries, commands, strict=True), start=1):
        assert entry[:3] == struct.pack("!HB", number, command)
        before = hashlib.sha256(entry[:16] + before).digest()[:16]
        assert entry[16:] == before
    host.ask(Command.SET_LOG_INDEX, b"\0\5")
    assert logged(host) == entries[5:]


def test_a_full_log_loses_its_oldest_or_blocks_where_that_is_forced(bench: Bench, host: Host) -> None:
    for _ in range(ENTRIES):
        host.ask(Command.ECHO)
    entries = logged(host)
    assert (len(entries), int.from_bytes(entries[0][:2], "big")) == (ENTRIES, 4)
    host.ask(Command.SET_OPTION, b"\1\0\1\1")
    with refused(Status.LOG_FULL):
        host.ask(Command.ECHO)
    Host(bench.url)
    assert host.ask(Command.GET_LOG_ENTRIES)[:4] == b"\0\0\0\2"
    host.ask(Command.SET_LOG_INDEX, entries[-1][:2])
    host.ask(Command.ECHO)


def test_what_is_logged_can_be_chosen_and_fixed(host: Host) -> None:
    host.ask(Command.SET_OPTION, bytes([3, 0, 4, Command.ECHO, 0, Command.SIGN_EDDSA, 2]))
    told = host.ask(Command.GET_OPTION, b"\3")
    assert dict(zip(told[::2], told[1::2], strict=True)) | {Command.ECHO: 0, Command.SIGN_EDDSA: 2} == dict(
        zip(told[::2], told[1::2], strict=True)
    )
    before = len(logged(host))
    host.ask(Command.ECHO)
    assert len(logged(host)) == before
    with refused(Status.INVALID_DATA):
        host.ask(Command.SET_OPTION, bytes([3, 0, 2, Command.SIGN_EDDSA, 0]))
    host.ask(Command.SET_OPTION, b"\1\0\1\2")
    assert host.ask(Command.GET_OPTION, b"\1") == b"\2"
    with refused(Status.INVALID_DATA):
        host.ask(Command.SET_OPTION, b"\1\0\1\0")


def authentication_key(host: Host, number: int, may: int, delegated: int = 0) -> None:
    keys = b"".join(StaticKeys.of("another password"))
    host.make(Command.PUT_AUTHENTICATION_KEY, number, 38, struct.pack("!Q", delegated) + keys, may)


def test_a_session_may_do_what_its_key_may_and_hand_on_what_it_delegates(bench: Bench, host: Host) -> None:
    authentication_key(host, 5, Capability.PUT_OPAQUE | Capability.PUT_AUTHENTICATION_KEY, Capability.PUT_OPAQUE)
    few = Host(bench.url, "another password", 5)
    few.make(Command.PUT_OPAQUE, 7, OPAQUE, b"content", may=0)
    authentication_key(few, 6, Capability.PUT_OPAQUE)
    for number, may, delegated in ((8, Capability.GET_OPAQUE, 0), (9, 0, Capability.GET_OPAQUE)):
        with refused(Status.INSUFFICIENT_PERMISSIONS):
            authentication_key(few, number, may, delegated)
    for command, data in (
        (Command.GET_OPAQUE, b"\0\7"),
        (Command.DELETE_OBJECT, b"\0\7\1"),
        (Command.GENERATE_ASYMMETRIC_KEY, bytes(53)),
        (Command.SET_LOG_INDEX, b"\0\1"),
        (Command.RESET_DEVICE, b""),
    ):
        with refused(Status.INSUFFICIENT_PERMISSIONS):
            few.ask(command, data)


def test_a_session_ends_with_its_key_and_everything_with_a_reset(bench: Bench, host: Host) -> None:
    authentication_key(host, 5, ALL_CAPABILITIES, ALL_CAPABILITIES)
    host.ask(Command.DELETE_OBJECT, b"\0\1\2")
    with refused(Status.INVALID_SESSION):
        host.ask(Command.ECHO)
    with refused(Status.OBJECT_NOT_FOUND):
        Host(bench.url)
    Host(bench.url, "another password", 5).ask(Command.RESET_DEVICE)
    assert Host(bench.url).ask(Command.LIST_OBJECTS) == b"\0\1\2\0"


def test_a_key_is_attested_by_that_of_the_maker(host: Host) -> None:
    host.make(Command.GENERATE_ASYMMETRIC_KEY, 1, P384)
    maker = x509.load_der_x509_certificate(host.ask(Command.GET_OPAQUE, b"\0\0"))
    attested = x509.load_der_x509_certificate(host.ask(Command.SIGN_ATTESTATION_CERTIFICATE, b"\0\1\0\0"))
    attested.verify_directly_issued_by(maker)
    found = attested.public_key()
    assert isinstance(found, ec.EllipticCurvePublicKey)
    assert found.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:] == public(host, 1)
    with refused(Status.OBJECT_NOT_FOUND):
        host.ask(Command.SIGN_ATTESTATION_CERTIFICATE, b"\0\1\0\1")


def test_it_is_pulled_out_before_a_command_and_plugged_in_again(bench: Bench, host: Host) -> None:
    bench.device.faults.pulled_at = 2
    host.ask(Command.ECHO)
    with pytest.raises(Gone):
        host.make(Command.PUT_OPAQUE, 5, OPAQUE, b"content")
    bench.device.plug_in()
    with refused(Status.INVALID_SESSION):
        host.ask(Command.ECHO)
    assert not bench.device.store.of(Kind.OPAQUE)
    assert logged(Host(bench.url))[-3][2] == BOOT
